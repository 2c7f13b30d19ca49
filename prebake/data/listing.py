"""Which files of a folder or a CSV table are samples; needs neither Pillow nor NumPy."""

from __future__ import annotations

from pathlib import Path

from ..errors import DatasetError

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff")


def folder_files(path: Path) -> list[str]:
    """The files of a folder that decide its samples, as sorted relative paths."""
    if path.is_file():
        return [path.name, *(name for name, _ in read_rows(path) if (path.parent / name).is_file())]
    found = (p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    return sorted(p.relative_to(path).as_posix() for p in found)


def read_rows(path: Path) -> list[tuple[str, str]]:
    """The rows of path and class; a first row that names no image is the header."""
    import csv
    import io

    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise DatasetError(
            "the table is not UTF-8 text.", where=str(path), remedy="Save it as UTF-8 CSV."
        ) from None
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    table = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]
    rows = [(row[0].strip(), row[1].strip() if len(row) > 1 else "") for row in table]
    if rows and not rows[0][0].lower().endswith(SUFFIXES):
        rows = rows[1:]
    return rows
