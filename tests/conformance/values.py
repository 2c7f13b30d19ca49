"""Seeded values for weights and inputs: large enough to matter, small enough not to saturate."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .case import Case

LENGTH = 5
"""The size of an input along an axis that the model leaves open."""

_POSITIVE = ("gamma", "variance", "scale")
_SMALL = ("bias", "beta", "mean")


DEEP = 10
"""Batch normalisations from which on made-up statistics would let the signal die."""


def fill_weights(case: Case, model: Any, random: np.random.Generator) -> None:
    """Gives every weight of floating numbers a value and begins stateful layers anew.

    What a Normalization layer learnt stays: what it computes with is a copy.
    """
    kept, depthwise = _weights_of(model, "Normalization"), _weights_of(model, "DepthwiseConv2D")
    for weight in model.weights:
        if id(weight) not in kept and "float" in str(weight.dtype):
            weight.assign(_value(weight, random, id(weight) in depthwise))
    _settle(case, model, random)
    for layer in every_layer(model):
        if getattr(layer, "stateful", False) and hasattr(layer, "reset_state"):
            layer.reset_state()


def _settle(case: Case, model: Any, random: np.random.Generator) -> None:
    """Lets the batch normalisations of a deep model take their statistics from a batch.

    They shift upwards, away from the kink of a ReLU: or rounding grows from layer to layer.
    """
    norms = [each for each in every_layer(model) if type(each).__name__ == "BatchNormalization"]
    if len(norms) < DEEP:
        return
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.0
        norm.beta.assign_add(np.ones(norm.beta.shape))
    model(*draw_inputs(case, model, random, 32), training=True)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum


def _weights_of(model: Any, kind: str) -> set[int]:
    holders = [layer for layer in every_layer(model) if type(layer).__name__ == kind]
    return {id(weight) for layer in holders for weight in layer.weights}


def _value(weight: Any, random: np.random.Generator, depthwise: bool) -> np.ndarray:
    name, shape = weight.name, tuple(weight.shape)
    if any(word in name for word in _POSITIVE):
        return random.uniform(0.5, 1.5, shape)
    if any(word in name for word in _SMALL):
        return random.normal(0.0, 0.2, shape)
    if "alpha" in name:
        return random.uniform(0.1, 0.5, shape)
    if "embeddings" in name:
        return random.normal(0.0, 1.0, shape)
    summed = shape[:-2] if depthwise or "depthwise" in name else shape[:-1]
    return random.normal(0.0, 1.0, shape) / math.sqrt(max(1, math.prod(summed)))


def draw_inputs(
    case: Case, model: Any, random: np.random.Generator, batch: int
) -> list[np.ndarray]:
    """One batch: an array for each input of the model, in their order."""
    arrays = (
        case.inputs(random, batch)
        if case.inputs
        else [_array(tensor, random, batch) for tensor in model.inputs]
    )
    return [
        array if array.dtype.kind in "UO" else array.astype(_numpy_type(tensor))
        for array, tensor in zip(arrays, model.inputs, strict=True)
    ]


def _array(tensor: Any, random: np.random.Generator, batch: int) -> np.ndarray:
    shape = (batch, *(LENGTH if size is None else size for size in tensor.shape[1:]))
    if "int" in tensor.dtype:
        return random.integers(0, 9, shape)
    return random.normal(size=shape)


def _numpy_type(tensor: Any) -> str:
    return "float32" if tensor.dtype == "bfloat16" else tensor.dtype


def every_layer(model: Any) -> list[Any]:
    """The model, its layers and operations, those inside nested models, wrappers and cells."""
    found: dict[int, Any] = {}
    waiting = [model]
    while waiting:
        layer = waiting.pop()
        if id(layer) not in found:
            found[id(layer)] = layer
            waiting.extend(_parts(layer))
    return list(found.values())


def _parts(layer: Any) -> list[Any]:
    parts = [*getattr(layer, "operations", ()), *getattr(layer, "_layers", ())]
    for name in ("layer", "forward_layer", "backward_layer", "cell"):
        parts.append(getattr(layer, name, None))
    parts.extend(getattr(layer, "cells", ()))
    return [part for part in parts if part is not None]
