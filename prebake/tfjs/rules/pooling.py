"""Pooling."""

from __future__ import annotations

import math

from ..lowering import Use
from ..network import Ref
from .common import demand_channels_last, demand_no_mask, pick, reshaped


def pooling(use: Use) -> list[Ref]:
    demand_channels_last(use)
    return [use.emit(use.class_name, pick(use, "pool_size", "strides", "padding"))]


def global_pooling(use: Use) -> list[Ref]:
    """``keepdims`` becomes a Reshape: tfjs does not know it."""
    demand_channels_last(use)
    if use.class_name == "GlobalAveragePooling1D":
        demand_no_mask(use)
    ref = _volumes(use) if use.rank == 5 else use.emit(use.class_name)
    if not use.layer.get_config()["keepdims"]:
        return [ref]
    shape = (*[1] * (use.rank - 2), use.shape[-1])
    return [reshaped(use, ref, shape, "_keepdims")]


def _volumes(use: Use) -> Ref:
    """tfjs pools volumes only locally: their points are put in a row."""
    sizes = use.shape[1:-1]
    points = None if None in sizes else math.prod(size or 0 for size in sizes)
    row = reshaped(use, use.inputs[0], (points, use.shape[-1]), "_row")
    return use.emit(use.class_name.replace("3D", "1D"), inputs=[row])


RULES = {
    **{f"{kind}Pooling{n}D": pooling for kind in ("Max", "Average") for n in (1, 2, 3)},
    **{
        f"Global{kind}Pooling{n}D": global_pooling for kind in ("Max", "Average") for n in (1, 2, 3)
    },
}
