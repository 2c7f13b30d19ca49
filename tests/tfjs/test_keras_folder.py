"""Keras models between steps: the same bytes for the same model, and nothing but data."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from prebake.errors import ModelError
from prebake.tfjs.keras_folder import load_keras, save_keras

from . import models
from .test_reader import answers, demand_same, drawn, shuffle_weights


@pytest.mark.parametrize("name", ["nested", "shared in an awkward order", "cells", "activations"])
def test_a_stored_model_answers_as_before(name: str, tmp_path: Path) -> None:
    model = models.ALL[name]()
    shuffle_weights(model)
    save_keras(model, tmp_path)
    inputs = drawn(model, 6)
    demand_same(answers(load_keras(tmp_path), inputs), answers(model, inputs))


def test_the_same_model_gives_the_same_bytes(tmp_path: Path) -> None:
    import keras

    for name in ("one", "two"):
        keras.backend.clear_session()
        keras.utils.set_random_seed(8)
        model = models.ALL["nested"]()
        model.compile("adam", "mse")
        save_keras(model, tmp_path / name)
    for file in ("architecture.json", "weights.npz"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_frozen_layers_compilation_and_learnt_statistics_are_kept(tmp_path: Path) -> None:
    import keras

    statistics = keras.layers.Normalization()
    statistics.adapt(np.array([[1.0, 2.0], [3.0, 8.0]], "float32"))
    frozen = keras.layers.BatchNormalization(trainable=False)
    model = keras.Sequential([keras.Input((2,)), statistics, frozen, keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.125), "mse", metrics=["mae"])
    save_keras(model, tmp_path)
    back = load_keras(tmp_path)
    inputs = drawn(model, 1)
    demand_same(answers(back, inputs), answers(model, inputs))
    assert [layer.trainable for layer in back.layers] == [True, False, True]
    assert float(back.optimizer.learning_rate) == 0.125
    assert back.loss == "mse"


def test_a_model_in_bfloat16_is_kept(tmp_path: Path) -> None:
    import keras

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, dtype="bfloat16")])
    save_keras(model, tmp_path)
    for one, other in zip(load_keras(tmp_path).weights, model.weights, strict=True):
        assert one.dtype == "bfloat16"
        assert np.array_equal(np.asarray(one), np.asarray(other))


def test_the_hard_sigmoid_of_tfjs_is_kept(tmp_path: Path) -> None:
    import keras

    from prebake.tfjs.reading.activations import register, tfjs_hard_sigmoid

    register()
    layer = keras.layers.LSTM(2, recurrent_activation=tfjs_hard_sigmoid)
    model = keras.Sequential([keras.Input((4, 2)), layer])
    save_keras(model, tmp_path)
    back = load_keras(tmp_path)
    assert back.layers[0].recurrent_activation is tfjs_hard_sigmoid


def own_layer(registered: bool) -> Any:
    import keras

    class Doubled(keras.layers.Layer):
        def call(self, x: Any) -> Any:
            return 2 * x

    made = keras.saving.register_keras_serializable("tests")(Doubled) if registered else Doubled
    return keras.Sequential([keras.Input((2,)), made(name="doubled")])


def test_classes_of_the_author(tmp_path: Path) -> None:
    model = own_layer(registered=False)
    save_keras(model, tmp_path)
    with pytest.raises(ModelError) as caught:
        load_keras(tmp_path)
    assert "architecture.json: Keras cannot build it: Could not locate class 'Doubled'. " in str(
        caught.value
    )
    assert "Register classes and functions of your own" in caught.value.remedy
    back = load_keras(tmp_path, {"Doubled": type(model.layers[0])})
    assert np.asarray(back(np.ones((1, 2)))).tolist() == [[2, 2]]
    save_keras(own_layer(registered=True), tmp_path)
    assert np.asarray(load_keras(tmp_path)(np.ones((1, 2)))).tolist() == [[2, 2]]


# -- what is not stored --------------------------------------------------------------------


def relu(x: Any) -> Any:
    return 2 * x


def dense(**config: Any) -> Callable[[], Any]:
    return models.chain((2,), lambda k: [k.Dense(2, name="odd", **config)])


def in_two_models() -> Any:
    import keras

    shared = keras.layers.Dense(2, name="odd")
    inputs = keras.Input((2,))
    inner = keras.Model(inputs, shared(inputs), name="inner")
    outer = keras.Input((2,))
    return keras.Model(outer, shared(inner(outer)), name="outer")


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "a Lambda": (
        models.chain((2,), lambda k: [k.Lambda(relu, name="odd")]),
        "layer 'odd' (Lambda): a Lambda is code, which is not stored between the steps",
    ),
    "a lambda as initialiser": (
        dense(kernel_initializer=lambda shape, dtype=None: np.ones(shape, dtype)),
        "one of its layers is made with a lambda, which is code and is not stored.",
    ),
    "what is no function": (
        dense(activation=functools.partial(relu)),
        "Keras cannot describe it: Cannot serialize object functools.partial",
    ),
    "a function called like Keras's": (
        dense(activation=relu),
        "layer 'odd' (Dense): its activation is a function of your own with the name of Keras's",
    ),
    "a vocabulary": (
        models.chain((2,), lambda k: [k.IntegerLookup(vocabulary=[1, 5], name="odd")], dtype="int64"),
        "layer 'odd' (IntegerLookup): it keeps a vocabulary beside its weights",
    ),
    "a layer in two models": (
        in_two_models,
        "layer 'odd' (Dense): it stands in the model 'outer' and in 'inner'",
    ),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:The object being serialized includes a `lambda`")
@pytest.mark.parametrize("what", REFUSED)
def test_is_not_stored(what: str, tmp_path: Path) -> None:
    build, sentence = REFUSED[what]
    with pytest.raises(ModelError) as caught:
        save_keras(build(), tmp_path)
    assert sentence in str(caught.value)
    assert caught.value.remedy


# -- what is not read ----------------------------------------------------------------------


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    save_keras(models.ALL["Dense"](), tmp_path)
    return tmp_path


def test_a_missing_or_damaged_file(stored: Path) -> None:
    (stored / "weights.npz").write_bytes(b"PK no")
    with pytest.raises(ModelError, match=r"weights.npz: it is damaged: .* Build it again with"):
        load_keras(stored)
    (stored / "weights.npz").unlink()
    with pytest.raises(ModelError, match=r"weights.npz: there is no such file"):
        load_keras(stored)
    (stored / "architecture.json").write_text("{")
    with pytest.raises(ModelError, match=r"architecture.json: it is damaged"):
        load_keras(stored)
    (stored / "architecture.json").write_text('{"a": 1}')
    save_weights(stored, [])
    with pytest.raises(ModelError, match=r"architecture.json: it holds no model"):
        load_keras(stored)


def save_weights(folder: Path, arrays: list[np.ndarray]) -> None:
    np.savez(folder / "weights.npz", **{f"{i:05}": each for i, each in enumerate(arrays)})


def test_the_weights_of_another_model(stored: Path) -> None:
    save_weights(stored, [np.zeros((4, 3))])
    with pytest.raises(ModelError, match="it has 1 weights, expected 4 of the architecture"):
        load_keras(stored)
    save_weights(stored, [np.zeros((4, 3)), np.zeros(3), np.zeros((3, 3)), np.zeros(2)])
    with pytest.raises(ModelError, match=r"/kernel' has the shape \[3, 3\], expected \[3, 2\]"):
        load_keras(stored)


def test_pickled_arrays_are_not_read(stored: Path) -> None:
    save_weights(stored, [np.array([object()])])
    with pytest.raises(ModelError, match="it is damaged: Object arrays cannot be loaded"):
        load_keras(stored)


def test_code_in_an_architecture_is_not_run(stored: Path) -> None:
    file = stored / "architecture.json"
    described = json.loads(file.read_text())
    code = {"class_name": "__lambda__", "config": {"value": "x"}}
    described["config"]["layers"][1]["config"]["activation"] = code
    file.write_text(json.dumps(described))
    with pytest.raises(ModelError, match="Keras cannot build it"):
        load_keras(stored)
