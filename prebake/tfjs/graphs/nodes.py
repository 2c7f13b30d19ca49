"""The nodes of a graph: who reads them, their shapes, and constants added to them."""

from __future__ import annotations

from typing import Any

import numpy as np

from .node import as_array, node_of


class Nodes:
    """A graph with what is asked about its nodes, and constants that are made once."""

    def __init__(self, graph: Any) -> None:
        import tensorflow as tf

        self.graph = graph
        self.by_name = {node.name: node for node in graph.node}
        self.renamed: dict[str, str] = {}
        self._readers: dict[str, list[Any]] = {}
        self._made: dict[tuple[str, Any, bytes], str] = {}
        for node in graph.node:
            for name in node.input:
                self._readers.setdefault(node_of(name), []).append(node)
        with tf.Graph().as_default() as shaped:
            tf.import_graph_def(graph, name="")
            self.shapes = {
                each.name: each.outputs[0].shape for each in shaped.get_operations() if each.outputs
            }

    def only_reader(self, name: str) -> Any | None:
        readers = self._readers.get(name, [])
        return readers[0] if len(readers) == 1 else None

    def constant(self, name: str) -> np.ndarray | None:
        node = self.by_name[node_of(name)]
        return as_array(node) if node.op == "Const" else None

    def width(self, name: str) -> int | None:
        """The size of the last axis, if it is known."""
        shape = self.shapes[name]
        return shape[-1] if shape.rank else None

    def add_constant(self, name: str, values: np.ndarray) -> str:
        """The name of a constant; equal ones of the same kind are one."""
        import tensorflow as tf

        kind = name.rpartition("/")[2]
        key = (kind, values.shape, values.tobytes())
        if key not in self._made:
            free, number = name, 1
            while free in self.by_name:
                free, number = f"{name}_{number}", number + 1
            node = self.graph.node.add(op="Const", name=free)
            node.attr["dtype"].type = tf.float32.as_datatype_enum
            node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(values, tf.float32))
            self.by_name[free] = node
            self._made[key] = free
        return self._made[key]
