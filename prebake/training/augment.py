"""Random shifts, turns, zooms and flips of a batch of images, as one projective transform.

All randomness comes from the seed, the epoch and the batch, so that a training that was
interrupted goes on with exactly the images it would have had.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..declare.fit import Augment


def transforms(
    augment: Augment, seed: list[int], count: int, height: int, width: int
) -> np.ndarray:
    """``float32 [count, 8]``: for each image the map from a place in the result to the place in
    the source that it shows, as tf.raw_ops.ImageProjectiveTransformV3 wants it.

    Args:
        seed: numbers that name the batch.
        count: images.
        height: px.
        width: px.
    """
    random = np.random.default_rng(seed)
    angle = random.uniform(-1, 1, count) * math.radians(augment.rotate)
    zoom = 1 / (1 + random.uniform(-1, 1, count) * augment.zoom)
    across = random.uniform(-1, 1, count) * augment.shift * width
    down = random.uniform(-1, 1, count) * augment.shift * height
    flips = random.integers(0, 2, (2, count)) * 2 - 1
    flip_x = flips[0] if augment.flip in ("horizontal", "both") else np.ones(count)
    flip_y = flips[1] if augment.flip in ("vertical", "both") else np.ones(count)

    a, b = np.cos(angle) * zoom * flip_x, -np.sin(angle) * zoom * flip_y
    c, d = np.sin(angle) * zoom * flip_x, np.cos(angle) * zoom * flip_y
    # Turned and zoomed about the centre, then shifted.
    x, y = (width - 1) / 2, (height - 1) / 2
    zero = np.zeros(count)
    columns = [a, b, x - a * x - b * y + across, c, d, y - c * x - d * y + down, zero, zero]
    return np.stack(columns, 1).astype(np.float32)


def apply(augment: Augment, images: Any, matrices: Any) -> Any:
    """The transformed batch, float32 ``[n, h, w, c]``; bilinear, ``augment.fill`` outside."""
    import tensorflow as tf

    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=matrices,
        output_shape=tf.shape(images)[1:3],
        fill_value=augment.fill,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )
