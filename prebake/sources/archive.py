"""Taking declared files out of an archive; nothing in it is trusted or run."""

from __future__ import annotations

import fnmatch
import shutil
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import IO

from ..errors import SourceError

Member = tuple[str, Callable[[], IO[bytes]]]


def extract(
    archive: Path, patterns: Sequence[str], out: Path, label: str, *, strip: int = 0
) -> None:
    """Writes the members that ``patterns`` name to ``out``, under their own paths.

    Args:
        archive: a zip (or wheel), or a tar with or without compression.
        patterns: paths or shell patterns; each must match at least one member.
        out: the folder to write to.
        label: what an error calls the archive.
        strip: how many leading folders of each member's path to drop.

    Raises:
        SourceError: if it is no archive, is damaged, or a pattern matches nothing.
    """
    missing = set(patterns)
    try:
        for name, opened in _members(archive):
            path = PurePosixPath(*PurePosixPath(name).parts[strip:])
            hits = {p for p in patterns if fnmatch.fnmatchcase(path.as_posix(), p)}
            if not hits or not _inside(path):
                continue
            target = out / path
            target.parent.mkdir(parents=True, exist_ok=True)
            with opened() as source, target.open("wb") as file:
                shutil.copyfileobj(source, file, 1 << 18)
            missing -= hits
    except (tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
        raise SourceError(f"it cannot be unpacked: {error}.", where=label) from None
    if missing:
        raise SourceError(
            f"it holds no file {sorted(missing)[0]!r}.",
            where=label,
            remedy="Correct 'files' in the dataset; paths start inside the package.",
        )


def _inside(path: PurePosixPath) -> bool:
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts


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
