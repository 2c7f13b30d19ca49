"""Fewer kernels: convolutions and matrix products take in what follows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .node import node_of, redirected
from .nodes import Nodes
from .prelu import fuse_prelu

_FUSED = {
    "Conv2D": "_FusedConv2D",
    "DepthwiseConv2dNative": "FusedDepthwiseConv2dNative",
    "MatMul": "_FusedMatMul",
}


_ACTIVATIONS = ("Relu", "Relu6", "Elu", "LeakyRelu", "Sigmoid")
"""What every backend computes within a fused kernel (tfjs-core: fused_util.ts)."""


_TRANSPARENT = ("Squeeze", "BatchToSpaceND", "Reshape")
"""What moves values about; if the last axis stays, it commutes with work on each channel."""


def fuse(graph: Any) -> Any:
    """Takes into each convolution and matrix product the constants that scale and shift its
    channels, such as a bias and a batch normalization, and the activation after them; and makes
    one Prelu of the five operators as which Keras computes it."""
    nodes = Nodes(graph)
    for node in list(graph.node):
        if node.op in ("Add", "AddV2"):
            fuse_prelu(nodes, node)
        elif node.op in _FUSED:
            chain = _follow(nodes, node)
            if chain is not None:
                _absorb(nodes, node, chain)
    return redirected(graph, nodes.renamed)


@dataclass
class _Chain:
    """What is done to each channel after a convolution: ``activation(scale * x + bias)``.

    ``into`` has, for each node that goes, the one whose output takes its place.
    """

    scale: np.ndarray
    bias: np.ndarray
    activation: Any = None
    into: dict[str, str] = field(default_factory=dict)


def _follow(nodes: Nodes, head: Any) -> _Chain | None:
    """What can be absorbed by ``head``; None if there is nothing."""
    width = nodes.width(head.name)
    if width is None or not _plain(head):
        return None
    chain = _Chain(np.ones(width), np.zeros(width))
    fixed = nodes.constant(head.input[1]) is not None
    # The last node of the chain, and the one that stays and will be read in its place.
    last = stays = head.name
    while (node := nodes.only_reader(last)) is not None:
        values = _channels(nodes, node, last, width)
        if values is not None and (fixed or node.op != "Mul"):
            _apply(chain, node.op, values)
            chain.into[node.name] = stays
        elif node.op in _TRANSPARENT and nodes.width(node.name) == width:
            stays = node.name
        elif _fusable(head, node) and chain.into:
            chain.activation = node
            chain.into[node.name] = stays
            break
        else:
            break
        last = node.name
    return chain if chain.into else None


def _fusable(head: Any, node: Any) -> bool:
    # tfjs-converter hands no slope to a fused depthwise convolution.
    sloped = head.op == "DepthwiseConv2dNative" and node.op == "LeakyRelu"
    return node.op in _ACTIVATIONS and not sloped


def _plain(node: Any) -> bool:
    """Whether it computes in float32 with the channels last."""
    import tensorflow as tf

    order = node.attr["data_format"].s if "data_format" in node.attr else b"NHWC"
    return node.attr["T"].type == tf.float32.as_datatype_enum and order == b"NHWC"


def _channels(nodes: Nodes, node: Any, source: str, width: int) -> np.ndarray | None:
    """The constant that ``node`` adds to or multiplies with each channel of ``source``."""
    if node.op not in ("BiasAdd", "AddV2", "Add", "Sub", "Mul") or not _plain(node):
        return None
    place = [node_of(name) for name in node.input].index(source)
    if place == 1 and node.op == "Sub":
        return None
    values = nodes.constant(node.input[1 - place])
    rank = nodes.shapes[source].rank
    if values is None or rank is None or values.ndim > rank:
        return None
    if values.size not in (1, width) or (values.ndim and values.shape[-1] != values.size):
        return None
    return np.broadcast_to(values.astype(np.float64).reshape(-1), width)


def _apply(chain: _Chain, op: str, values: np.ndarray) -> None:
    if op == "Mul":
        chain.scale = chain.scale * values
        chain.bias = chain.bias * values
    else:
        chain.bias = chain.bias + (-values if op == "Sub" else values)


def _absorb(nodes: Nodes, head: Any, chain: _Chain) -> None:
    kernel = nodes.constant(head.input[1])
    if kernel is not None:
        scaled = (kernel * _along_outputs(head, kernel, chain.scale)).astype(np.float32)
        head.input[1] = nodes.add_constant(f"{head.name}/kernel", scaled)
    bias = nodes.add_constant(f"{head.name}/bias", chain.bias.astype(np.float32))
    del head.input[2:]
    head.input.append(bias)
    head.op = _FUSED[head.op]
    fused = [b"BiasAdd"]
    if chain.activation is not None:
        fused.append(chain.activation.op.encode())
        if chain.activation.op == "LeakyRelu":
            head.attr["leakyrelu_alpha"].f = chain.activation.attr["alpha"].f
    head.attr["fused_ops"].list.s.extend(fused)
    head.attr["num_args"].i = 1
    nodes.renamed.update(chain.into)


def _along_outputs(head: Any, kernel: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """One number for each output channel, in the shape of the kernel."""
    if head.op == "DepthwiseConv2dNative":
        return scale.reshape(kernel.shape[2:])
    if head.op == "MatMul" and head.attr["transpose_b"].b:
        return scale[:, None]
    return scale
