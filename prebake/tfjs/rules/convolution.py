"""Convolutions, and the layers that pad, crop and enlarge images."""

from __future__ import annotations

from ..lowering import Use
from ..network import Ref
from .activation import activated
from .common import demand_channels_last, demand_no_mask, pick, training_config, weights

_SHAPE = ("kernel_size", "strides", "padding", "use_bias")


def convolution(use: Use) -> list[Ref]:
    _check(use)
    config = use.layer.get_config()
    if config["padding"] == "causal":
        raise use.refuse(
            "tfjs-layers has no causal padding.",
            "Pad with ZeroPadding and padding='valid', or export with format='graph'.",
        )
    if config.get("groups", 1) != 1:
        raise use.refuse("tfjs-layers has no grouped convolution.")

    def make(activation: str) -> Ref:
        fields = {
            **pick(use, "filters", "dilation_rate", *_SHAPE),
            "activation": activation,
            **training_config(use, "kernel", "bias"),
        }
        return use.emit(use.class_name, fields, weights(use, "kernel", "bias"))

    return activated(use, make)


def transposed(use: Use) -> list[Ref]:
    _check(use)
    config = use.layer.get_config()
    if any(x != 1 for x in config["dilation_rate"]) or config["output_padding"] is not None:
        raise use.refuse("tfjs-layers has no dilation and no output_padding here.")

    def make(activation: str) -> Ref:
        fields = {
            **pick(use, "filters", *_SHAPE),
            "activation": activation,
            **training_config(use, "kernel", "bias"),
        }
        return use.emit(use.class_name, fields, weights(use, "kernel", "bias"))

    return activated(use, make)


def depthwise(use: Use) -> list[Ref]:
    _check(use)
    if any(x != 1 for x in use.layer.get_config()["dilation_rate"]):
        # DepthwiseConv2D.call passes null for it: it would load and answer wrongly.
        raise use.refuse("tfjs-layers ignores its dilation_rate.")

    def make(activation: str) -> Ref:
        fields = {
            **pick(use, "depth_multiplier", *_SHAPE),
            "activation": activation,
            **training_config(use, "depthwise", "bias"),
        }
        arrays = {"depthwise_kernel": use.layer.kernel, **weights(use, "bias")}
        return use.emit("DepthwiseConv2D", fields, arrays)

    return activated(use, make)


def separable(use: Use) -> list[Ref]:
    _check(use)

    def make(activation: str) -> Ref:
        fields = {
            **pick(use, "filters", "depth_multiplier", "dilation_rate", *_SHAPE),
            "activation": activation,
            **training_config(use, "depthwise", "pointwise", "bias"),
        }
        arrays = weights(use, "depthwise_kernel", "pointwise_kernel", "bias")
        return use.emit("SeparableConv2D", fields, arrays)

    return activated(use, make)


def zero_padding(use: Use) -> list[Ref]:
    _check(use)
    return [use.emit("ZeroPadding2D", pick(use, "padding"))]


def cropping(use: Use) -> list[Ref]:
    _check(use)
    return [use.emit("Cropping2D", pick(use, "cropping"))]


def up_sampling(use: Use) -> list[Ref]:
    _check(use)
    interpolation = use.layer.get_config()["interpolation"]
    if interpolation != "nearest":
        raise use.refuse(
            f"tfjs-layers enlarges with {interpolation} interpolation in another way than Keras.",
            "Use interpolation='nearest', or export with format='graph'.",
        )
    return [use.emit("UpSampling2D", {**pick(use, "size"), "interpolation": "nearest"})]


def _check(use: Use) -> None:
    demand_channels_last(use)
    demand_no_mask(use)


RULES = {
    "Conv1D": convolution,
    "Conv2D": convolution,
    "Conv3D": convolution,
    "Conv2DTranspose": transposed,
    "Conv3DTranspose": transposed,
    "DepthwiseConv2D": depthwise,
    "SeparableConv2D": separable,
    "ZeroPadding2D": zero_padding,
    "Cropping2D": cropping,
    "UpSampling2D": up_sampling,
}
