"""Weights of a PyTorch state dict for a Keras model whose layers are called as they are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import numpy as np

from ..errors import ModelError

if TYPE_CHECKING:
    import keras

# For each layer the entries of a state dict in the order of Keras's weights, and the order of
# their axes: PyTorch has channels first (pytorch.org/docs/stable/nn.html).
_BATCH_NORM: dict[str, tuple[int, ...]] = {
    "weight": (0,),
    "bias": (0,),
    "running_mean": (0,),
    "running_var": (0,),
}
LAYERS: dict[str, dict[str, tuple[int, ...]]] = {
    "Conv2D": {"weight": (2, 3, 1, 0), "bias": (0,)},
    "DepthwiseConv2D": {"weight": (2, 3, 0, 1), "bias": (0,)},
    "Dense": {"weight": (1, 0), "bias": (0,)},
    "BatchNormalization": _BATCH_NORM,
}


_PASSING = ("Activation", "BatchNormalization", "Dropout", "LeakyReLU", "ReLU")
"""Layers that leave the order of features as it is."""


def fill(
    model: keras.Model, tensors: Mapping[str, np.ndarray], ignore: Sequence[str], where: str
) -> None:
    """Gives every layer with weights those of its name: ``features.0.0`` takes
    ``features.0.0.weight``.

    Args:
        ignore: shell patterns of entries that the model has no use for.

    Raises:
        ModelError: if an entry is missing, left over, or of another shape.
    """
    used: set[str] = set()
    for layer in model.layers:
        # What its constructor set, as a Normalization's mean, is not the file's.
        if not layer.weights or type(layer).__name__ == "Normalization":
            continue
        names = _entries(layer, where)
        values = [_values(layer, n, axes, tensors, where) for n, axes in names.items()]
        maps = flattened_maps(layer)
        if maps is not None:
            # Of a Dense layer the rows of its kernel; its bias belongs to what it answers.
            rows = values[:1] if type(layer).__name__ == "Dense" else values
            values = [*(_channels_last(each, maps) for each in rows), *values[len(rows) :]]
        layer.set_weights(values)
        used.update(names)
    left = [
        name
        for name in tensors
        if name not in used and not any(fnmatchcase(name, pattern) for pattern in ignore)
    ]
    if left:
        raise ModelError(
            f"no layer takes its entry {left[0]!r} ({len(left)} are left over).",
            where=where,
            remedy="Name the layers as the entries are called, or add it to ignore.",
        )


def flattened_maps(layer: keras.layers.Layer) -> tuple[int, int, int] | None:
    """Height, width and channels of the maps that were flattened into what a layer reads; None if
    it reads none, or their order says nothing."""
    if type(layer).__name__ not in ("Dense", "BatchNormalization"):
        return None
    before = layer
    while True:
        nodes = before._inbound_nodes
        parents = [t._keras_history.operation for t in nodes[0].input_tensors] if nodes else []
        if len(parents) != 1:
            return None
        before = parents[0]
        if type(before).__name__ == "Flatten":
            shape = before.input.shape[1:]
            known = len(shape) == 3 and None not in shape and shape[0] * shape[1] > 1
            return (int(shape[0]), int(shape[1]), int(shape[2])) if known else None
        if type(before).__name__ not in _PASSING:
            return None


def _channels_last(values: np.ndarray, maps: tuple[int, int, int]) -> np.ndarray:
    """Rows in the order in which Keras flattens: PyTorch has the channels first."""
    height, width, channels = maps
    apart = values.reshape(channels, height, width, *values.shape[1:])
    return np.moveaxis(apart, 0, 2).reshape(values.shape)


def _entries(layer: keras.layers.Layer, where: str) -> dict[str, tuple[int, ...]]:
    known = LAYERS.get(type(layer).__name__)
    if known is None:
        raise ModelError(
            f"the layer {layer.name!r} is a {type(layer).__name__}, whose weights cannot be taken "
            f"from a PyTorch file; {', '.join(LAYERS)} can.",
            where=where,
            remedy="Build it of those.",
        )
    return {f"{layer.name}.{e}": axes for e, axes in list(known.items())[: len(layer.weights)]}


def _values(
    layer: keras.layers.Layer,
    name: str,
    axes: tuple[int, ...],
    tensors: Mapping[str, np.ndarray],
    where: str,
) -> np.ndarray:
    found = tensors.get(name)
    if found is None:
        raise ModelError(
            f"it has no entry {name!r}, which the layer {layer.name!r} needs.",
            where=where,
            remedy="Name the layers as the entries are called.",
        )
    number = list(_entries(layer, where)).index(name)
    wanted = tuple(layer.weights[number].shape)
    values = found.transpose(axes) if found.ndim == len(axes) else found
    if values.shape != wanted:
        raise ModelError(
            f"its entry {name!r} has the shape {list(found.shape)}, from which none of "
            f"{list(wanted)} can be made.",
            where=where,
            remedy="Build the same architecture.",
        )
    return values
