"""Arithmetic on tensors (``x + 1``, ``a - b``) out of layers that compute the same."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..lowering import Use
from ..network import Ref
from .common import demand_no_mask
from .merge import difference


def rule(use: Use) -> list[Ref]:
    """Addition, subtraction, multiplication and division by a number, and the first three of
    two tensors of one shape."""
    name = use.class_name
    arguments = list(use.node.arguments.args)
    known = type(use.layer).__module__.startswith("keras.src.ops")
    if known and name in _FUNCTIONS:
        return [_FUNCTIONS[name](use)]
    if not known or name not in _SCALAR or len(arguments) != 2:
        raise use.refuse(
            "tfjs-layers knows layers, not operations on tensors.",
            "Use a Keras layer for it, or export the model with format='graph'.",
        )
    if len(use.inputs) == 2:
        return [_two_tensors(use, name)]
    first, second = arguments
    left = not hasattr(first, "_keras_history")
    scale, offset = _SCALAR[name](use, _number(use, first if left else second), left)
    config = {"scale": float(np.float32(scale)), "offset": float(np.float32(offset))}
    return [use.emit("Rescaling", config)]


def _two_tensors(use: Use, name: str) -> Ref:
    shapes = [tuple(t.shape) for t in use.tensors]
    if shapes[0] != shapes[1] or name not in ("Add", "Subtract", "Multiply"):
        raise use.refuse(
            f"tfjs-layers cannot {name.lower()} tensors of the shapes {shapes[0]} and {shapes[1]}.",
        )
    demand_no_mask(use)
    if name == "Subtract":
        return difference(use, *use.inputs)
    return use.emit(name)


def _number(use: Use, value: Any) -> float:
    if not np.isscalar(value) and np.size(value) != 1:
        raise use.refuse("its constant is an array.", "Use a Normalization or Rescaling layer.")
    return float(np.asarray(value).item())


def _activation(name: str) -> Callable[[Use], Ref]:
    return lambda use: use.emit("Activation", {"activation": name})


def _softmax(use: Use) -> Ref:
    axis = use.layer.axis
    if not isinstance(axis, int) or axis % use.rank != use.rank - 1:
        raise use.refuse(f"tfjs-layers has softmax along the last axis only, not along {axis}.")
    return _activation("softmax")(use)


def _negative(use: Use) -> Ref:
    return use.emit("Rescaling", {"scale": -1.0, "offset": 0.0})


def _concatenate(use: Use) -> Ref:
    axis = use.layer.axis
    if not isinstance(axis, int) or axis % use.rank == 0 or len(use.inputs) < 2:
        raise use.refuse("tfjs-layers joins several tensors, and not along the batch.")
    demand_no_mask(use)
    return use.emit("Concatenate", {"axis": axis % use.rank})


def _reshape(use: Use) -> Ref:
    """The first size is the batch, which tfjs keeps apart."""
    batch, *shape = use.layer.newshape
    sizes = use.shape[1:]
    settled = None not in sizes and all(isinstance(x, int) and x >= 0 for x in shape)
    if batch != -1 or not settled or math.prod(shape) != math.prod(x or 0 for x in sizes):
        raise use.refuse("tfjs-layers cannot reshape across the batch.", "Use a Reshape layer.")
    return use.emit("Reshape", {"target_shape": list(shape)})


def _add(use: Use, number: float, left: bool) -> tuple[float, float]:
    return 1.0, number


def _subtract(use: Use, number: float, left: bool) -> tuple[float, float]:
    return (-1.0, number) if left else (1.0, -number)


def _multiply(use: Use, number: float, left: bool) -> tuple[float, float]:
    return number, 0.0


def _divide(use: Use, number: float, left: bool) -> tuple[float, float]:
    if left:
        raise use.refuse("tfjs-layers cannot divide a number by a tensor.")
    return 1 / number, 0.0


_SCALAR = {
    "Add": _add,
    "Subtract": _subtract,
    "Multiply": _multiply,
    "TrueDivide": _divide,
    "Divide": _divide,
}

_FUNCTIONS: dict[str, Callable[[Use], Ref]] = {
    "Relu": _activation("relu"),
    "Sigmoid": _activation("sigmoid"),
    "Softmax": _softmax,
    "Negative": _negative,
    "Concatenate": _concatenate,
    "Reshape": _reshape,
}
