"""Reading models whose weights exist."""

import numpy as np
import pytest

from prebake import Application, KerasFile, TfjsModel
from prebake.errors import ModelError
from prebake.training import quiet
from prebake.training.existing import lambda_names, read_model


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A .keras and an .h5 of one model, and one with a Lambda."""
    quiet.prepare(1)
    import keras

    folder = tmp_path_factory.mktemp("existing")
    layers = [keras.Input((4,)), keras.layers.Dense(3, activation="relu"), keras.layers.Dense(2)]
    model = keras.Sequential(layers, name="plain")
    model.save(folder / "plain.keras")
    model.save(folder / "plain.h5")
    np.save(folder / "kernel.npy", model.get_weights()[0])
    sly = keras.Sequential([keras.Input((4,)), keras.layers.Lambda(lambda x: x * 2, name="twice")])
    sly.save(folder / "sly.keras")
    (folder / "text.keras").write_text("not a model")
    (folder / "text.h5").write_text("not a model")
    return folder


@pytest.mark.parametrize("name", ["plain.keras", "plain.h5"])
def test_files_of_keras_are_read(folder, name):
    model = read_model(KerasFile(name), folder)
    np.testing.assert_array_equal(model.get_weights()[0], np.load(folder / "kernel.npy"))


def test_a_lambda_is_refused_by_name_before_anything_of_it_runs(folder):
    assert lambda_names(folder / "sly.keras") == ["twice"]
    with pytest.raises(
        ModelError, match=r"sly.keras: it holds the Lambda 'twice'.*allow_lambda=\['twice'\]"
    ):
        read_model(KerasFile("sly.keras"), folder)


def test_an_allowed_lambda_runs(folder):
    model = read_model(KerasFile("sly.keras", allow_lambda=["twice"]), folder)
    np.testing.assert_array_equal(model.predict(np.ones((1, 4)), verbose=0), np.full((1, 4), 2.0))


@pytest.mark.parametrize("name", ["text.keras", "text.h5", "missing.keras"])
def test_other_files_get_a_sentence(folder, name):
    with pytest.raises(ModelError, match=name):
        read_model(KerasFile(name), folder)


def test_an_unknown_application_suggests_the_nearest(folder):
    with pytest.raises(ModelError, match="Did you mean 'MobileNetV2'"):
        read_model(Application("MobilNetV2"), folder)


def test_an_application_is_built_and_its_wrong_arguments_get_a_sentence(folder):
    given = {"input_shape": (32, 32, 3), "classes": 4, "alpha": 0.35}
    model = read_model(Application("MobileNetV2", weights=None, arguments=given), folder)
    assert model.outputs[0].shape == (None, 4)
    with pytest.raises(ModelError, match="Keras could not make it"):
        read_model(Application("MobileNetV2", weights=None, arguments={"alfa": 1}), folder)


def test_a_folder_that_is_no_tfjs_model_gets_a_sentence(folder):
    with pytest.raises(ModelError):
        read_model(TfjsModel("."), folder)


def test_a_name_that_two_lambdas_have_allows_neither(tmp_path):
    import keras

    inner = keras.Sequential([keras.Input((4,)), keras.layers.Lambda(lambda x: x, name="ok")])
    outer = keras.Sequential(
        [keras.Input((4,)), keras.layers.Lambda(lambda x: x, name="ok"), inner]
    )
    outer.save(tmp_path / "two.keras")
    with pytest.raises(ModelError, match="2 Lambdas of the name 'ok'"):
        read_model(KerasFile("two.keras", allow_lambda=["ok"]), tmp_path)


def test_code_that_hides_outside_a_lambda_layer_is_refused(tmp_path):
    import json
    import zipfile

    config = {
        "class_name": "Sequential",
        "config": {
            "layers": [
                {"class_name": "Lambda", "config": {"name": "ok"}},
                {
                    "class_name": "Dense",
                    "config": {"activation": {"class_name": "__lambda__", "config": {"value": []}}},
                },
            ]
        },
    }
    with zipfile.ZipFile(tmp_path / "sly.keras", "w") as archive:
        archive.writestr("config.json", json.dumps(config))
    with pytest.raises(ModelError, match="outside a Lambda layer"):
        read_model(KerasFile("sly.keras", allow_lambda=["ok"]), tmp_path)
