"""Operators that tfjs, or one of its backends, lacks, made of those that it has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .einsum import einsum
from .node import redirected


def decompose(graph: Any) -> Any:
    """Writes operators that tfjs lacks as several that it has; others stay for the check.

    TensorFlow builds the parts in a graph of its own, which knows every shape.
    """
    import tensorflow as tf

    targets = [node for node in graph.node if node.op in _PARTS]
    if not targets:
        return graph
    renamed = {}
    with tf.Graph().as_default() as workshop:
        tf.import_graph_def(graph, name="")
        for node in targets:
            operation = workshop.get_operation_by_name(node.name)
            if any(tensor.consumers() for tensor in operation.outputs[1:]):
                continue
            with tf.name_scope(f"{node.name}/"):
                made = _PARTS[node.op](operation)
            if made is not None:
                renamed[node.name] = made.op.name
        return redirected(workshop.as_graph_def(), renamed)


def _erfc(operation: Any) -> Any:
    """What gelu is made of; tfjs knows the error function only."""
    import tensorflow as tf

    return 1.0 - tf.math.erf(operation.inputs[0])


def _softsign(operation: Any) -> Any:
    import tensorflow as tf

    (x,) = operation.inputs
    return x / (1.0 + tf.abs(x))


def _batch_norm(operation: Any) -> Any:
    """As a product and a sum, which :mod:`.fuse` then folds into a convolution before it."""
    import tensorflow as tf

    x, gamma, beta, mean, variance = operation.inputs
    if operation.get_attr("is_training") or operation.get_attr("data_format") != b"NHWC":
        return None
    scale = gamma * tf.math.rsqrt(variance + operation.get_attr("epsilon"))
    return x * scale + (beta - mean * scale)


def _grouped_convolution(operation: Any) -> Any:
    """One convolution for each group; where a group is one channel, tfjs's depthwise one."""
    import tensorflow as tf

    x, kernel = operation.inputs
    channels, depth = x.shape[-1], kernel.shape[2]
    padding = operation.get_attr("padding").decode()
    plain = operation.get_attr("data_format") == b"NHWC" and padding in ("SAME", "VALID")
    if None in (channels, depth) or channels == depth or not plain:
        return None
    groups = channels // depth
    strides, dilations = operation.get_attr("strides"), operation.get_attr("dilations")
    if depth == 1 and strides[1] == strides[2] and (strides[1] == 1 or max(dilations) == 1):
        high, wide, _, filters = kernel.shape
        apart = tf.reshape(kernel, (high, wide, channels, filters // channels))
        return tf.nn.depthwise_conv2d(x, apart, strides, padding, dilations=dilations[1:3])
    pairs = zip(tf.split(x, groups, -1), tf.split(kernel, groups, -1), strict=True)
    parts = [tf.nn.conv2d(a, k, strides, padding, dilations=dilations) for a, k in pairs]
    return tf.concat(parts, -1)


def _transposed_convolution(operation: Any) -> Any:
    """With the holes of the dilation in the kernel; tfjs overlooks the dilation."""
    import tensorflow as tf

    sizes, kernel, x = operation.inputs
    order, (_, down, right, _) = operation.get_attr("data_format"), operation.get_attr("dilations")
    if order != b"NHWC" or (down, right) == (1, 1):
        return None
    height, width, *channels = kernel.shape
    spread = tf.reshape(kernel, [height, 1, width, 1, *channels])
    spread = tf.pad(spread, [[0, 0], [0, down - 1], [0, 0], [0, right - 1], [0, 0], [0, 0]])
    spread = tf.reshape(spread, [height * down, width * right, *channels])
    spread = spread[: height * down - down + 1, : width * right - right + 1]
    return tf.raw_ops.Conv2DBackpropInput(
        input_sizes=sizes,
        filter=spread,
        out_backprop=x,
        strides=operation.get_attr("strides"),
        padding=operation.get_attr("padding"),
        explicit_paddings=operation.get_attr("explicit_paddings"),
    )


def _band_part(operation: Any) -> Any:
    """What a causal mask is made of; tfjs-converter takes its lower bound for the upper too."""
    import tensorflow as tf

    x, lower, upper = operation.inputs
    size = tf.shape(x)
    below = tf.range(size[-2])[:, None] - tf.range(size[-1])
    lower, upper = tf.cast(lower, tf.int32), tf.cast(upper, tf.int32)
    inside = ((lower < 0) | (below <= lower)) & ((upper < 0) | (-below <= upper))
    return inside & x if x.dtype == tf.bool else tf.where(inside, x, tf.zeros_like(x))


def _one_hot(operation: Any) -> Any:
    """The WASM backend writes integers where real numbers are asked for."""
    import tensorflow as tf

    indices, depth, on, off = operation.inputs
    if operation.get_attr("axis") not in (-1, indices.shape.rank):
        return None
    hot = tf.equal(tf.cast(indices, tf.int32)[..., None], tf.range(depth))
    return tf.where(hot, on, off)


def _reversed_truths(operation: Any) -> Any:
    """As integers; the WASM backend reverses no truth values."""
    import tensorflow as tf

    x, axes = operation.inputs
    if x.dtype != tf.bool:
        return None
    return tf.cast(tf.reverse(tf.cast(x, tf.int32), axes), tf.bool)


def _bucketize(operation: Any) -> Any:
    import tensorflow as tf

    (x,) = operation.inputs
    above = x[..., None] >= tf.cast(tf.constant(operation.get_attr("boundaries")), x.dtype)
    return tf.reduce_sum(tf.cast(above, tf.int32), -1)


_PARTS: dict[str, Callable[[Any], Any]] = {
    "Bucketize": _bucketize,
    "Conv2D": _grouped_convolution,
    "Conv2DBackpropInput": _transposed_convolution,
    "Einsum": einsum,
    "Erfc": _erfc,
    "FusedBatchNorm": _batch_norm,
    "FusedBatchNormV2": _batch_norm,
    "FusedBatchNormV3": _batch_norm,
    "MatrixBandPart": _band_part,
    "OneHot": _one_hot,
    "ReverseV2": _reversed_truths,
    "Softsign": _softsign,
}
