"""Writing a Keras 3 model as a TensorFlow.js layers model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .lowering import Lowered, lower
from .network import Network
from .topology import topology
from .weights import Encoded, Stored, encode, write_shards

if TYPE_CHECKING:
    import keras
    import numpy as np

GENERATOR = "prebake"


def write_layers_model(model: keras.Model, folder: Path, *, trainable: bool = False) -> list[str]:
    """Writes ``model.json`` and its shards in float32; tfjs computes what Keras computes.

    Args:
        model: a built Sequential or Functional model.
        folder: is made if it is not there.
        trainable: whether a page will train it; then its loss, optimizer and metrics go with it
            if it is compiled.

    Returns:
        Notes on what was left out, for the model card.

    Raises:
        UnsupportedLayer: if tfjs-layers cannot compute a layer as Keras does.
    """
    from .training import forgotten, training_config

    lowered = lower(model, trainable=trainable)
    encoded = [encode(name, values, "float32") for name, values in named_weights(lowered.network)]
    config = training_config(model) if trainable else None
    write_model_json(lowered, encoded, folder, config)
    return [*lowered.notes, *(forgotten(model) if trainable else ())]


def named_weights(network: Network) -> list[tuple[str, np.ndarray]]:
    """Every weight under the name that tfjs gives it, in the order of the layers."""
    return [
        (f"{layer.name}/{name}", values)
        for layer in network.walk()
        for name, values in layer.weights.items()
    ]


def write_model_json(
    lowered: Lowered, encoded: list[Encoded], folder: Path, training: dict[str, Any] | None
) -> None:
    """Writes the shards, then ``model.json``, which names them."""
    folder.mkdir(parents=True, exist_ok=True)
    document: dict[str, Any] = {
        "format": "layers-model",
        "generatedBy": GENERATOR,
        "convertedBy": None,
        "modelTopology": topology(lowered.network),
        "weightsManifest": write_shards(encoded, folder),
    }
    if training is not None:
        document["trainingConfig"] = training
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    (folder / "model.json").write_text(text, "utf-8")


def encode_all(network: Network, stored: Stored) -> list[Encoded]:
    """Every weight of a network in one type of storage."""
    return [encode(name, values, stored) for name, values in named_weights(network)]
