"""Importing TensorFlow without its chatter, and making it repeatable.

An operation that is shared between threads adds its parts in an order that depends on how many
they are, so that a training with two threads gives other weights than one with a single thread.
A model must not depend on the processors of the machine that happens to train it: TensorFlow
computes every operation with one thread. The other processors have steps of their own, or prepare
the next batches (:mod:`prebake.training.ahead`); threads of two steps would only wait for each
other."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


def settings() -> None:
    """What TensorFlow reads from the environment when it begins to compute; for a step that runs
    an author's code before :func:`prepare`."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    # No default: another number would make other weights under the same key.
    os.environ["TF_NUM_INTRAOP_THREADS"] = "1"


def prepare(seed: int) -> None:
    """Imports TensorFlow and Keras, seeds all that is random, and demands deterministic
    operations; the same inputs then give the same weights on machines of one kind, however many
    processors they have."""
    settings()
    with _without_chatter():
        import absl.logging
        import keras
        import tensorflow as tf

    absl.logging.set_verbosity(absl.logging.ERROR)
    tf.get_logger().setLevel("ERROR")
    # A worker runs one step after another: layer names must not depend on what ran before.
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


@contextmanager
def _without_chatter() -> Iterator[None]:
    """Drops what C++ writes to standard error before its logging can be told not to."""
    sys.stderr.flush()
    kept = os.dup(2)
    nothing = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)
