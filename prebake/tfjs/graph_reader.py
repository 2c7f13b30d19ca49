"""Reading a tfjs graph model back into TensorFlow, with the weights as they are stored."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..data.at_once import samples_at_once
from ..errors import ModelError
from .weights import read_shards

_PLAIN = {
    "_FusedConv2D": "Conv2D",
    "FusedDepthwiseConv2dNative": "DepthwiseConv2dNative",
    "_FusedMatMul": "MatMul",
}
IN_CACHE = 1 << 18
"""Values of inputs computed at a time: what layers of so few make stays in a processor's cache."""
_ONLY_FUSED = ("fused_ops", "num_args", "num_host_args", "epsilon", "leakyrelu_alpha", "TArgs")


def read_graph_model(folder: Path) -> Callable[[np.ndarray], np.ndarray]:
    """A function from the first input to the first output, float32 ``[n, …]`` both.

    What tfjs computes in one kernel (a convolution with its bias and activation, Prelu) is taken
    apart again: TensorFlow has some of these on some processors only.

    Raises:
        ModelError: if it is no graph model, or holds an operator that TensorFlow does not know.
    """
    import tensorflow as tf

    document = json.loads((folder / "model.json").read_text("utf-8"))
    if document.get("format") != "graph-model":
        raise ModelError("it is no graph model.", where=str(folder))
    definition = _definition(document, folder)
    first_input = next(iter(document["signature"]["inputs"].values()))["name"]
    first_output = next(iter(document["signature"]["outputs"].values()))["name"]

    def imported() -> None:
        tf.graph_util.import_graph_def(definition, name="")

    try:
        wrapped = tf.compat.v1.wrap_function(imported, [])
    except ValueError as error:
        raise ModelError(
            f"TensorFlow cannot read its graph: {str(error).splitlines()[0]}.", where=str(folder)
        ) from None
    find = wrapped.graph.as_graph_element
    run = wrapped.prune(find(first_input), find(first_output))
    dtype = find(first_input).dtype

    def answer(inputs: np.ndarray) -> np.ndarray:
        size = samples_at_once(inputs.shape[1:], IN_CACHE)
        starts = range(0, len(inputs), size)
        parts = [run(tf.cast(inputs[at : at + size], dtype)).numpy() for at in starts]
        return np.concatenate(parts)

    return answer


def _definition(document: dict[str, Any], folder: Path) -> Any:
    import tensorflow as tf
    from google.protobuf import json_format

    weights = read_shards(document["weightsManifest"], folder)
    given = json_format.ParseDict(document["modelTopology"], tf.compat.v1.GraphDef())
    made = tf.compat.v1.GraphDef(versions=given.versions)
    for node in given.node:
        if node.op in _PLAIN:
            _take_apart(node, made)
        elif node.op == "Prelu":
            _prelu(node.name, node.input[0], node.input[1], made)
        else:
            copied = made.node.add()
            copied.CopyFrom(node)
            if node.op == "Const" and node.name in weights:
                dtype = tf.dtypes.as_dtype(node.attr["dtype"].type)
                values = tf.make_tensor_proto(weights[node.name], dtype)
                copied.attr["value"].tensor.CopyFrom(values)
    return made


def _take_apart(node: Any, made: Any) -> None:
    """A fused operator as its parts; the last has its name."""
    base = made.node.add(op=_PLAIN[node.op], name=f"{node.name}/plain", input=node.input[:2])
    for name, value in node.attr.items():
        if name not in _ONLY_FUSED:
            base.attr[name].CopyFrom(value)
    current, rest = base.name, list(node.input[2:])
    steps = [each.decode() for each in node.attr["fused_ops"].list.s]
    for number, step in enumerate(steps):
        name = f"{node.name}/{number}"
        if step == "Prelu":
            _prelu(name, current, rest.pop(0), made)
        elif step == "BiasAdd":
            _add(made, "BiasAdd", name, current, rest.pop(0))
        else:
            activation = _add(made, step, name, current)
            if step == "LeakyRelu":
                activation.attr["alpha"].CopyFrom(node.attr["leakyrelu_alpha"])
        current = name
    _add(made, "Identity", node.name, current)


def _prelu(name: str, x: str, alpha: str, made: Any) -> None:
    """relu(x) - alpha * relu(-x), as Keras computes it."""
    _add(made, "Relu", f"{name}/positive", x)
    _add(made, "Neg", f"{name}/negated", x)
    _add(made, "Relu", f"{name}/negative", f"{name}/negated")
    _add(made, "Mul", f"{name}/scaled", f"{name}/negative", alpha)
    _add(made, "Sub", name, f"{name}/positive", f"{name}/scaled")


def _add(made: Any, op: str, name: str, *inputs: str) -> Any:
    import tensorflow as tf

    node = made.node.add(op=op, name=name, input=inputs)
    node.attr["T"].type = tf.float32.as_datatype_enum
    return node
