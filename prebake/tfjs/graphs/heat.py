"""Where a classifier looked: how much each place of its last maps speaks for a class.

A network that ends in global average pooling and dense layers with ReLU is, for one image, a
linear function of the pooled maps. Its gradient, times the maps, says what each place contributes:
class activation mapping (Zhou et al., "Learning Deep Features for Discriminative Localization",
2016), and for more than one dense layer Grad-CAM (Selvaraju et al., 2017). Both are computed here
with the operators of the network itself, in the same pass, so that a page needs no gradients.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...declare.schema import suggest
from ...errors import ModelError

if TYPE_CHECKING:
    import keras

HEAD = ("BatchNormalization", "Dense", "Dropout")
"""Layers that may follow on the pooling."""


def with_heat(
    model: keras.Model, layer: str, positive: int, where: str
) -> Callable[..., list[Any]]:
    """A function from the model's input to its answer and ``heat``, float32 ``[n, h, w]``.

    The mean of the heat over all places, and a number that depends on nothing but which units of
    ReLU are on, add up to the logit of the class.

    Args:
        model: functional, with one input and one output.
        layer: the name of the layer whose maps are pooled.
        positive: the class that the heat speaks for, of two.

    Raises:
        ModelError: if there is no such layer, or what follows is no such head.
    """
    import keras
    import tensorflow as tf

    head = _head(model, layer, where)
    both = keras.Model(model.inputs, [model.output, model.get_layer(layer).output])

    def predict(images: Any) -> list[Any]:
        answers, maps = both([images], training=False)
        gradient = _gradient(head, tf.reduce_mean(maps, (1, 2)), positive)
        return [answers, tf.reduce_sum(maps * gradient[:, None, None, :], -1)]

    return predict


def _head(model: keras.Model, layer: str, where: str) -> list[keras.layers.Layer]:
    names = [each.name for each in model.layers]
    if layer not in names:
        raise ModelError(
            f"Export(heat={layer!r}): the model has no such layer.",
            where=where,
            remedy=suggest(layer, names),
        )
    after = model.layers[names.index(layer) + 1 :]
    kinds = [type(each).__name__ for each in after]
    fits = (
        kinds[:1] == ["GlobalAveragePooling2D"]
        and kinds[-1:] == ["Dense"]
        and all(kind in HEAD for kind in kinds[1:])
        and all(_name(each) in ("relu", "linear") for each in after[1:-1] if _is_dense(each))
    )
    if not fits:
        raise ModelError(
            f"Export(heat={layer!r}): {', '.join(kinds) or 'nothing'} follows on it, expected "
            "GlobalAveragePooling2D and then Dense (relu or linear), BatchNormalization and "
            "Dropout, with a Dense at the end.",
            where=where,
            remedy="Name the layer before the pooling, or leave heat out.",
        )
    return after[1:]


def _gradient(head: list[keras.layers.Layer], values: Any, positive: int) -> Any:
    """Of the logit of the class by the pooled maps, float32 ``[n, channels]``."""
    import tensorflow as tf

    back: list[Callable[[Any], Any]] = []
    for layer in head[:-1]:
        values, step = _forward(layer, values)
        back.append(step)
    kernel = tf.convert_to_tensor(head[-1].kernel)
    if kernel.shape[1] == 1:
        speaks = kernel[:, 0] if positive == 1 else -kernel[:, 0]
    else:
        speaks = kernel[:, positive] - kernel[:, 1 - positive]
    gradient = tf.ones_like(values[:, :1]) * speaks[None, :]
    for step in reversed(back):
        gradient = step(gradient)
    return gradient


def _forward(layer: keras.layers.Layer, values: Any) -> tuple[Any, Callable[[Any], Any]]:
    """What a layer makes of the values, and how a gradient goes back through it."""
    import tensorflow as tf

    if type(layer).__name__ == "Dropout":
        return values, lambda gradient: gradient
    made = layer(values, training=False)
    if not _is_dense(layer):
        variance = tf.convert_to_tensor(layer.moving_variance)
        scale = 1 / tf.sqrt(variance + layer.epsilon)
        factor = scale * tf.convert_to_tensor(layer.gamma) if layer.scale else scale
        return made, lambda gradient: gradient * factor[None, :]
    kernel = tf.convert_to_tensor(layer.kernel)
    if _name(layer) == "linear":
        return made, lambda gradient: tf.matmul(gradient, kernel, transpose_b=True)
    on = tf.cast(made > 0, tf.float32)
    return made, lambda gradient: tf.matmul(gradient * on, kernel, transpose_b=True)


def _is_dense(layer: keras.layers.Layer) -> bool:
    return type(layer).__name__ == "Dense"


def _name(layer: keras.layers.Layer) -> str:
    return str(getattr(layer.activation, "__name__", ""))
