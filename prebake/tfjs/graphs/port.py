"""A port: an input or output of a graph, and what the page calls it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Port:
    """An input or output of a graph.

    Args:
        name: as the page gives it to ``execute``.
        spec: a ``tf.TensorSpec`` whose name is that of the node.
    """

    name: str
    spec: Any
