"""Reading class folders and CSV tables of images."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from ..declare.samples import Samples
from ..errors import DatasetError
from ..mistakes import listed
from .listing import SUFFIXES, Finder, folder_files, read_rows

SPLITS = {
    "train": "train",
    "training": "train",
    "test": "test",
    "testing": "test",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
}


def load_folder(
    path: Path,
    classes: Sequence[str],
    names: Mapping[str, str] | None,
    root: Path | None = None,
) -> Samples:
    """The samples of a folder or a CSV; see :class:`prebake.Folder` for the layouts.

    Args:
        path: the folder or the CSV file.
        classes: the classes in the order of the declaration.
        names: for a class, what the folder calls it, where that differs.
        root: the project's folder, inside which links are followed.

    Raises:
        DatasetError: if it is missing, a class has no images, or a class is not declared.
    """
    if not path.exists():
        raise DatasetError(
            "there is no such folder or file.",
            where=str(path),
            remedy="Check the path; it is read from the project's folder.",
        )
    found = _from_table(path) if path.is_file() else _from_folders(path, root)
    known = {_plain((names or {}).get(name, name)): i for i, name in enumerate(classes)}
    _demand_same(path, found)
    labels = sorted({label for _, label, _ in found})
    unknown = [label for label in labels if _plain(label) not in known]
    if unknown or not found:
        raise DatasetError(
            f"its classes are {', '.join(labels) or 'none'}; declared are {', '.join(classes)}.",
            where=str(path),
            remedy="Rename the folders, or give 'names' to the source.",
        )
    _demand_each(path, classes, {known[_plain(label)] for _, label, _ in found})
    splits = [split for _, _, split in found]
    return Samples(
        images=[file for file, _, _ in found],
        labels=[known[_plain(label)] for _, label, _ in found],
        split=splits if all(splits) else None,
        names=[str(file) for file, _, _ in found],
    )


def _demand_same(path: Path, found: Sequence[tuple[Path, str, str]]) -> None:
    """Where folders divide the samples, there is something to learn from and something to be
    judged on, and both have the same classes."""
    splits: dict[str, set[str]] = {}
    for _, label, split in found:
        splits.setdefault(split, set()).add(label)
    if set(splits) == {""}:
        return
    spelled = {name or "none": ", ".join(sorted(labels)) for name, labels in sorted(splits.items())}
    if "" in splits:
        raise DatasetError(
            f"some images lie in a folder of a split ({', '.join(filter(None, splits))}), others "
            f"in none ({spelled['none']}).",
            where=str(path),
            remedy="Put all below train/ and test/, or all directly into class folders.",
        )
    for needed in ("train", "test"):
        if splits and needed not in splits:
            raise DatasetError(
                f"it has a folder {' and '.join(splits)}, but none for {needed}.",
                where=str(path),
                remedy="Add it; or put the class folders directly into this one, so that a part "
                "is held out.",
            )
    if len({frozenset(labels) for labels in splits.values()}) > 1:
        each = "; ".join(f"{name} has {labels}" for name, labels in spelled.items())
        raise DatasetError(
            f"its splits have different classes: {each}.",
            where=str(path),
            remedy="Give every split the same class folders, with images in each.",
        )


def _demand_each(path: Path, classes: Sequence[str], present: set[int]) -> None:
    empty = [name for i, name in enumerate(classes) if i not in present]
    if empty:
        raise DatasetError(
            f"there are no images of {', '.join(empty)}.",
            where=str(path),
            remedy=f"Add some ({', '.join(SUFFIXES)}), or take the class out of the Dataset.",
        )


def _from_folders(path: Path, root: Path | None) -> list[tuple[Path, str, str]]:
    found = []
    for relative in folder_files(path, root):
        parts = PurePosixPath(relative).parts
        split = SPLITS.get(parts[0].lower(), "") if len(parts) > 2 else ""
        label = parts[1] if split else parts[0]
        if len(parts) > 1:
            found.append((path / relative, label, split))
    return found


def _from_table(path: Path) -> list[tuple[Path, str, str]]:
    """The files that the rows name; every row that does not fit is named at once."""
    found, mistakes = [], []
    finder = Finder(path.parent)
    for row in read_rows(path):
        file = None
        pure = PurePosixPath(row.path)
        if not row.label:
            mistakes.append(f"line {row.line} ({row.path!r}) has no class")
        elif pure.is_absolute() or ".." in pure.parts:
            mistakes.append(f"line {row.line} names {row.path!r}, which leaves the folder")
        else:
            file = finder.find(row.path)
            if file is None:
                mistakes.append(f"line {row.line} names {row.path!r}, and there is no such file")
        if file is not None:
            found.append((file, row.label, ""))
    if mistakes:
        raise DatasetError(
            f"{listed(mistakes)}.",
            where=str(path),
            remedy="Each row is 'path,class'; paths start at the folder of the table.",
        )
    return found


def _plain(name: str) -> str:
    """``Parasitized``, ``parasitized`` and ``PARASITIZED `` are one name, whatever its Unicode
    form: macOS takes letters and their accents apart."""
    whole = unicodedata.normalize("NFC", name)
    return whole.strip().casefold().replace("-", " ").replace("_", " ")
