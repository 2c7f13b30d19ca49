"""Giving the weights of a file to the layers that were made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ...errors import ModelError
from .document import Document
from .network import Read

_NAMES = {
    "SeparableConv2D": ("depthwise_kernel", "pointwise_kernel", "bias"),
    "Embedding": ("embeddings",),
    "BatchNormalization": ("gamma", "beta", "moving_mean", "moving_variance"),
    "LayerNormalization": ("gamma", "beta"),
    "PReLU": ("alpha",),
    **dict.fromkeys(("Dense", "Conv1D", "Conv2D", "Conv3D"), ("kernel", "bias")),
    **dict.fromkeys(("Conv2DTranspose", "Conv3DTranspose"), ("kernel", "bias")),
}
_CELL = ("kernel", "recurrent_kernel", "bias")
_OTHER = "The files belong to different models: take the JSON file and its weights together."


def assign(document: Document, layers: Sequence[Read]) -> None:
    """Sets every weight of the layers.

    Raises:
        ModelError: if one is missing or of another shape, or if some are left over.
    """
    waiting = dict(document.weights)
    for read in layers:
        for name, variable in weights_of(read.class_name, read.config, read.layer):
            stored, values = _take(waiting, f"{read.name}/{name}", document.where)
            if tuple(values.shape) != tuple(variable.shape):
                raise ModelError(
                    f"the weight {stored!r} has the shape {list(values.shape)}, and its layer "
                    f"takes {list(variable.shape)}.",
                    where=document.where,
                    remedy=_OTHER,
                )
            variable.assign(values)
    if waiting:
        names = ", ".join(repr(name) for name in list(waiting)[:3])
        more = f" and {len(waiting) - 3} more" if len(waiting) > 3 else ""
        raise ModelError(
            f"no layer takes the weights {names}{more}.", where=document.where, remedy=_OTHER
        )


def weights_of(class_name: str, config: dict[str, Any], layer: Any) -> Iterator[tuple[str, Any]]:
    """The variables of a layer by the names that tfjs gives them below the layer's own.

    Those of a model within a TimeDistributed are stored under its own layers' names.
    """
    if class_name == "TimeDistributed":
        inner = config["layer"]
        yield from weights_of(inner["class_name"], inner["config"], layer.layer)
    elif class_name == "Bidirectional":
        inner = config["layer"]
        for side, each in (("forward", layer.forward_layer), ("backward", layer.backward_layer)):
            for name, variable in weights_of(inner["class_name"], inner["config"], each):
                yield f"{side}_{inner['config']['name']}/{name}", variable
    elif hasattr(layer, "cell"):
        yield from _of_cell(layer.cell)
    elif class_name == "DepthwiseConv2D":
        yield from _named(layer, ("kernel", "bias"), {"kernel": "depthwise_kernel"})
    else:
        yield from _named(layer, _NAMES.get(class_name, ()))


def _of_cell(cell: Any) -> Iterator[tuple[str, Any]]:
    for number, each in enumerate(getattr(cell, "cells", ())):
        for name, variable in _named(each, _CELL):
            yield f"RNNCell_{number}/{name}", variable
    if not hasattr(cell, "cells"):
        yield from _named(cell, _CELL)


def _named(
    holder: Any, names: Sequence[str], spelled: dict[str, str] | None = None
) -> Iterator[tuple[str, Any]]:
    """Those that it has; a layer that is never called has none."""
    for name in names if holder.built else ():
        variable = getattr(holder, name, None)
        if variable is not None:
            yield (spelled or {}).get(name, name), variable


def _take(waiting: dict[str, np.ndarray], name: str, where: str) -> tuple[str, np.ndarray]:
    """The weight under its name, or under one with the name of a cell in it
    (``lstm/lstm_cell/kernel``), as TensorFlow 2.2 and later wrote it."""
    for stored in waiting:
        parts = stored.split("/")
        if name in (stored, "/".join([*parts[:-2], parts[-1]])):
            return stored, waiting.pop(stored)
    raise ModelError(f"the weight {name!r} is missing.", where=where, remedy=_OTHER)
