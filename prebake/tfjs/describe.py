"""What a SavedModel or a frozen graph takes and answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..declare.schema import suggest
from ..errors import ModelError

_ACTIVATIONS = {"Softmax": "softmax", "Sigmoid": "sigmoid"}
_PASSING = ("Identity", "IdentityN", "StopGradient")


def describe_saved_model(folder: Path, signature: str, output: str = "") -> dict[str, Any]:
    """``inputs``, ``outputs`` (name, shape, dtype), ``parameters`` and the last ``activation``.

    Args:
        output: the name of the output that is asked for; it may be empty if there is one only.

    Raises:
        ModelError: if it is no SavedModel, has no such signature or output, or has several
            outputs and none is named, or several inputs.
    """
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import (
        convert_variables_to_constants_v2,
    )

    try:
        loaded = tf.saved_model.load(str(folder))
    except Exception as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ModelError(f"it is no SavedModel: {first}.", where=folder.name) from None
    if signature not in loaded.signatures:
        raise ModelError(
            f"it has no signature {signature!r}.",
            where=folder.name,
            remedy=suggest(signature, list(loaded.signatures)),
        )
    function = loaded.signatures[signature]
    frozen = convert_variables_to_constants_v2(function)
    inputs = function.structured_input_signature[1]
    if len(inputs) != 1:
        raise ModelError(
            f"it takes {', '.join(sorted(inputs)) or 'nothing'}, expected one input.",
            where=folder.name,
            remedy="Export a signature that takes one tensor.",
        )
    chosen = _chosen_output(sorted(function.structured_outputs), output, folder)
    # The outputs of the frozen function are in the order of their names, as TensorFlow has it.
    place = sorted(function.structured_outputs).index(chosen)
    return {
        "inputs": [_tensor(name, spec) for name, spec in sorted(inputs.items())],
        "outputs": [_tensor(chosen, function.structured_outputs[chosen])],
        "parameters": sum(int(v.shape.num_elements() or 0) for v in function.variables),
        "activation": _activation(frozen.outputs[place].op),
    }


def _chosen_output(names: list[str], output: str, folder: Path) -> str:
    if output and output not in names:
        raise ModelError(
            f"it has no output {output!r}.", where=folder.name, remedy=suggest(output, names)
        )
    if not output and len(names) > 1:
        raise ModelError(
            f"it has {len(names)} outputs ({', '.join(names)}), and none is named.",
            where=folder.name,
            remedy=f"Name the one that the page asks for: SavedModel(…, output={names[0]!r}).",
        )
    return output or names[0]


def describe_frozen_graph(
    path: Path, inputs: Sequence[str], outputs: Sequence[str]
) -> dict[str, Any]:
    """The same for a frozen GraphDef, of the nodes named.

    Raises:
        ModelError: if the file is no GraphDef, or has no such nodes.
    """
    import tensorflow as tf
    from google.protobuf.message import DecodeError

    definition = tf.compat.v1.GraphDef()
    try:
        definition.ParseFromString(path.read_bytes())
    except DecodeError:
        raise ModelError("it is no frozen GraphDef.", where=path.name) from None
    known = [node.name for node in definition.node]
    for name in (*inputs, *outputs):
        if name.partition(":")[0] not in known:
            raise ModelError(
                f"it has no node {name!r}.", where=path.name, remedy=suggest(name, known)
            )
    graph = tf.Graph()
    with graph.as_default():
        tf.import_graph_def(definition, name="")
    find = graph.get_tensor_by_name
    given = [find(_output(name)) for name in inputs]
    answered = [find(_output(name)) for name in outputs]
    constants = [op for op in graph.get_operations() if op.type == "Const"]
    floats = [op.outputs[0] for op in constants if op.outputs[0].dtype.is_floating]
    return {
        "inputs": [_tensor(n, t) for n, t in zip(inputs, given, strict=True)],
        "outputs": [_tensor(n, t) for n, t in zip(outputs, answered, strict=True)],
        "parameters": sum(int(t.shape.num_elements() or 0) for t in floats),
        "activation": _activation(answered[0].op),
    }


def _output(name: str) -> str:
    return name if ":" in name else f"{name}:0"


def _tensor(name: str, spec: Any) -> dict[str, Any]:
    rank = spec.shape.rank
    shape = [] if rank is None else [None if x is None else int(x) for x in spec.shape]
    return {"name": name.partition(":")[0], "shape": shape, "dtype": spec.dtype.name}


def _activation(op: Any) -> str:
    while op.type in _PASSING and op.inputs:
        op = op.inputs[0].op
    return _ACTIVATIONS.get(op.type, "linear")
