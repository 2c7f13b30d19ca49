"""Converted and blank models through a whole build."""

import json

import numpy as np
import pytest

from prebake.errors import BuildFailed, DeclarationError
from prebake.training import quiet
from tests.steps.test_models import home, with_models

BLANK = """
    from prebake import Blank

    def build():
        import keras
        model = keras.Sequential([
            keras.Input((8, 8, 1)), keras.layers.Flatten(),
            keras.layers.Dense(2, activation="softmax"),
        ], name="blank")
        model.compile(keras.optimizers.Adam(0.01), "categorical_crossentropy", metrics=["accuracy"])
        return model

    blank = Blank(title="Blank", dataset="dots", build=build, seed=3)
"""
KERAS = """
    from prebake import Converted, KerasFile

    kept = Converted(title="Kept", dataset="dots", weights=KerasFile("models/kept.keras"), golden=4)
"""
SAVED = """
    from prebake import Converted, SavedModel

    saved = Converted(title="Saved", classes=["a", "b"], weights=SavedModel("models/saved"))
"""
FROZEN = """
    from prebake import Converted, FrozenGraph, Preprocess, Scale

    frozen = Converted(
        title="Frozen", dataset="dots", weights=FrozenGraph("models/frozen.pb", ["x"], ["y"]),
        preprocess=Preprocess(Scale(1 / 255)),
    )
"""


LAMBDA = """
    from prebake import Converted, KerasFile

    sly = Converted(
        title="Sly", dataset="dots",
        weights=KerasFile("models/sly.keras", allow_lambda=["middle"]),
    )
"""


@pytest.fixture(scope="module")
def converted(tmp_path_factory):
    quiet.prepare(2)
    import keras
    import tensorflow as tf

    folder = tmp_path_factory.mktemp("converted")
    project = with_models(
        folder / "project",
        folder / "store",
        blank=BLANK,
        kept=KERAS,
        saved=SAVED,
        frozen=FROZEN,
        sly=LAMBDA,
    )
    layers = [keras.Input((8, 8, 1)), keras.layers.Conv2D(2, 3), keras.layers.GlobalMaxPooling2D()]
    model = keras.Sequential([*layers, keras.layers.Dense(2)])
    model.save(project.root / "models" / "kept.keras")
    model.export(project.root / "models" / "saved", verbose=False)
    middle = keras.layers.Lambda(lambda x: x[:, 4, 4, :], output_shape=(1,), name="middle")
    sly = keras.Sequential([keras.Input((8, 8, 1)), middle, keras.layers.Dense(2)])
    sly.save(project.root / "models" / "sly.keras")
    graph = tf.Graph()
    with graph.as_default():
        x = tf.compat.v1.placeholder(tf.float32, (None, 8, 8, 1), name="x")
        mean = tf.reduce_mean(x, [1, 2, 3], keepdims=False)
        tf.nn.softmax(tf.stack([0.25 - mean, mean - 0.25], 1) * 40.0, name="y")
    (project.root / "models" / "frozen.pb").write_bytes(graph.as_graph_def().SerializeToString())
    project.build()
    return project


def manifest(project, name):
    return json.loads((home(project, name) / "manifest.json").read_text())


def report(project):
    return json.loads((project.out / "report.json").read_text())["models"]


def test_a_keras_file_is_marked_on_the_dataset_and_proven(converted):
    model = report(converted)["kept"]
    assert model["kind"] == "converted"
    assert set(model["metrics"]) == {"train", "test"}
    assert model["parity"]["node"]["max_abs_error"] <= 1e-4
    assert manifest(converted, "kept")["answer"] == "logits"


def test_a_saved_model_becomes_a_graph_model_with_the_declared_classes(converted):
    found = manifest(converted, "saved")
    assert found["model_format"] == "graph"
    assert found["classes"] == ["a", "b"]


def test_a_frozen_graph_is_marked_in_node(converted):
    model = report(converted)["frozen"]
    assert model["format"] == "graph"
    # Bright dots have a mean of about 0.57, dark ones of 0.18.
    assert model["metrics"]["test"]["accuracy"] == 1


def test_an_allowed_lambda_becomes_a_graph_model(converted):
    model = report(converted)["sly"]
    assert model["format"] == "graph"
    assert model["parity"]["node"]["max_abs_error"] <= 1e-4


def test_a_lambda_that_is_not_allowed_is_refused_by_name(converted):
    text = (converted.root / "models" / "sly.py").read_text()
    converted.write("models/sly.py", text.replace('"middle"', ""))
    try:
        with pytest.raises(BuildFailed) as caught:
            converted.build()
        assert "it holds the Lambda 'middle'" in str(caught.value.failures["convert sly"])
    finally:
        converted.write("models/sly.py", text)


def test_a_blank_model_ships_how_it_is_compiled(converted):
    document = json.loads((home(converted, "blank") / "model.json").read_text())
    assert document["trainingConfig"]["loss"] == "categorical_crossentropy"
    assert document["trainingConfig"]["optimizer_config"]["class_name"] == "Adam"
    assert manifest(converted, "blank")["kind"] == "blank"


def test_a_missing_weight_file_is_found_before_anything_runs(converted):
    path = converted.root / "models" / "kept.keras"
    data = path.read_bytes()
    path.unlink()
    try:
        with pytest.raises(
            DeclarationError, match=r"models/kept.py: there is no such file .*'models/kept.keras'"
        ):
            converted.build()
    finally:
        path.write_bytes(data)


def test_changed_weights_run_the_steps_again(converted):
    path = converted.root / "models" / "kept.keras"
    data = path.read_bytes()
    quiet.prepare(9)
    import keras

    layers = [keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(2)]
    keras.Sequential(layers).save(path)
    try:
        built = converted.build()
        assert built.outcomes["convert kept"].reason == "models/kept.keras/kept.keras changed"
        assert built.outcomes["convert saved"].status == "fresh"
    finally:
        path.write_bytes(data)


def test_a_wrong_node_or_signature_is_refused_with_those_that_are_there(converted, tmp_path):
    text = (converted.root / "models" / "frozen.py").read_text()
    converted.write("models/frozen.py", text.replace('["y"]', '["z"]'))
    saved = (converted.root / "models" / "saved.py").read_text()
    converted.write(
        "models/saved.py", saved.replace('"models/saved")', '"models/saved", signature="serve_me")')
    )
    try:
        with pytest.raises(BuildFailed) as caught:
            converted.build()
        found = " ".join(str(error) for error in caught.value.failures.values())
        assert "no node 'z'" in found
        assert "no signature 'serve_me'" in found
    finally:
        converted.write("models/frozen.py", text)
        converted.write("models/saved.py", saved)


def test_the_golden_samples_of_a_model_without_data_are_seeded_noise(converted):
    data = (home(converted, "saved") / "golden.bin").read_bytes()
    length = int.from_bytes(data[:4], "little")
    described = json.loads(data[4 : 4 + length])
    assert described["samples"][0]["dtype"] == "float32"
    assert np.isfinite(np.frombuffer(data[4 + length :][:256], "<f4")).all()
