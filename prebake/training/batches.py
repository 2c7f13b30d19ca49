"""Samples as batches of a ``tf.data`` pipeline, in an order that the seed and epoch decide."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..declare.fit import Augment, Fit
from . import augment as augmenting
from .samples import Split

SHUFFLE, AUGMENT = 1, 2


def training_batches(split: Split, numbers: np.ndarray, fit: Fit, epoch: int) -> Any:
    """One epoch: shuffled, augmented, prefetched.

    The samples are gathered from their (memory-mapped) arrays a batch at a time, so that
    nothing larger than a few batches is ever copied.
    """
    import tensorflow as tf

    order = np.random.default_rng([fit.seed, SHUFFLE, epoch]).permutation(numbers)
    starts = tf.data.Dataset.range(0, len(order), fit.batch_size)
    change = fit.augment if split.inputs.ndim == 4 else None

    def gather(start: np.ndarray) -> tuple[np.ndarray, ...]:
        mine = order[int(start) : int(start) + fit.batch_size]
        inputs = split.inputs[mine]
        targets = split.targets[mine]
        if change is None:
            return inputs, targets, np.zeros((len(mine), 8), np.float32)
        seed = [fit.seed, AUGMENT, epoch, int(start)]
        size = inputs.shape[1:3]
        return inputs, targets, augmenting.transforms(change, seed, len(mine), *size)

    return starts.map(
        _batch(split, gather, change), num_parallel_calls=2, deterministic=True
    ).prefetch(4)


def plain_batches(split: Split, batch_size: int) -> Any:
    """Once through, in order; kept in memory after the first time."""
    import tensorflow as tf

    starts = tf.data.Dataset.range(0, len(split), batch_size)

    def gather(start: np.ndarray) -> tuple[np.ndarray, ...]:
        mine = slice(int(start), int(start) + batch_size)
        count = len(split.inputs[mine])
        return split.inputs[mine], split.targets[mine], np.zeros((count, 8), np.float32)

    return (
        starts.map(_batch(split, gather, None), num_parallel_calls=2, deterministic=True)
        .cache()
        .prefetch(4)
    )


def _batch(split: Split, gather: Any, change: Augment | None) -> Any:
    import tensorflow as tf

    target_type = tf.int32 if split.targets.dtype == np.int32 else tf.float32

    def batch(start: Any) -> Any:
        types = [tf.float32, target_type, tf.float32]
        inputs, targets, matrices = tf.numpy_function(gather, [start], types)
        inputs.set_shape((None, *split.inputs.shape[1:]))
        targets.set_shape((None, *split.targets.shape[1:]))
        if change is not None:
            matrices.set_shape((None, 8))
            inputs = augmenting.apply(change, inputs, matrices)
        return inputs, targets

    return batch
