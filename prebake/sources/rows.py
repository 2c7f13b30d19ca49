"""The first rows of NumPy files on a web server, without the rest of them.

A ``.npy`` file (NumPy enhancement proposal 1) is a short header and then the rows, so that the
first rows are the first bytes: one HTTP range request (RFC 9110, section 14) a file. A server
that does not honour the range sends everything, and is cut off after the bytes that are needed.
What came is kept and continued, unless the server says that the file is another by now.
"""

from __future__ import annotations

import hashlib
import io
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from filelock import FileLock

from ..declare.source import NumpyRows
from ..errors import DatasetError, DownloadError, HashMismatch
from .download import Progress, fill, host

PARALLEL = 8
"""Files fetched at the same time."""
HEADER = 1024
"""Bytes asked for beyond the rows; the headers that NumPy writes have 80 or 128."""


def fetch_rows(
    source: NumpyRows,
    cache: Path,
    out: Path,
    progress: Progress = lambda *_: None,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Writes each file of ``source`` with its first rows alone.

    Args:
        cache: the folder of finished and partial downloads.
        out: where the ``.npy`` files are put.
        progress: is told the bytes done and those to do, over all files.
        pause: waits some seconds between two tries.

    Raises:
        DownloadError: if a file cannot be read, or ends before its header says.
        DatasetError: if it is no NumPy file of such rows, or has fewer.
        HashMismatch: if its rows are others than were pinned.
    """
    cache.mkdir(parents=True, exist_ok=True)
    need = HEADER + source.rows * source.row_bytes
    counter = _Counter(progress, need * len(source.files))

    def one(name: str) -> None:
        target = out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        _fetch(source, name, need, cache, target, counter.of(name), pause)

    with ThreadPoolExecutor(PARALLEL) as pool:
        waiting = [pool.submit(one, name) for name in source.files]
        try:
            for each in waiting:
                each.result()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _fetch(
    source: NumpyRows,
    name: str,
    need: int,
    cache: Path,
    target: Path,
    progress: Progress,
    pause: Callable[[float], None],
) -> None:
    url = source.url_of(name)
    known = f"rows-{hashlib.sha256(url.encode()).hexdigest()[:40]}"
    part = cache / f"{known}.part"
    with FileLock(cache / f"{known}.lock"):
        note = _Note(cache / f"{known}.json", part)
        problem = fill(url, part, progress, pause, limit=need, note=note)
        if problem:
            raise DownloadError(
                f"{name} could not be downloaded ({host(url)}: {problem}).",
                where=source.base_url,
                remedy="Check the connection and build again: what was downloaded so far is "
                "kept. Another source can be chosen with --data.",
            )
        part.touch()  # an empty file leaves none
        try:
            rows = _read(source, name, part)
        except DatasetError:
            part.unlink()  # it is asked for again once the server has another
            raise
        pinned = source.sha256.get(name)
        found = hashlib.sha256(rows.tobytes()).hexdigest()
        if pinned and found != pinned:
            part.unlink()
    if pinned and found != pinned:
        raise HashMismatch(
            f"the first {source.rows:,} rows of {name} have the sha256 {found[:16]}…, expected "
            f"{pinned[:16]}….",
            where=source.base_url,
            remedy="Either the file was replaced or the connection alters it; if you trust the "
            "new rows, pin their hash in the dataset.",
        )
    np.save(target, rows, allow_pickle=False)


def _read(source: NumpyRows, name: str, part: Path) -> np.ndarray:
    """The rows that were asked for, out of the beginning of a file."""
    where = source.base_url
    size = part.stat().st_size
    try:
        with part.open("rb") as file:
            shape, column_major, dtype = _header(file)
            start = file.tell()
    except ValueError:
        raise DatasetError(
            f"{name} is no NumPy file ({size:,} bytes came).",
            where=where,
            remedy="Check the address, and whether it needs an account.",
        ) from None
    wanted = (source.dtype, source.row_shape)
    if column_major or (dtype.str.lstrip("|<="), shape[1:]) != (
        np.dtype(source.dtype).str.lstrip("|<="),
        source.row_shape,
    ):
        raise DatasetError(
            f"{name} holds {dtype} rows of the shape {list(shape[1:])}, expected {wanted[0]} "
            f"{list(wanted[1])}, row by row.",
            where=where,
            remedy="Set dtype and row_shape of the source.",
        )
    if shape[0] < source.rows:
        raise DatasetError(
            f"{name} has {shape[0]:,} rows, but {source.rows:,} of each file are asked for.",
            where=where,
            remedy=f"Set rows to at most {shape[0]:,}, or leave that file out.",
        )
    have = (size - start) // source.row_bytes
    if have < source.rows:
        part.unlink(missing_ok=True)
        raise DownloadError(
            f"{name} is cut off: its header says {shape[0]:,} rows, but it ends in row "
            f"{have + 1:,}, and {source.rows:,} are asked for.",
            where=where,
            remedy="The file on the server is damaged; try another base_url.",
        )
    with part.open("rb") as file:
        file.seek(start)
        data = file.read(source.rows * source.row_bytes)
    return np.frombuffer(data, dtype).reshape(source.rows, *source.row_shape)


def _header(file: io.BufferedIOBase) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, whether it lies column by column, and type. Raises ValueError if it is none."""
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        shape, column_major, dtype = np.lib.format.read_array_header_1_0(file)
    elif version == (2, 0):
        shape, column_major, dtype = np.lib.format.read_array_header_2_0(file)
    else:
        raise ValueError(f"version {version}")
    if dtype.hasobject or not shape:
        raise ValueError("objects")
    return shape, column_major, dtype


class _Note:
    """What a server called the file of a partial download, so that a later one goes on with the
    same file or starts again."""

    def __init__(self, path: Path, part: Path) -> None:
        self.path = path
        try:
            self.tag = str(json.loads(path.read_text("utf-8"))["tag"]) if part.exists() else ""
        except (OSError, ValueError, KeyError, TypeError):
            self.tag = ""

    def keep(self, tag: str) -> None:
        if tag != self.tag:
            self.tag = tag
            self.path.write_text(json.dumps({"tag": tag}), "utf-8")


class _Counter:
    """Adds up the bytes of files that are fetched side by side."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done: dict[str, float] = {}
        self._lock = threading.Lock()

    def of(self, name: str) -> Progress:
        def report(done: float, total: float, unit: str) -> None:
            with self._lock:
                self._done[name] = done
                self._progress(sum(self._done.values()), self._total, unit)

        return report
