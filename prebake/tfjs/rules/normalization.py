"""Normalisations."""

from __future__ import annotations

import numpy as np

from ..lowering import Use
from ..network import Ref
from .common import affine, demand_no_mask, pick, training_config, weights


def batch_normalization(use: Use) -> list[Ref]:
    config = pick(use, "axis", "momentum", "epsilon", "center", "scale")
    config["axis"] = int(np.atleast_1d(config["axis"])[0])
    if use.rank > 4:
        raise use.refuse(f"its input has {use.rank} axes, and tfjs normalises up to four.")
    if use.masked:
        demand_no_mask(use)
    if use.trainable and not (config["center"] and config["scale"]):
        raise use.refuse(
            "tfjs can only train it with center=True and scale=True.",
            "Set both, or declare Export(trainable=False).",
        )
    arrays = weights(use, "gamma", "beta", "moving_mean", "moving_variance")
    return [
        use.emit("BatchNormalization", {**config, **training_config(use, "gamma", "beta")}, arrays)
    ]


def layer_normalization(use: Use) -> list[Ref]:
    demand_no_mask(use)
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

    demand_no_mask(use)
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
