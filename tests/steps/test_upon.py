"""Models upon an existing network: its features are a step of their own, and one model ships."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from prebake.data.packed import read_split
from prebake.data.preprocess import apply
from prebake.declare.operations import Grey, Resize
from prebake.declare.preprocess import Preprocess
from prebake.tfjs.graph_reader import read_graph_model
from tests.conftest import SmallProject
from tests.steps.test_models import changed, failures, home, said_of, with_models

UPON = """
    from prebake import Base, Decision, Export, Fit, Grey, KerasFile, Preprocess, Resize, Trained

    def build():
        import keras
        layers = keras.layers
        return keras.Sequential([
            keras.Input((6,)), layers.BatchNormalization(),
            layers.Dense(1, activation="sigmoid"),
        ], name="upon")

    upon = Trained(
        title="Upon", dataset="dots", build=build,
        base=Base(
            KerasFile("base.keras"), cut="pool", flips="horizontal", quantize="uint8"
        ),
        preprocess=Preprocess(Grey(), Resize(8, 8)),
        fit=Fit(epochs=40, batch_size=8, seed=1, learning_rate=0.05, validation=0.3),
        decision=Decision("light", recall=0.9), export=Export(format="graph", quantize="uint8", tolerance=0.05, heat="maps"),
        expect={"accuracy": 0.9}, golden=6,
    )
"""


def upon_a_base(folder: Path, **models: str) -> SmallProject:
    import keras
    from keras import layers

    keras.utils.set_random_seed(3)
    base = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(6, 3, activation="relu", name="maps"),
            layers.GlobalAveragePooling2D(name="pool"),
            layers.Dense(9, name="classifier"),
        ]
    )
    project = with_models(folder / "project", folder / "store", **models)
    base.save(project.root / "base.keras")
    return project


@pytest.fixture(scope="module")
def upon(tmp_path_factory):
    project = upon_a_base(tmp_path_factory.mktemp("upon"), upon=UPON)
    project.build()
    return project


def test_what_is_built_upon_a_network_ships_as_one_model(upon):
    model = json.loads((upon.out / "report.json").read_text())["models"]["upon"]
    assert model["base"]["cut"] == "pool"
    assert model["base"]["parameters"] == 60
    assert model["base"]["views"] == 2
    assert model["parameters"] == 60 + 24 + 7
    assert model["metrics"]["test"]["accuracy"] >= 0.9
    assert model["parity"]["node"]["max_abs_error"] <= 1e-4
    manifest = json.loads((home(upon, "upon") / "manifest.json").read_text())
    assert manifest["inputs"][0]["shape"] == [None, 8, 8, 1]
    assert [(o["name"], o["shape"]) for o in manifest["outputs"][1:]] == [("heat", [None, 6, 6])]


def test_the_threshold_ships_with_the_held_out_probabilities(upon):
    manifest = json.loads((home(upon, "upon") / "manifest.json").read_text())
    decision = manifest["decision"]
    assert (decision["positive"], decision["index"]) == ("light", 1)
    assert 0 < decision["threshold"] < 1
    assert decision["recall"] >= 0.9
    held = decision["held_out"]
    assert len(held["positive"]) == len(held["probabilities"])
    # They are those of the model as it ships, for the samples in their packed order.
    raw = read_split(upon_data(upon), "test")
    model = read_graph_model(home(upon, "upon"))
    answers = model(apply(Preprocess(Grey(), Resize(8, 8)), raw.images)).ravel()
    np.testing.assert_allclose(held["probabilities"], answers, atol=1e-4)
    assert held["positive"] == "".join(str(label) for label in raw.labels)


def upon_data(project: SmallProject) -> Path:
    artifact = project.root / "artifact"
    if not artifact.exists():
        (artifact / "site").mkdir(parents=True)
        (artifact / "site" / "data").symlink_to(project.out / "data")
    return artifact


def test_what_follows_on_a_base_is_changed_without_computing_it_again(upon):
    path = upon.root / "models" / "upon.py"
    text = path.read_text()
    path.write_text(text.replace("epochs=40", "epochs=41").replace("(6,)), layers", "(6,)),layers"))
    outcomes = upon.build().outcomes
    assert outcomes["features upon"].status == "fresh"
    assert outcomes["train upon"].status == "built"
    path.write_text(text.replace("layers.BatchNormalization(),", ""))
    assert upon.build().outcomes["features upon"].status == "fresh"
    path.write_text(text.replace('flips="horizontal"', 'flips="both"'))
    assert upon.build().outcomes["features upon"].status == "built"
    path.write_text(text)


UNFIT_BASE = [
    ('cut="pool"', 'cut="pol"', "no such layer. Did you mean 'pool'"),
    ("keras.Input((6,))", "keras.Input((7,))", r"takes samples of shape \(7,\), but what the"),
    ('Decision("light"', 'Decision("lihgt"', "Did you mean 'light'"),
    ("Resize(8, 8)", "Resize(9, 9)", r"but the dataset 'dots' gives \(9, 9, 1\)"),
    ('heat="maps"', 'heat="mpas"', "Did you mean 'maps'"),
]


@pytest.fixture(scope="module")
def unfit_base(tmp_path_factory) -> dict[str, str]:
    return failures(upon_a_base(tmp_path_factory.mktemp("unfit"), **changed(UPON, UNFIT_BASE)))


@pytest.mark.parametrize("number", range(len(UNFIT_BASE)))
def test_what_does_not_fit_a_base_is_refused_in_a_sentence(unfit_base, number):
    found = said_of(unfit_base, number)
    assert re.search(UNFIT_BASE[number][2], found), found
