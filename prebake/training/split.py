"""Cutting a network in two: a base that stays as it is, and a tail that a page trains."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from ..declare.schema import suggest
from ..errors import ModelError
from .base import cut as until
from .base import joined

if TYPE_CHECKING:
    import keras

FEATURES = "features_of_the_base"
"""The name of what enters a tail that begins where the base ends."""
DENSE_ONLY = {
    "InputLayer",
    "Dense",
    "Flatten",
    "Reshape",
    "Dropout",
    "Activation",
    "ReLU",
    "LeakyReLU",
    "ELU",
    "Softmax",
    "Identity",
    "BatchNormalization",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
}
"""Layers whose gradients every backend of tfjs has; WebAssembly has none of a convolution."""


def split(
    model: keras.Model,
    cut: str,
    end: str,
    trainable: Sequence[str],
    build: Callable[[tuple[int, ...]], keras.Model],
    where: str,
) -> tuple[keras.Model, keras.Model]:
    """``(base, tail)``: the tail's answer to what the base makes of an image is the whole's.

    The base is not trainable. In the tail, the layers of ``model`` are trainable whose names fit
    one of the patterns, and all layers that ``build`` makes.

    Args:
        cut: the layer that ends the base.
        end: the layer behind which it goes on; empty for the cut itself.
        trainable: shell patterns.
        build: from the shape of what ``end`` gives to a model that goes on from there.

    Raises:
        ModelError: if there is no such layer, if a path leads past the cut, if a pattern fits no
            layer between the two, or if what ``build`` makes takes another shape.
    """
    base = until(model, cut, where, "Transfer")
    middle = _between(model, cut, end or cut, where)
    _freeze(middle, trainable, cut, end or cut, where)
    shape = tuple(middle.outputs[0].shape[1:])
    head = build(shape)
    _demand_shape(head, shape, end or cut, where)
    return base, _joined(middle, head, where)


def _joined(middle: keras.Model, head: keras.Model, where: str) -> keras.Model:
    """The two as one model.

    Raises:
        ModelError: if both have a layer of one name.
    """
    import keras

    taken = {layer.name for layer in middle.layers}
    for layer in head.layers if isinstance(head, keras.Sequential) else [head]:
        if layer.name in taken:
            raise ModelError(
                f"build() made a layer {layer.name!r}, as the backbone has one between the cut and "
                "the end.",
                where=where,
                remedy=f"Give it another name: {type(layer).__name__}(…, name=…).",
            )
    return joined(middle, head)


def trains_on(tail: keras.Model, backends: Sequence[str]) -> list[str]:
    """The backends of ``backends`` that can train a tail, WebGL first: in the page it is the
    fastest for convolutions, and as good as any for the rest."""
    dense = all(type(layer).__name__ in DENSE_ONLY for layer in tail.layers)
    able = ("wasm", "webgl", "webgpu", "cpu") if dense else ("webgl", "webgpu", "cpu")
    return [name for name in able if name in (*backends, "cpu")]


def _between(model: keras.Model, cut: str, end: str, where: str) -> keras.Model:
    """The layers behind ``cut`` up to ``end``, as a model of what the cut gives."""
    import keras

    names = [layer.name for layer in model.layers]
    if end not in names:
        raise ModelError(
            f"Transfer(end={end!r}): the backbone has no such layer.",
            where=where,
            remedy=suggest(end, names),
        )
    entering = keras.Input(tuple(model.get_layer(cut).output.shape[1:]), name=FEATURES)
    if cut == end:
        return keras.Model(entering, entering, name=model.name)
    try:
        middle = keras.Model(model.get_layer(cut).output, model.get_layer(end).output)
    except (ValueError, KeyError):
        middle = None
    if middle is None:
        raise ModelError(
            f"a path from its input to {end!r} does not lead through the cut {cut!r}.",
            where=where,
            remedy="Cut where all of it comes together, behind the Add of a residual block, and "
            "before the end.",
        )
    return middle


def _freeze(model: keras.Model, patterns: Sequence[str], cut: str, end: str, where: str) -> None:
    unused = set(patterns)
    for layer in model.layers:
        fitting = [each for each in patterns if fnmatchcase(layer.name, each)]
        unused -= set(fitting)
        layer.trainable = bool(fitting)
    if unused:
        names = [layer.name for layer in model.layers if layer.weights]
        raise ModelError(
            f"Transfer(trainable=…) names {sorted(unused)[0]!r}, which fits no layer between "
            f"{cut!r} and {end!r}.",
            where=where,
            remedy=suggest(sorted(unused)[0], names),
        )


def _demand_shape(head: keras.Model, shape: Sequence[int | None], end: str, where: str) -> None:
    found, wanted = tuple(head.inputs[0].shape[1:]), tuple(shape)
    fits = len(found) == len(wanted) and all(
        f in (None, w) for f, w in zip(found, wanted, strict=True)
    )
    if not fits:
        raise ModelError(
            f"build(shape) made a model of samples of shape {found}, but {end!r} gives {wanted}.",
            where=where,
            remedy="Start it with keras.Input(shape).",
        )
