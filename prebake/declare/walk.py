"""Walking through a folder of the project: links are followed inside it, and refused if they lead
out of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ..errors import DeclarationError


def walk(folder: Path, root: Path) -> Iterator[Path]:
    """The files below ``folder``, sorted by path.

    Args:
        root: the project's folder.

    Raises:
        DeclarationError: if a link leads out of ``root``, or round in a circle.
    """
    yield from _walk(folder, root, frozenset())


def demand_inside(path: Path, root: Path) -> None:
    """Refuses a link that leads out of the project.

    Raises:
        DeclarationError: if ``path`` does not lie in ``root`` once its links are followed.
    """
    target = path.resolve()
    if not target.is_relative_to(root.resolve()):
        raise DeclarationError(
            f"the link leads out of the project, to {target}.",
            where=shown_path(path, root),
            remedy="Copy what it leads to into the project.",
        )


def shown_path(path: Path, root: Path) -> str:
    """A path below the project as a message shows it; what is not Unicode in it is escaped."""
    text = path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
    return text.encode(errors="backslashreplace").decode()


def _walk(folder: Path, root: Path, above: frozenset[Path]) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        path = folder / entry.name
        if entry.is_symlink():
            demand_inside(path, root)
        if not entry.is_dir():
            yield path
            continue
        if entry.is_symlink():
            place = path.resolve()
            if place in above or folder.resolve().is_relative_to(place):
                raise DeclarationError(
                    "the link leads back to a folder around it.",
                    where=shown_path(path, root),
                    remedy="Remove it.",
                )
            yield from _walk(path, root, above | {place})
        else:
            yield from _walk(path, root, above)
