"""Which files of a folder or a CSV table are samples; needs neither Pillow nor NumPy."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from ..declare.walk import walk
from ..errors import DatasetError

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff")


_LEFTOVERS = {"__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin"}
"""What macOS and Windows leave in folders and archives, in small letters."""
MOST_TABLE = 1 << 30
"""Bytes of a CSV table."""


class Row(NamedTuple):
    """A row of a table.

    Args:
        line: of the file on which it begins; 1 for the first.
        path: of the image, from the folder of the table.
        label: its class; empty if there is none.
    """

    line: int
    path: str
    label: str


def folder_files(path: Path, root: Path | None = None) -> list[str]:
    """The files of a folder, or of a table, that decide its samples, as sorted relative paths.

    Args:
        path: the folder or the CSV file.
        root: links below the folder are followed inside it: the project; without it, or if the
            folder lies elsewhere, the folder itself.

    Raises:
        DeclarationError: if a link leads out of ``root``.
        DatasetError: if the table cannot be read.
    """
    if path.is_file():
        finder = Finder(path.parent)
        rows = (finder.find(row.path) for row in read_rows(path))
        files = (file.relative_to(path.parent).as_posix() for file in rows if file is not None)
        return [path.name, *dict.fromkeys(files)]
    return [p.relative_to(path).as_posix() for p in _files(path, root) if _is_image(p)]


def other_files(path: Path, root: Path | None = None) -> Counter[str]:
    """How many files of a folder are left out, by their suffix; images in hidden folders by the
    name of the folder. Hidden files and what systems leave behind do not count."""
    found: Counter[str] = Counter()
    if path.is_file():
        return found
    for each in walk(path, _home(path, root)):
        hidden = next((n for n in each.relative_to(path).parts if _is_leftover(n)), "")
        if not hidden and not _is_image(each):
            found[each.suffix.lower() or each.name] += 1
        elif (
            hidden and hidden != each.name and hidden.lower() not in _LEFTOVERS and _is_image(each)
        ):
            found[hidden] += 1
    return found


def every_file(path: Path, root: Path) -> list[str]:
    """All files of a folder as sorted relative paths, such as those of a SavedModel."""
    return [p.relative_to(path).as_posix() for p in _files(path, root)]


class Finder:
    """Finds files below a folder; their names may have another Unicode form on the disk. Each
    folder is listed once at most.

    Args:
        folder: where paths start.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._listed: dict[Path, dict[str, str]] = {}

    def find(self, name: str) -> Path | None:
        """The file of a relative path; None if there is none."""
        path = self._folder / name
        if path.is_file():
            return path
        if name.isascii():
            return None
        path = self._folder
        for part in PurePosixPath(name).parts:
            same = self._names(path).get(unicodedata.normalize("NFC", part))
            if same is None:
                return None
            path = path / same
        return path if path.is_file() else None

    def _names(self, folder: Path) -> dict[str, str]:
        if folder not in self._listed:
            found = [each.name for each in folder.iterdir()] if folder.is_dir() else []
            self._listed[folder] = {unicodedata.normalize("NFC", name): name for name in found}
        return self._listed[folder]


def _files(path: Path, root: Path | None) -> Iterator[Path]:
    for each in walk(path, _home(path, root)):
        if not any(_is_leftover(name) for name in each.relative_to(path).parts):
            yield each


def _home(path: Path, root: Path | None) -> Path:
    """Inside which links are followed."""
    inside = root is not None and path.resolve().is_relative_to(root.resolve())
    return root if inside and root is not None else path


def _is_leftover(name: str) -> bool:
    return name.startswith(".") or name.lower() in _LEFTOVERS


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and path.is_file()


def read_rows(path: Path) -> list[Row]:
    """The rows of path and class; a first row that names no image is the header.

    Raises:
        DatasetError: if it is no table in UTF-8.
    """
    text = _text(path)
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows = []
    line = 1
    try:
        for row in reader:
            if row:
                label = row[1].strip() if len(row) > 1 else ""
                rows.append(Row(line, row[0].strip(), label))
            line = reader.line_num + 1
    except csv.Error as error:
        raise DatasetError(
            f"the table cannot be read: {error}.",
            where=f"{path}:{line}",
            remedy="Check the quotes in this row.",
        ) from None
    if rows and not rows[0].path.lower().endswith(SUFFIXES):
        rows = rows[1:]
    return rows


def _text(path: Path) -> str:
    if path.stat().st_size > MOST_TABLE:
        raise DatasetError(
            f"the table has more than {MOST_TABLE:,} bytes.",
            where=str(path),
            remedy="Give a folder of class folders.",
        )
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise DatasetError(
            "the table is not UTF-8 text.", where=str(path), remedy="Save it as UTF-8 CSV."
        ) from None
