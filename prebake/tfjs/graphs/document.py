"""The document of a graph model: its signature, its topology and its weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...errors import UnsupportedLayer
from ..weights import Encoded, encode
from .node import as_array, node_of
from .port import Port

_VALUES = (
    "tensor_content",
    *(f"{kind}_val" for kind in ("half", "float", "double", "int", "string", "scomplex")),
    *(f"{kind}_val" for kind in ("int64", "bool", "uint32", "uint64")),
)
"""The fields of a TensorProto that hold numbers; they go to the shards."""


def ordered(graph: Any, first: Sequence[str]) -> list[Any]:
    """Some nodes and those that they need, each after what it reads, in an order that depends
    on nothing but the graph."""
    by_name = {node.name: node for node in graph.node}
    seen: set[str] = set()
    done = []
    waiting = [(name, False) for name in reversed(first)]
    while waiting:
        name, entered = waiting.pop()
        if entered:
            done.append(by_name[name])
        elif name not in seen:
            seen.add(name)
            waiting.append((name, True))
            waiting += [(node_of(each), False) for each in reversed(by_name[name].input)]
    return done


def taken_out(node: Any) -> Encoded:
    """A constant as a weight; in the graph only its type and shape remain."""
    values = as_array(node)
    for field in _VALUES:
        node.attr["value"].tensor.ClearField(field)
    if values.dtype.kind not in "fiub":
        raise UnsupportedLayer(
            f"it holds values of type {values.dtype}, and tfjs has float32, int32 and bool.",
            where=f"node {node.name!r}",
            remedy="Keep texts and complex numbers out of the model.",
        )
    limits = np.iinfo(np.int32)
    if values.dtype.kind in "iu" and np.any((values < limits.min) | (values > limits.max)):
        raise UnsupportedLayer(
            "it holds an integer that does not fit 32 bits, and tfjs has no more.",
            where=f"node {node.name!r}",
            remedy="Use smaller integers in the model.",
        )
    return encode(node.name, values, "float32")


def tensor_info(port: Port) -> dict[str, Any]:
    from tensorflow.core.framework.types_pb2 import DataType

    info: dict[str, Any] = {
        "name": f"{port.spec.name}:0",
        "dtype": DataType.Name(port.spec.dtype.as_datatype_enum),
    }
    if port.spec.shape.rank is not None:
        sizes = [-1 if size is None else size for size in port.spec.shape]
        info["tensorShape"] = {"dim": [{"size": str(size)} for size in sizes]}
    return info


def topology_of(nodes: Sequence[Any], graph: Any) -> dict[str, Any]:
    """The GraphDef as JSON, without what TensorFlow noted for itself or about this machine."""
    from google.protobuf.json_format import MessageToDict
    from tensorflow.core.framework.graph_pb2 import GraphDef

    kept = GraphDef(library=graph.library, versions=graph.versions)
    for node in nodes:
        copied = kept.node.add()
        copied.CopyFrom(node)
        copied.ClearField("device")
        copied.ClearField("experimental_debug_info")
        for attribute in [name for name in copied.attr if name.startswith("_")]:
            del copied.attr[attribute]
    topology = MessageToDict(kept)
    for node in topology["node"]:
        if "attr" in node:
            node["attr"] = dict(sorted(node["attr"].items()))
    return topology
