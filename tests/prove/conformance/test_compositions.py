"""Each layer followed by others: single layers may agree where what stands behind them fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conformance.case import Case, keras, layers
from tests.conformance.suite import Result, run

STEPS, IMAGE, FLAT = (8, 4), (6, 6, 4), (12,)
LAYERS: dict[str, tuple[tuple[int, ...], Callable[[], Any]]] = {
    "Reshape to steps": (FLAT, lambda: layers.Reshape((-1, 3))),
    "Reshape to images": (FLAT, lambda: layers.Reshape((2, -1, 3))),
    "Reshape of images": (IMAGE, lambda: layers.Reshape((-1, 4))),
    "ZeroPadding1D": (STEPS, lambda: layers.ZeroPadding1D(2)),
    "Cropping1D": (STEPS, lambda: layers.Cropping1D((1, 2))),
    "UpSampling1D": (STEPS, lambda: layers.UpSampling1D(2)),
    "Conv1D": (STEPS, lambda: layers.Conv1D(3, 3)),
    "Conv1D causal": (STEPS, lambda: layers.Conv1D(3, 3, padding="causal")),
    "Conv1D causal, strides": (STEPS, lambda: layers.Conv1D(3, 3, 2, padding="causal")),
    "MaxPooling1D": (STEPS, lambda: layers.MaxPooling1D(2)),
    "AveragePooling1D": (STEPS, lambda: layers.AveragePooling1D(2, padding="same")),
    "LSTM": (STEPS, lambda: layers.LSTM(3, return_sequences=True)),
    "Bidirectional": (STEPS, lambda: layers.Bidirectional(layers.LSTM(2, return_sequences=True))),
    "TimeDistributed": (STEPS, lambda: layers.TimeDistributed(layers.Dense(3))),
    "LayerNormalization": (STEPS, lambda: layers.LayerNormalization()),
    "RepeatVector": (FLAT, lambda: layers.RepeatVector(3)),
    "Permute": (STEPS, lambda: layers.Permute((2, 1))),
    "Conv2D": (IMAGE, lambda: layers.Conv2D(3, 3, padding="same")),
    "Conv2D in groups": (IMAGE, lambda: layers.Conv2D(4, 3, groups=2)),
    "DepthwiseConv2D": (IMAGE, lambda: layers.DepthwiseConv2D(3)),
    "SeparableConv2D": (IMAGE, lambda: layers.SeparableConv2D(3, 3)),
    "Conv2DTranspose": (IMAGE, lambda: layers.Conv2DTranspose(3, 3, 2)),
    "ZeroPadding2D": (IMAGE, lambda: layers.ZeroPadding2D(1)),
    "Cropping2D": (IMAGE, lambda: layers.Cropping2D(1)),
    "UpSampling2D": (IMAGE, lambda: layers.UpSampling2D(2)),
    "MaxPooling2D": (IMAGE, lambda: layers.MaxPooling2D(2)),
    "BatchNormalization": (IMAGE, lambda: layers.BatchNormalization()),
    "Dense": (FLAT, lambda: layers.Dense(5, activation="relu")),
    "Rescaling": (IMAGE, lambda: layers.Rescaling(1 / 255, -0.5)),
    "PReLU": (IMAGE, lambda: layers.PReLU(shared_axes=[1, 2])),
    "Dropout": (IMAGE, lambda: layers.Dropout(0.5)),
    "GlobalAveragePooling1D": (STEPS, lambda: layers.GlobalAveragePooling1D()),
    "GlobalMaxPooling2D": (IMAGE, lambda: layers.GlobalMaxPooling2D()),
}


def _flattened(tensor: Any) -> Any:
    return layers.Dense(3)(layers.Flatten()(tensor))


def _permuted(tensor: Any) -> Any:
    axes = tuple(range(len(tensor.shape) - 1, 0, -1))
    return layers.Permute(axes)(tensor) if len(axes) > 1 else layers.Dense(2)(tensor)


def _merged(tensor: Any) -> Any:
    return _flattened(layers.Concatenate()([tensor, layers.Activation("tanh")(tensor)]))


BEHIND = {"Flatten and Dense": _flattened, "Permute": _permuted, "a merge": _merged}


def _wired(name: str, behind: Callable[[Any], Any]) -> Callable[[], Any]:
    shape, make = LAYERS[name]

    def build() -> Any:
        given = keras.Input(shape)
        return keras.Model(given, behind(make()(given)))

    return build


def _nested(name: str) -> Callable[[], Any]:
    shape, make = LAYERS[name]

    def build() -> Any:
        inner = keras.Sequential([keras.Input(shape), make()])
        given = keras.Input(shape)
        return keras.Model(given, _flattened(inner(layers.Activation("linear")(given))))

    return build


def _cases() -> list[Case]:
    found = []
    for name in LAYERS:
        layer = name.split(" ")[0]
        found += [
            Case(f"{name}, then {what}", layer, _wired(name, behind), "agrees")
            for what, behind in BEHIND.items()
        ]
        found.append(Case(f"{name} in a nested model", layer, _nested(name), "agrees"))
    return found


CASES = _cases()


@pytest.fixture(scope="module")
def by_name() -> dict[str, Result]:
    return {result.case.name: result for result in run(CASES, ("prebake",))}


@pytest.mark.parametrize("name", [case.name for case in CASES])
def test_a_composition_agrees(name: str, by_name: dict[str, Result]) -> None:
    assert by_name[name].prebake.state == "agrees", by_name[name].prebake
