"""The topology of a layers model as JSON, in the form of Keras 2 that tfjs-layers reads."""

from __future__ import annotations

from typing import Any

from .network import LayerSpec, Network
from .order import node_indices, reference

KERAS_VERSION = "2.15.0"
"""The version of Keras whose form is written; tfjs does not read this field."""


def topology(network: Network) -> dict[str, Any]:
    """``modelTopology`` of a model.json."""
    return {
        "keras_version": KERAS_VERSION,
        "backend": "tensorflow",
        "model_config": network_json(network),
    }


def network_json(network: Network) -> dict[str, Any]:
    """A network as ``{class_name, config}``."""
    if network.sequential and network.is_chain():
        layers = [_layer(call.layer) for call in network.calls]
        return {"class_name": "Sequential", "config": {"name": network.name, "layers": layers}}
    return _functional(network)


def _functional(network: Network) -> dict[str, Any]:
    indices = node_indices(network)
    calls_of = {layer: [c for c in network.calls if c.layer is layer] for layer in network.layers()}
    layers = []
    for layer, calls in calls_of.items():
        calls.sort(key=indices.__getitem__)
        nodes = [[[*reference(ref, indices), {}] for ref in call.inputs] for call in calls]
        inbound = [node for node in nodes if node]
        layers.append({**_layer(layer), "name": layer.name, "inbound_nodes": inbound})
    config = {
        "name": network.name,
        "layers": layers,
        "input_layers": [reference(ref, indices) for ref in network.inputs],
        "output_layers": [reference(ref, indices) for ref in network.outputs],
    }
    return {"class_name": "Functional", "config": config}


def _layer(layer: LayerSpec) -> dict[str, Any]:
    if layer.inner is not None:
        written = network_json(layer.inner)
        written["config"]["name"] = layer.name
        written["config"]["trainable"] = layer.config.get("trainable", True)
        return written
    return {"class_name": layer.class_name, "config": {"name": layer.name, **layer.config}}
