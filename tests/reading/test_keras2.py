"""Files of Keras 2 as tf_keras writes them, and of older versions by hand, against its answers."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

from prebake.declare.weights import KerasFile
from prebake.errors import ModelError
from prebake.training.existing import read_model

tf_keras = pytest.importorskip("tf_keras")
L = tf_keras.layers
IMAGE, STEPS = (12, 12, 3), (10, 4)


def chain(shape, *stack):
    return tf_keras.Sequential([L.Input(shape), *stack])


def wired(shape, wire):
    given = L.Input(shape)
    return tf_keras.Model(given, wire(given))


def teachable():
    """A Sequential of Sequentials around a network, as Teachable Machine saves it."""
    network = wired(
        IMAGE,
        lambda x: L.ReLU(6.0)(
            L.BatchNormalization()(L.DepthwiseConv2D(3)(L.Conv2D(4, 3, use_bias=False)(x)))
        ),
    )
    inner = tf_keras.Sequential([network, L.GlobalAveragePooling2D()])
    head = chain((4,), L.Dense(5, activation="relu"), L.Dense(2, activation="softmax"))
    return tf_keras.Sequential([inner, head])


def branches(x):
    one, two = L.Conv2D(2, 3, padding="same")(x), L.Conv2D(2, 1)(x)
    both = L.Concatenate()([L.Add()([one, two]), L.Multiply()([one, two]), L.Maximum()([one, two])])
    return L.Flatten()(L.MaxPooling2D()(both))


def shared(x):
    dense = L.Dense(4, activation="tanh")
    return L.Average()([dense(x), dense(dense(x))])


def residual(x):
    y = L.BatchNormalization()(L.Conv2D(3, 3, padding="same")(x))
    return L.GlobalAveragePooling2D()(L.Activation("relu")(y + x))


MODELS = {
    "dense": lambda: chain((6,), L.Dense(5, activation="relu"), L.Dropout(0.3), L.Dense(2)),
    "convolutions": lambda: chain(
        IMAGE, L.Conv2D(4, 3), L.BatchNormalization(), L.ReLU(), L.Flatten(), L.Dense(2)
    ),
    "separable": lambda: chain(IMAGE, L.SeparableConv2D(4, 3), L.GlobalMaxPooling2D()),
    "depthwise": lambda: chain(IMAGE, L.DepthwiseConv2D(3, depth_multiplier=2), L.Flatten()),
    "transposed": lambda: chain(IMAGE, L.Conv2DTranspose(2, 3, strides=2)),
    "padding and pooling": lambda: chain(
        IMAGE, L.ZeroPadding2D(1), L.Cropping2D(2), L.AveragePooling2D(), L.UpSampling2D()
    ),
    "one dimension": lambda: chain(STEPS, L.Conv1D(3, 3, padding="causal"), L.MaxPooling1D()),
    "lstm": lambda: chain(STEPS, L.LSTM(4, return_sequences=True), L.LSTM(3)),
    "gru": lambda: chain(STEPS, L.GRU(3)),
    "gru without reset_after": lambda: chain(STEPS, L.GRU(3, reset_after=False)),
    "simple rnn": lambda: chain(STEPS, L.SimpleRNN(3)),
    "bidirectional": lambda: chain(STEPS, L.Bidirectional(L.LSTM(3)), L.Dense(2)),
    "time distributed": lambda: chain(STEPS, L.TimeDistributed(L.Dense(3)), L.Flatten()),
    "embedding": lambda: chain((7,), L.Embedding(20, 4), L.GlobalAveragePooling1D(), L.Dense(2)),
    "activations": lambda: chain(
        (6,), L.Dense(4), L.LeakyReLU(0.2), L.PReLU(), L.ELU(), L.Softmax()
    ),
    "layer normalisation": lambda: chain((6,), L.LayerNormalization(), L.Dense(2)),
    "reshape and permute": lambda: chain((12,), L.Reshape((3, 4)), L.Permute((2, 1)), L.Flatten()),
    "branches": lambda: wired(IMAGE, branches),
    "a shared layer": lambda: wired((4,), shared),
    "a residual block with a plain sum": lambda: wired(IMAGE, residual),
    "a nested model": lambda: wired((6,), lambda x: L.Dense(2)(chain((6,), L.Dense(4))(x))),
    "teachable machine": teachable,
    "mobilenet": lambda: tf_keras.applications.MobileNetV2(
        (32, 32, 3), alpha=0.35, weights=None, classes=3
    ),
    "rescaling": lambda: chain(IMAGE, L.Rescaling(1 / 127.5, -1), L.Conv2D(2, 3), L.Flatten()),
}


def answers(model, inputs):
    return np.asarray(model(inputs))


def inputs_of(model):
    shape = model.inputs[0].shape[1:]
    random = np.random.default_rng(1)
    if any(type(layer).__name__ == "Embedding" for layer in model.layers):
        return random.integers(0, 20, (3, *shape)).astype("f4")
    return random.normal(size=(3, *shape)).astype("f4")


def with_noise(model):
    """Every weight another number, so that one in a wrong place shows."""
    random = np.random.default_rng(2)
    model.set_weights([w + random.uniform(0.05, 0.2, w.shape) for w in model.get_weights()])
    return model


def read(folder: Path, name: str):
    return read_model(KerasFile(name), folder)


def edit(path, change):
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        file.attrs["model_config"] = json.dumps(change(config))


def with_keywords(config, layer, more):
    """The configuration with further keywords for the layers of a class."""
    for each in config["config"]["layers"]:
        if each["class_name"] == layer:
            each["config"].update(more)
    return config


@pytest.mark.parametrize("kind", ["m.h5", "m.keras", "hdf5.keras"])
@pytest.mark.parametrize("name", MODELS)
def test_a_file_of_tf_keras_answers_as_it_does_there(tmp_path, name, kind):
    model = with_noise(MODELS[name]())
    given = inputs_of(model)
    if kind == "hdf5.keras":
        model.save(tmp_path / "saved.h5")
        (tmp_path / "saved.h5").rename(tmp_path / kind)
    else:
        model.save(tmp_path / kind)
    made = read(tmp_path, kind)
    np.testing.assert_allclose(answers(made, given), answers(model, given), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "layer", "more"),
    [
        ("depthwise", "DepthwiseConv2D", {"groups": 1}),
        ("lstm", "LSTM", {"time_major": False, "implementation": 1}),
        ("transposed", "Conv2DTranspose", {"output_padding": None}),
        ("convolutions", "BatchNormalization", {"fused": True, "virtual_batch_size": None}),
        ("embedding", "Embedding", {"input_length": 7}),
    ],
)
def test_keywords_that_say_nothing_are_dropped(tmp_path, name, layer, more):
    model = with_noise(MODELS[name]())
    model.save(tmp_path / "m.h5")
    given = inputs_of(model)

    edit(tmp_path / "m.h5", lambda config: with_keywords(config, layer, more))
    np.testing.assert_allclose(
        answers(read(tmp_path, "m.h5"), given), answers(model, given), rtol=1e-4, atol=1e-5
    )


def test_a_slash_in_the_name_of_a_layer(tmp_path):
    model = with_noise(
        tf_keras.Sequential([L.Input((6,)), L.Dense(4, name="a/dense"), L.Dense(2, name="b/dense")])
    )
    model.save(tmp_path / "m.h5")
    given = inputs_of(model)
    np.testing.assert_allclose(
        answers(read(tmp_path, "m.h5"), given), answers(model, given), rtol=1e-5
    )


def test_a_sequential_model_of_keras_1(tmp_path):
    """A list of layers with the old keywords, and weights whose names say nothing."""
    random = np.random.default_rng(0)
    weights = [random.normal(size=s).astype("f4") for s in ((3, 3, 2, 4), (4,), (100, 3), (3,))]
    convolution = {
        "name": "convolution2d_1", "nb_filter": 4, "nb_row": 3, "nb_col": 3, "subsample": [1, 1],
        "border_mode": "valid", "dim_ordering": "tf", "activation": "relu", "bias": True,
        "init": "glorot_uniform", "W_regularizer": None, "batch_input_shape": [None, 7, 7, 2],
        "input_dtype": "float32", "trainable": True,
    }  # fmt: skip
    dense = {"name": "dense_1", "output_dim": 3, "activation": "softmax", "bias": True,
             "init": "glorot_uniform", "input_dim": 100}  # fmt: skip
    layers = [
        {"class_name": "Convolution2D", "config": convolution},
        {"class_name": "Flatten", "config": {"name": "flatten_1", "trainable": True}},
        {"class_name": "Dropout", "config": {"name": "dropout_1", "p": 0.5}},
        {"class_name": "Dense", "config": dense},
    ]
    with h5py.File(tmp_path / "m.h5", "w") as file:
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": layers})
        file.attrs["keras_version"] = "1.2.2"
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [b"convolution2d_1", b"flatten_1", b"dropout_1", b"dense_1"]
        held = {
            "convolution2d_1": weights[:2],
            "flatten_1": [],
            "dropout_1": [],
            "dense_1": weights[2:],
        }
        for name, values in held.items():
            inner = group.create_group(name)
            names = [f"{name}_{letter}" for letter in "Wb"][: len(values)]
            inner.attrs["weight_names"] = [each.encode() for each in names]
            for each, value in zip(names, values, strict=True):
                inner.create_dataset(each, data=value)
    layers = keras.layers
    same = keras.Sequential(
        [
            keras.Input((7, 7, 2)),
            layers.Conv2D(4, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ]
    )
    same.set_weights(weights)
    given = random.normal(size=(3, 7, 7, 2)).astype("f4")
    np.testing.assert_allclose(
        answers(read(tmp_path, "m.h5"), given), answers(same, given), rtol=1e-5
    )


@pytest.mark.parametrize(
    ("name", "layer", "more", "problem"),
    [
        ("lstm", "LSTM", {"time_major": True}, "has time_major=True"),
        ("lstm", "LSTM", {"recurrent_activation": "hard_sigmoid"}, "hard sigmoid of Keras 2"),
        ("convolutions", "Conv2D", {"data_format": "channels_first"}, "has the channels first"),
        ("depthwise", "DepthwiseConv2D", {"groups": 3}, "has groups=3, which Keras 3 does not"),
        ("dense", "Dense", {"units": "many"}, "cannot be made"),
        ("dense", "Dense", {"surprise": 1}, "has surprise=1"),
    ],
)
def test_what_keras_3_does_otherwise_is_refused_by_name(tmp_path, name, layer, more, problem):
    MODELS[name]().save(tmp_path / "m.h5")

    edit(tmp_path / "m.h5", lambda config: with_keywords(config, layer, more))
    with pytest.raises(ModelError, match=problem) as refused:
        read(tmp_path, "m.h5")
    assert str(refused.value).startswith("m.h5: the layer")
    assert len(str(refused.value)) < 500


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda config: {"class_name": "MyModel", "config": {}}, "a class of its own"),
        (lambda config: {"class_name": "Sequential", "config": []}, "has no layers"),
        (lambda config: [], "configuration is damaged"),
        (
            lambda config: {
                "class_name": "Sequential",
                "config": [{"class_name": "Mine", "config": {}}],
            },
            "does not say the shape of its input",
        ),
    ],
)
def test_a_damaged_configuration_is_a_sentence(tmp_path, change, problem):
    MODELS["dense"]().save(tmp_path / "m.h5")
    edit(tmp_path / "m.h5", change)
    with pytest.raises(ModelError, match=problem):
        read(tmp_path, "m.h5")


def test_a_configuration_that_nests_without_end_is_a_sentence(tmp_path):
    MODELS["dense"]().save(tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5", "r+") as file:
        del file.attrs["model_config"]
        file.attrs.create("model_config", "x", dtype=h5py.string_dtype())
        file.attrs["model_config"] = "[" * 20_000
    with pytest.raises(ModelError, match="no .h5 file with a whole model|configuration is damaged"):
        read(tmp_path, "m.h5")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_refused(tmp_path, value):
    model = MODELS["dense"]()
    model.set_weights([w * value if w.ndim == 2 else w for w in model.get_weights()])
    model.save(tmp_path / "m.h5")
    with pytest.raises(ModelError, match="hold NaN or infinity"):
        read(tmp_path, "m.h5")


def test_weights_of_other_shapes_are_refused(tmp_path):
    MODELS["dense"]().save(tmp_path / "m.h5")

    def change(config):
        config["config"]["layers"][1]["config"]["units"] = 6
        return config

    edit(tmp_path / "m.h5", change)
    with pytest.raises(ModelError, match=r"have the shapes .*, expected"):
        read(tmp_path, "m.h5")


def test_weights_alone_are_refused(tmp_path):
    MODELS["dense"]().save_weights(tmp_path / "m.h5")
    with pytest.raises(ModelError, match="no .h5 file with a whole model"):
        read(tmp_path, "m.h5")
