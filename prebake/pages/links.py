"""Where the links of a page lead: to other pages, to files beside it, or nowhere."""

from __future__ import annotations

import hashlib
import posixpath
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from ..declare.page import HOME, STATIC, Page
from ..declare.walk import demand_inside
from ..errors import RenderError
from ..mistakes import listed
from .policy import MEDIA, forbidden
from .tags import Tag, change_attributes, tags

GENERATED = ("report.json", "sitemap.xml", "robots.txt", "404.html", "site.webmanifest")
"""Files at the root of a site that prebake writes itself."""
_SCHEME = re.compile(r"\s*[a-z][a-z0-9+.-]*:|\s*//", re.I)


@dataclass
class Found:
    """What the links of a page lead to.

    Args:
        files: by address below the site's root, the file that is published there.
        shown: addresses of files that are pictures on the page, beside it or in ``site/static``.
        linked: addresses of other files that it names: downloads, videos.
        pages: links to pages, for :mod:`prebake.steps.links`: line, text, page, anchor.
        read: what was read or looked for, relative to the project.
    """

    files: dict[str, Path] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)
    linked: set[str] = field(default_factory=set)
    pages: list[tuple[int, str, str, str]] = field(default_factory=list)
    read: set[str] = field(default_factory=set)


class Links:
    """Reads the links in the text of a page and writes them as addresses of the site.

    Args:
        page: the page.
        site: the folder ``site/``.
        made: addresses below the site's root, or their beginnings, that other steps make.
    """

    def __init__(self, page: Page, site: Path, made: Iterable[str] = ()) -> None:
        self.found = Found()
        self._page = page
        self._site = site
        self._made = tuple(made)
        self._up = "../" * page.depth
        self._anchors: list[tuple[int, str, str]] = []
        self._mistakes: dict[str, tuple[int, str]] = {}
        self._ends = [end.start() for end in re.finditer("\n", page.body)]
        self._lines: dict[str, int] = {}

    def settle(self, html: str) -> str:
        """The HTML of the text with the links as they are on the site."""
        return change_attributes(html, self._changed)

    def demand_sound(self, html: str) -> None:
        """Refuses links that lead nowhere.

        Args:
            html: of the whole page, for what lies on it.

        Raises:
            RenderError: with all mistakes of the page, and the line of each.
        """
        ids = identifiers(html)
        for line, text, name in self._anchors:
            if name not in ids:
                self._mistake(line, f"the link {text!r} leads to no heading or element of the page")
        if not self._mistakes:
            return
        found = sorted((line, text) for text, (line, _) in self._mistakes.items())
        (line, problem), *others = found
        raise RenderError(
            f"{listed([problem, *(f'line {each}: {text}' for each, text in others)])}.",
            where=f"{self._page.place().rpartition(':')[0]}:{line}",
            remedy=self._mistakes[problem][1],
        )

    # -- one tag ---------------------------------------------------------------------------

    def _changed(self, tag: Tag) -> dict[str, str]:
        what, remedy = forbidden(tag)
        if what:
            line = self._line_of(self._sign_of(tag))
            self._mistake(line, f"the policy of the page forbids {what}", remedy)
            return {}
        new: dict[str, str] = {}
        for name in MEDIA.get(tag.name, ()):
            if name == "srcset":
                new |= self._source_set(tag)
            elif name in tag.attributes:
                new[name] = self._address(tag.attributes[name], _kind(tag.name, name))
        if tag.name in ("a", "area") and "href" in tag.attributes:
            new["href"] = self._address(tag.attributes["href"], "link")
        return {name: value for name, value in new.items() if value != tag.attributes[name]}

    def _source_set(self, tag: Tag) -> dict[str, str]:
        new = []
        for part in tag.attributes.get("srcset", "").split(","):
            address, *width = part.split() or [""]
            new.append(" ".join([self._address(address, "image"), *width]))
        return {"srcset": ", ".join(new)} if any(new) else {}

    def _sign_of(self, tag: Tag) -> str:
        """What of a tag its line in the source probably holds."""
        for name in ("src", "href", "poster", "srcset"):
            if tag.attributes.get(name):
                return tag.attributes[name]
        return f"<{tag.name}"

    def _address(self, target: str, kind: str) -> str:
        """The address of what a link leads to, as it is written in the page."""
        if _SCHEME.match(target) or not target.strip():
            return target
        parts = urlsplit(target.strip())
        if not parts.path:
            if parts.fragment:
                self._anchors.append((self._line_of(target), target, unquote(parts.fragment)))
            return target
        path = unquote(parts.path)
        place = path.lstrip("/") if path.startswith("/") else f"{self._page.url}{path}"
        place = posixpath.normpath(place) if place else "."
        inside = not place.startswith("..")
        address = self._lookup(place, target, parts.fragment, kind) if inside else None
        if address is None:
            line = self._line_of(target)
            self._mistake(line, f"the {kind} {target!r} leads nowhere", self._remedy(place, kind))
            return target
        query = f"?{parts.query}" if parts.query else ""
        anchor = f"#{parts.fragment}" if parts.fragment else ""
        return f"{self._up}{address}{query}{anchor}" or "./"

    def _lookup(self, place: str, target: str, fragment: str, kind: str) -> str | None:
        """The address below the site's root, or None if there is nothing."""
        page = self._page_at(place)
        if page is not None:
            line = self._line_of(target)
            self.found.pages.append((line, target, page, unquote(fragment)))
            return "" if page == HOME else f"{page}/"
        file = self._file_at(place)
        address = self._publish(file) if file is not None else self._static(place)
        if address is not None:
            (self.found.shown if kind == "image" else self.found.linked).add(address)
            return quote(address)
        made = place in GENERATED or place.startswith(self._made)
        return quote(place) if made else None

    def _page_at(self, place: str) -> str | None:
        for ending in ("index.md", "index.html"):
            if place == ending or place.endswith(f"/{ending}"):
                place = place[: -len(ending)].rstrip("/") or "."
        if not (self._site / place / "index.md").is_file() or place.split("/")[0] == STATIC:
            return None
        return HOME if place == "." else place

    def _file_at(self, place: str) -> Path | None:
        """A file of this place; its name may have another Unicode form on this disk."""
        if any(part.startswith(".") for part in place.split("/")):
            return None
        path = self._site / place
        if not path.is_file() and path.parent.is_dir():
            wanted = unicodedata.normalize("NFC", path.name)
            for each in path.parent.iterdir():
                if unicodedata.normalize("NFC", each.name) == wanted:
                    path = each
        if not path.is_file():
            return None
        demand_inside(path, self._site.parent)
        return path

    def _publish(self, file: Path) -> str:
        """The address of a file beside the page. Its content is part of it, so that a browser may
        keep it for ever."""
        self.found.read.add(file.relative_to(self._site.parent).as_posix())
        digest = hashlib.sha256(file.read_bytes()).hexdigest()[:10]
        name = unicodedata.normalize("NFC", file.name)
        address = f"{self._page.url}files/{digest}/{name}"
        self.found.files[address] = file
        return address

    def _static(self, place: str) -> str | None:
        """The address of a file of ``site/static``, which is copied to the root of the site."""
        if not (self._site / STATIC / place).is_file():
            return None
        self.found.read.add(f"{self._site.name}/{STATIC}/{place}")
        return place

    # -- mistakes --------------------------------------------------------------------------

    def _mistake(self, line: int, problem: str, remedy: str = "") -> None:
        self._mistakes.setdefault(problem, (line, remedy or "Correct the link, or remove it."))

    def _remedy(self, place: str, kind: str) -> str:
        if kind == "image":
            return "Put the picture beside index.md, and write its name as it is on the disk."
        return (
            "Link to a page as ../name/ or ../name/index.md, to a file beside index.md by its name."
        )

    def _line_of(self, sign: str) -> int:
        """The line of index.md that holds a text; the first of the body if none does (a partial
        has it)."""
        if sign not in self._lines:
            body = self._page.body
            spelled = (sign, unquote(sign), sign.replace("&", "&amp;"))
            places = [place for each in spelled if (place := body.find(each)) >= 0]
            line = bisect_left(self._ends, min(places)) if places else 0
            self._lines[sign] = self._page.body_line + line
        return self._lines[sign]


def _kind(element: str, attribute: str) -> str:
    """How messages call what an attribute names."""
    media = element in ("video", "audio", "track") and attribute == "src"
    return "file" if media else "image"


def identifiers(html: str) -> set[str]:
    """What links within a page can lead to."""
    found = {"", "top"}
    for tag in tags(html):
        found.add(tag.attributes.get("id", ""))
        if tag.name == "a":
            found.add(tag.attributes.get("name", ""))
    return found


def made_by_others(values: Mapping[str, object]) -> list[str]:
    """The beginnings of addresses of datasets and models, from what templates know."""
    found = []
    for name in ("datasets", "models"):
        cards = values.get(name)
        for card in cards.values() if isinstance(cards, Mapping) else ():
            if isinstance(card, Mapping) and isinstance(card.get("path"), str):
                found.append(f"{card['path']}/")
    return found
