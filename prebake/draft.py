"""The folder in which the next site is laid out, beside the one that it will replace.

::

    _site               the site
    ._site.draft        the name of the folder below, written before it is made
    _site.new-…         the next site; after the exchange the one before

What lies beside a site belongs to somebody else, whatever its name. So a draft is only removed if
its name is written down, and only if that name has 128 random bits.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from .removal import discard


class Draft:
    """The drafts of one site. Used by one build at a time: a lock sees to it.

    Args:
        out: the folder of the site.
    """

    def __init__(self, out: Path) -> None:
        self._out = out
        self._note = out.with_name(f".{out.name}.draft")
        self._name = re.compile(rf"{re.escape(out.name)}\.new-[0-9a-f]{{32}}")

    def begin(self) -> Path:
        """A new empty folder beside the site.

        Raises:
            OSError: if it cannot be made.
        """
        new = self._out.with_name(f"{self._out.name}.new-{os.urandom(16).hex()}")
        self._note.write_text(f"{new.name}\n", "utf-8")
        new.mkdir()
        return new

    def aside(self, new: Path) -> Path:
        """Where the site lies while the draft takes its place, on systems that cannot exchange two
        folders in one step."""
        return new.with_name(f"{new.name}-old")

    def sweep(self) -> None:
        """Removes the draft that is written down, after giving back a site that had been put
        aside."""
        name = self._noted()
        if name:
            new = self._out.with_name(name)
            aside = self.aside(new)
            if aside.is_dir() and not self._out.exists():
                aside.rename(self._out)
            for left in (new, aside):
                discard(left, self._out.parent)
        with suppress(OSError):
            self._note.unlink(missing_ok=True)

    def _noted(self) -> str:
        """The name that is written down; empty if none is, or none that a draft can have."""
        try:
            with self._note.open("rb") as file:
                name = file.read(1000).decode("utf-8", "replace").strip()
        except OSError:
            return ""
        return name if self._name.fullmatch(name) else ""
