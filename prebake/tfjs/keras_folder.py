"""A Keras model between two steps of a build: ``architecture.json`` and ``weights.npz``.

Not a ``.keras`` file, as that holds the time at which it was written: here the same model gives
the same bytes, which the store goes by. Nothing in the folder is code.
"""

from __future__ import annotations

import json
import re
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
STEPS = "trained_steps"
"""Beside the description of Keras: how many steps the optimizer has done."""
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
    described = {**_described(model), STEPS: _steps(model)}
    text = json.dumps(described, indent=1)
    (folder / ARCHITECTURE).write_text(text, "utf-8")
    arrays = [_plain(np.asarray(weight)) for weight in model.weights]
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
    described = dict(_read_json(folder / ARCHITECTURE))
    steps = described.pop(STEPS, 0)
    arrays = _read_arrays(folder / WEIGHTS)
    model = _made(described, dict(custom_objects or {}), folder)
    _assign(model, arrays, folder)
    if isinstance(steps, int) and steps > 0 and _is_compiled(model):
        model.optimizer.iterations.assign(steps)
    return model


def _steps(model: keras.Model) -> int:
    """How many steps its optimizer has done; the averages that it keeps are not stored."""
    return int(model.optimizer.iterations) if _is_compiled(model) else 0


def _is_compiled(model: keras.Model) -> bool:
    return getattr(model, "optimizer", None) is not None


def _described(model: keras.Model) -> Any:
    import keras

    try:
        described = keras.saving.serialize_keras_object(model)
    except (TypeError, ValueError, NotImplementedError, OSError) as error:
        raise ModelError(
            f"Keras cannot describe it: {_cause(error)}.",
            where=f"model {model.name!r}",
            remedy="Give classes of your own a get_config(), and use named functions.",
        ) from None
    _demand_no_lambda(described, model.name)
    return described


def _demand_storable(model: keras.Model) -> None:
    """Refuses what Keras would store as something else, or not at all."""
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
        _demand_own_name(layer, where)
    _demand_one_home(model)


def _demand_no_lambda(described: Any, name: str) -> None:
    """Neither does a lambda stand in the configuration of a layer, say as an initialiser."""
    waiting = [described]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict) and value.get("class_name") == "__lambda__":
            raise ModelError(
                "one of its layers is made with a lambda, which is code and is not stored.",
                where=f"model {name!r}",
                remedy="Use Keras's own function, or a named one that is registered with "
                "keras.saving.register_keras_serializable.",
            )
        waiting += value.values() if isinstance(value, dict) else ()
        waiting += value if isinstance(value, list | tuple) else ()


def _demand_own_name(layer: Any, where: str) -> None:
    """Keras stores a function that is called ``relu`` as its own relu, whatever it does."""
    import keras

    for role in ("activation", "recurrent_activation"):
        function = getattr(layer, role, None)
        name = getattr(function, "__name__", "")
        known = getattr(keras.activations, name, None) if name else None
        if known is not None and known is not function:
            raise ModelError(
                f"its {role} is a function of your own with the name of Keras's {name!r}, which "
                "would be stored instead.",
                where=where,
                remedy="Give it another name.",
            )


def _demand_one_home(model: keras.Model) -> None:
    """Keras would make two layers of one that stands in a model and in one nested in it."""
    import keras

    homes: dict[int, str] = {}
    for each in _every_layer(model):
        for layer in each.layers if isinstance(each, keras.Model) else ():
            if id(layer) in homes:
                raise ModelError(
                    f"it stands in the model {homes[id(layer)]!r} and in {each.name!r}, and would "
                    "be stored as two layers.",
                    where=f"layer {layer.name!r} ({type(layer).__name__})",
                    remedy="Use the same layer within one model only.",
                )
            homes[id(layer)] = each.name


def _every_layer(model: keras.Model) -> Iterator[Any]:
    yield from model._flatten_layers(include_self=True, recursive=True)


def _made(described: Any, custom_objects: dict[str, Any], folder: Path) -> keras.Model:
    import keras

    try:
        model = keras.saving.deserialize_keras_object(
            described, custom_objects=custom_objects, safe_mode=True
        )
    except (TypeError, ValueError, KeyError, AttributeError, ImportError) as error:
        raise ModelError(
            f"Keras cannot build it: {_cause(error)}.",
            where=str(folder / ARCHITECTURE),
            remedy="Register classes and functions of your own with "
            "keras.saving.register_keras_serializable.",
        ) from None
    if not isinstance(model, keras.Model):
        raise ModelError("it holds no model.", where=str(folder / ARCHITECTURE), remedy=_AGAIN)
    return model


def _cause(error: Exception) -> str:
    """The innermost problem: Keras wraps one message in another, with the whole model in it."""
    text = str(error).rsplit("Exception encountered: ", 1)[-1].strip()
    first = re.split(r"\.\s|\n", text)[0].rstrip(".") or type(error).__name__
    return first if len(first) < 200 else f"{first[:200]}…"


def _plain(values: np.ndarray) -> np.ndarray:
    """NumPy's file format does not know bfloat16; float32 holds the same values."""
    return values.astype(np.float32) if values.dtype.name == "bfloat16" else values


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
