"""What ``site/site.toml`` declares."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import DeclarationError
from .schema import key, suggest, typed

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # type: ignore[import-not-found, unused-ignore]


CHOICES = ("data", "weights")
"""Tables beside ``[site]``: of several sources the one to take."""


@dataclass(frozen=True)
class Site:
    """The table ``[site]``, with ``[data]`` and ``[weights]`` beside it."""

    title: str = key("The name of the site, shown in the header and in the title of each page.")
    description: str = key("One sentence for search engines and for shared links.", default="")
    language: str = key("The language of the pages, as a BCP 47 tag.", default="en")
    url: str = key(
        "Where the site will be hosted, with its path. Used only where an absolute address is "
        "required: sitemap.xml, robots.txt, Open Graph tags and the way home from 404.html.",
        default="",
    )
    source: str = key("Where the source of the site is kept, linked in the footer.", default="")
    data: dict[str, str] = key(  # noqa: RUF009
        "The table [data]: for a dataset's name, the source to take it from.", default=dict
    )
    weights: dict[str, str] = key(  # noqa: RUF009
        "The table [weights]: for a model's name, the source of its weights.", default=dict
    )


def load_site(path: Path) -> Site:
    """Reads ``site.toml``.

    Raises:
        DeclarationError: if it is missing, is no TOML, or does not fit :class:`Site`.
    """
    name = f"{path.parent.name}/{path.name}"
    try:
        text = path.read_text("utf-8-sig")
        tables: dict[str, Any] = tomllib.loads(text)
    except FileNotFoundError:
        raise DeclarationError(
            "there is no such file, so this is not the folder of a site.",
            where=name,
            remedy="Change to the folder that holds site/ and datasets/, or create the file with "
            "a table [site] and a title.",
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DeclarationError(f"not valid TOML: {error}.", where=name) from None
    except RecursionError:
        raise DeclarationError(
            "not valid TOML: it nests too deep.", where=name, remedy="Write plain tables."
        ) from None
    except OSError as error:
        raise DeclarationError(f"the file cannot be read: {error.strerror}.", where=name) from None

    def place(key_name: str) -> str:
        for number, line in enumerate(text.splitlines(), 1):
            if line.split("=")[0].strip() == key_name:
                return f"{name}:{number}"
        return name

    for table in tables:
        if table not in ("site", *CHOICES):
            raise DeclarationError(
                f"there is no table [{table}].",
                where=place(f"[{table}]"),
                remedy=suggest(table, ["site", *CHOICES]),
            )
    if not isinstance(tables.get("site", {}), dict):
        raise DeclarationError("expected a table [site].", where=place("site"))
    values = dict(tables.get("site", {}))
    values |= {name: tables[name] for name in CHOICES if name in tables}
    return typed(Site, values, place, "[site]")
