"""The step that sees that links between pages lead somewhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..declare.page import HOME
from ..errors import RenderError
from ..mistakes import listed

if TYPE_CHECKING:
    from ..graph.step import Context

WRITTEN = "links.json"
"""What a rendered page says of its links: ``ids``, ``pages`` (line, text, page, anchor), and the
addresses of files that are ``shown`` or ``linked``."""


def run(context: Context) -> None:
    """Compares the links of all pages with the pages that there are, and with what lies on them.

    Raises:
        RenderError: with the mistakes, each with its file and line.
    """
    there = set(context.params["pages"])
    said = {
        name.removeprefix("links "): json.loads(path.read_text("utf-8"))
        for name, path in context.inputs.items()
    }
    ids = {name: set(each["ids"]) for name, each in said.items()}
    mistakes = []
    for name, each in sorted(said.items()):
        for line, text, page, anchor in each["pages"]:
            problem = ""
            if page not in there:
                problem = f"the link {text!r} leads nowhere: there is no such page"
            elif page in ids and anchor not in ids[page]:
                problem = f"the link {text!r} leads to no heading or element of that page"
            if problem:
                mistakes.append((_place(name, line), problem))
    if mistakes:
        (where, problem), *others = mistakes
        shown = listed([problem, *(f"{place}: {text}" for place, text in others)])
        raise RenderError(f"{shown}.", where=where, remedy="Correct the link, or remove it.")
    (context.out / "links").write_text("sound\n")


def _place(page: str, line: int) -> str:
    return f"site/{'' if page == HOME else f'{page}/'}index.md:{line}"
