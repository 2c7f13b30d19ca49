"""Which files of a project Python opens while an author's code runs.

An audit hook (PEP 578) sees every file that Python opens; there can be one for a process, which
cannot be removed, so that it is put in once and told when to listen. What C++ opens (TensorFlow's
own readers) it does not see.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_listening: list[Opened] = []
_installed = False


class Opened:
    """The files below a folder that were opened for reading.

    Args:
        root: the folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._seen: set[str] = set()

    def note(self, path: str) -> None:
        self._seen.add(path)

    def paths(self) -> list[str]:
        """Sorted, relative to the folder, with ``/``; only files that are still there."""
        found = set()
        for each in self._seen:
            whole = Path(each).resolve()
            if whole.is_relative_to(self._root) and whole.is_file():
                found.add(whole.relative_to(self._root).as_posix())
        return sorted(found)


@contextmanager
def opened_below(root: Path) -> Iterator[Opened]:
    """Listens to what this process opens until the block ends."""
    global _installed
    if not _installed:
        sys.addaudithook(_hear)
        _installed = True
    opened = Opened(root)
    _listening.append(opened)
    try:
        yield opened
    finally:
        _listening.remove(opened)


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "open" or not _listening:
        return
    path, mode, flags = arguments
    writes = isinstance(mode, str) and any(letter in mode for letter in "wax")
    if isinstance(path, str) and not writes and not (isinstance(flags, int) and flags & 3):
        for each in _listening:
            each.note(path)
