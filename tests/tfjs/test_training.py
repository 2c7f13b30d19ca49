"""What is written for training goes on training in tfjs as it does in Keras."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from prebake.errors import ModelError
from prebake.tfjs.keras_folder import load_keras, save_keras
from prebake.tfjs.layers import write_layers_model
from tests.conftest import ROOT

STEPS = 6


def models():
    """By name a compiled model, its inputs and its targets."""
    import keras

    layers, optimizers = keras.layers, keras.optimizers
    random = np.random.default_rng(0)
    images = random.normal(size=(12, 6, 6, 1)).astype("f4")
    one_hot = np.eye(3, dtype="f4")[np.arange(12) % 3]
    x = random.normal(size=(12, 4)).astype("f4")
    y = x.sum(1, keepdims=True) * 0.5

    def classifier(*inner):
        head = [layers.Flatten(), layers.Dense(3, activation="softmax")]
        return keras.Sequential([keras.Input((6, 6, 1)), *inner, *head])

    def regressor():
        return keras.Sequential([keras.Input((4,)), layers.Dense(5, "tanh"), layers.Dense(1)])

    frozen = layers.Conv2D(2, 3)
    frozen.trainable = False
    made = {
        "sgd": (regressor(), optimizers.SGD(0.05), "mean_squared_error", x, y),
        "momentum": (regressor(), optimizers.SGD(0.02, 0.9), "mean_squared_error", x, y),
        "adam": (
            classifier(layers.Conv2D(2, 3, activation="relu")),
            optimizers.Adam(0.01),
            "categorical_crossentropy",
            images,
            one_hot,
        ),
        "rmsprop": (regressor(), optimizers.RMSprop(0.01), "mean_absolute_error", x, y),
        "batch normalisation": (
            classifier(layers.Conv2D(2, 3), layers.BatchNormalization(momentum=0.9)),
            optimizers.SGD(0.05),
            "categorical_crossentropy",
            images,
            one_hot,
        ),
        "a frozen layer": (
            classifier(frozen),
            optimizers.SGD(0.1),
            "categorical_crossentropy",
            images,
            one_hot,
        ),
        "a regulariser": (
            classifier(layers.Conv2D(2, 3, kernel_regularizer="l2")),
            optimizers.SGD(0.05),
            "categorical_crossentropy",
            images,
            one_hot,
        ),
    }
    for model, optimizer, loss, *_ in made.values():
        model.compile(optimizer=optimizer, loss=loss)
    return {name: (model, given, wanted) for name, (model, _, _, given, wanted) in made.items()}


NAMES = (
    "sgd",
    "momentum",
    "adam",
    "rmsprop",
    "batch normalisation",
    "a frozen layer",
    "a regulariser",
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """For each model what Keras and what tfjs made of the same steps."""
    from prebake.training import quiet

    quiet.prepare(4)
    folder = tmp_path_factory.mktemp("training")
    ours, jobs = {}, []
    for number, (name, (model, x, y)) in enumerate(models().items()):
        write_layers_model(model, folder / str(number), trainable=True)
        jobs.append(_job(folder / str(number), x, y))
        losses = [float(model.train_on_batch(x, y)) for _ in range(STEPS)]
        ours[name] = (losses, model)
    done = subprocess.run(
        ["node", str(Path(__file__).with_name("fit.mjs"))],
        input=json.dumps({"root": str(ROOT), "jobs": jobs}),
        capture_output=True,
        text=True,
        check=True,
    )
    answers = json.loads(done.stdout.strip().splitlines()[-1])
    return {name: (*ours[name], answer) for name, answer in zip(ours, answers, strict=True)}


def losses():
    import keras

    return keras.losses


def optimizers():
    import keras

    return keras.optimizers


def schedule():
    return optimizers().schedules.ExponentialDecay(0.1, 10, 0.9)


def _job(folder, x, y):
    return {
        "folder": str(folder),
        "inputs": x.ravel().tolist(),
        "shape": list(x.shape),
        "targets": y.ravel().tolist(),
        "targetShape": list(y.shape),
        "steps": STEPS,
    }


@pytest.mark.parametrize("name", NAMES)
def test_the_same_steps_give_the_same_losses(trained, name):
    losses, _, answer = trained[name]
    np.testing.assert_allclose(answer["losses"], losses, rtol=2e-4, atol=2e-5)
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("name", NAMES)
def test_the_same_steps_give_the_same_weights(trained, name):
    _, model, answer = trained[name]
    # tfjs lists the trainable ones first, as Keras does with these two properties.
    weights = [*model.trainable_weights, *model.non_trainable_weights]
    assert len(weights) == len(answer["weights"])
    for weight, values in zip(weights, answer["weights"], strict=True):
        found = np.array(values).reshape(weight.shape)
        np.testing.assert_allclose(found, np.asarray(weight), rtol=1e-3, atol=2e-4)


@pytest.mark.parametrize(
    ("compiled", "problem"),
    [
        ({"optimizer": "nadam", "loss": "mse"}, "no optimizer that works as Nadam"),
        ({"optimizer": "sgd", "loss": "huber"}, "no loss 'huber'"),
        ({"loss_weights": [2.0]}, "does not have loss_weights"),
        ({"loss": lambda: losses().BinaryCrossentropy(label_smoothing=0.1)}, "label_smoothing=0.1"),
        ({"loss": lambda: losses().MeanSquaredError(reduction="sum")}, "reduction='sum'"),
        (
            {"loss": lambda: losses().SparseCategoricalCrossentropy(ignore_class=0)},
            "ignore_class=0",
        ),
        ({"optimizer": lambda: optimizers().SGD(weight_decay=0.1)}, "no weight_decay"),
        ({"optimizer": lambda: optimizers().AdamW()}, "no weight_decay"),
        ({"optimizer": lambda: optimizers().Adam(clipnorm=1.0)}, "no clipnorm"),
        ({"optimizer": lambda: optimizers().Adam(clipvalue=1.0)}, "no clipvalue"),
        ({"optimizer": lambda: optimizers().SGD(global_clipnorm=1.0)}, "no global_clipnorm"),
        ({"optimizer": lambda: optimizers().Adam(use_ema=True)}, "no use_ema"),
        (
            {"optimizer": lambda: optimizers().Adam(gradient_accumulation_steps=2)},
            "no gradient_accumulation_steps",
        ),
        (
            {"optimizer": lambda: optimizers().SGD(schedule())},
            "no ExponentialDecay for its learning rate",
        ),
        ({"optimizer": lambda: optimizers().RMSprop(centered=True)}, "NaN with centered=True"),
        ({"optimizer": lambda: optimizers().Adam(epsilon=0.1)}, "epsilon=0.1 of Adam"),
        ({"optimizer": lambda: optimizers().Adam(amsgrad=True)}, "Adam has no amsgrad"),
    ],
)
def test_what_tfjs_cannot_train_with_is_refused(tmp_path, compiled, problem):
    import keras

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    given = {name: each() if callable(each) else each for name, each in compiled.items()}
    model.compile(**{"optimizer": "sgd", "loss": "mse", **given})
    with pytest.raises(ModelError, match=problem):
        write_layers_model(model, tmp_path / "x", trainable=True)
    # A page that only predicts does not ask.
    write_layers_model(model, tmp_path / "y")


def test_moments_that_do_not_ship_are_noted(tmp_path):
    import keras

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    assert write_layers_model(model, tmp_path / "a", trainable=True) == []
    model.train_on_batch(np.ones((4, 2)), np.ones((4, 1)))
    (note,) = write_layers_model(model, tmp_path / "b", trainable=True)
    assert "starts a new Adam" in note and "1 steps" in note
    # As a build has it: the model goes from one step to another by way of a folder.
    save_keras(model, tmp_path / "kept")
    again = load_keras(tmp_path / "kept")
    assert write_layers_model(again, tmp_path / "c", trainable=True) == [note]


def test_a_dropout_with_its_own_default_can_be_trained(tmp_path):
    import keras

    layers = keras.layers
    for make in (layers.Dropout, layers.GaussianDropout, layers.AlphaDropout, layers.GaussianNoise):
        given = keras.Input((4,))
        model = keras.Model(given, layers.Dense(1)(make(0.5)(given)))
        model.compile("sgd", "mse")
        write_layers_model(model, tmp_path / make.__name__, trainable=True)
        document = json.loads((tmp_path / make.__name__ / "model.json").read_text())
        names = re.findall(r"'class_name': '(\w+)'", str(document["modelTopology"]))
        assert make.__name__ in names
