"""How many samples are computed at once where nothing is learned from them."""

from __future__ import annotations

import math

LARGEST = 256
VALUES = 1 << 20
"""A network keeps many times as many for a moment: about 0.2 GB in MobileNetV2."""


def samples_at_once(shape: tuple[int, ...], values: int = VALUES) -> int:
    """The size of a batch for samples of one shape (without the batch's axis), 1 to 256: fewer
    of larger ones, so that memory does not grow with the size of an image.

    Args:
        values: how many numbers a batch has at most, if it is not a single sample.
    """
    return max(1, min(LARGEST, values // max(1, math.prod(shape))))
