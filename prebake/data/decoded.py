"""All images of a dataset as tiles in one file, so that none is decoded twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import DatasetError
from ..mistakes import listed

if TYPE_CHECKING:
    from .checked import Checked

MOST_BYTES = 4 << 30
"""Of decoded images; of a dataset that is larger, each is read when it is needed."""


def decoded(samples: Checked, path: Path, report: Callable[[int, int, str], None]) -> Any:
    """The tiles of all samples, ``uint8 [n, h, w, c]``, mapped into memory; or what the images
    were, where that gains nothing.

    Args:
        samples: whose images are files, or are made when they are asked for.
        path: of the file; its folder need not exist yet.
        report: is told how many images are read.

    Raises:
        DatasetError: naming every image that cannot be read.
    """
    count = len(samples.images)
    if isinstance(samples.images, np.ndarray) or count * int(np.prod(samples.tile)) > MOST_BYTES:
        return samples.images
    path.parent.mkdir(parents=True, exist_ok=True)
    mistakes: list[DatasetError] = []
    with path.open("wb") as file:
        for number in range(count):
            try:
                tile = samples.read(number)
            except DatasetError as error:
                mistakes.append(error)
            else:
                file.write(tile.tobytes())
            report(number + 1, count, "images read")
    _demand_none(mistakes)
    return np.memmap(path, np.uint8, "r", shape=(count, *samples.tile))


def _demand_none(mistakes: list[DatasetError]) -> None:
    if len(mistakes) == 1:
        raise mistakes[0]
    if mistakes:
        each = [f"{error.where}: {error.problem.rstrip('.')}" for error in mistakes]
        raise DatasetError(
            f"{len(mistakes):,} images cannot be read: {listed(each)}.",
            remedy=mistakes[0].remedy,
        )
