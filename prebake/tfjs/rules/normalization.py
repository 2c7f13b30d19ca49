"""Normalisations."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..lowering import Use
from ..network import Ref
from .common import affine, demand_floats, demand_no_mask, pick, training_config, weights


def batch_normalization(use: Use) -> list[Ref]:
    """tfjs computes it along the last axis only; another one is brought there and back."""
    config = pick(use, "momentum", "epsilon", "center", "scale")
    if use.rank > 4:
        raise use.refuse(f"its input has {use.rank} axes, and tfjs normalises up to four.")
    if use.trainable:
        demand_no_mask(use)
        if not use.layer.trainable:
            return [_frozen(use)]
    if use.trainable and not (config["center"] and config["scale"]):
        raise use.refuse(
            "tfjs can only train it with center=True and scale=True.",
            "Set both, or declare Export(trainable=False).",
        )
    fields = {**config, "axis": use.rank - 1, **training_config(use, "gamma", "beta")}
    arrays = weights(use, "gamma", "beta", "moving_mean", "moving_variance")
    axis = int(np.atleast_1d(use.layer.axis)[0]) % use.rank
    if axis == use.rank - 1:
        return [use.emit("BatchNormalization", fields, arrays)]
    order = [a for a in range(1, use.rank) if a != axis] + [axis]
    back = [order.index(a) + 1 for a in range(1, use.rank)]
    moved = use.emit("Permute", {"dims": order}, suffix="_axis_last")
    normal = use.emit("BatchNormalization", fields, arrays, inputs=[moved])
    return [use.emit("Permute", {"dims": back}, inputs=[normal], suffix="_axis_back")]


def _frozen(use: Use) -> Ref:
    """One that is not trained in a model that is. Keras computes it with its moving averages
    then; tfjs would go by the batch, and shift them. So it becomes the map that it is."""
    if int(np.atleast_1d(use.layer.axis)[0]) % use.rank != use.rank - 1:
        raise use.refuse("it is frozen and normalises along another axis than the last.")
    given = {name: np.asarray(v, np.float64) for name, v in _moments(use.layer).items()}
    scale = given["gamma"] / np.sqrt(given["variance"] + use.layer.epsilon)
    return affine(use, use.inputs[0], scale, given["beta"] - given["mean"] * scale)


def _moments(layer: Any) -> dict[str, Any]:
    size = np.asarray(layer.moving_mean).shape
    return {
        "gamma": layer.gamma if layer.scale else np.ones(size),
        "beta": layer.beta if layer.center else np.zeros(size),
        "mean": layer.moving_mean,
        "variance": layer.moving_variance,
    }


def layer_normalization(use: Use) -> list[Ref]:
    demand_floats(use)
    given = use.layer.get_config()
    if given.get("rms_scaling"):
        raise use.refuse("tfjs-layers has no rms_scaling.")
    axes = [a % use.rank for a in np.atleast_1d(np.asarray(given["axis"])).tolist()]
    if axes != sorted(axes) or use.rank > 4:
        raise use.refuse(f"tfjs-layers cannot normalise along {given['axis']} here.")
    config = {**pick(use, "epsilon", "center", "scale"), "axis": axes}
    fields = {**config, **training_config(use, "gamma", "beta")}
    return [use.emit("LayerNormalization", fields, weights(use, "gamma", "beta"))]


def normalization(use: Use) -> list[Ref]:
    """(x - mean) / max(sqrt(variance), epsilon), as one affine map."""
    import keras

    if use.layer.mean is None:
        raise use.refuse("it has not been adapted.", "Call adapt() on it in build().")
    mean, variance = np.asarray(use.layer.mean), np.asarray(use.layer.variance)
    if mean.size != 1 and mean.size != mean.shape[-1]:
        raise use.refuse(f"it normalises along {use.layer.axis}, and tfjs along the last axis.")
    deviation = np.maximum(np.sqrt(variance.astype(np.float64)), keras.config.epsilon())
    if use.layer.invert:
        return [affine(use, use.inputs[0], deviation, mean)]
    return [affine(use, use.inputs[0], 1 / deviation, -mean / deviation)]


RULES = {
    "BatchNormalization": batch_normalization,
    "LayerNormalization": layer_normalization,
    "Normalization": normalization,
}
