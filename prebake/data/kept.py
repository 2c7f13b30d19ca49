"""A split that is not published: its tiles as one array, which readers map into memory.

Nobody fetches it, so that nothing is gained by coding it as sheets: that costs minutes for
thousands of photographs, and reading them again costs seconds for each model.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DatasetError

CHUNK_BYTES = 1 << 24
"""Bytes of tiles in memory at a time."""

Read = Callable[[np.ndarray], np.ndarray]
Report = Callable[[int, int], None]


def write_kept(
    path: Path, members: np.ndarray, read: Read, tile: Sequence[int], report: Report
) -> dict[str, Any]:
    """Writes the tiles of a split as an ``.npy`` file, and describes it.

    The same tiles give the same bytes.

    Args:
        path: of the file.
        members: numbers of the samples, in packed order.
        read: from numbers to tiles, ``uint8 [n, h, w, c]``.
        tile: height, width, channels.
        report: is told how many samples of how many are done.
    """
    count = max(1, CHUNK_BYTES // int(np.prod(tile)))
    checksum = 0
    with path.open("wb") as file:
        header = {"descr": "|u1", "fortran_order": False, "shape": (len(members), *tile)}
        np.lib.format.write_array_header_1_0(file, header)
        for start in range(0, len(members), count):
            data = read(members[start : start + count]).tobytes()
            file.write(data)
            checksum = zlib.crc32(data, checksum)
            report(min(start + count, len(members)), len(members))
    return {"file": path.name, "bytes": path.stat().st_size, "crc32": checksum}


def read_kept(
    path: Path, described: Mapping[str, Any], samples: int, tile: Sequence[int], dataset: str
) -> np.ndarray:
    """The tiles of a split, ``uint8 [n, h, w, c]``, mapped into memory and not to be changed.

    Args:
        path: of the file.
        described: what :func:`write_kept` said of it.
        samples: how many there are.
        tile: height, width, channels.
        dataset: its name, for messages.

    Raises:
        DatasetError: if the file is not there, or is not what was written.
    """

    def damaged(problem: str) -> DatasetError:
        return DatasetError(
            f"the packed images in {path.name} cannot be read: {problem}.",
            where=f"dataset {dataset!r}",
            remedy=f"Pack them again: python build.py --force 'pack {dataset}'.",
        )

    try:
        tiles = np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError:
        raise damaged("there is no such file") from None
    except (OSError, ValueError, EOFError) as error:
        raise damaged(str(error).splitlines()[0].rstrip(".")) from None
    found = (str(tiles.dtype), tiles.shape)
    if found != ("uint8", (samples, *tile)):
        raise damaged(f"expected uint8 {[samples, *tile]}, found {found[0]} {list(found[1])}")
    if zlib.crc32(tiles.reshape(-1).data) != described["crc32"]:
        raise damaged("its pixels are not those that were packed")
    return np.asarray(tiles)
