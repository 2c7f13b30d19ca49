"""Features that were learned on other classes: another last layer, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import ModelError

if TYPE_CHECKING:
    import keras

FEATURES = "features.npz"


def with_head(model: keras.Model, classes: int, where: str) -> keras.Model:
    """The same layers with another last one, which has a unit for each of ``classes``.

    All layers but that one are shared: training the result trains those of ``model``.

    Raises:
        ModelError: if the last layer is no Dense.
    """
    import keras

    head = _head(model, where)
    config = {**head.get_config(), "units": classes, "name": f"{head.name}_pretraining"}
    answers = keras.layers.Dense.from_config(config)(head.input)
    return keras.Model(model.inputs, answers, name=f"{model.name}_pretraining")


def save_features(model: keras.Model, folder: Path, where: str) -> None:
    """Stores all weights but those of the last layer, in their order."""
    arrays = [np.asarray(weight) for weight in _features(model, where)]
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / FEATURES, **{f"{i:05}": each for i, each in enumerate(arrays)})


def load_features(model: keras.Model, folder: Path, where: str) -> None:
    """Assigns what :func:`save_features` stored for a model of the same ``build()``.

    Raises:
        ModelError: if ``build()`` no longer makes the same layers, as it does where it draws
            lots.
    """
    weights = _features(model, where)
    with np.load(folder / FEATURES, allow_pickle=False) as stored:
        arrays = [stored[name] for name in sorted(stored.files)]
    shapes = [tuple(weight.shape) for weight in weights]
    if shapes != [each.shape for each in arrays]:
        raise ModelError(
            "build() made other layers than it did for the pretraining.",
            where=where,
            remedy="Let it make the same layers every time.",
        )
    for weight, values in zip(weights, arrays, strict=True):
        weight.assign(values)


def _features(model: keras.Model, where: str) -> list:
    own = {id(weight) for weight in _head(model, where).weights}
    return [weight for weight in model.weights if id(weight) not in own]


def _head(model: keras.Model, where: str) -> keras.layers.Layer:
    import keras

    head = model.layers[-1]
    if not isinstance(head, keras.layers.Dense):
        raise ModelError(
            f"its last layer is {head.name!r} ({type(head).__name__}), expected a Dense to be "
            "replaced for the pretraining.",
            where=where,
            remedy="End with Dense(units, activation=…), or leave Pretrain out.",
        )
    return head
