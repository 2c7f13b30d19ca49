"""The first layers of a network, what they make of images, and a model that goes on from there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..data.at_once import samples_at_once
from ..declare.schema import suggest
from ..errors import ModelError

if TYPE_CHECKING:
    import keras

View = tuple[bool, bool]
Answer = Callable[[np.ndarray], np.ndarray]


def cut(model: keras.Model, name: str, where: str, kind: str = "Base") -> keras.Model:
    """``model`` up to the output of one of its layers, not to be trained.

    Args:
        name: of the layer.
        where: the file that names it.
        kind: of the declaration that does.

    Raises:
        ModelError: if it has no such layer, suggesting near ones.
    """
    import keras

    names = [layer.name for layer in model.layers]
    if name not in names:
        raise ModelError(
            f"{kind}(cut={name!r}): the network has no such layer.",
            where=where,
            remedy=suggest(name, names),
        )
    base = keras.Model(model.inputs, model.get_layer(name).output, name=f"{model.name}_base")
    base.trainable = False
    return base


def answering(base: keras.Model) -> Answer:
    """What ``base`` makes of float32 ``[n, h, w, c]``."""
    import tensorflow as tf

    run = tf.function(lambda batch: base(batch, training=False), reduce_retracing=True)
    return lambda batch: run(tf.constant(batch)).numpy()


def write_features(
    answer: Answer,
    inputs: np.ndarray,
    views: tuple[View, ...],
    path: Path,
    report: Callable[[int], None],
) -> None:
    """Stores what a base makes of images and their mirror images, float32 ``[v, n, …]``.

    Args:
        answer: the base, from inputs to what it makes of them.
        inputs: float32 ``[n, h, w, c]``.
        views: whether each is upside down, and left to right.
        report: is told how many images are done.
    """
    size = samples_at_once(inputs.shape[1:])
    shape = (len(views), len(inputs), *answer(inputs[:1]).shape[1:])
    features = np.lib.format.open_memmap(path, "w+", np.float32, shape)
    for number, (down, across) in enumerate(views):
        for start in range(0, len(inputs), size):
            batch = inputs[start : start + size]
            turned = batch[:, :: -1 if down else 1, :: -1 if across else 1]
            features[number, start : start + size] = answer(turned)
            report(number * len(inputs) + start + len(batch))
    features.flush()


def joined(base: keras.Model, head: keras.Model) -> keras.Model:
    """One model that answers as ``head`` does to the features of ``base``."""
    import keras

    answers = base.output
    if isinstance(head, keras.Sequential):
        for layer in head.layers:
            answers = layer(answers)
    else:
        answers = head(answers)
    return keras.Model(base.inputs, answers, name=head.name)
