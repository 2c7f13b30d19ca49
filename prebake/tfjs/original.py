"""What TensorFlow itself answers for a SavedModel or a frozen graph, to compare a page with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .graphs.chatter import quiet
from .graphs.frozen import imported
from .graphs.saved import signature_of

Answer = Callable[[np.ndarray], np.ndarray]
BATCH = 64


def answers_of_saved_model(path: Path, signature: str, output: str) -> Answer:
    """A function from inputs, ``[n, …]``, to one output, float32 ``[n, …]``.

    Raises:
        ModelError: if there is no such SavedModel, signature or output.
    """
    with quiet():
        function, inputs, _ = signature_of(path, signature, output)
    return _batched(function, inputs[0].spec)


def answers_of_frozen_graph(path: Path, inputs: Sequence[str], outputs: Sequence[str]) -> Answer:
    """The same from a GraphDef file, of the first of its outputs.

    Raises:
        ModelError: if it is no such file, or has no such node.
    """
    import tensorflow as tf

    with quiet():
        function, ports = imported(path, inputs, outputs)
        wrapped = tf.compat.v1.wrap_function(function, [port.spec for port in ports])
    return _batched(wrapped, ports[0].spec)


def _batched(function: Callable[..., Any], spec: Any) -> Answer:
    import tensorflow as tf

    def answer(inputs: np.ndarray) -> np.ndarray:
        made = []
        size = spec.shape[0] or BATCH
        for start in range(0, len(inputs), size):
            batch = tf.cast(inputs[start : start + size], spec.dtype)
            made.append(np.asarray(function(batch)[0], np.float32))
        return np.concatenate(made)

    return answer
