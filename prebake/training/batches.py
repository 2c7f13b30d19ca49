"""Samples as batches of a ``tf.data`` pipeline, in an order that the seed and epoch decide."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..declare.fit import Fit
from . import augment as augmenting
from .ahead import Ahead
from .samples import Split

SHUFFLE, AUGMENT = 1, 2

Batch = tuple[np.ndarray, np.ndarray]


class TrainingBatches:
    """The training samples, shuffled and augmented anew for each epoch.

    One pipeline serves all epochs: building one costs more than a short epoch. The samples are
    gathered from their (memory-mapped) arrays a batch at a time, so that nothing larger than a
    few batches is ever copied; a thread does it, and the augmentation, while the batches before
    are learned from.

    Args:
        split: all training samples.
        numbers: those to learn from.
    """

    def __init__(self, split: Split, numbers: np.ndarray, fit: Fit) -> None:
        self._split = split
        self._numbers = numbers
        self._fit = fit
        self._epoch = 0
        self._order = numbers
        self._augmented = None
        if fit.augment is not None and split.inputs.ndim == 4:
            self._augmented = augmenting.function(fit.augment)
        self._starts = range(0, len(numbers), fit.batch_size)
        self._ahead = Ahead(self._make)
        self._dataset = _dataset(split, self._starts, self._ahead.get)

    def of_epoch(self, epoch: int) -> Any:
        """The pipeline for one epoch; it must be read to its end before the next is asked for."""
        random = np.random.default_rng([self._fit.seed, SHUFFLE, epoch])
        self._epoch, self._order = epoch, random.permutation(self._numbers)
        self._ahead.start(self._starts)
        return self._dataset

    def close(self) -> None:
        """Ends the thread that prepares batches."""
        self._ahead.close()

    def _make(self, start: int) -> Batch:
        mine = self._order[start : start + self._fit.batch_size]
        seed = [self._fit.seed, AUGMENT, self._epoch, start]
        inputs, targets = self._split.inputs, self._split.targets[mine]
        if self._split.views is not None:
            views = self._split.views
            inputs = views[np.random.default_rng(seed).integers(0, len(views), len(mine)), mine]
        else:
            inputs = inputs[mine]
        if self._augmented is None:
            return inputs, targets
        return self._augmented(inputs, seed), targets


def plain_batches(split: Split, batch_size: int) -> Any:
    """Once through, in order; kept in memory after the first time."""

    def gather(start: int) -> Batch:
        mine = slice(start, start + batch_size)
        return split.inputs[mine], split.targets[mine]

    return _dataset(split, range(0, len(split), batch_size), gather).cache()


def _dataset(split: Split, starts: range, gather: Any) -> Any:
    """A pipeline of what ``gather`` makes for each number of a first sample."""
    import tensorflow as tf

    target_type = tf.int32 if split.targets.dtype == np.int32 else tf.float32

    def batch(start: Any) -> Any:
        found = tf.numpy_function(
            lambda start: gather(int(start)), [start], [tf.float32, target_type]
        )
        for tensor, whole in zip(found, (split.inputs, split.targets), strict=True):
            tensor.set_shape((None, *whole.shape[1:]))
        return tuple(found)

    return tf.data.Dataset.range(starts.start, starts.stop, starts.step).map(batch)
