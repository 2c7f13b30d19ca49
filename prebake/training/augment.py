"""Random changes to a batch of images: where things are, how thick lines are, how bright it is.

Shifts, turns, zooms and flips are one projective transform.

All randomness comes from the seed, the epoch and the batch, so that a training that was
interrupted goes on with exactly the images it would have had.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..declare.fit import Augment

DRAWN = 11
"""Random numbers for each image: eight of its transform, then stroke, contrast, brightness."""


def function(augment: Augment) -> Callable[[np.ndarray, list[int]], np.ndarray]:
    """What changes a batch, float32 ``[n, h, w, c]``, by numbers that its seed decides."""
    import tensorflow as tf

    compiled = tf.function(
        lambda images, drawn: apply(augment, images, drawn), reduce_retracing=True
    )

    def change(images: np.ndarray, seed: list[int]) -> np.ndarray:
        drawn = draw(augment, seed, len(images), *images.shape[1:3])
        return compiled(tf.constant(images), tf.constant(drawn)).numpy()

    return change


def draw(augment: Augment, seed: list[int], count: int, height: int, width: int) -> np.ndarray:
    """``float32 [count, 11]``: for each image the map from a place in the result to the place in
    the source that it shows, as tf.raw_ops.ImageProjectiveTransformV3 wants it; how much thicker
    (above 0) or thinner its lines become; the factor of its contrast; what is added to it.

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
    columns.append(random.uniform(-1, 1, count) * augment.stroke)
    columns.append(np.exp(random.uniform(-1, 1, count) * math.log1p(augment.contrast)))
    columns.append(random.uniform(-1, 1, count) * augment.brightness)
    return np.stack(columns, 1).astype(np.float32)


def apply(augment: Augment, images: Any, drawn: Any) -> Any:
    """The changed batch, float32 ``[n, h, w, c]``; bilinear, ``augment.fill`` outside.

    Args:
        drawn: what ``draw`` gave for these images.
    """
    import tensorflow as tf

    images = tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=drawn[:, :8],
        output_shape=tf.shape(images)[1:3],
        fill_value=augment.fill,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )
    stroke, contrast, brightness = (drawn[:, i, None, None, None] for i in (8, 9, 10))
    if augment.stroke:
        # Grey-scale dilation and erosion with a square of 3 px.
        brightest = tf.nn.max_pool2d(images, 3, 1, "SAME")
        darkest = -tf.nn.max_pool2d(-images, 3, 1, "SAME")
        thicker, thinner = tf.maximum(stroke, 0.0), tf.maximum(-stroke, 0.0)
        images += thicker * (brightest - images) + thinner * (darkest - images)
    if augment.contrast:
        mean = tf.reduce_mean(images, (1, 2, 3), keepdims=True)
        images = mean + (images - mean) * contrast
    return images + brightness if augment.brightness else images
