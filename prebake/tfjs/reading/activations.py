"""The activations of tfjs, by the names that it stores, as Keras 3 has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .document import snake

SAME = [
    "linear",
    "relu",
    "relu6",
    "sigmoid",
    "tanh",
    "softmax",
    "log_softmax",
    "elu",
    "selu",
    "softplus",
    "softsign",
    "gelu",
    "mish",
]
KERAS = {name: name for name in SAME} | {"swish": "silu"}
"""Keras's names of those that both compute alike."""

PACKAGE = "prebake"


def activation(name: str) -> str | Callable[[Any], Any]:
    """What Keras is given for an activation of tfjs.

    Raises:
        KeyError: for one that tfjs does not have.
    """
    spelled = snake(name)
    return tfjs_hard_sigmoid if spelled == "hard_sigmoid" else KERAS[spelled]


def tfjs_hard_sigmoid(x: Any) -> Any:
    """tfjs's and Keras 2's hard_sigmoid: ``0.2 x + 0.5`` within 0..1. Keras 3's has the slope
    1/6."""
    import keras

    return keras.ops.clip(0.2 * x + 0.5, 0.0, 1.0)


def register() -> None:
    """Lets Keras store and load models that use it."""
    import keras

    keras.saving.register_keras_serializable(PACKAGE)(tfjs_hard_sigmoid)
