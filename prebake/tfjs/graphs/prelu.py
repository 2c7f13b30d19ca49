"""Prelu: one operator for the five as which Keras computes it."""

from __future__ import annotations

from typing import Any

import numpy as np

from .node import node_of
from .nodes import Nodes


def fuse_prelu(nodes: Nodes, node: Any) -> None:
    found = _prelu(nodes, node)
    if found is not None:
        x, factor = found
        alpha = nodes.add_constant(f"{node.name}/alpha", -factor)
        node.op = "Prelu"
        node.input[:] = [x, alpha]


def _prelu(nodes: Nodes, node: Any) -> tuple[str, np.ndarray] | None:
    """The names of x and the values of c in ``relu(x) + c * relu(-x)``."""
    for first, second in (node.input, reversed(node.input)):
        positive, product = nodes.by_name[node_of(first)], nodes.by_name[node_of(second)]
        if positive.op != "Relu" or product.op != "Mul":
            continue
        for given, other in (product.input, reversed(product.input)):
            factor, negative = nodes.constant(given), nodes.by_name[node_of(other)]
            if factor is None or negative.op != "Relu":
                continue
            minus = nodes.by_name[node_of(negative.input[0])]
            x = positive.input[0]
            if minus.op == "Neg" and minus.input[0] == x and _trailing(factor, nodes.shapes[x]):
                return x, factor
    return None


def _trailing(factor: np.ndarray, shape: Any) -> bool:
    """Whether its axes, without the ones in front, are the last axes of ``shape``: the only
    way in which the WASM backend repeats the slopes of a Prelu."""
    sizes = list(factor.shape)
    while sizes and sizes[0] == 1:
        del sizes[0]
    known = list(shape) if shape.rank is not None else []
    return len(sizes) <= len(known) and sizes == known[len(known) - len(sizes) :]
