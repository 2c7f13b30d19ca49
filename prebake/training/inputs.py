"""What the first layers of a model say of its input."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

_SCALING = ("Rescaling", "Normalization")
_PASSING = (
    "CenterCrop",
    "Dropout",
    "GaussianNoise",
    "Identity",
    "RandomContrast",
    "RandomCrop",
    "RandomFlip",
    "RandomRotation",
    "RandomTranslation",
    "RandomZoom",
    "Reshape",
    "Resizing",
)
"""Layers that hand numbers on as large as they are."""


def word_indices(model: keras.Model) -> int:
    """How many words the input may name, if Embeddings read it; 0 if none does."""
    sizes = [layer.input_dim for layer in _first_layers(model) if _is(layer, "Embedding")]
    return min(sizes, default=0)


def scaling_layer(model: keras.Model) -> str:
    """The name of the layer that scales what comes in; empty if there is none."""
    return next((layer.name for layer in _first_layers(model) if _is(layer, *_SCALING)), "")


def _is(layer: Any, *names: str) -> bool:
    return type(layer).__name__ in names


def _first_layers(model: Any) -> Iterator[Any]:
    """The layers that read the input, and those behind layers that only hand it on."""
    seen: set[int] = set()
    waiting = [_producer(tensor) for tensor in _graph(model).inputs]
    while waiting:
        for node in waiting.pop()._outbound_nodes:
            layer = node.operation
            if id(layer) in seen:
                continue
            seen.add(id(layer))
            if hasattr(layer, "inputs") and hasattr(layer, "layers"):
                yield from _first_layers(layer)
            else:
                yield layer
                if _is(layer, *_PASSING):
                    waiting.append(layer)


def _graph(model: Any) -> Any:
    return getattr(model, "_functional", None) or model


def _producer(tensor: Any) -> Any:
    return tensor._keras_history.operation
