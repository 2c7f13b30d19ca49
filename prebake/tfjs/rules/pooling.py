"""Pooling."""

from __future__ import annotations

from ..lowering import Use
from ..network import Ref
from .common import demand_channels_last, demand_no_mask, pick


def pooling(use: Use) -> list[Ref]:
    demand_channels_last(use)
    demand_no_mask(use)
    return [use.emit(use.class_name, pick(use, "pool_size", "strides", "padding"))]


def global_pooling(use: Use) -> list[Ref]:
    """``keepdims`` becomes a Reshape: tfjs does not know it."""
    demand_channels_last(use)
    demand_no_mask(use)
    ref = use.emit(use.class_name)
    if not use.layer.get_config()["keepdims"]:
        return [ref]
    shape = [1] * (use.rank - 2) + [use.shape[-1]]
    return [use.emit("Reshape", {"target_shape": shape}, inputs=[ref], suffix="_keepdims")]


RULES = {
    **{f"{kind}Pooling{n}D": pooling for kind in ("Max", "Average") for n in (1, 2, 3)},
    **{f"Global{kind}Pooling{n}D": global_pooling for kind in ("Max", "Average") for n in (1, 2)},
}
