"""Samples as batches of a ``tf.data`` pipeline, in an order that the seed and epoch decide."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..declare.fit import Augment, Fit
from . import augment as augmenting
from .samples import Split

SHUFFLE, AUGMENT = 1, 2


class TrainingBatches:
    """The training samples, shuffled and augmented anew for each epoch.

    One pipeline serves all epochs: building one costs more than a short epoch. The samples are
    gathered from their (memory-mapped) arrays a batch at a time, so that nothing larger than a
    few batches is ever copied.

    Args:
        split: all training samples.
        numbers: those to learn from.
    """

    def __init__(self, split: Split, numbers: np.ndarray, fit: Fit) -> None:
        import tensorflow as tf

        self._split = split
        self._numbers = numbers
        self._fit = fit
        self._change = fit.augment if split.inputs.ndim == 4 else None
        self._epoch = 0
        self._order = numbers
        starts = tf.data.Dataset.range(0, len(numbers), fit.batch_size)
        batch = _batch(split, self._gather, self._change)
        self._dataset = starts.map(batch, num_parallel_calls=2, deterministic=True).prefetch(4)

    def of_epoch(self, epoch: int) -> Any:
        """The pipeline for one epoch; it must be read to its end before the next is asked for."""
        random = np.random.default_rng([self._fit.seed, SHUFFLE, epoch])
        self._epoch, self._order = epoch, random.permutation(self._numbers)
        return self._dataset

    def _gather(self, start: np.ndarray) -> tuple[np.ndarray, ...]:
        mine = self._order[int(start) : int(start) + self._fit.batch_size]
        inputs = self._split.inputs[mine]
        targets = self._split.targets[mine]
        if self._split.views is not None:
            seed = [self._fit.seed, AUGMENT, self._epoch, int(start)]
            drawn = np.random.default_rng(seed).integers(0, len(self._split.views), len(mine))
            inputs = self._split.views[drawn, mine]
        if self._change is None:
            return inputs, targets, np.zeros((len(mine), augmenting.DRAWN), np.float32)
        seed = [self._fit.seed, AUGMENT, self._epoch, int(start)]
        drawn = augmenting.draw(self._change, seed, len(mine), *inputs.shape[1:3])
        return inputs, targets, drawn


def plain_batches(split: Split, batch_size: int) -> Any:
    """Once through, in order; kept in memory after the first time."""
    import tensorflow as tf

    starts = tf.data.Dataset.range(0, len(split), batch_size)

    def gather(start: np.ndarray) -> tuple[np.ndarray, ...]:
        mine = slice(int(start), int(start) + batch_size)
        count = len(split.inputs[mine])
        unused = np.zeros((count, augmenting.DRAWN), np.float32)
        return split.inputs[mine], split.targets[mine], unused

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
        inputs, targets, drawn = tf.numpy_function(gather, [start], types)
        inputs.set_shape((None, *split.inputs.shape[1:]))
        targets.set_shape((None, *split.targets.shape[1:]))
        if change is not None:
            drawn.set_shape((None, augmenting.DRAWN))
            inputs = augmenting.apply(change, inputs, drawn)
        return inputs, targets

    return batch
