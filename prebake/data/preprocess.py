"""Carries out a declared preprocessing; ``site/runtime/preprocess.js`` does the same.

Arithmetic is float64 in the same order on both sides, so that results differ at most by the
last digits of float32.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..declare.operations import CropToInk, Known, Resize
from ..declare.preprocess import Preprocess
from ..errors import DatasetError, DeclarationError
from .operations import opaque, operate

BLOCK = 2**16
"""Values that are worked on at a time: as float64 they stay in a processor's cache."""


def apply(preprocess: Preprocess, images: np.ndarray | Sequence[np.ndarray]) -> np.ndarray:
    """The images as a model takes them.

    Args:
        preprocess: what to do.
        images: ``uint8 [n, h, w, c]`` or ``[n, h, w]``, or a sequence of ``uint8 [h, w]`` and
            ``[h, w, c]`` of any sizes; ``c`` is 1 (grey), 3 (RGB) or 4 (RGBA).

    Returns:
        ``float32 [n, h, w, c]``, or ``[n, c, h, w]`` for the layout ``chw``.

    Raises:
        DatasetError: if there are no images, one is not as described or has other channels
            than the operations are for, or the results differ in shape; it names the image.
    """
    if len(images) == 0:
        raise DatasetError("there are no images to preprocess.")
    result = np.empty(0, np.float32)
    for first, block in _blocks(preprocess, images):
        done = _run(preprocess, block, first)
        if first == 0:
            result = np.empty((len(images), *done.shape[1:]), np.float32)
        _check_same_shape(result, done, first)
        result[first : first + len(block)] = done
    return result


def _blocks(preprocess: Preprocess, images: Any) -> Iterator[tuple[int, np.ndarray]]:
    """Runs of images of one shape with the number of their first, ``uint8 [n, h, w, c]``."""
    if isinstance(images, np.ndarray) and images.ndim in (3, 4):
        shape = _checked(images[0], 0).shape
        step = _at_a_time(preprocess, shape)
        for first in range(0, len(images), step):
            yield first, images[first : first + step].reshape(-1, *shape)
        return
    run: list[np.ndarray] = []
    for i in range(len(images)):
        image = _checked(images[i], i)
        if run and (image.shape != run[0].shape or len(run) == _at_a_time(preprocess, image.shape)):
            yield i - len(run), np.stack(run)
            run = []
        run.append(image)
    yield len(images) - len(run), np.stack(run)


def _at_a_time(preprocess: Preprocess, shape: tuple[int, ...]) -> int:
    """How many images of a shape are worked on together."""
    values = math.prod(shape)
    for operation in preprocess.operations:
        if isinstance(operation, CropToInk):
            return 1
        if isinstance(operation, Resize):
            values = max(values, 3 * operation.height * operation.width)
    return max(1, BLOCK // values)


def _checked(image: Any, number: int) -> np.ndarray:
    """``uint8 [h, w, c]`` of an image that is fit to be preprocessed."""
    where = f"image {number}"
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim not in (2, 3):
        array = isinstance(image, np.ndarray)
        found = f"{image.dtype} {list(image.shape)}" if array else type(image).__name__
        raise DatasetError(
            f"it is {found}, expected a uint8 array [h, w] or [h, w, c].",
            where=where,
            remedy="Give the pixels as they are, 0 to 255: Scale(…) is for the model's range.",
        )
    height, width, channels = image.shape if image.ndim == 3 else (*image.shape, 1)
    if channels not in (1, 3, 4):
        raise DatasetError(
            f"it has {channels} channels, expected 1 (grey), 3 (RGB) or 4 (RGBA).",
            where=where,
            remedy="Convert it where it is loaded.",
        )
    if height == 0 or width == 0:
        raise DatasetError(
            f"it is empty: {width} x {height} px.", where=where, remedy="Leave it out."
        )
    return image.reshape(height, width, channels)


def _check_same_shape(result: np.ndarray, done: np.ndarray, number: int) -> None:
    if result.shape[1:] != done.shape[1:]:
        raise DatasetError(
            f"it becomes {list(done.shape[1:])}, but image 0 becomes {list(result.shape[1:])}.",
            where=f"image {number}",
            remedy="Put Resize(…), and Grey() or Rgb(), into the Preprocess.",
        )


def _run(preprocess: Preprocess, images: np.ndarray, number: int) -> np.ndarray:
    """``float64`` in the declared layout of ``uint8 [n, h, w, c]``, the first being ``number``."""
    values = opaque(images, preprocess.background)
    try:
        preprocess.after(Known(*values.shape[1:]))
    except DeclarationError as error:
        where = f"image {number}"
        raise DatasetError(error.problem, where=where, remedy=error.remedy) from None
    for operation in preprocess.operations:
        values = operate(operation, values)
    return values.transpose(0, 3, 1, 2) if preprocess.layout == "chw" else values
