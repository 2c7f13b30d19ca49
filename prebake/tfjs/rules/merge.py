"""Layers with several inputs."""

from __future__ import annotations

from ..lowering import Use
from ..network import Ref
from .common import demand_floats, demand_no_mask, plain


def merge(use: Use) -> list[Ref]:
    _check(use)
    return [use.emit(use.class_name)]


def subtract(use: Use) -> list[Ref]:
    """a - b as a + (-1 * b), exactly: tfjs has no Subtract."""
    _check(use)
    return [difference(use, *use.inputs)]


def difference(use: Use, left: Ref, right: Ref) -> Ref:
    config = {"scale": -1.0, "offset": 0.0}
    negative = use.emit("Rescaling", config, inputs=[right], suffix="_negative")
    return use.emit("Add", inputs=[left, negative])


def concatenate(use: Use) -> list[Ref]:
    """Masks that follow one another in time are joined alike; across features, Keras lets a
    step count if any of them counts, tfjs if all do."""
    axis = use.layer.axis % use.rank
    if axis != 1 or use.rank != 3 or not all(use.masks) or len(use.inputs) == 1:
        demand_no_mask(use)
    if len(use.inputs) == 1:
        return list(use.inputs)
    return [use.emit("Concatenate", {"axis": axis})]


def dot(use: Use) -> list[Ref]:
    demand_no_mask(use)
    demand_floats(use)
    if any(len(t.shape) > 3 for t in use.tensors):
        raise use.refuse("its inputs have more than three axes, and tfjs takes up to three.")
    axes = use.layer.axes
    pair = [axes, axes] if isinstance(axes, int) else list(axes)
    positive = [a % len(t.shape) for a, t in zip(pair, use.tensors, strict=True)]
    return [use.emit("Dot", {"axes": plain(positive), "normalize": bool(use.layer.normalize)})]


def _check(use: Use) -> None:
    demand_no_mask(use)
    shapes = [tuple(t.shape) for t in use.tensors]
    if len({len(shape) for shape in shapes}) > 1:
        raise use.refuse(
            f"its inputs have different numbers of axes: {', '.join(map(str, shapes))}.",
            "Reshape them to the same number first.",
        )


RULES = {
    "Add": merge,
    "Average": merge,
    "Maximum": merge,
    "Minimum": merge,
    "Multiply": merge,
    "Subtract": subtract,
    "Concatenate": concatenate,
    "Dot": dot,
}
