"""What a page declares: the front matter of its ``index.md``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from ..errors import DeclarationError
from .schema import key, typed
from .walk import demand_inside, walk

HOME = "home"
DEEPEST = 8
"""Folders of pages in one another."""
DEEPEST_YAML = 20
"""Lists and objects in one another in a front matter, whose keys are texts and lists."""
STATIC = "static"
"""The folder of ``site/`` that is copied as it is."""
_RUNTIME = re.compile(r"\bsite/(runtime/[\w/-]+\.js)")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*(/[a-z0-9][a-z0-9-]*)*")


@dataclass(frozen=True)
class FrontMatter:
    """The keys between the two lines of ``---`` at the top of ``index.md``."""

    title: str = key("The page's heading, and its name in the gallery.")
    summary: str = key("One or two sentences: under the heading, in the gallery, in shared links.")
    template: str = key("The template in templates/ that draws the page.", default="page")
    order: int = key("Where the page stands in the gallery; small numbers first.", default=100)
    datasets: tuple[str, ...] = key("The datasets that the page loads, by name.", default=())
    models: tuple[str, ...] = key("The compiled models that the page loads, by name.", default=())
    script: str = key(
        "A module below site/ that is the page's script, where it has no page.js of its own.",
        default="",
    )
    picture: str = key(
        "The page's picture in the gallery and in shared links: the name of a dataset, whose "
        "samples it is then made of, or an image file in the page's folder.",
        default="",
    )


@dataclass(frozen=True)
class Page:
    """A folder of ``site/`` with an ``index.md``."""

    name: str
    """The folder's path below ``site/``; ``home`` for ``site/index.md`` itself."""
    folder: Path
    front: FrontMatter
    body: str
    """The Markdown below the front matter."""
    body_line: int
    """The line of ``index.md`` on which the body starts; 1 for the first."""
    lines: dict[str, int]
    """On which line of ``index.md`` each key of the front matter stands."""
    script: Path | None
    """``page.js``, if it was there when the page was read: one that is added while the site is
    built belongs to the next build. Without one the module that ``script`` names."""

    @property
    def url(self) -> str:
        """The page's address relative to the site's root; empty for the home page."""
        return "" if self.name == HOME else f"{self.name}/"

    @property
    def depth(self) -> int:
        """How many folders below the root the page lies."""
        return 0 if self.name == HOME else len(PurePosixPath(self.name).parts)

    def modules(self) -> list[str]:
        """The modules of its models and datasets and those of the runtime, as far as its text names
        them and may so show their code; paths below the project's folder."""
        named = [("models", name) for name in self.front.models]
        named += [("datasets", name) for name in self.front.datasets]
        own = [f"{folder}/{name.replace('-', '_')}.py" for folder, name in named]
        site = self.folder if self.name == HOME else self.folder.parents[self.depth - 1]
        shared = [p for p in dict.fromkeys(_RUNTIME.findall(self.body)) if (site / p).is_file()]
        return [p for p in own if p in self.body] + [f"site/{path}" for path in shared]

    def files(self) -> list[Path]:
        """What the page's text may show or include: all that lies in its folder, but for the
        folders of other pages and, for the home page, those of the site's own parts."""
        site = self.folder if self.name == HOME else self.folder.parents[self.depth - 1]
        return [path for path in walk(self.folder, site.parent) if self._owns(path)]

    def _owns(self, path: Path) -> bool:
        parents = [p for p in path.parents if p.is_relative_to(self.folder) and p != self.folder]
        if not path.is_file() or any((p / "index.md").is_file() for p in parents):
            return False
        first = path.relative_to(self.folder).parts[0]
        return self.name != HOME or first not in ("runtime", "styles", STATIC)

    def place(self, key_name: str = "") -> str:
        """Where a key of the front matter stands, as ``site/mnist/index.md:3``."""
        path = "site/index.md" if self.name == HOME else f"site/{self.name}/index.md"
        return f"{path}:{self.lines.get(key_name, 1)}"


def find_pages(site: Path) -> dict[str, Path]:
    """By name the ``index.md`` of every page below ``site``, unread.

    Raises:
        DeclarationError: if two pages have one name, or a link leads out of the project.
    """
    found: dict[str, Path] = {}
    taken: dict[str, str] = {}
    for path in walk(site, site.parent):
        if path.name != "index.md" or path.relative_to(site).parts[0] == STATIC:
            continue
        name = _name(site, path)
        # Scripts and attributes of a page are named with a hyphen for the slash.
        other = taken.setdefault(name.replace("/", "-"), name)
        if other != name or name in found:
            raise DeclarationError(
                f"the page has the same name as {_place(site, found[other])}.",
                where=_place(site, path),
                remedy="Rename one of the two folders; '/' and '-' make no difference, and 'home' "
                "is the name of site/index.md.",
            )
        found[name] = path
    return found


def load_pages(site: Path, names: Iterable[str] | None = None) -> dict[str, Page]:
    """The pages of these names, or all below ``site``, in the order of the gallery."""
    found = find_pages(site)
    pages = [load_page(site, found[name]) for name in (found if names is None else names)]
    pages.sort(key=lambda page: (page.front.order, page.name))
    return {page.name: page for page in pages}


def _name(site: Path, path: Path) -> str:
    relative = path.parent.relative_to(site).as_posix()
    return HOME if relative == "." else relative


def _place(site: Path, path: Path) -> str:
    return f"{site.name}/{_shown(path.relative_to(site).as_posix())}"


def _shown(name: str) -> str:
    """A name as a message shows it; what is not Unicode in it is escaped."""
    return name.encode(errors="backslashreplace").decode()


def load_page(site: Path, path: Path) -> Page:
    """Reads one ``index.md``.

    Raises:
        DeclarationError: with file and line, if the front matter is missing or does not fit.
    """
    name = _name(site, path)
    shown = _place(site, path)
    if name.count("/") >= DEEPEST:
        raise DeclarationError(
            f"the page lies {name.count('/') + 1} folders deep, expected at most {DEEPEST}.",
            where=shown,
            remedy="Move it further up.",
        )
    if not _NAME.fullmatch(name):
        raise DeclarationError(
            f"the folder name {_shown(name)!r} becomes a web address and may only have small "
            "letters, digits and hyphens.",
            where=shown,
            remedy="Rename the folder.",
        )
    try:
        demand_inside(path, site.parent)
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DeclarationError(
            f"not UTF-8 text: {error.reason} at byte {error.start}.",
            where=shown,
            remedy="Save the file as UTF-8.",
        ) from None
    matter, body, body_line = split_front_matter(text, shown)
    values, lines = parse_yaml(matter, shown)

    def place(key_name: str) -> str:
        return f"{shown}:{lines.get(key_name, 1)}"

    front = typed(FrontMatter, values, place, "the front matter")
    script = _script(site, path.parent, front, place("script"))
    return Page(name, path.parent, front, body, body_line, lines, script)


def _script(site: Path, folder: Path, front: FrontMatter, where: str) -> Path | None:
    """The page's own script, or the one that several pages share.

    Raises:
        DeclarationError: if there are both, or it is no module below ``site``.
    """
    own = folder / "page.js"
    if not front.script:
        return own if own.is_file() else None
    if own.is_file():
        raise DeclarationError(
            f"the page has a page.js, and names the script {front.script!r} as well.",
            where=where,
            remedy="Import the one in the other, or leave one out.",
        )
    shared = (site / front.script).resolve()
    inside = shared.is_relative_to(site.resolve()) and shared.suffix == ".js"
    if not inside or not shared.is_file():
        raise DeclarationError(
            f"the script {front.script!r} is no module below site/.",
            where=where,
            remedy="Write its path from there, such as runtime/booth/booth.js.",
        )
    return site / front.script


def split_front_matter(text: str, shown: str) -> tuple[str, str, int]:
    """Front matter, body, and the line on which the body starts."""
    lines = text.splitlines()
    # Indented it is part of a value.
    marks = [number for number, line in enumerate(lines) if line.rstrip() == "---"]
    if len(marks) < 2 or marks[0] != 0:
        raise DeclarationError(
            "a page starts with its front matter between two lines of '---'.",
            where=f"{shown}:1",
            remedy="Add '---', 'title: …', 'summary: …', '---' at the top.",
        )
    end = marks[1]
    return "\n".join(lines[1:end]), "\n".join(lines[end + 1 :]), end + 2


def parse_yaml(matter: str, shown: str) -> tuple[dict[str, Any], dict[str, int]]:
    """The values of a YAML mapping, and on which line of the file each key stands."""
    try:
        _demand_plain(matter, shown)
        node, values = _load(matter)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        raise DeclarationError(
            f"the front matter is not valid YAML: {error.problem}.",
            where=f"{shown}:{line}",
            remedy="Put quotes around a text that holds a colon.",
        ) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # A date that is none is a ValueError of Python's own.
        raise DeclarationError(
            f"the front matter is not valid YAML: {str(error).splitlines()[0]}.", where=f"{shown}:2"
        ) from None
    if node is None:
        return {}, {}
    if not isinstance(node, yaml.MappingNode):
        raise DeclarationError(
            "the front matter is not a list of 'key: value' lines.", where=f"{shown}:2"
        )
    lines: dict[str, int] = {}
    for key_node, _ in node.value:
        name, line = str(key_node.value), key_node.start_mark.line + 2
        if name in lines:
            raise DeclarationError(
                f"the key {name!r} stands in line {lines[name]} already.",
                where=f"{shown}:{line}",
                remedy="Remove one of the two.",
            )
        lines[name] = line
    return {str(k): v for k, v in values.items()}, lines


def _demand_plain(matter: str, shown: str) -> None:
    """Refuses what takes a parser long or deep: aliases and deep nesting."""
    depth = 0
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with suppress(yaml.YAMLError):  # which loading it words better
        for event in yaml.parse(matter, Loader=loader):
            line = event.start_mark.line + 2 if event.start_mark else 1
            if isinstance(event, yaml.AliasEvent):
                raise DeclarationError(
                    "the front matter repeats a value by its name.",
                    where=f"{shown}:{line}",
                    remedy="Write it out.",
                )
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST_YAML:
                raise DeclarationError(
                    f"the front matter nests deeper than {DEEPEST_YAML}.",
                    where=f"{shown}:{line}",
                    remedy="Its keys are texts, numbers and lists.",
                )


def _load(text: str) -> tuple[yaml.Node | None, Any]:
    """What a YAML text says, as nodes with their lines and as values."""
    # libyaml is several times as fast, but words its complaints otherwise on each machine.
    for kind in (getattr(yaml, "CSafeLoader", yaml.SafeLoader), yaml.SafeLoader):
        loader = kind(text)
        try:
            node = loader.get_single_node()
            return node, None if node is None else loader.construct_document(node)
        except yaml.YAMLError:
            if kind is yaml.SafeLoader:
                raise
        finally:
            loader.dispose()
    raise AssertionError("the last loader returns or raises")
