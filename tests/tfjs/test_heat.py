"""Where a classifier looked, against TensorFlow's own gradients and against tfjs."""

from __future__ import annotations

import numpy as np
import pytest

from prebake.errors import ModelError
from prebake.tfjs.graph import write_graph_model
from prebake.tfjs.graphs.heat import with_heat
from tests.conftest import ROOT


def network(units: int = 1, hidden: bool = True):
    import keras
    from keras import layers

    keras.utils.set_random_seed(4)
    x = pixels = keras.Input((12, 10, 1))
    x = layers.Conv2D(5, 3, activation="relu", name="maps")(x)
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    x = layers.BatchNormalization()(x)
    if hidden:
        x = layers.Dropout(0.4)(x)
        x = layers.Dense(7, activation="relu", bias_initializer="random_normal")(x)
        x = layers.Dense(6)(x)
    x = layers.Dense(units, activation="sigmoid" if units == 1 else "softmax", name="answer")(x)
    model = keras.Model(pixels, x)
    norm = next(each for each in model.layers if type(each).__name__ == "BatchNormalization")
    random = np.random.default_rng(2)
    norm.set_weights([random.uniform(0.5, 2, 5).astype(np.float32) for _ in range(4)])
    return model


IMAGES = np.random.default_rng(1).random((3, 12, 10, 1)).astype(np.float32)


def expected(model, positive: int) -> np.ndarray:
    """Grad-CAM by TensorFlow's gradients."""
    import keras
    import tensorflow as tf

    maps = keras.Model(model.inputs, model.get_layer("maps").output)(IMAGES)
    names = [layer.name for layer in model.layers]
    pooled = tf.reduce_mean(maps, (1, 2))
    with tf.GradientTape() as tape:
        tape.watch(pooled)
        x = pooled
        for layer in model.layers[names.index("pool") + 1 : -1]:
            x = layer(x, training=False)
        last = model.layers[-1]
        logits = tf.matmul(x, last.kernel) + last.bias
        if logits.shape[1] == 1:
            logit = logits[:, 0] if positive else -logits[:, 0]
        else:
            logit = logits[:, positive] - logits[:, 1 - positive]
    gradient = tape.gradient(logit, pooled)
    return np.asarray(tf.reduce_sum(maps * gradient[:, None, None, :], -1))


@pytest.mark.parametrize("hidden", [True, False])
@pytest.mark.parametrize("units", [1, 2])
@pytest.mark.parametrize("positive", [0, 1])
def test_heat_is_the_gradient_times_the_maps(units, hidden, positive):
    model = network(units, hidden)
    answers, heat = with_heat(model, "maps", positive, "models/m.py")(IMAGES)
    np.testing.assert_allclose(answers, model(IMAGES), atol=1e-6)
    assert heat.shape == (3, 10, 8)
    np.testing.assert_allclose(heat, expected(model, positive), atol=1e-5)


def test_without_a_hidden_layer_the_mean_of_the_heat_is_the_logit_but_for_a_constant():
    model = network(1, hidden=False)
    answers, heat = with_heat(model, "maps", 1, "models/m.py")(IMAGES)
    answers = np.asarray(answers)[:, 0]
    rest = np.log(answers / (1 - answers)) - np.asarray(heat).mean((1, 2))
    np.testing.assert_allclose(rest, rest[0], atol=1e-4)


@pytest.mark.parametrize(
    ("layer", "problem"),
    [
        ("mapps", "no such layer. Did you mean 'maps'"),
        ("pool", "BatchNormalization, .* follows on it, expected Global"),
        ("answer", "nothing follows on it"),
    ],
)
def test_a_layer_that_is_not_pooled_is_refused(layer, problem):
    with pytest.raises(ModelError, match=problem):
        with_heat(network(), layer, 1, "models/m.py")


def test_tfjs_answers_with_the_same_heat(tmp_path):
    import json

    from prebake.tfjs import replay
    from prebake.tfjs.operators import check_operators

    model = network()
    write_graph_model(model, tmp_path, heat=("maps", 1))
    check_operators(tmp_path, ROOT, ("webgl", "wasm", "cpu"))
    outputs = json.loads((tmp_path / "model.json").read_text())["signature"]["outputs"]
    assert list(outputs) == ["answer", "heat"]
    answered = replay.answers(ROOT, tmp_path, IMAGES, "cpu")
    np.testing.assert_allclose(answered.outputs.reshape(3, 1), model(IMAGES), atol=1e-6)
