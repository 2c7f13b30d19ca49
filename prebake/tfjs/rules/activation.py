"""Activations, as layers and as arguments of other layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..lowering import Use
from ..network import Ref
from .common import demand_floats, demand_no_mask, pick, training_config, weights

SAME = {
    name: name
    for name in [
        "linear",
        "relu",
        "relu6",
        "sigmoid",
        "tanh",
        "softmax",
        "elu",
        "selu",
        "softplus",
        "softsign",
        "gelu",
        "mish",
        "log_softmax",
    ]
} | {"silu": "swish"}
"""Activations that tfjs computes as Keras does, by Keras's name; gelu is the exact one."""

REWRITTEN = ("hard_sigmoid", "hard_silu", "leaky_relu")
"""Those that become layers of their own: tfjs's hard_sigmoid has another slope, and it has no
argument for the slope of leaky_relu (0.2 in Keras 3)."""


def name_of(use: Use, function: Any) -> str:
    """Keras's name of an activation function.

    Raises:
        UnsupportedLayer: if it is a function of the author's own.
    """
    import keras

    if function is None:
        return "linear"
    name = getattr(function, "__name__", type(function).__name__)
    try:
        known = keras.activations.get(name)
    except ValueError:
        known = None
    if known is not function:
        raise use.refuse(
            f"its activation {name!r} is not one of Keras's own functions.",
            "Use an activation layer, or export the model with format='graph'.",
        )
    return name


def inline(use: Use, function: Any) -> str | None:
    """The activation as tfjs spells it; None if it needs layers of its own."""
    import keras

    if isinstance(function, keras.Layer):
        return None
    name = name_of(use, function)
    if name in SAME:
        return SAME[name]
    if name in REWRITTEN:
        return None
    raise use.refuse(
        f"tfjs-layers has no activation that computes {name!r}.",
        "Choose another one, or export the model with format='graph'.",
    )


def activated(use: Use, make: Any) -> list[Ref]:
    """Emits a layer through ``make(activation)`` and what its activation needs after it."""
    import keras

    function = use.layer.activation
    spelled = inline(use, function)
    if spelled is not None:
        return [make(spelled)]
    ref = make("linear")
    if isinstance(function, keras.Layer):
        return [_inner_layer(use, function, ref)]
    return [rewritten(use, name_of(use, function), ref)]


def _inner_layer(use: Use, layer: Any, ref: Ref) -> Ref:
    if type(layer).__name__ not in ("ReLU", "LeakyReLU", "ELU", "Activation"):
        raise use.refuse(f"its activation is the layer {type(layer).__name__}.")
    inner = Use(use.lowering, use.network, layer, use.node, [ref], use.place, use.masks[:1])
    return use.lowering.apply(inner)[0]


def rewritten(use: Use, name: str, ref: Ref) -> Ref:
    """hard_sigmoid, hard_silu or leaky_relu out of layers that tfjs computes exactly."""
    if name == "leaky_relu":
        config = {"alpha": 0.2}
        return use.emit("LeakyReLU", config, inputs=[ref], suffix="_leaky_relu")
    # relu6(x + 3) / 6, as keras.ops.hard_sigmoid has it.
    moved = use.emit("Rescaling", {"scale": 1.0, "offset": 3.0}, inputs=[ref], suffix="_plus_3")
    clipped = use.emit("ReLU", {"max_value": 6.0}, inputs=[moved], suffix="_clipped")
    config = {"scale": float(np.float32(1 / 6)), "offset": 0.0}
    gate = use.emit("Rescaling", config, inputs=[clipped], suffix="_sixth")
    if name == "hard_sigmoid":
        return gate
    demand_no_mask(use)
    return use.emit("Multiply", inputs=[ref, gate], suffix="_gated")


def activation(use: Use) -> list[Ref]:
    function = use.layer.activation
    spelled = inline(use, function)
    if spelled is not None:
        return [use.emit("Activation", {"activation": spelled})]
    return [rewritten(use, name_of(use, function), use.inputs[0])]


def relu(use: Use) -> list[Ref]:
    config = use.layer.get_config()
    slope, limit, threshold = (
        float(config["negative_slope"] or 0),
        config["max_value"],
        float(config["threshold"] or 0),
    )
    if limit is not None and limit != int(limit):
        demand_floats(use)
    if slope == 0 and threshold == 0:
        limited = {} if limit is None else {"max_value": float(limit)}
        return [use.emit("ReLU", limited)]
    if threshold == 0 and limit is None:
        return [use.emit("LeakyReLU", {"alpha": slope})]
    if slope == 0 and limit is None:
        return [use.emit("ThresholdedReLU", {"theta": threshold})]
    raise use.refuse(
        "tfjs-layers cannot combine negative_slope, threshold and max_value in one ReLU.",
        "Use one of them at a time, or export with format='graph'.",
    )


def leaky_relu(use: Use) -> list[Ref]:
    return [use.emit("LeakyReLU", {"alpha": float(use.layer.get_config()["negative_slope"])})]


def elu(use: Use) -> list[Ref]:
    if float(use.layer.get_config()["alpha"]) != 1.0:
        raise use.refuse("its alpha is not 1, and tfjs-layers knows no other.")
    return [use.emit("ELU", {"alpha": 1.0})]


def prelu(use: Use) -> list[Ref]:
    config = {**pick(use, "shared_axes"), **training_config(use, "alpha")}
    return [use.emit("PReLU", config, weights(use, "alpha"))]


def softmax(use: Use) -> list[Ref]:
    demand_no_mask(use)
    use.reads_mask()
    axis = use.layer.get_config()["axis"]
    axes = [axis] if isinstance(axis, int) else list(axis)
    if [a % use.rank for a in axes] != [use.rank - 1]:
        raise use.refuse(
            f"its softmax runs along axis {axis}, and tfjs has it along the last axis only.",
            "Permute before and after it, or export with format='graph'.",
        )
    return [use.emit("Softmax", {"axis": use.rank - 1})]


RULES = {
    "Activation": activation,
    "ReLU": relu,
    "LeakyReLU": leaky_relu,
    "ELU": elu,
    "PReLU": prelu,
    "Softmax": softmax,
}
