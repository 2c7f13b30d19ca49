"""Taking declared files out of an archive; nothing in it is trusted or run."""

from __future__ import annotations

import errno
import fnmatch
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import IO

from ..declare.source import MAX_BYTES
from ..errors import SourceError

MOST_MEMBERS = 5_000_000
_BLOCK = 1 << 18
# A cipher or a method that Python does not know is a RuntimeError or NotImplementedError.
_DAMAGE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    RuntimeError,
    UnicodeError,
)

Member = tuple[str, Callable[[], IO[bytes]]]


def extract(
    archive: Path,
    patterns: Sequence[str],
    out: Path,
    label: str,
    *,
    strip: int = 0,
    most: int = MAX_BYTES,
) -> None:
    """Writes the members that ``patterns`` name to ``out``, under their own paths.

    Args:
        archive: a zip (or wheel), or a tar with or without compression.
        patterns: paths or shell patterns; each must match at least one member.
        out: the folder to write to.
        label: what an error calls the archive.
        strip: how many leading folders of each member's path to drop.
        most: how many bytes may be written, whatever the archive says of its members.

    Raises:
        SourceError: if it is no archive, is damaged, holds more than ``most`` bytes or
            ``MOST_MEMBERS``, or a pattern matches nothing.
    """
    missing = set(patterns)
    left = most
    try:
        for number, (name, opened) in enumerate(_members(archive)):
            if number >= MOST_MEMBERS:
                raise _too_much(label, f"more than {MOST_MEMBERS:,} files")
            path = PurePosixPath(*PurePosixPath(name).parts[strip:])
            hits = {p for p in patterns if fnmatch.fnmatchcase(path.as_posix(), p)}
            if not hits or not _inside(path):
                continue
            left -= _write(opened, out / path, left)
            if left < 0:
                raise _too_much(label, f"more than the {most:,} bytes that are allowed")
            missing -= hits
    except _DAMAGE as error:
        raise SourceError(f"it cannot be unpacked: {error}.", where=label) from None
    if missing:
        raise SourceError(
            f"it holds no file {sorted(missing)[0]!r}.",
            where=label,
            remedy="Correct 'files' in the dataset; paths start inside the package.",
        )


def _write(opened: Callable[[], IO[bytes]], target: Path, most: int) -> int:
    """Writes a member, and stops behind ``most`` bytes.

    Returns:
        How many bytes it has, or one more than ``most``.
    """
    written = 0
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with opened() as source, target.open("wb") as file:
            while written <= most and (block := source.read(min(_BLOCK, most - written + 1))):
                written += file.write(block)
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        raise tarfile.TarError(f"{target.name} is a file and a folder in it") from None
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        raise tarfile.TarError("the name of a file in it is too long") from None
    return written


def _too_much(label: str, what: str) -> SourceError:
    return SourceError(
        f"it holds {what}.",
        where=label,
        remedy="Name fewer of its files, or set max_bytes of the source.",
    )


def _inside(path: PurePosixPath) -> bool:
    inside = bool(path.parts) and not path.is_absolute() and ".." not in path.parts
    return inside and "\0" not in path.as_posix()


def _members(archive: Path) -> Iterator[Member]:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as zipped:
            for info in zipped.infolist():
                if not info.is_dir():
                    yield info.filename, lambda info=info: zipped.open(info)  # type: ignore[misc]
        return
    with tarfile.open(archive, "r:*") as tarred:
        for member in tarred:
            if member.isfile():
                yield member.name, lambda member=member: tarred.extractfile(member)  # type: ignore[misc]
