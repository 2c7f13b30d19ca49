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
        layer.set_weights([_values(layer, n, axes, tensors, where) for n, axes in names.items()])
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
