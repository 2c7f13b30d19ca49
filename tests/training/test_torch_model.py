"""Weights of PyTorch in Keras's layers, against convolutions written out."""

from __future__ import annotations

import numpy as np
import pytest

from prebake.errors import ModelError
from prebake.training.torch_model import fill


def model():
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input((5, 5, 2)),
            layers.Conv2D(3, 3, name="a.0"),
            layers.BatchNormalization(epsilon=1e-5, name="a.1"),
            layers.DepthwiseConv2D(2, use_bias=False, name="b"),
            layers.Flatten(),
            layers.Dense(4, name="c"),
        ]
    )


SHAPES = {
    "a.0.weight": (3, 2, 3, 3),
    "a.0.bias": (3,),
    "a.1.weight": (3,),
    "a.1.bias": (3,),
    "a.1.running_mean": (3,),
    "a.1.running_var": (3,),
    "b.weight": (3, 1, 2, 2),
    "c.weight": (4, 12),
    "c.bias": (4,),
}


def tensors(**changes):
    random = np.random.default_rng(0)
    found = {n: random.random(shape).astype(np.float32) for n, shape in SHAPES.items()}
    return {**found, "a.1.num_batches_tracked": np.array(7), **changes}


def correlate(image, kernel):
    """PyTorch's convolution of ``[c, h, w]`` with ``[out, c, kh, kw]``."""
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape[2:], (1, 2))
    return np.einsum("chwyx,ocyx->ohw", windows, kernel)


def test_the_model_answers_as_pytorch_would():
    made, given = model(), tensors()
    fill(made, given, ["*.num_batches_tracked"], "w.pth")
    image = np.random.default_rng(1).random((2, 5, 5)).astype(np.float32)
    x = correlate(image, given["a.0.weight"]) + given["a.0.bias"][:, None, None]
    mean, variance = given["a.1.running_mean"], given["a.1.running_var"]
    scale = given["a.1.weight"] / np.sqrt(variance + 1e-5)
    x = (x - mean[:, None, None]) * scale[:, None, None] + given["a.1.bias"][:, None, None]
    x = np.stack([correlate(x[i : i + 1], given["b.weight"][i : i + 1])[0] for i in range(3)])
    # As PyTorch flattens: channels first.
    expected = given["c.weight"] @ x.ravel() + given["c.bias"]
    answer = np.asarray(made(image.transpose(1, 2, 0)[None]))[0]
    np.testing.assert_allclose(answer, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"c.bias": None}, r"no entry 'c.bias', which the layer 'c' needs"),
        ({"d.weight": np.zeros(3)}, r"no layer takes its entry 'd.weight' \(1 are left over\)"),
        ({"a.0.weight": np.zeros((3, 2, 5, 5))}, r"shape \[3, 2, 5, 5\], from which none of"),
    ],
)
def test_what_does_not_fit_is_named(change, problem):
    given = {name: values for name, values in tensors(**change).items() if values is not None}
    with pytest.raises(ModelError, match=problem):
        fill(model(), given, ["*.num_batches_tracked"], "w.pth")


def test_a_layer_of_another_kind_is_refused():
    import keras

    made = keras.Sequential([keras.Input((4, 2)), keras.layers.LSTM(3, name="l")])
    with pytest.raises(ModelError, match="'l' is a LSTM"):
        fill(made, {}, [], "w.pth")
