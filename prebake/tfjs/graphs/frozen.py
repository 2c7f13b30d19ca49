"""A frozen graph: a GraphDef file as a function from some of its nodes to others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ...declare.schema import suggest
from ...errors import ModelError
from .chatter import first_line
from .names import unique
from .node import node_of
from .port import Port


def imported(
    path: Path, inputs: Sequence[str], outputs: Sequence[str]
) -> tuple[Callable[..., Any], list[Port]]:
    """A GraphDef file as a function from its inputs to its outputs, and the inputs."""
    import tensorflow as tf

    definition = _graph_def(path)
    _demand_frozen(definition, path)
    known = {node.name for node in definition.node}
    for name in (*inputs, *outputs):
        if node_of(name) not in known:
            raise ModelError(
                f"the graph has no node {name!r}.",
                where=str(path),
                remedy=suggest(node_of(name), _ends(definition)),
            )
    tensors = _tensors(definition, inputs, path)
    rest = _without_fed(definition, inputs)
    nodes = unique(inputs, taken=[node.name for node in rest.node])
    ports = [
        Port(name, tf.TensorSpec(tensor.shape, tensor.dtype, name=node))
        for name, tensor, node in zip(inputs, tensors, nodes, strict=True)
    ]

    def predict(*given: Any) -> list[Any]:
        fed = {_tensor(name): tensor for name, tensor in zip(inputs, given, strict=True)}
        asked = [_tensor(name) for name in outputs]
        return list(tf.import_graph_def(rest, input_map=fed, return_elements=asked, name=""))

    return predict, ports


def _tensors(definition: Any, names: Sequence[str], path: Path) -> list[Any]:
    import tensorflow as tf

    try:
        with tf.Graph().as_default() as graph:
            tf.import_graph_def(definition, name="")
            return [graph.get_tensor_by_name(_tensor(name)) for name in names]
    except (ValueError, KeyError, tf.errors.OpError) as error:
        raise ModelError(
            f"TensorFlow cannot read the graph: {first_line(error)}",
            where=str(path),
            remedy="Name nodes as 'name' or 'name:0'; operators of one's own do not run in tfjs.",
        ) from error


def _graph_def(path: Path) -> Any:
    from google.protobuf.message import DecodeError
    from tensorflow.core.framework.graph_pb2 import GraphDef

    try:
        definition = GraphDef.FromString(path.read_bytes())
    except OSError:
        raise ModelError(
            "there is no such file.", where=str(path), remedy="Name a frozen GraphDef (.pb)."
        ) from None
    except DecodeError:
        definition = GraphDef()
    if not all(node.name and node.op for node in definition.node) or not definition.node:
        raise ModelError(
            "it is not a GraphDef of TensorFlow.",
            where=str(path),
            remedy="Name a frozen graph; give a SavedModel as its folder, not as saved_model.pb.",
        )
    return definition


def _demand_frozen(definition: Any, path: Path) -> None:
    for node in definition.node:
        if node.op in ("Variable", "VariableV2", "VarHandleOp"):
            raise ModelError(
                f"the graph holds the variable {node.name!r}, but not its value.",
                where=str(path),
                remedy="Freeze it first: convert_variables_to_constants of TensorFlow 1, or "
                "export a SavedModel.",
            )


def _without_fed(definition: Any, inputs: Sequence[str]) -> Any:
    """The graph without the placeholders that are fed, whose names are then free."""
    rest = type(definition)()
    rest.CopyFrom(definition)
    fed = {node_of(name) for name in inputs}
    kept = [node for node in rest.node if node.name not in fed or node.op != "Placeholder"]
    del rest.node[:]
    rest.node.extend(kept)
    return rest


def _ends(definition: Any) -> list[str]:
    """Nodes that an author may mean: those fed, and those nobody reads."""
    read = {node_of(name) for node in definition.node for name in node.input}
    fed = [node.name for node in definition.node if node.op == "Placeholder"]
    ends = [node.name for node in definition.node if node.name not in read]
    return fed + [name for name in ends if name not in fed]


def _tensor(name: str) -> str:
    return name if ":" in name else f"{name}:0"
