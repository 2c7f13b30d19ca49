"""Writing: a frozen graph becomes ``model.json`` and shards."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...errors import UnsupportedLayer
from ..layers import GENERATOR
from ..weights import Encoded, write_shards
from .decompose import decompose
from .document import ordered, taken_out, tensor_info, topology_of
from .fuse import fuse
from .node import place_of_node
from .port import Port
from .simplify import simplify


def write(graph: Any, inputs: Sequence[Port], outputs: Sequence[Port], folder: Path) -> None:
    _demand_numbers(inputs)
    graph = simplify(decompose(graph), outputs)
    _demand_channels_last(graph)
    graph = fuse(graph)
    nodes = ordered(graph, [port.spec.name for port in (*inputs, *outputs)])
    encoded = [taken_out(node) for node in nodes if node.op == "Const"]
    document = {
        "format": "graph-model",
        "generatedBy": GENERATOR,
        "convertedBy": None,
        "signature": {
            "inputs": {port.name: tensor_info(port) for port in inputs},
            "outputs": {port.name: tensor_info(port) for port in outputs},
        },
        "modelTopology": topology_of(nodes, graph),
    }
    write_json(document, encoded, folder)


def _demand_numbers(inputs: Sequence[Port]) -> None:
    import tensorflow as tf

    for port in inputs:
        if port.spec.dtype == tf.string:
            raise UnsupportedLayer(
                "it takes texts, and the pages give numbers.",
                where=f"input {port.name!r}",
                remedy="Turn texts into numbers before the model.",
            )


def _demand_channels_last(graph: Any) -> None:
    """tfjs-converter passes on no data format to poolings and biases, and says nothing."""
    for node in graph.node:
        if "data_format" in node.attr and node.attr["data_format"].s.startswith(b"NC"):
            raise UnsupportedLayer(
                f"its operator {node.op} computes with the channels first, and tfjs does not.",
                where=place_of_node(node.name),
                remedy="Build the model with keras.config.set_image_data_format('channels_last').",
            )


def write_json(document: Mapping[str, Any], encoded: Sequence[Encoded], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    whole = {**document, "weightsManifest": write_shards(encoded, folder)}
    text = json.dumps(whole, separators=(",", ":"), ensure_ascii=False)
    (folder / "model.json").write_text(text, "utf-8")
