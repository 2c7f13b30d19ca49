"""A node of a GraphDef: its name, its layer, its values, and another in its place."""

from __future__ import annotations

from typing import Any

import numpy as np


def node_of(name: str) -> str:
    """The node of a tensor ``node:1``, or of a control input ``^node``."""
    return name.removeprefix("^").partition(":")[0]


def place_of_node(node: str) -> str:
    """The layer of a node, if its name is ``model/layer/…``."""
    parts = [part for part in node.split("/") if "PartitionedCall" not in part]
    return f"layer {parts[1]!r}" if len(parts) > 2 else f"node {node!r}"


def as_array(node: Any) -> np.ndarray:
    """The values of a Const node."""
    import tensorflow as tf

    return np.asarray(tf.make_ndarray(node.attr["value"].tensor))


def redirected(graph: Any, renamed: dict[str, str]) -> Any:
    """The graph with other nodes in the place of some."""
    for node in graph.node:
        for index, name in enumerate(node.input):
            if node_of(name) in renamed:
                control = "^" if name.startswith("^") else ""
                node.input[index] = control + renamed[node_of(name)]
    return graph
