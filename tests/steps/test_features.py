"""What a base makes of the samples; the whole step is built in test_models."""

from __future__ import annotations

from types import SimpleNamespace

import keras
import numpy as np
from keras import layers

from prebake.steps.features import _as_stored
from prebake.tfjs.weights import encode


def a_base() -> keras.Model:
    keras.utils.set_random_seed(5)
    return keras.Sequential(
        [
            keras.Input((12, 12, 1)),
            layers.Conv2D(6, 3, activation="relu"),
            layers.Conv2D(8, 3, activation="relu"),
            layers.GlobalAveragePooling2D(),
        ]
    )


def test_features_are_those_of_the_weights_as_they_are_stored(tmp_path):
    base = a_base()
    images = np.random.default_rng(1).uniform(0, 1, (7, 12, 12, 1)).astype(np.float32)
    context = SimpleNamespace(out=tmp_path)
    plain = _as_stored(context, base, "none")(images)
    stored = _as_stored(context, base, "uint8")(images)
    assert list(tmp_path.iterdir()) == []
    np.testing.assert_allclose(plain, base.predict(images, verbose=0), atol=1e-6)
    assert np.abs(plain - stored).max() > 1e-4
    base.set_weights(
        [
            encode("w", values, "uint8" if values.ndim > 1 else "float16").decoded
            for values in base.get_weights()
        ]
    )
    np.testing.assert_allclose(stored, base.predict(images, verbose=0), atol=1e-6)
