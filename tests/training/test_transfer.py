"""Features learned on other classes: what is shared, stored, and put back."""

from __future__ import annotations

import numpy as np
import pytest

from prebake.errors import ModelError
from prebake.training.transfer import load_features, save_features, with_head

keras = pytest.importorskip("keras")


def network(units=3, width=4, last="softmax"):
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            layers.Conv2D(width, 3),
            layers.BatchNormalization(),
            layers.GlobalAveragePooling2D(),
            layers.Dense(units, activation=last, name="answer"),
        ]
    )


def test_another_head_shares_all_other_layers():
    model = network()
    other = with_head(model, 7, "models/x.py")
    assert other.output_shape == (None, 7)
    assert other.layers[-1].activation.__name__ == "softmax"
    kernel = model.layers[0].kernel
    assert any(weight is kernel for weight in other.weights)


def test_training_the_other_head_trains_the_features_and_leaves_the_answers():
    model = network()
    before = [np.asarray(weight) for weight in model.weights]
    other = with_head(model, 7, "models/x.py")
    other.compile("adam", "sparse_categorical_crossentropy")
    random = np.random.default_rng(0)
    other.fit(random.random((32, 6, 6, 1)), random.integers(0, 7, 32), verbose=0)
    after = [np.asarray(weight) for weight in model.weights]
    changed = [not np.array_equal(a, b) for a, b in zip(before, after, strict=True)]
    assert changed == [True] * 6 + [False] * 2


def test_features_are_stored_and_put_into_a_model_of_the_same_build(tmp_path):
    model = network()
    save_features(model, tmp_path, "models/x.py")
    fresh = network()
    answers = np.asarray(fresh.layers[-1].kernel)
    load_features(fresh, tmp_path, "models/x.py")
    for mine, stored in zip(fresh.weights[:6], model.weights[:6], strict=True):
        np.testing.assert_array_equal(np.asarray(mine), np.asarray(stored))
    np.testing.assert_array_equal(np.asarray(fresh.layers[-1].kernel), answers)


def test_a_build_that_makes_other_layers_is_refused(tmp_path):
    save_features(network(), tmp_path, "models/x.py")
    with pytest.raises(ModelError, match="other layers than it did for the pretraining"):
        load_features(network(width=5), tmp_path, "models/x.py")


def test_a_model_that_ends_with_something_else_is_refused():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Softmax()])
    with pytest.raises(ModelError, match=r"its last layer is .*Softmax.* expected a Dense"):
        with_head(model, 5, "models/x.py")
