"""One layer of Keras 1 or 2 as a layer of Keras 3."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from ...errors import ModelError
from .names import CLASSES, KEYS, NEUTRAL

_RECURRENT = ("LSTM", "GRU", "SimpleRNN", "ConvLSTM2D")
_COMMON = {"name", "trainable", "dtype", "activity_regularizer"}
_INNER = ("layer", "backward_layer", "cell")


class Layers:
    """Makes layers.

    Args:
        version: of the Keras that wrote them, such as ``2.7.0``.
        where: the file, for messages.
    """

    def __init__(self, version: str, where: str) -> None:
        self._version = version
        self._where = where

    def make(self, class_name: str, config: Mapping[str, Any]) -> Any:
        """The layer, not yet built.

        Raises:
            ModelError: if Keras 3 has no such layer, or computes something else with it.
        """
        import keras

        name = CLASSES.get(class_name, class_name)
        kind = getattr(keras.layers, name, None)
        shown = f"the layer {config.get('name', class_name)!r} ({class_name})"
        if kind is None:
            raise self._refused(f"{shown} is none of Keras's own that Keras 3 still has")
        given = self._translated(name, kind, dict(config), shown)
        self._check(name, class_name, given, config, shown)
        try:
            return kind.from_config(given)
        except Exception as error:
            first = str(error).strip().splitlines()[0][:200] if str(error).strip() else ""
            raise self._refused(
                f"{shown} cannot be made: {first or type(error).__name__}"
            ) from None

    def _translated(
        self, name: str, kind: Any, config: dict[str, Any], shown: str
    ) -> dict[str, Any]:
        allowed = {*inspect.signature(kind.__init__).parameters, *_COMMON} - {"self", "kwargs"}
        config = _joined(config)
        found: dict[str, Any] = {}
        for key, value in config.items():
            new = key
            if key not in allowed:
                new = KEYS.get(key, key)
                if key in ("output_dim", "nb_epoch") and "units" in allowed:
                    new = "units"
            if new in allowed:
                found.setdefault(new, self._value(new, value))
            elif new and not _is_neutral(key, value):
                raise self._refused(f"{shown} has {key}={value!r}, which Keras 3 does not know")
        if "name" in found:
            found["name"] = plain_name(found["name"])
        return found

    def _value(self, key: str, value: Any) -> Any:
        if key in _INNER and isinstance(value, dict) and "class_name" in value:
            return _serialized(self.make(value["class_name"], value.get("config", {})))
        if key == "dtype":
            return dtype_of(value)
        if key == "axis" and isinstance(value, list) and len(value) == 1:
            return value[0]
        if key == "padding" and isinstance(value, str):
            return value.lower()
        if isinstance(value, dict) and "class_name" in value:
            inner = dict(value.get("config") or {})
            inner.pop("dtype", None)  # of an initialiser; that of the layer holds
            return {"class_name": value["class_name"], "config": inner}
        return value

    def _check(
        self,
        name: str,
        class_name: str,
        given: dict[str, Any],
        config: Mapping[str, Any],
        shown: str,
    ) -> None:
        """Refuses and settles what means something else in Keras 3."""
        if name == "GRU" and "reset_after" not in config and not class_name.startswith("CuDNN"):
            given["reset_after"] = False  # as Keras had it before it could be chosen
        if name in _RECURRENT and name != "SimpleRNN":
            usual = "sigmoid" if class_name.startswith("CuDNN") else "hard_sigmoid"
            given.setdefault("recurrent_activation", usual)
        for key in ("activation", "recurrent_activation"):
            if given.get(key) == "hard_sigmoid":
                raise self._refused(
                    f"{shown} computes the hard sigmoid of Keras 2 (0.2 x + 0.5), which Keras 3 "
                    "does not have (x / 6 + 0.5)"
                )
        if config.get("data_format") == "channels_first" or config.get("dim_ordering") == "th":
            raise self._refused(f"{shown} has the channels first")

    def _refused(self, problem: str) -> ModelError:
        return ModelError(
            f"{problem}.",
            where=self._where,
            remedy=f"Convert it with the Keras {self._version} that wrote it: export a SavedModel.",
        )


def dtype_of(value: Any) -> Any:
    """A policy of Keras 2 as the name of a type."""
    if isinstance(value, dict):
        return (value.get("config") or {}).get("name", "float32")
    return value


def plain_name(name: str) -> str:
    """Keras 3 allows no slash in the name of a layer."""
    return str(name).replace("/", "_")


def _is_neutral(key: str, value: Any) -> bool:
    if key.endswith(("_initializer", "_regularizer", "_constraint", "_init")):
        return True  # of a weight that such a layer does not have
    return key in NEUTRAL and (not NEUTRAL[key] or value in NEUTRAL[key])


def _joined(config: dict[str, Any]) -> dict[str, Any]:
    """Kernels of Keras 1, whose rows and columns stood apart."""
    if "nb_row" in config:
        sizes = [config.pop(key) for key in ("kernel_dim1", "nb_row", "nb_col") if key in config]
        config["kernel_size"] = sizes
    return config


def _serialized(layer: Any) -> Any:
    import keras

    return keras.saving.serialize_keras_object(layer)
