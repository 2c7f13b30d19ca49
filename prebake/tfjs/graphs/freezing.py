"""Freezing: a function becomes one GraphDef, and its variables constants."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ...errors import ModelError, PrebakeError
from .chatter import first_line
from .names import unique
from .node import node_of
from .port import Port


def freeze(
    predict: Callable[..., list[Any]], inputs: Sequence[Port], outputs: Sequence[str], where: str
) -> tuple[Any, list[Port]]:
    """Traces a function with its variables made constants.

    Returns:
        The GraphDef, and its outputs.
    """
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    taken = [port.spec.name for port in inputs]
    nodes = unique([*taken, *outputs])[len(taken) :]

    def named(*tensors: Any) -> list[Any]:
        # A node of its own for each output: two may be the same tensor, or an input.
        answers = zip(predict(*tensors), nodes, strict=True)
        return [tf.identity(answer, name=name) for answer, name in answers]

    try:
        with _inlined():
            traced = tf.compat.v1.wrap_function(named, [port.spec for port in inputs])
        # Pruning drops what only changes state, such as the seeds of augmentation layers.
        traced = traced.prune(traced.inputs[: len(inputs)], traced.outputs)
        frozen = convert_variables_to_constants_v2(traced, aggressive_inlining=True)
    except PrebakeError:
        raise
    except Exception as error:
        raise ModelError(
            f"TensorFlow cannot make one graph of it: {first_line(error)}",
            where=where,
            remedy="Call it on a batch in Python first; if that works, please report this.",
        ) from error
    ports = [
        Port(name, tf.TensorSpec(tensor.shape, tensor.dtype, name=node_of(tensor.name)))
        for name, tensor in zip(outputs, frozen.outputs, strict=True)
    ]
    return frozen.graph.as_graph_def(), ports


@contextmanager
def _inlined() -> Iterator[None]:
    """Traces the functions that a layer calls into the graph itself.

    Keras compiles grouped convolutions with XLA, and such a function would stay a call.
    """
    import tensorflow as tf

    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(before)
