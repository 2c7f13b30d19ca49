"""A layer's configuration as tfjs reads it: with tfjs's defaults, and nothing it ignores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...errors import ModelError
from .activations import KERAS, activation
from .document import snake

_INITIALIZERS = {
    "LeCunNormal": "LecunNormal",
    "LeCunUniform": "LecunUniform",
    **{
        name: name
        for name in [
            "Zeros",
            "Ones",
            "Constant",
            "RandomNormal",
            "RandomUniform",
            "TruncatedNormal",
            "VarianceScaling",
            "GlorotUniform",
            "GlorotNormal",
            "HeNormal",
            "HeUniform",
            "Orthogonal",
            "Identity",
        ]
    },
}
_CONSTRAINTS = {name: name for name in ("MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm")}
_TRAINING = {
    "initializer": _INITIALIZERS,
    "regularizer": {"L1L2": "L1L2"},
    "constraint": _CONSTRAINTS,
}


@dataclass(frozen=True)
class Given:
    """One layer of a topology.

    Args:
        class_name: as tfjs registers it.
        config: keys in snake_case.
        where: the JSON file.
        make: makes the Keras layer of ``{class_name, config}``, for layers within this one.
    """

    class_name: str
    config: dict[str, Any]
    where: str
    make: Callable[[dict[str, Any]], Any]

    @property
    def name(self) -> str:
        return str(self.config.get("name") or self.class_name.lower())

    def get(self, key: str, default: Any = None) -> Any:
        """The value; null counts as absent, as it does in tfjs."""
        value = self.config.get(key)
        return default if value is None else value

    def need(self, key: str) -> Any:
        if self.get(key) is None:
            raise self.refuse(f"its configuration has no {key}.")
        return self.config[key]

    def axes(self, key: str, default: Any = None) -> Any:
        """A number, or a tuple with one for each axis; needed if there is no default."""
        return _tuples(self.need(key) if default is None else self.get(key, default))

    def padding(self) -> str:
        padding = self.get("padding", "valid")
        if padding not in ("valid", "same"):
            raise self.refuse(f"its padding is {padding!r}, which tfjs cannot compute.")
        return str(padding)

    def base(self) -> dict[str, Any]:
        """What every Keras layer is given. tfjs computes in float32 whatever the file says."""
        return {"name": keras_name(self.name), "dtype": "float32"}

    def activation(self, key: str = "activation", default: str = "linear") -> Any:
        """The activation; null is linear, unlike an absent one."""
        value = self.config.get(key, default)
        name = value.get("class_name") if isinstance(value, dict) else value
        try:
            return activation(str(name or "linear"))
        except KeyError:
            raise self.refuse(
                f"its activation is {name!r}, and those that can be read are "
                f"{', '.join(KERAS)} and hard_sigmoid."
            ) from None

    def channels_last(self) -> None:
        if snake(str(self.get("data_format", "channels_last"))) != "channels_last":
            raise self.refuse(
                "it has the channels first, which Keras cannot compute on a processor.",
                "Build the model with dataFormat 'channelsLast'.",
            )

    def trained(self, *kinds: str) -> dict[str, Any]:
        """Initialisers, regularisers and constraints of some weights, for training it further.

        What is not known is left out, as no answer depends on it. tfjs writes a depthwise
        regulariser in the place of the constraint, too (``DepthwiseConv2D.getConfig``).
        """
        out: dict[str, Any] = {}
        for kind in kinds:
            for role, known in _TRAINING.items():
                value = self.get(f"{kind}_{role}")
                name = value.get("class_name") if isinstance(value, dict) else None
                if name in known:
                    config = value.get("config") or {}
                    out[f"{kind}_{role}"] = {"class_name": known[name], "config": config}
        return out

    def refuse(self, problem: str, remedy: str = "Build the model without it.") -> ModelError:
        return ModelError(
            problem, where=f"{self.where}: layer {self.name!r} ({self.class_name})", remedy=remedy
        )


def keras_name(name: str) -> str:
    """Keras 3 takes no slash in a name."""
    return name.replace("/", "_")


def _tuples(value: Any) -> Any:
    """Lists as tuples, and a list of one as its number, which fits any number of axes."""
    if not isinstance(value, list):
        return value
    return _tuples(value[0]) if len(value) == 1 else tuple(_tuples(each) for each in value)
