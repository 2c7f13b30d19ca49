"""For each layer class of tfjs what its Keras layer is made with.

The defaults are tfjs-layers 4.22's. What tfjs ignores (``groups``, ``keepdims``, the dilation of
a depthwise convolution) is ignored here, too: the answers to match are tfjs's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import recurrent
from .given import Given

Maker = Callable[[Given], dict[str, Any]]

KERAS_CLASS = {"ThresholdedReLU": "ReLU"}
"""Those that Keras 3 has under another name."""


def dense(given: Given) -> dict[str, Any]:
    return {"units": given.need("units"), **_kernel(given)}


def embedding(given: Given) -> dict[str, Any]:
    return {
        "input_dim": given.need("input_dim"),
        "output_dim": given.need("output_dim"),
        "mask_zero": bool(given.get("mask_zero", False)),
        **given.trained("embeddings"),
    }


def convolution(given: Given) -> dict[str, Any]:
    return {
        "filters": given.need("filters"),
        "dilation_rate": given.axes("dilation_rate", 1),
        **_window(given),
        **_kernel(given),
    }


def transposed(given: Given) -> dict[str, Any]:
    return {"filters": given.need("filters"), **_window(given), **_kernel(given)}


def depthwise(given: Given) -> dict[str, Any]:
    return {
        "depth_multiplier": given.get("depth_multiplier", 1),
        **_window(given),
        **_kernel(given, "depthwise"),
    }


def separable(given: Given) -> dict[str, Any]:
    return {
        "filters": given.need("filters"),
        "depth_multiplier": given.get("depth_multiplier", 1),
        "dilation_rate": given.axes("dilation_rate", 1),
        **_window(given),
        **_kernel(given, "depthwise", "pointwise"),
    }


def pooling(given: Given) -> dict[str, Any]:
    given.channels_last()
    size = given.axes("pool_size", 2)
    return {"pool_size": size, "strides": given.axes("strides", size), "padding": given.padding()}


def global_pooling(given: Given) -> dict[str, Any]:
    given.channels_last()
    return {}


def zero_padding(given: Given) -> dict[str, Any]:
    given.channels_last()
    return {"padding": given.axes("padding", 1)}


def cropping(given: Given) -> dict[str, Any]:
    given.channels_last()
    return {"cropping": given.axes("cropping", 0)}


def up_sampling(given: Given) -> dict[str, Any]:
    given.channels_last()
    interpolation = given.get("interpolation", "nearest")
    if interpolation != "nearest":
        raise given.refuse(
            f"tfjs enlarges with {interpolation} interpolation in another way than Keras.",
            "Build the model with interpolation 'nearest'.",
        )
    return {"size": given.axes("size", 2), "interpolation": "nearest"}


def batch_normalization(given: Given) -> dict[str, Any]:
    return {
        "axis": given.axes("axis", -1),
        "momentum": given.get("momentum", 0.99),
        "epsilon": given.get("epsilon", 1e-3),
        "center": given.get("center", True),
        "scale": given.get("scale", True),
        **given.trained("gamma", "beta", "moving_mean", "moving_variance"),
    }


def layer_normalization(given: Given) -> dict[str, Any]:
    return {
        "axis": given.get("axis", -1),
        "epsilon": given.get("epsilon", 1e-3),
        "center": given.get("center", True),
        "scale": given.get("scale", True),
        **given.trained("gamma", "beta"),
    }


def rescaling(given: Given) -> dict[str, Any]:
    return {"scale": given.need("scale"), "offset": given.get("offset", 0.0)}


def activation(given: Given) -> dict[str, Any]:
    given.need("activation")
    return {"activation": given.activation()}


def relu(given: Given) -> dict[str, Any]:
    return {"max_value": given.get("max_value")}


def thresholded_relu(given: Given) -> dict[str, Any]:
    return {"threshold": given.get("theta", 1.0)}


def leaky_relu(given: Given) -> dict[str, Any]:
    return {"negative_slope": given.get("alpha", 0.3)}


def elu(given: Given) -> dict[str, Any]:
    if given.get("alpha", 1.0) != 1.0:
        raise given.refuse("its alpha is not 1, and tfjs knows no other.")
    return {"alpha": 1.0}


def prelu(given: Given) -> dict[str, Any]:
    return {"shared_axes": given.get("shared_axes"), **given.trained("alpha")}


def softmax(given: Given) -> dict[str, Any]:
    # The default of tfjs is axis 1, not the last one.
    return {"axis": given.axes("axis", 1)}


def flatten(given: Given) -> dict[str, Any]:
    first = str(given.get("data_format", "")) in ("channels_first", "channelsFirst")
    return {"data_format": "channels_first" if first else "channels_last"}


def reshape(given: Given) -> dict[str, Any]:
    return {"target_shape": [-1 if n is None else n for n in given.need("target_shape")]}


def permute(given: Given) -> dict[str, Any]:
    return {"dims": given.need("dims")}


def repeat_vector(given: Given) -> dict[str, Any]:
    return {"n": given.need("n")}


def masking(given: Given) -> dict[str, Any]:
    return {"mask_value": given.get("mask_value", 0.0)}


def dropout(given: Given) -> dict[str, Any]:
    noise = given.get("noise_shape")
    shape = {} if noise is None else {"noise_shape": tuple(noise)}
    return {"rate": given.need("rate"), "seed": given.get("seed"), **shape}


def noise_rate(given: Given) -> dict[str, Any]:
    return {"rate": given.need("rate")}


def noise_deviation(given: Given) -> dict[str, Any]:
    return {"stddev": given.need("stddev")}


def merge(given: Given) -> dict[str, Any]:
    return {}


def concatenate(given: Given) -> dict[str, Any]:
    return {"axis": given.get("axis", -1)}


def dot(given: Given) -> dict[str, Any]:
    return {"axes": given.need("axes"), "normalize": bool(given.get("normalize", False))}


def time_distributed(given: Given) -> dict[str, Any]:
    return {"layer": given.make(given.need("layer"))}


def _kernel(given: Given, *kinds: str) -> dict[str, Any]:
    """What layers with a kernel, a bias and an activation share."""
    return {
        "use_bias": given.get("use_bias", True),
        "activation": given.activation(),
        **given.trained(*(kinds or ("kernel",)), "bias"),
    }


def _window(given: Given) -> dict[str, Any]:
    given.channels_last()
    return {
        "kernel_size": given.axes("kernel_size"),
        "strides": given.axes("strides", 1),
        "padding": given.padding(),
    }


MAKERS: dict[str, Maker] = {
    "Dense": dense,
    "Embedding": embedding,
    "Conv1D": convolution,
    "Conv2D": convolution,
    "Conv3D": convolution,
    "Conv2DTranspose": transposed,
    "Conv3DTranspose": transposed,
    "DepthwiseConv2D": depthwise,
    "SeparableConv2D": separable,
    **{f"{kind}Pooling{n}D": pooling for kind in ("Max", "Average") for n in (1, 2, 3)},
    **{f"Global{kind}Pooling{n}D": global_pooling for kind in ("Max", "Average") for n in (1, 2)},
    "ZeroPadding2D": zero_padding,
    "Cropping2D": cropping,
    "UpSampling2D": up_sampling,
    "BatchNormalization": batch_normalization,
    "LayerNormalization": layer_normalization,
    "Rescaling": rescaling,
    "Activation": activation,
    "ReLU": relu,
    "ThresholdedReLU": thresholded_relu,
    "LeakyReLU": leaky_relu,
    "ELU": elu,
    "PReLU": prelu,
    "Softmax": softmax,
    "Flatten": flatten,
    "Reshape": reshape,
    "Permute": permute,
    "RepeatVector": repeat_vector,
    "Masking": masking,
    "Dropout": dropout,
    "SpatialDropout1D": noise_rate,
    "GaussianDropout": noise_rate,
    "AlphaDropout": noise_rate,
    "GaussianNoise": noise_deviation,
    **dict.fromkeys(("Add", "Average", "Maximum", "Minimum", "Multiply"), merge),
    "Concatenate": concatenate,
    "Dot": dot,
    "TimeDistributed": time_distributed,
    **recurrent.MAKERS,
}
