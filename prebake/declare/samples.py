"""What a dataset's ``load`` returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


@dataclass
class Samples:
    """Labelled images, held lazily: packing looks at one sheet's images at a time.

    Args:
        images: ``uint8 [n, h, w]`` or ``uint8 [n, h, w, c]`` (an array or a memory map), or a
            sequence of paths of image files, or of such arrays made when they are indexed.
        labels: for each image the index of its class, 0 to ``len(classes) - 1``.
        split: for each image the name of its split (``"train"``, ``"test"``), or ``None`` to
            have prebake hold out a part as :class:`~prebake.Holdout` says.
        group: for each image what it shares with others (a slide, a part, a session), or
            ``None``. A group never lies on both sides of a split.
        names: for each image how to call it in a message; for paths their file names.
    """

    images: np.ndarray | Sequence[np.ndarray] | Sequence[Path]
    labels: Sequence[int] | np.ndarray
    split: Sequence[str] | np.ndarray | None = None
    group: Sequence[str] | np.ndarray | None = None
    names: Sequence[str] | None = None
