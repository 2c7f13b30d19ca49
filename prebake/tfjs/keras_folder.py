"""A Keras model between two steps of a build: ``architecture.json`` and ``weights.npz``.

Not a ``.keras`` file, as that holds the time at which it was written: here the same model gives
the same bytes, which the store goes by. Nothing in the folder is code.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import ModelError
from .reading.activations import register

if TYPE_CHECKING:
    import keras

ARCHITECTURE, WEIGHTS = "architecture.json", "weights.npz"
_AGAIN = "Build it again with --force."


def save_keras(model: keras.Model, folder: Path) -> None:
    """Writes a model: its layers, how it is compiled, and ``model.weights`` in their order.

    Args:
        folder: is made if it is not there.

    Raises:
        ModelError: if it holds a Lambda, whose code would have to be stored, or a layer that
            keeps a vocabulary beside its weights.
    """
    register()
    _demand_storable(model)
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(_described(model), indent=1, sort_keys=True)
    (folder / ARCHITECTURE).write_text(text, "utf-8")
    arrays = [np.asarray(weight) for weight in model.weights]
    # Keys that sort as they are numbered; np.savez gives every entry the same date.
    np.savez(folder / WEIGHTS, **{f"{i:05}": each for i, each in enumerate(arrays)})


def load_keras(folder: Path, custom_objects: Mapping[str, Any] | None = None) -> keras.Model:
    """Reads what :func:`save_keras` wrote.

    Args:
        custom_objects: classes and functions of the author's own by their names, unless they
            are registered with ``keras.saving.register_keras_serializable``.

    Raises:
        ModelError: if a file is missing or damaged, if a class is not known, or if the weights
            are not those of the architecture.
    """
    register()
    described = _read_json(folder / ARCHITECTURE)
    arrays = _read_arrays(folder / WEIGHTS)
    model = _made(described, dict(custom_objects or {}), folder)
    _assign(model, arrays, folder)
    return model


def _described(model: keras.Model) -> Any:
    """The architecture as JSON, with layers that are used twice written as one object."""
    import keras
    from keras.src.saving.serialization_lib import ObjectSharingScope

    with ObjectSharingScope():
        described = keras.saving.serialize_keras_object(model)
    return _renumbered(described, {})


def _renumbered(value: Any, numbers: dict[int, int]) -> Any:
    """Shared objects are numbered by their addresses; here by the order they are met in."""
    if isinstance(value, list | tuple):
        return [_renumbered(each, numbers) for each in value]
    if not isinstance(value, dict):
        return value
    out = {key: _renumbered(each, numbers) for key, each in value.items()}
    if "shared_object_id" in value:
        out["shared_object_id"] = numbers.setdefault(value["shared_object_id"], len(numbers))
    return out


def _demand_storable(model: keras.Model) -> None:
    import keras

    for layer in _every_layer(model):
        where = f"layer {layer.name!r} ({type(layer).__name__})"
        if isinstance(layer, keras.layers.Lambda):
            raise ModelError(
                "a Lambda is code, which is not stored between the steps of a build.",
                where=where,
                remedy="Write it with Keras's own layers, or as a class of your own that is "
                "registered with keras.saving.register_keras_serializable.",
            )
        if hasattr(layer, "save_assets"):
            raise ModelError(
                "it keeps a vocabulary beside its weights, which is not stored.",
                where=where,
                remedy="Turn words into numbers in samples(), and let the model begin after it.",
            )


def _every_layer(model: keras.Model) -> Iterator[Any]:
    yield from model._flatten_layers(include_self=True, recursive=True)


def _made(described: Any, custom_objects: dict[str, Any], folder: Path) -> keras.Model:
    import keras
    from keras.src.saving.serialization_lib import ObjectSharingScope

    try:
        with ObjectSharingScope():
            model = keras.saving.deserialize_keras_object(
                described, custom_objects=custom_objects, safe_mode=True
            )
    except (TypeError, ValueError, KeyError, AttributeError, ImportError) as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        raise ModelError(
            f"Keras cannot build it: {lines[0] if lines else type(error).__name__}",
            where=str(folder / ARCHITECTURE),
            remedy="Register classes of your own with keras.saving.register_keras_serializable.",
        ) from None
    if not isinstance(model, keras.Model):
        raise ModelError("it holds no model.", where=str(folder / ARCHITECTURE), remedy=_AGAIN)
    return model


def _assign(model: keras.Model, arrays: list[np.ndarray], folder: Path) -> None:
    where = str(folder / WEIGHTS)
    if len(arrays) != len(model.weights):
        raise ModelError(
            f"it has {len(arrays)} weights, expected {len(model.weights)} of the architecture.",
            where=where,
            remedy=_AGAIN,
        )
    for weight, values in zip(model.weights, arrays, strict=True):
        if tuple(weight.shape) != values.shape:
            raise ModelError(
                f"the weight {weight.path!r} has the shape {list(values.shape)}, expected "
                f"{list(weight.shape)}.",
                where=where,
                remedy=_AGAIN,
            )
        weight.assign(values)
    for layer in _every_layer(model):
        # What Normalization computes with is a copy of its weights.
        if hasattr(layer, "finalize_state") and layer.built:
            layer.finalize_state()


def _read_json(file: Path) -> Any:
    try:
        return json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise _missing(file) from None
    except (OSError, ValueError) as error:
        raise ModelError(f"it is damaged: {error}.", where=str(file), remedy=_AGAIN) from None


def _read_arrays(file: Path) -> list[np.ndarray]:
    try:
        with np.load(file, allow_pickle=False) as stored:
            return [stored[name] for name in sorted(stored.files)]
    except FileNotFoundError:
        raise _missing(file) from None
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise ModelError(f"it is damaged: {error}.", where=str(file), remedy=_AGAIN) from None


def _missing(file: Path) -> ModelError:
    return ModelError("there is no such file.", where=str(file), remedy=_AGAIN)
