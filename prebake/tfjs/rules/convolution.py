"""Convolutions, and the layers that pad, crop and enlarge images."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..lowering import Use
from ..network import Ref
from .activation import activated
from .common import demand_channels_last, pick, plain, reshaped, training_config, weights

_SHAPE = ("kernel_size", "strides", "padding", "use_bias")

KERNEL_LIMIT = 2**20
"""Numbers in a kernel up to which groups are written out as zeros (4 MB)."""


def convolution(use: Use) -> list[Ref]:
    """Causal padding becomes a layer of its own, groups one kernel with zeros between them."""
    demand_channels_last(use)
    config = use.layer.get_config()
    arrays = weights(use, "kernel", "bias")
    if config.get("groups", 1) != 1:
        arrays["kernel"] = _ungrouped(use, arrays["kernel"], config["groups"])
    causal = config["padding"] == "causal"
    source = _padded_before(use, config) if causal else use.inputs[0]

    def make(activation: str) -> Ref:
        fields = {
            **pick(use, "filters", "dilation_rate", *_SHAPE),
            **({"padding": "valid"} if causal else {}),
            "activation": activation,
            **training_config(use, "kernel", "bias"),
        }
        return use.emit(use.class_name, fields, arrays, inputs=[source])

    return activated(use, make)


def _padded_before(use: Use, config: dict[str, Any]) -> Ref:
    reach = (config["kernel_size"][0] - 1) * config["dilation_rate"][0]
    steps = None if use.shape[1] is None else int(use.shape[1]) + reach
    return _as_images(use, "ZeroPadding2D", {"padding": [[reach, 0], [0, 0]]}, "_causal", steps)


def _ungrouped(use: Use, kernel: np.ndarray, groups: int) -> np.ndarray:
    """The kernel over all channels that computes what the groups do: zero between them."""
    if use.trainable:
        raise use.refuse(
            "tfjs-layers has no grouped convolution to train.",
            "Declare Export(trainable=False).",
        )
    if kernel.size * groups > KERNEL_LIMIT:
        raise use.refuse("tfjs-layers has no grouped convolution, and without groups it is large.")
    *window, channels, filters = kernel.shape
    whole = np.zeros((*window, channels * groups, filters), kernel.dtype)
    for group in range(groups):
        rows = slice(group * channels, (group + 1) * channels)
        columns = slice(group * filters // groups, (group + 1) * filters // groups)
        whole[..., rows, columns] = kernel[..., columns]
    return whole


def transposed(use: Use) -> list[Ref]:
    demand_channels_last(use)
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
    """tfjs ignores its dilation, which becomes a larger kernel with zeros in it."""
    demand_channels_last(use)
    kernel = _spread(use, np.asarray(use.layer.kernel), use.layer.get_config()["dilation_rate"])

    def make(activation: str) -> Ref:
        fields = {
            **pick(use, "depth_multiplier", *_SHAPE),
            "kernel_size": list(kernel.shape[:2]),
            "activation": activation,
            **training_config(use, "depthwise", "bias"),
        }
        return use.emit(
            "DepthwiseConv2D", fields, {"depthwise_kernel": kernel, **weights(use, "bias")}
        )

    return activated(use, make)


def _spread(use: Use, kernel: np.ndarray, rates: tuple[int, int]) -> np.ndarray:
    if all(rate == 1 for rate in rates):
        return kernel
    if use.trainable:
        raise use.refuse("tfjs-layers ignores its dilation_rate.")
    size = [(n - 1) * rate + 1 for n, rate in zip(kernel.shape[:2], rates, strict=True)]
    spread = np.zeros((*size, *kernel.shape[2:]), kernel.dtype)
    spread[:: rates[0], :: rates[1]] = kernel
    return spread


def separable(use: Use) -> list[Ref]:
    demand_channels_last(use)

    def make(activation: str) -> Ref:
        fields = {
            **pick(use, "filters", "depth_multiplier", "dilation_rate", *_SHAPE),
            "activation": activation,
            **training_config(use, "depthwise", "pointwise", "bias"),
        }
        arrays = weights(use, "depthwise_kernel", "pointwise_kernel", "bias")
        return use.emit("SeparableConv2D", fields, arrays)

    return activated(use, make)


def on_steps(use: Use) -> list[Ref]:
    """Padding, cropping and enlarging along time: tfjs does it to images only."""
    demand_channels_last(use)
    config = use.layer.get_config()
    name = use.class_name.replace("1D", "2D")
    if name == "Cropping2D":
        _demand_sizes(use)
    key, change = {
        "ZeroPadding2D": ("padding", [plain(config.get("padding")), [0, 0]]),
        "Cropping2D": ("cropping", [plain(config.get("cropping")), [0, 0]]),
        "UpSampling2D": ("size", [config.get("size"), 1]),
    }[name]
    steps = use.sizes[0] if use.node is not None else None
    return [_as_images(use, name, {key: change}, "", steps)]


def _as_images(use: Use, name: str, config: dict[str, Any], suffix: str, after: int | None) -> Ref:
    """A layer for images on a sequence, taken as an image one column wide.

    Args:
        after: how many steps there are then, if that is known: a layer behind may need it.
    """
    _, steps, channels = use.shape
    image = reshaped(use, use.inputs[0], (steps, 1, channels), f"{suffix}_column")
    changed = use.emit(name, config, inputs=[image], suffix=suffix)
    return reshaped(use, changed, (after, channels), f"{suffix}_steps")


def zero_padding(use: Use) -> list[Ref]:
    demand_channels_last(use)
    return [use.emit("ZeroPadding2D", pick(use, "padding"))]


def _demand_sizes(use: Use) -> None:
    if None in use.shape[1:-1]:
        raise use.refuse(
            f"its input has the shape {list(use.shape)}, and tfjs crops only known sizes.",
            "Give keras.Input its whole shape.",
        )


def cropping(use: Use) -> list[Ref]:
    demand_channels_last(use)
    _demand_sizes(use)
    return [use.emit("Cropping2D", pick(use, "cropping"))]


def up_sampling(use: Use) -> list[Ref]:
    demand_channels_last(use)
    interpolation = use.layer.get_config()["interpolation"]
    if interpolation != "nearest":
        raise use.refuse(
            f"tfjs-layers enlarges with {interpolation} interpolation in another way than Keras.",
            "Use interpolation='nearest', or export with format='graph'.",
        )
    return [use.emit("UpSampling2D", {**pick(use, "size"), "interpolation": "nearest"})]


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
    "ZeroPadding1D": on_steps,
    "Cropping1D": on_steps,
    "UpSampling1D": on_steps,
}
