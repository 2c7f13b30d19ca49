"""Layers models read back into Keras: this project's own, and those that tfjs saves itself."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from prebake.errors import ModelError
from prebake.tfjs.layers import write_layers_model
from prebake.tfjs.reader import read_layers_model

from . import models

SAVE = Path(__file__).with_name("save.mjs")
TOLERANCE = 1e-5


def drawn(model: Any, seed: int) -> list[np.ndarray]:
    """A batch for each input."""
    random = np.random.default_rng(seed)
    shapes = [(2, *(5 if n is None else n for n in t.shape[1:])) for t in model.inputs]
    return [
        random.integers(0, 7, shape).astype("int32")
        if "int" in str(tensor.dtype)
        else random.normal(size=shape).astype("float32")
        for shape, tensor in zip(shapes, model.inputs, strict=True)
    ]


def answers(model: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
    import keras

    made = model(inputs if len(inputs) > 1 else inputs[0], training=False)
    return [np.asarray(tensor) for tensor in keras.tree.flatten(made)]


def shuffle_weights(model: Any) -> None:
    """Gives every weight a value of its own: zeros and ones would hide what is mixed up."""
    random = np.random.default_rng(7)
    for weight in model.weights:
        weight.assign(random.uniform(0.1, 0.9, weight.shape).astype("float32"))


def demand_same(found: list[np.ndarray], expected: list[np.ndarray]) -> None:
    assert [each.shape for each in found] == [each.shape for each in expected]
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=TOLERANCE, atol=TOLERANCE)


# -- what the writer wrote -----------------------------------------------------------------


@pytest.mark.parametrize("name", models.ALL)
def test_a_written_model_answers_as_before(name: str, tmp_path: Path) -> None:
    model = models.ALL[name]()
    shuffle_weights(model)
    write_layers_model(model, tmp_path)
    back = read_layers_model(tmp_path)
    assert back.name == model.name
    inputs = drawn(model, 3)
    demand_same(answers(back, inputs), answers(model, inputs))


def test_mobilenet(tmp_path: Path) -> None:
    import keras

    keras.utils.set_random_seed(4)
    shape = (32, 32, 3)
    model = keras.applications.MobileNet(weights=None, input_shape=shape, alpha=0.25, classes=7)
    write_layers_model(model, tmp_path)
    inputs = drawn(model, 5)
    demand_same(answers(read_layers_model(tmp_path), inputs), answers(model, inputs))


def test_what_concerns_training_is_kept(tmp_path: Path) -> None:
    import keras

    frozen = keras.layers.Dense(3, name="frozen")
    frozen.trainable = False
    model = keras.Sequential(
        [
            keras.Input((4,)),
            frozen,
            keras.layers.BatchNormalization(trainable=False, name="norm"),
            keras.layers.Dense(
                2, kernel_regularizer=keras.regularizers.L2(0.25), bias_constraint="non_neg",
                kernel_initializer="lecun_normal", name="free",
            ),
        ]
    )  # fmt: skip
    model.compile("adam", "mse")
    write_layers_model(model, tmp_path, trainable=True)
    assert "trainingConfig" in document(tmp_path)
    back = read_layers_model(tmp_path)
    assert [layer.trainable for layer in back.layers] == [False, False, True]
    last = back.get_layer("free")
    assert float(last.kernel_regularizer.l2) == 0.25
    assert type(last.bias_constraint).__name__ == "NonNeg"
    assert type(last.kernel_initializer).__name__ == "LecunNormal"
    assert not back.compiled


def test_what_was_read_can_be_written_again(tmp_path: Path) -> None:
    model = models.ALL["shared in an awkward order"]()
    shuffle_weights(model)
    write_layers_model(model, tmp_path / "once")
    write_layers_model(read_layers_model(tmp_path / "once"), tmp_path / "twice")
    inputs = drawn(model, 2)
    demand_same(answers(read_layers_model(tmp_path / "twice"), inputs), answers(model, inputs))


# -- what tfjs saved -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    node = shutil.which("node")
    assert node, "Node is needed"
    folder = tmp_path_factory.mktemp("saved")
    subprocess.run([node, str(SAVE), str(folder)], check=True, timeout=120)
    return folder


def replay(folder: Path) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The inputs that tfjs was given, and what it answered."""
    shapes = json.loads((folder / "replay/index.json").read_text())
    files = (folder / "replay/inputs.bin", folder / "replay/outputs.bin")
    inputs, outputs = (
        list(_cut(np.fromfile(file, "<f4"), each)) for file, each in zip(files, shapes, strict=True)
    )
    return inputs, outputs


def _cut(numbers: np.ndarray, shapes: list[list[int]]) -> Iterator[np.ndarray]:
    for shape in shapes:
        yield numbers[: math.prod(shape)].reshape(shape)
        numbers = numbers[math.prod(shape) :]


@pytest.mark.parametrize(
    "name",
    [
        "images",
        "activations",
        "recurrent",
        "frames",
        "states",
        "shared",
        "nested",
        "ranks",
        "words",
    ],
)
def test_keras_answers_as_tfjs_did(name: str, saved: Path) -> None:
    inputs, outputs = replay(saved / name)
    demand_same(answers(read_layers_model(saved / name), inputs), outputs)


def test_tfjs_hard_sigmoid_is_not_that_of_keras() -> None:
    import keras

    from prebake.tfjs.reading.activations import tfjs_hard_sigmoid

    x = np.array([-3, -2.5, -1, 0, 1, 2.5, 3], "float32")
    expected = np.array([0, 0, 0.3, 0.5, 0.7, 1, 1], "float32")
    np.testing.assert_allclose(np.asarray(tfjs_hard_sigmoid(x)), expected, atol=1e-6)
    assert abs(float(keras.activations.hard_sigmoid(x)[2]) - 0.3) > 0.01


def test_the_frozen_layer_of_a_page_stays_frozen(saved: Path) -> None:
    import keras

    model = read_layers_model(saved / "nested")
    stack = next(layer for layer in model.layers if isinstance(layer, keras.Sequential))
    assert not stack.layers[0].trainable
    assert stack.layers[1].trainable


def test_a_mask_that_tfjs_hands_on_otherwise_is_refused(saved: Path) -> None:
    with pytest.raises(ModelError, match="it masks its input, and Keras may answer otherwise"):
        read_layers_model(saved / "masked")


# -- what is refused -----------------------------------------------------------------------


def document(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "model.json").read_text())


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    write_layers_model(models.ALL["Dense"](), folder)
    return folder


Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def changed(small: Path, tmp_path: Path) -> Callable[[Change], Path]:
    """The small model with its JSON changed."""

    def make(change: Change) -> Path:
        shutil.copytree(small, tmp_path / "changed")
        made = document(small)
        change(made)
        (tmp_path / "changed/model.json").write_text(json.dumps(made))
        return tmp_path / "changed"

    return make


def layer(made: dict[str, Any], number: int) -> dict[str, Any]:
    return made["modelTopology"]["model_config"]["config"]["layers"][number]


def config(**values: object) -> Change:
    return lambda made: layer(made, 1)["config"].update(values)


def of_class(name: str, **values: object) -> Change:
    def change(made: dict[str, Any]) -> None:
        layer(made, 1).update(class_name=name, config={"name": "odd", **values})

    return change


def weights(made: dict[str, Any]) -> list[dict[str, Any]]:
    return made["weightsManifest"][0]["weights"]


REFUSED: dict[str, tuple[Change, str]] = {
    "a graph model": (
        lambda made: made.update(format="graph-model"),
        "model.json: it is a graph model, which holds operations and no layers. Declare the",
    ),
    "a graph model without a format": (
        lambda made: made.update(format=None, modelTopology={"node": []}),
        "it is a graph model",
    ),
    "other JSON": (
        lambda made: made.pop("modelTopology"),
        "it is no TensorFlow.js model: it has no modelTopology. Name the folder",
    ),
    "a topology without a model": (
        lambda made: made.update(modelTopology={"backend": "x"}),
        "its modelTopology names no model.",
    ),
    "a layer as the model": (
        lambda made: made["modelTopology"]["model_config"].update(class_name="Dense"),
        "its topology is a Dense, expected Sequential or Functional.",
    ),
    "no weights at all": (
        lambda made: made.pop("weightsManifest"),
        "it describes a model without its weights. Save the model with model.save",
    ),
    "a damaged manifest": (
        lambda made: weights(made)[0].pop("shape"),
        "its weightsManifest is damaged: KeyError('shape').",
    ),
    "an unknown class": (
        of_class("GroupNormalization"),
        "layer 'odd' (GroupNormalization): this class of layers cannot be read back into Keras.",
    ),
    "bilinear enlarging": (
        of_class("UpSampling2D", interpolation="bilinear"),
        "layer 'odd' (UpSampling2D): tfjs enlarges with bilinear interpolation in another way",
    ),
    "channels first": (
        of_class("MaxPooling2D", data_format="channelsFirst"),
        "it has the channels first, which Keras cannot compute on a processor.",
    ),
    "causal padding": (
        of_class("Conv1D", filters=1, kernel_size=2, padding="causal"),
        "its padding is 'causal', which tfjs cannot compute.",
    ),
    "an ELU of another alpha": (of_class("ELU", alpha=0.5), "its alpha is not 1"),
    "a GRU with reset_after": (
        of_class("GRU", units=2, reset_after=True),
        "it has reset_after, which tfjs cannot compute.",
    ),
    "the states of stacked cells": (
        of_class(
            "RNN",
            return_state=True,
            cell={"class_name": "StackedRNNCells", "config": {"cells": []}},
        ),
        "it returns the states of stacked cells",
    ),
    "an unknown activation": (
        config(activation="gelu_new"),
        "layer 'first' (Dense): its activation is 'gelu_new', and those that can be read are "
        "linear, relu,",
    ),
    "a missing setting": (config(units=None), "its configuration has no units."),
    "a damaged setting": (
        config(units=-3),
        "layer 'first': it cannot be built: Received an invalid value for `units`",
    ),
    "an odd input": (
        lambda made: layer(made, 0)["config"].update(dtype="string"),
        "(InputLayer): it takes string, which tfjs's layers do not.",
    ),
    "no input shape": (
        lambda made: layer(made, 0)["config"].pop("batch_input_shape"),
        "(InputLayer): its configuration has no input_shape.",
    ),
    "a missing weight": (
        lambda made: weights(made)[0].update(name="first/other"),
        "the weight 'first/kernel' is missing. The files belong to different models",
    ),
    "a weight of another shape": (
        config(units=4),
        "the weight 'first/kernel' has the shape [4, 3], and its layer takes [4, 4].",
    ),
    "a weight left over": (
        config(use_bias=False),
        "no layer takes the weights 'first/bias'. The files belong to different models",
    ),
    "two weights of one name": (
        lambda made: weights(made)[1].update(name="first/kernel"),
        "it has two weights called 'first/kernel', so that tfjs cannot tell them apart.",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refuses(what: str, changed: Callable[[Change], Path]) -> None:
    change, sentence = REFUSED[what]
    with pytest.raises(ModelError) as caught:
        read_layers_model(changed(change))
    assert sentence in str(caught.value)
    assert "model.json" in caught.value.where
    assert caught.value.remedy or "alpha" in what


def test_refuses_a_missing_weight_file(changed: Callable[[Change], Path]) -> None:
    folder = changed(lambda made: None)
    shard = next(folder.glob("*.bin"))
    shard.unlink()
    with pytest.raises(ModelError, match=f"{shard.name}: there is no such weight file. Put every"):
        read_layers_model(folder)


def test_refuses_the_weight_file_of_another_model(changed: Callable[[Change], Path]) -> None:
    folder = changed(lambda made: None)
    next(folder.glob("*.bin")).write_bytes(b"\0" * 400)
    with pytest.raises(ModelError, match="They belong to another model: take model.json and"):
        read_layers_model(folder)


def test_refuses_what_is_no_model_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="nowhere: there is no such folder"):
        read_layers_model(tmp_path / "nowhere")
    with pytest.raises(ModelError, match="it has no JSON. Put the model's JSON file there"):
        read_layers_model(tmp_path)
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text("[]")
    with pytest.raises(ModelError, match=r"of its JSON files \(a.json, b.json\) none is model"):
        read_layers_model(tmp_path)
    (tmp_path / "model.json").write_text("{")
    with pytest.raises(ModelError, match="model.json: it cannot be read: "):
        read_layers_model(tmp_path)
    (tmp_path / "model.json").write_text("[1]")
    with pytest.raises(ModelError, match="it is no TensorFlow.js model"):
        read_layers_model(tmp_path)


# -- what may stand in a file in more than one way -----------------------------------------


def test_keys_in_camel_case_and_cell_names_are_read(small: Path, tmp_path: Path) -> None:
    """tfjs reads keys in either case; TensorFlow 2.2 and later put a cell's name into weights'."""
    model = models.ALL["LSTM"]()
    write_layers_model(model, tmp_path)
    made = document(tmp_path)
    made["modelTopology"] = camel(made["modelTopology"]["model_config"])
    for entry in weights(made):
        entry["name"] = entry["name"].replace("last/", "last/lstm_cell/")
    (tmp_path / "model.json").write_text(json.dumps(made))
    inputs = drawn(model, 1)
    demand_same(answers(read_layers_model(tmp_path), inputs), answers(model, inputs))


def camel(value: Any) -> Any:
    if isinstance(value, dict):
        return {_camel(key): camel(each) for key, each in value.items()}
    return [camel(each) for each in value] if isinstance(value, list) else value


def _camel(key: str) -> str:
    head, *rest = key.split("_")
    return head + "".join(word.title() for word in rest)


def test_a_call_with_arguments_is_refused(tmp_path: Path) -> None:
    write_layers_model(models.ALL["shared by two inputs"](), tmp_path)
    made = document(tmp_path)
    calls = next(each for each in layers_of(made) if each["name"] == "shared")["inbound_nodes"]
    calls[0][0][3] = {"training": False}
    (tmp_path / "model.json").write_text(json.dumps(made))
    read_layers_model(tmp_path)
    calls[0][0][3] = {"mask": [1]}
    (tmp_path / "model.json").write_text(json.dumps(made))
    with pytest.raises(ModelError, match=r"layer 'shared': it is called with mask=\[1\]"):
        read_layers_model(tmp_path)


def test_a_graph_that_does_not_meet_is_refused(tmp_path: Path) -> None:
    write_layers_model(models.ALL["shared by two inputs"](), tmp_path)
    made = document(tmp_path)
    shared = next(each for each in layers_of(made) if each["name"] == "shared")
    shared["inbound_nodes"][0][0][1] = 5
    (tmp_path / "model.json").write_text(json.dumps(made))
    with pytest.raises(ModelError, match="it reads what no layer of the model makes"):
        read_layers_model(tmp_path)
    shared["inbound_nodes"][0][0][0] = "nobody"
    (tmp_path / "model.json").write_text(json.dumps(made))
    with pytest.raises(ModelError, match="it cannot be built: 'nobody' is missing"):
        read_layers_model(tmp_path)


def layers_of(made: dict[str, Any]) -> list[dict[str, Any]]:
    return made["modelTopology"]["model_config"]["config"]["layers"]
