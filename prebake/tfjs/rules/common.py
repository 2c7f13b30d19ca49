"""What several rules share."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..lowering import Use
from ..network import Ref

# Not Orthogonal: tfjs computes it with methods that a page need not have loaded.
_INITIALIZERS = [
    "Zeros",
    "Ones",
    "Constant",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "VarianceScaling",
    "GlorotUniform",
    "GlorotNormal",
    "HeNormal",
    "HeUniform",
    "LecunNormal",
    "LecunUniform",
    "Identity",
]
_SPELLING = {"LecunNormal": "LeCunNormal", "LecunUniform": "LeCunUniform"}
_CONSTRAINTS = ("MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm")

DIAGONAL_LIMIT = 1024
"""Features up to which an affine map is written as a diagonal Dense layer (4 MB at most)."""


def pick(use: Use, *names: str) -> dict[str, Any]:
    """Those entries of a layer's configuration, as plain JSON."""
    config = use.layer.get_config()
    return {name: plain(config[name]) for name in names}


def plain(value: Any) -> Any:
    """Tuples as lists, NumPy numbers as numbers."""
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    return value.item() if isinstance(value, np.generic) else value


def weights(use: Use, *names: str, holder: Any = None) -> dict[str, np.ndarray]:
    """Those weights of a layer that it has, by name."""
    holder = use.layer if holder is None else holder
    found = {name: getattr(holder, name, None) for name in names}
    return {name: np.asarray(value) for name, value in found.items() if value is not None}


def training_config(use: Use, *kinds: str, holder: Any = None) -> dict[str, Any]:
    """Initialisers, regularisers and constraints of some weights (``kernel``, ``bias``), for
    a model that a page trains; nothing otherwise.

    Raises:
        UnsupportedLayer: for a regulariser or constraint that tfjs does not have.
    """
    if not use.trainable:
        return {}
    holder = use.layer if holder is None else holder
    config = holder.get_config()
    out: dict[str, Any] = {}
    for kind in kinds:
        made = config.get(f"{kind}_initializer")
        if isinstance(made, dict) and made["class_name"] in _INITIALIZERS:
            name = made["class_name"]
            spelled = {"class_name": _SPELLING.get(name, name), "config": made["config"]}
            out[f"{kind}_initializer"] = spelled
        _regularizer(use, config, f"{kind}_regularizer", out)
        _constraint(use, config, f"{kind}_constraint", out)
        _demand_kept(use, holder, kind)
    if config.get("activity_regularizer") is not None:
        raise use.refuse(
            "it has an activity regulariser, which tfjs cannot apply.",
            "Remove it, or declare Export(trainable=False).",
        )
    return out


def _regularizer(use: Use, config: dict, key: str, out: dict[str, Any]) -> None:
    made = config.get(key)
    if made is None:
        return
    if made["class_name"] not in ("L1", "L2", "L1L2"):
        raise use.refuse(
            f"its {key} is {made['class_name']}, and tfjs has L1, L2 and L1L2.",
            "Use one of them, or declare Export(trainable=False).",
        )
    strengths = {"l1": made["config"].get("l1", 0.0), "l2": made["config"].get("l2", 0.0)}
    out[key] = {"class_name": "L1L2", "config": {k: float(v) for k, v in strengths.items()}}


def _constraint(use: Use, config: dict, key: str, out: dict[str, Any]) -> None:
    made = config.get(key)
    if made is None:
        return
    if made["class_name"] not in _CONSTRAINTS:
        raise use.refuse(
            f"its {key} is {made['class_name']}, which tfjs does not have.",
            "Remove it, or declare Export(trainable=False).",
        )
    out[key] = {"class_name": made["class_name"], "config": made["config"]}


def _demand_kept(use: Use, holder: Any, kind: str) -> None:
    """tfjs applies a constraint to the weights as soon as it loads them, Keras only after each
    step of training."""
    constraint = getattr(holder, f"{kind}_constraint", None)
    owner = getattr(holder, "cell", holder)
    named = [getattr(owner, name, None) for name in (f"{kind}_kernel", kind, "kernel")]
    weight = next((each for each in named if each is not None), None)
    if constraint is None or weight is None:
        return
    values = np.asarray(weight)
    if not np.allclose(np.asarray(constraint(weight)), values, rtol=1e-6, atol=1e-6):
        raise use.refuse(
            f"its weights do not keep to its {kind}_constraint, and tfjs would change them when "
            "it loads them.",
            "Train it before the export, or declare Export(trainable=False).",
        )


def demand_channels_last(use: Use) -> None:
    if use.layer.get_config().get("data_format") == "channels_first":
        raise use.refuse(
            "it has the channels first, and prebake writes models with the channels last only.",
            "Build the model with data_format='channels_last'.",
        )


def demand_no_mask(use: Use) -> None:
    if use.masked:
        raise use.refuse(
            "a mask reaches it, which tfjs uses or passes on in another way than Keras does.",
            "Let the masked sequence go straight into a recurrent layer, or export with "
            "format='graph'.",
        )


def demand_floats(use: Use) -> None:
    if any(t.dtype == "bool" or "int" in t.dtype for t in use.tensors):
        raise use.refuse(
            "it is called on whole numbers, which Keras rounds inside of it and tfjs does not.",
            "Put a Rescaling(1.0) before it.",
        )


def reshaped(use: Use, ref: Ref, shape: tuple[int | None, ...], suffix: str) -> Ref:
    """``ref`` in another shape (without the batch); at most one size may be open."""
    target = [-1 if size is None else int(size) for size in shape]
    return use.emit("Reshape", {"target_shape": target}, inputs=[ref], suffix=suffix)


def affine(use: Use, ref: Ref, scale: np.ndarray, offset: np.ndarray, suffix: str = "") -> Ref:
    """``x * scale + offset``, each one number or one for each of the last axis's entries.

    Numbers become tfjs's Rescaling. Vectors become a frozen 1 x 1 depthwise convolution on
    images, and a frozen diagonal Dense layer elsewhere: both are exact, also at the borders of
    a padded convolution that follows, where folding an offset into its kernel is not.
    """
    scale, offset = np.asarray(scale, np.float32), np.asarray(offset, np.float32)
    if scale.size == 1 and offset.size == 1:
        config = {"scale": scale.item(), "offset": offset.item()}
        return use.emit("Rescaling", config, inputs=[ref], suffix=suffix)
    channels = max(scale.size, offset.size)
    scale = np.broadcast_to(scale.reshape(-1), channels)
    offset = np.broadcast_to(offset.reshape(-1), channels)
    if use.rank == 4:
        config = {"kernel_size": [1, 1], "strides": [1, 1], "padding": "valid"}
        arrays = {"depthwise_kernel": scale.reshape(1, 1, -1, 1), "bias": offset}
        return use.emit("DepthwiseConv2D", config, arrays, inputs=[ref], suffix=suffix, frozen=True)
    if channels > DIAGONAL_LIMIT:
        raise use.refuse(f"it scales {channels} features one by one, which tfjs-layers cannot.")
    arrays = {"kernel": np.diag(scale), "bias": offset}
    config = {"units": int(channels), "activation": "linear"}
    return use.emit("Dense", config, arrays, inputs=[ref], suffix=suffix, frozen=True)
