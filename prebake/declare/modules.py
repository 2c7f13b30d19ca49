"""The modules of ``datasets/`` and ``models/``, by the names that pages use."""

from __future__ import annotations

import re
from pathlib import Path

from ..errors import DeclarationError
from .walk import demand_inside, shown_path

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


def find_modules(root: Path, folder: str) -> dict[str, Path]:
    """By name (``my-model``) the modules of a folder (``my_model.py``), without those that start
    with ``_`` or ``.``; a link inside the project is followed.

    Raises:
        DeclarationError: if two have one name, a name cannot be part of a web address, or a link
            leads out of the project or to nothing.
    """
    found: dict[str, Path] = {}
    taken: dict[str, Path] = {}
    for path in sorted((root / folder).glob("[!_.]*.py")):
        _check(root, path)
        name = path.stem.replace("_", "-")
        # Some hosts and disks do not tell small letters from large ones.
        other = taken.setdefault(name.lower(), path)
        if other != path:
            raise DeclarationError(
                f"{folder}/{other.name} has the same name, {name!r}.",
                where=f"{folder}/{path.name}",
                remedy="Rename one of the two files; '-', '_' and capitals make no difference.",
            )
        found[name] = path
    return found


def _check(root: Path, path: Path) -> None:
    shown = shown_path(path, root)
    if not _NAME.fullmatch(path.stem):
        raise DeclarationError(
            "the name of the file becomes part of web addresses and may only have letters of the "
            "English alphabet, digits, '-' and '_'.",
            where=shown,
            remedy="Rename the file.",
        )
    if not path.is_file():
        raise DeclarationError(
            "it is a link to nothing or no file.", where=shown, remedy="Remove it."
        )
    demand_inside(path, root)
