"""The weights of a legacy HDF5 file of Keras, given to the layers that they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...errors import ModelError

LARGEST = 4 << 30
"""Bytes of one weight."""


def fill(group: Any, leaves: Sequence[tuple[str, Any]], where: str) -> None:
    """Gives every layer its weights.

    Args:
        group: with ``layer_names``, and for each of those a group with ``weight_names``.
        leaves: the layers that are no models, by their names in the file, in its order.

    Raises:
        ModelError: if weights are missing, left over, or of another shape.
    """
    given: dict[str, list[np.ndarray]] = {}
    names = [name for name, layer in leaves if layer.weights]
    for outer in _texts(group, "layer_names"):
        unnamed: list[np.ndarray] = []
        for path in _texts(group[outer], "weight_names"):
            stored = group[outer][path]
            if stored.nbytes > LARGEST:
                raise _damaged(f"its weight {path!r} has {stored.nbytes:,} bytes", where)
            values = np.asarray(stored)
            leaf = _leaf_of(path, outer, names)
            if leaf is None:
                unnamed.append(values)
            else:
                given.setdefault(leaf, []).append(values)
        if unnamed:
            _take_in_order(unnamed, leaves, given, where)
    for name, layer in leaves:
        if layer.weights:
            give(name, layer, given.pop(name, []), where)
    if given:
        raise _damaged(f"no layer takes the weights of {next(iter(given))!r}", where)


def _texts(group: Any, attribute: str) -> list[str]:
    """A list of names, which HDF5 may have divided as it was long."""
    found = list(group.attrs.get(attribute, ()))
    number = 0
    while f"{attribute}{number}" in group.attrs:
        found += list(group.attrs[f"{attribute}{number}"])
        number += 1
    return [each.decode() if isinstance(each, bytes) else str(each) for each in found]


def _leaf_of(path: str, outer: str, names: Sequence[str]) -> str | None:
    """The layer of a weight such as ``model/conv1/kernel:0``: the longest name in its path."""
    inside = f"/{path.rpartition('/')[0]}/"
    fitting = [name for name in names if f"/{name}/" in inside]
    if fitting:
        return max(fitting, key=len)
    return outer if outer in names else None


def _take_in_order(
    values: list[np.ndarray],
    leaves: Sequence[tuple[str, Any]],
    given: dict[str, list[np.ndarray]],
    where: str,
) -> None:
    """Weights whose names say nothing go to the layers in their order."""
    for name, layer in leaves:
        count = len(layer.weights)
        if name in given or not count or not values:
            continue
        given[name], values = values[:count], values[count:]
    if values:
        raise _damaged("it holds more weights than its layers take", where)


def give(name: str, layer: Any, values: list[np.ndarray], where: str) -> None:
    """Sets the weights of one layer.

    Raises:
        ModelError: if they are of other shapes, or hold no numbers.
    """
    wanted = [tuple(each.shape) for each in layer.weights]
    if type(layer).__name__ == "GRU" and len(values) == 3:
        values = _gru_bias(layer, values)
    found = [value.shape for value in values]
    if found != wanted:
        raise _damaged(
            f"the weights of the layer {name!r} have the shapes {_spell(found)}, expected "
            f"{_spell(wanted)}",
            where,
        )
    if not all(np.isfinite(value).all() for value in values):
        raise _damaged(f"the weights of the layer {name!r} hold NaN or infinity", where)
    layer.set_weights(values)


def _gru_bias(layer: Any, values: list[np.ndarray]) -> list[np.ndarray]:
    """CuDNN had the two biases of a GRU end to end."""
    kernel, recurrent, bias = values
    if layer.reset_after and bias.ndim == 1 and len(bias) == 6 * layer.units:
        bias = bias.reshape(2, 3 * layer.units)
    return [kernel, recurrent, bias]


def _spell(shapes: Sequence[tuple[int, ...]]) -> str:
    return ", ".join(str(list(shape)) for shape in shapes) or "none"


def _damaged(problem: str, where: str) -> ModelError:
    return ModelError(f"{problem}.", where=where, remedy="Save the model again.")
