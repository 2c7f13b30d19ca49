"""Arithmetic on tensors (``x + 1``, ``a - b``) out of layers that compute the same."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..lowering import Use
from ..network import Ref
from .merge import difference


def rule(use: Use) -> list[Ref]:
    """Addition, subtraction, multiplication and division by a number, and the first three of
    two tensors of one shape."""
    name = use.class_name
    arguments = list(use.node.arguments.args)
    module = type(use.layer).__module__
    if not module.startswith("keras.src.ops") or name not in _SCALAR or len(arguments) != 2:
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
    if name == "Subtract":
        return difference(use, *use.inputs)
    return use.emit(name)


def _number(use: Use, value: Any) -> float:
    if not np.isscalar(value) and np.size(value) != 1:
        raise use.refuse("its constant is an array.", "Use a Normalization or Rescaling layer.")
    return float(np.asarray(value).item())


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
