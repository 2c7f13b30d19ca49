"""The classes of Quick, Draw! that the sketcher does not answer with, for it to learn strokes
and shapes from before it learns its own: none of the drawings that it is judged on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from datasets._quickdraw import (
    CATEGORIES,
    INTEGRITY,
    LICENCE,
    ORIGIN,
    PACKAGE,
    load_package,
    package_files,
    read_classes,
    read_names,
)
from prebake import Dataset, Npm, Samples

CLASS_LIST = "datasets/quickdraw_classes.txt"
_TAKEN = set(read_classes(CLASS_LIST))
OTHERS = [name for name in read_names(CATEGORIES) if name not in _TAKEN]
# Where the sketcher is asked about (nearly) everything there is nothing else to learn from, and
# it does without: then nobody reads this.
CLASSES = OTHERS if len(OTHERS) > 1 else read_names(CATEGORIES)


def load(files: Path, progress: Callable[[int, int], None]) -> Samples:
    samples = load_package(files, CLASSES, drawings=100, progress=progress)
    samples.split = ["train"] * len(samples.labels)
    return samples


quickdraw_more = Dataset(
    title="More Quick, Draw! drawings",
    description="Drawings of the classes that the sketcher is not asked about.",
    classes=CLASSES,
    tile=(28, 28, 1),
    licence=LICENCE,
    origin=ORIGIN,
    sources={"npm": Npm(PACKAGE, files=package_files(CLASSES), integrity=INTEGRITY)},
    load=load,
    files=[CLASS_LIST, CATEGORIES],
    publish=None,
    seed=2017,
)
