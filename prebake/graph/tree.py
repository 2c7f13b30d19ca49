"""The files below a folder, and their hashes. Links are not followed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from .key import hash_file

STRANGE = "no regular file"
"""In place of a hash: a link, a device or the like, which nothing here reads."""
UNREADABLE = "unreadable"
"""In place of a hash: the file may not be read."""


def list_tree(folder: Path) -> list[str]:
    """The files below a folder, sorted, as paths with ``/``; whatever is no folder counts."""
    return sorted(_below(str(folder), ""))


def hash_tree(folder: Path) -> dict[str, str]:
    """The SHA-256 of each file below a folder, by its path; ``STRANGE`` or ``UNREADABLE`` for
    what has none.

    Raises:
        OSError: if a folder cannot be listed.
    """
    return {path: _hash(folder / path) for path in list_tree(folder)}


def tree_size(folder: Path) -> int:
    """The bytes of all files below a folder."""
    return sum((folder / path).lstat().st_size for path in list_tree(folder))


def _below(folder: str, prefix: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _below(entry.path, f"{prefix}{entry.name}/")
            else:
                yield prefix + entry.name


def _hash(path: Path) -> str:
    if path.is_symlink() or not path.is_file():
        return STRANGE
    try:
        return hash_file(path)
    except OSError:
        return UNREADABLE
