"""The operators of a graph model: whether every backend computes them, and their layers.

What this project rewrites before it writes a model is in :mod:`prebake.tfjs.graphs`.
"""

from __future__ import annotations

from .graphs.check import check_operators
from .graphs.node import place_of_node

__all__ = ["check_operators", "place_of_node"]
