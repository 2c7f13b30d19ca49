"""What each operation does to images; ``site/runtime/operations.js`` does the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..declare.operations import (
    CropToInk,
    Grey,
    Invert,
    Normalise,
    Offset,
    Operation,
    PadToSquare,
    Resize,
    Rgb,
    Scale,
)

ROUNDING = 1e-6
"""Grey values closer than this are the same; sums in another order differ by far less."""


def operate(operation: Operation, x: np.ndarray) -> np.ndarray:
    """The images after an operation; ``x`` may be overwritten.

    Args:
        operation: what to do; :class:`CropToInk` is done to one image at a time.
        x: ``float64 [n, h, w, c]``; ``c`` is 1 or 3, and what the operation is for.

    Returns:
        ``float64 [n, height, width, channels]``.
    """
    return _HOW[type(operation)](operation, x)


def opaque(images: np.ndarray, background: float) -> np.ndarray:
    """``float64 [n, h, w, 1 or 3]`` of ``uint8``: RGBA is laid over the background."""
    values = images.astype(np.float64)
    if values.shape[3] != 4:
        return values
    alpha = values[..., 3:]
    return (values[..., :3] * alpha + background * (255 - alpha)) / 255


def _grey(operation: Operation, x: np.ndarray) -> np.ndarray:
    if x.shape[3] == 1:
        return x
    # Whole weights, so that white is exactly 255 and equal to white paper.
    return (299 * x[..., :1] + 587 * x[..., 1:2] + 114 * x[..., 2:]) / 1000


def _rgb(operation: Rgb, x: np.ndarray) -> np.ndarray:
    return np.repeat(x, 3, axis=3) if x.shape[3] == 1 else x


def _crop_to_ink(operation: CropToInk, x: np.ndarray) -> np.ndarray:
    """Of a single image, ``[1, h, w, c]``: others may have their ink elsewhere."""
    difference = np.abs(_grey(operation, x)[0, :, :, 0] - operation.paper)
    ink = difference > operation.threshold + ROUNDING
    if not ink.any():
        return x
    rows, columns = _span(ink.any(axis=1), operation), _span(ink.any(axis=0), operation)
    return x[:, rows, columns]


def _span(ink: np.ndarray, operation: CropToInk) -> slice:
    where = np.flatnonzero(ink)
    first, last = int(where[0]), int(where[-1])
    return slice(max(0, first - operation.margin), last + 1 + operation.margin)


def _pad_to_square(operation: PadToSquare, x: np.ndarray) -> np.ndarray:
    side = operation.side(x.shape[1], x.shape[2])
    return _pad(x, side, side, operation.value)


def _pad(x: np.ndarray, height: int, width: int, value: float) -> np.ndarray:
    """Centres ``[n, h, w, c]`` on a larger image; an odd pixel is added right or down."""
    count, h, w, channels = x.shape
    if (h, w) == (height, width):
        return x
    result = np.full((count, height, width, channels), value)
    top, left = (height - h) // 2, (width - w) // 2
    result[:, top : top + h, left : left + w] = x
    return result


def _resize(operation: Resize, x: np.ndarray) -> np.ndarray:
    count, h, w, channels = x.shape
    height, width = _fitted(operation, h, w)
    if (height, width) == (h, w) == (operation.height, operation.width):
        return x  # what the products below would come to: each pixel once
    rows = _weights(operation.method, h, height, operation.height)
    columns = _weights(operation.method, w, width, operation.width)
    x = (rows @ x.reshape(count, h, w * channels)).reshape(count, len(rows), w, channels)
    x = np.ascontiguousarray(x.transpose(0, 1, 3, 2)).reshape(-1, w) @ columns.T
    x = x.reshape(count, len(rows), channels, len(columns)).transpose(0, 1, 3, 2)
    return _pad(x, operation.height, operation.width, operation.value)


def _fitted(operation: Resize, h: int, w: int) -> tuple[int, int]:
    """Height and width of the whole image once resized, before it is filled or cropped."""
    height, width = operation.height, operation.width
    if operation.fit == "stretch":
        return height, width
    flat = h * width <= w * height
    if flat == (operation.fit == "contain"):
        return max(1, (2 * h * width + w) // (2 * w)), width
    return height, max(1, (2 * w * height + h) // (2 * h))


def _weights(method: str, length: int, count: int, wanted: int) -> np.ndarray:
    """How a stretch of pixels becomes another: ``float64 [new, old]``, rows that add up to 1.

    Shares are quotients of whole numbers, so that they are the same in every language.

    Args:
        method: ``area`` or ``bilinear``.
        length: old pixels.
        count: new pixels, as many as the whole stretch becomes.
        wanted: of these the middle ones that are wanted; all if they are fewer.
    """
    visible = min(count, wanted)
    first = (count - visible) // 2
    new = np.arange(first, first + visible, dtype=np.int64)
    return (_area if method == "area" else _bilinear)(new, length, count)


def _area(new: np.ndarray, length: int, count: int) -> np.ndarray:
    # In units of which an old pixel has `count` and a new one `length`.
    start, old = new[:, None] * length, np.arange(length)[None, :] * count
    overlap = np.minimum(start + length, old + count) - np.maximum(start, old)
    return np.maximum(overlap, 0) / length


def _bilinear(new: np.ndarray, length: int, count: int) -> np.ndarray:
    unit = 2 * count
    position = np.clip((2 * new + 1) * length - count, 0, (length - 1) * unit)
    low, share = position // unit, position % unit / unit
    weights, row = np.zeros((len(new), length)), np.arange(len(new))
    weights[row, low] = 1 - share
    weights[row, np.minimum(low + 1, length - 1)] += share
    return weights


def _invert(operation: Invert, x: np.ndarray) -> np.ndarray:
    return 255 - x


def _scale(operation: Scale, x: np.ndarray) -> np.ndarray:
    x *= operation.factor
    return x


def _offset(operation: Offset, x: np.ndarray) -> np.ndarray:
    x += operation.value
    return x


def _normalise(operation: Normalise, x: np.ndarray) -> np.ndarray:
    x -= operation.mean
    x /= operation.deviation
    return x


_HOW: dict[type[Operation], Callable[[Any, np.ndarray], np.ndarray]] = {
    CropToInk: _crop_to_ink,
    PadToSquare: _pad_to_square,
    Resize: _resize,
    Grey: _grey,
    Rgb: _rgb,
    Invert: _invert,
    Scale: _scale,
    Offset: _offset,
    Normalise: _normalise,
}
