"""Samples that are no images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


@dataclass
class Arrays:
    """What a model's ``samples`` returns.

    Args:
        inputs: float32 ``[n, …]``.
        targets: float32 ``[n, …]``, or the indices of classes, integers ``[n]``.
        test: for each sample whether it is held out; None to hold out none, in which case the
            model is judged on what it learned from.
        classes: the names of the classes, if targets are indices.
    """

    inputs: np.ndarray
    targets: np.ndarray
    test: Sequence[bool] | np.ndarray | None = None
    classes: Sequence[str] = ()
