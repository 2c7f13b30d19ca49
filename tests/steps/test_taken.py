"""Models that were blocked, or wrong without a word: small ones of each kind through a whole build."""

from __future__ import annotations

import json

import numpy as np
import pytest

from prebake.training import quiet
from tests.steps.test_models import failures, home, with_models


@pytest.fixture
def declared(tmp_path):
    """Makes a project of one model that is declared by some arguments."""
    quiet.prepare(1)
    import keras

    def make(arguments, model=None, before=""):
        text = f"from prebake import *\n{before}\nm = Converted(title='M', {arguments})\n"
        project = with_models(tmp_path / "project", tmp_path / "store", m=text)
        if isinstance(model, keras.Model):
            model.save(project.root / "models" / "m.keras")
        elif model is not None:
            model(project.root / "models")
        return project

    return make


def manifest(project):
    return json.loads((home(project, "m") / "manifest.json").read_text())


def parity(project):
    return json.loads((project.out / "report.json").read_text())["models"]["m"]["parity"]["node"]


def words(dtype=None, lambdas=False):
    import keras

    layers = keras.layers
    given = keras.Input((12,), dtype=dtype)
    found = layers.GlobalAveragePooling1D()(layers.Embedding(50, 4)(given))
    if lambdas:  # so that only a graph can hold it
        found = keras.ops.abs(found)
    return keras.Model(given, layers.Dense(2, activation="softmax")(found))


def test_words_are_the_golden_samples_of_an_embedding(declared):
    project = declared("weights=KerasFile('models/m.keras'), classes=['a', 'b']", words())
    project.build()
    assert parity(project)["top1_agreement"] == 1


@pytest.mark.parametrize("dtype", ["int32", "float32"])
def test_whole_numbers_are_given_to_a_graph(declared, dtype):
    samples = (
        "def samples():\n"
        "    import numpy as np\n"
        "    x = np.random.default_rng(1).integers(0, 50, (60, 12))\n"
        "    y = np.arange(60)\n"
        "    return Arrays(inputs=x, targets=y % 2, test=y % 5 == 0, classes=['a', 'b'])\n"
    )
    project = declared(
        "weights=KerasFile('models/m.keras'), samples=samples, export=Export(format='graph')",
        words(dtype, lambdas=True),
        samples,
    )
    project.build()
    assert manifest(project)["inputs"][0]["dtype"] == dtype
    assert parity(project)["max_abs_error"] < 1e-5


def test_an_input_and_an_output_in_dictionaries(declared):
    import keras

    given = keras.Input((8, 8, 1), name="photo")
    flat = keras.layers.Flatten()(given)
    model = keras.Model({"photo": given}, {"label": keras.layers.Dense(2, name="label")(flat)})
    project = declared("weights=KerasFile('models/m.keras'), classes=['a', 'b']", model)
    project.build()
    assert parity(project)["top1_agreement"] == 1


def scaling():
    """Tells dark from light, from pixels of 0 to 255."""
    import keras

    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Rescaling(1 / 255),
            layers.GlobalAveragePooling2D(),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.layers[-1].set_weights([np.array([[40.0]]), np.array([-14.0])])
    return model


def test_pixels_are_not_scaled_twice(declared):
    project = declared("weights=KerasFile('models/m.keras'), dataset='dots'", scaling())
    (message,) = failures(project).values()
    assert "its layer 'rescaling' scales the pixels" in message
    assert "preprocess=Preprocess()" in message
    path = project.root / "models" / "m.py"
    path.write_text(
        path.read_text().replace("dataset='dots'", "dataset='dots', preprocess=Preprocess()")
    )
    project.build()
    report = json.loads((project.out / "report.json").read_text())["models"]["m"]
    assert report["metrics"]["test"]["accuracy"] == 1


def two_heads(folder):
    """A SavedModel with outputs of two and of three numbers."""
    import tensorflow as tf

    class Heads(tf.Module):
        def __init__(self):
            super().__init__()
            random = np.random.default_rng(0)
            self.one = tf.Variable(random.normal(size=(4, 2)).astype("f4"))
            self.two = tf.Variable(random.normal(size=(4, 3)).astype("f4"))

        @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32, name="x")])
        def __call__(self, x):
            return {"alpha": x @ self.one, "zeta": tf.nn.softmax(x @ self.two)}

    tf.saved_model.save(Heads(), str(folder / "heads"))


def test_of_several_outputs_one_is_named(declared):
    project = declared("weights=SavedModel('models/heads'), classes=['x', 'y', 'z']", two_heads)
    (message,) = failures(project).values()
    assert message.startswith("models/heads: it has 2 outputs (alpha, zeta), and none is named.")
    path = project.root / "models" / "m.py"
    whole = path.read_text()
    path.write_text(whole.replace("'models/heads'", "'models/heads', output='alpha'"))
    (message,) = failures(project).values()
    assert "answers with 2 numbers, but there are 3 classes" in message
    path.write_text(whole.replace("'models/heads'", "'models/heads', output='zeta'"))
    project.build()
    assert [each["name"] for each in manifest(project)["outputs"]] == ["zeta"]
    assert manifest(project)["answer"] == "softmax"
    assert parity(project)["top1_agreement"] == 1


def test_a_change_of_a_saved_model_is_noticed(declared):
    project = declared("weights=SavedModel('models/heads', output='zeta')", two_heads)
    first = project.build().outcomes["convert m"]
    assert project.build().outcomes["convert m"].status == "fresh"
    (project.root / "models" / "heads" / "assets").mkdir(exist_ok=True)
    (project.root / "models" / "heads" / "assets" / "words.txt").write_text("more")
    again = project.build().outcomes["convert m"]
    assert again.record.key != first.record.key
    assert again.reason == "models/heads/assets/words.txt added"


def large_answers():
    import keras

    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(2)])
    model.set_weights([np.full((6, 2), 3456.7), np.array([1e4, -2e4])])
    return model


def test_answers_in_the_thousands_are_compared_by_their_size(declared):
    project = declared("weights=KerasFile('models/m.keras')", large_answers())
    project.build()
    assert parity(project)["max_abs_error"] < 10


@pytest.mark.parametrize("format", ["auto", "layers"])
def test_where_layers_do_not_run_a_graph_is_tried(declared, monkeypatch, format):
    from prebake.steps import export

    real = export.replay.answers

    def answers(root, folder, *given):
        if folder.name == "layers":
            raise export.ToolError("Node ended with status 1: RangeError: it does not load.")
        return real(root, folder, *given)

    monkeypatch.setattr(export.replay, "answers", answers)
    arguments = f"weights=KerasFile('models/m.keras'), export=Export(format='{format}')"
    project = declared(arguments, large_answers())
    if format == "auto":
        project.build()
        assert manifest(project)["model_format"] == "graph"
    else:
        (message,) = failures(project).values()
        assert "as a layers model it does not run in TensorFlow.js" in message
        assert "RangeError: it does not load" in message
