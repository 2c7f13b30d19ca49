"""Named sections of a source file, so that the code a page shows is the code that runs.

A section lies between ``// #region NAME`` and ``// #endregion`` (``# region NAME`` and
``# endregion`` in Python), the marks that editors fold by. Sections may be nested;
marks are left out of what is shown.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from textwrap import dedent

from ..errors import RenderError

_START = re.compile(r"\s*(?://\s*#|#\s*#?)region\s+(?P<name>[\w-]+)\s*")
_END = re.compile(r"\s*(?://\s*#|#\s*#?)endregion\b.*")


def section(text: str, name: str, path: str) -> str:
    """The lines of a section, without its indentation.

    Raises:
        RenderError: if there is no such section, or it is not closed.
    """
    found = sections(text, path)
    if name not in found:
        near = get_close_matches(name, found, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"It has: {', '.join(found) or 'none'}."
        raise RenderError(f"{path} has no section {name!r}.", remedy=hint)
    return found[name]


def sections(text: str, path: str) -> dict[str, str]:
    """All sections of a file, by name."""
    open_ones: list[tuple[str, int, list[str]]] = []
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        start = _START.fullmatch(line)
        if start:
            if start["name"] in found:
                raise RenderError(f"a second section {start['name']!r}.", where=f"{path}:{number}")
            open_ones.append((start["name"], number, []))
        elif _END.fullmatch(line):
            if not open_ones:
                raise RenderError("an #endregion without a #region.", where=f"{path}:{number}")
            name, _, lines = open_ones.pop()
            found[name] = dedent("\n".join(lines)).strip("\n")
        else:
            for _, _, lines in open_ones:
                lines.append(line)
    if open_ones:
        name, number, _ = open_ones[-1]
        raise RenderError(
            f"the section {name!r} is not closed.",
            where=f"{path}:{number}",
            remedy="Add a line '// #endregion'.",
        )
    return found
