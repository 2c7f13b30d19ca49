"""Cutting a network in two: what is trained upon features that are kept is what would be trained
if the whole were computed for every step."""

from __future__ import annotations

import json
import subprocess

import keras
import numpy as np
import pytest
from keras import layers

from prebake.errors import ModelError
from prebake.tfjs.layers import write_layers_model
from prebake.training.split import split, trains_on
from tests.conftest import ROOT

STEPS = {"batch": 8, "epochs": 4, "rate": 0.05, "momentum": 0.9}


def block(x, name: str, filters: int):
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"{name}.conv")(x)
    x = layers.BatchNormalization(name=f"{name}.norm")(x)
    return layers.ReLU(6.0, name=f"{name}.relu")(x)


def backbone() -> keras.Model:
    """A network with a residual block on either side of the cut, and moving averages that are not
    those of its batches."""
    keras.utils.set_random_seed(8)
    pixels = keras.Input((12, 12, 3))
    x = block(pixels, "one", 8)
    x = layers.Add(name="two.add")([x, block(x, "two", 8)])
    x = layers.Add(name="three.add")([x, block(x, "three", 8)])
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    model = keras.Model(pixels, layers.Dense(5, name="old")(x))
    random = np.random.default_rng(2)
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.set_weights(
                [random.uniform(0.5, 1.5, w.shape).astype("float32") for w in layer.get_weights()]
            )
    return model


def head(shape: tuple[int, ...]) -> keras.Model:
    keras.utils.set_random_seed(9)
    return keras.Sequential([keras.Input(shape), layers.Dense(3, activation="softmax", name="new")])


def samples() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(1)
    labels = np.arange(24) % 3
    images = random.normal(size=(24, 12, 12, 3)).astype("float32")
    return images + labels[:, None, None, None] * 0.5, labels


def cut_in_two(trainable=("three.conv",)):
    return split(backbone(), "two.add", "pool", trainable, head, "models/x.py")


def test_both_parts_together_answer_as_the_whole():
    base, tail = cut_in_two()
    whole = backbone()
    images, _ = samples()
    pooled = keras.Model(whole.inputs, whole.get_layer("pool").output)
    expected = head((8,)).predict(pooled.predict(images, verbose=0), verbose=0)
    found = tail.predict(base.predict(images, verbose=0), verbose=0)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert [layer.name for layer in tail.layers if layer.trainable and layer.weights] == [
        "three.conv",
        "new",
    ]
    assert base.trainable_weights == []


def uncut_training() -> tuple[list[float], list[np.ndarray]]:
    """The whole network, computed for every step: the base in inference mode, as Keras computes
    layers that are frozen."""
    whole = backbone()
    features = whole.get_layer("pool").output
    model = keras.Model(whole.inputs, head((8,))(features))
    for layer in whole.layers:
        layer.trainable = layer.name == "three.conv"
    optimizer = keras.optimizers.SGD(STEPS["rate"], momentum=STEPS["momentum"])
    model.compile(optimizer, loss="categorical_crossentropy")
    images, labels = samples()
    losses = []
    for _ in range(STEPS["epochs"]):
        for at in range(0, len(images), STEPS["batch"]):
            rows = slice(at, at + STEPS["batch"])
            targets = keras.utils.to_categorical(labels[rows], 3)
            losses.append(float(model.train_on_batch(images[rows], targets)))
            model.reset_metrics()
    return losses, [weight.numpy() for weight in model.trainable_weights]


def in_the_page(tmp_path, base, tail) -> dict:
    images, labels = samples()
    features = base.predict(images, verbose=0)
    write_layers_model(tail, tmp_path / "tail", trainable=True)
    asked = {
        "model": str(tmp_path / "tail" / "model.json"),
        "features": features.ravel().tolist(),
        "labels": labels.tolist(),
        "shape": list(features.shape[1:]),
        "classes": 3,
        **STEPS,
    }
    done = subprocess.run(
        ["node", str(ROOT / "tests/training/train_tail.mjs")],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_training_the_tail_in_the_page_is_training_the_uncut_model(tmp_path):
    expected_losses, expected = uncut_training()
    found = in_the_page(tmp_path, *cut_in_two())
    assert len(expected_losses) == 12
    assert expected_losses[-1] < expected_losses[0] - 0.1  # something was learned
    np.testing.assert_allclose(found["losses"], expected_losses, atol=1e-4)
    assert [len(each["values"]) for each in found["weights"]] == [w.size for w in expected]
    for each, wanted in zip(found["weights"], expected, strict=True):
        np.testing.assert_allclose(each["values"], wanted.ravel(), atol=1e-4, err_msg=each["name"])
    before = head((8,)).get_weights()[0]
    assert np.abs(np.array(found["weights"][-2]["values"]) - before.ravel()).max() > 0.01


def test_with_batch_norms_that_are_trained_the_page_goes_by_the_batch_as_keras_does(tmp_path):
    """Only what is frozen is in inference mode."""
    _, tail = cut_in_two(trainable=("three.*",))
    write_layers_model(tail, tmp_path / "tail", trainable=True)
    written = json.loads((tmp_path / "tail" / "model.json").read_text())
    kinds = {
        each["class_name"]: each["config"].get("trainable")
        for each in written["modelTopology"]["model_config"]["config"]["layers"]
    }
    assert kinds["BatchNormalization"] is True
    _, frozen = cut_in_two()
    write_layers_model(frozen, tmp_path / "frozen", trainable=True)
    written = json.loads((tmp_path / "frozen" / "model.json").read_text())
    config = written["modelTopology"]["model_config"]["config"]["layers"]
    kinds = {each["class_name"]: each["config"].get("trainable") for each in config}
    assert "BatchNormalization" not in kinds
    assert kinds["DepthwiseConv2D"] is False


@pytest.mark.parametrize(
    ("cut", "end", "trainable", "said"),
    [
        ("two.addd", "pool", (), r"Transfer\(cut='two.addd'\).*Did you mean 'two.add'"),
        ("two.add", "pol", (), "end='pol'.*no such layer.*'pool'"),
        ("three.norm", "pool", (), "a path from its input to 'pool' does not lead through"),
        ("pool", "two.add", (), "does not lead through"),
        ("two.add", "pool", ("four.*",), "names 'four.[*]', which fits no layer between"),
    ],
)
def test_a_cut_that_does_not_divide_the_network_is_refused(cut, end, trainable, said):
    with pytest.raises(ModelError, match=said):
        split(backbone(), cut, end, trainable, head, "models/x.py")


def test_a_head_for_another_shape_is_refused():
    with pytest.raises(ModelError, match=r"samples of shape \(7,\), but 'pool' gives \(8,\)"):
        split(backbone(), "two.add", "pool", (), lambda _: head((7,)), "models/x.py")


def test_a_layer_of_the_head_that_is_called_as_one_of_the_backbone_is_refused():
    def alike(shape):
        return keras.Sequential([keras.Input(shape), layers.Dense(3, name="three.relu")])

    with pytest.raises(ModelError, match=r"a layer 'three.relu', as the backbone has one"):
        split(backbone(), "two.add", "pool", (), alike, "models/x.py")

    def features(shape):
        return keras.Sequential([keras.Input(shape), layers.Dense(3, name="features")])

    _, tail = split(backbone(), "pool", "", (), features, "models/x.py")
    assert tail.layers[-1].name == "features"


def test_the_cut_may_be_the_end():
    base, tail = split(backbone(), "pool", "", (), head, "models/x.py")
    assert base.output.shape == (None, 8)
    assert [type(layer).__name__ for layer in tail.layers] == ["InputLayer", "Dense"]


def test_webassembly_trains_dense_layers_alone():
    _, dense = split(backbone(), "pool", "", (), head, "models/x.py")
    _, convolving = cut_in_two()
    assert trains_on(dense, ("webgl", "wasm", "cpu")) == ["wasm", "webgl", "cpu"]
    assert trains_on(convolving, ("webgl", "wasm")) == ["webgl", "cpu"]
