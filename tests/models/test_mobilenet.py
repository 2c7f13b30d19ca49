"""MobileNet as it is compiled here, asked about a photograph of a cat.

chelsea.jpg is cut from a photograph by Stéfan van der Walt (CC0), which scikit-image has.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.mobilenet import mobilenet
from prebake.data.preprocess import apply
from prebake.declare.model import with_weights
from tests.conftest import ROOT, SmallProject
from tests.steps.test_models import home, predicted, with_models

CAT = Path(__file__).with_name("chelsea.jpg")
EGYPTIAN_CAT, CATS = 285, range(281, 286)
"""Of the 1000 classes of ImageNet, in their usual order."""


def cat() -> np.ndarray:
    with Image.open(CAT) as opened:
        return np.asarray(opened.convert("RGB"))


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> SmallProject:
    folder = tmp_path_factory.mktemp("mobilenet")
    project = with_models(folder / "project", folder / "store", mobilenet="")
    for name in ("mobilenet.py", "_mobilenet_v2.py"):
        shutil.copy(ROOT / "models" / name, project.root / "models" / name)
    project.build()
    return project


def test_the_page_sees_a_cat_as_python_does(project):
    shares = np.array(predicted(project, [cat()], name="mobilenet")[0])
    assert shares.shape == (1000,)
    assert shares.argmax() == EGYPTIAN_CAT
    assert shares.max() > 0.5
    given = apply(with_weights(mobilenet, "pypi").preprocess, [cat()])
    np.testing.assert_allclose(shares, answers(project, given)[0], atol=1e-4)


def answers(project: SmallProject, inputs: np.ndarray) -> np.ndarray:
    """Python's, with the weights as they ship."""
    from prebake.tfjs.graph_reader import read_graph_model
    from prebake.tfjs.reader import read_layers_model

    folder = home(project, "mobilenet")
    if json.loads((folder / "model.json").read_text())["format"] == "layers-model":
        return np.asarray(read_layers_model(folder).predict(inputs, verbose=0))
    return read_graph_model(folder)(inputs)


@pytest.fixture
def keras_home(tmp_path) -> Path:
    """A folder with the weights of Keras Applications, as $KERAS_HOME names it."""
    name = "models/mobilenet_2_5_224_tf.h5"
    given = Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser()
    if (given / name).is_file():
        return given
    samples = ROOT.parent / "shared" / "data" / "keras"
    if not samples.is_dir():
        pytest.skip("the weights of Keras Applications are neither in $KERAS_HOME nor in shared/")
    shutil.copytree(samples, tmp_path / "home" / "models")
    return tmp_path / "home"


@pytest.mark.prove
def test_the_weights_of_keras_applications_see_a_cat_too(tmp_path, keras_home, monkeypatch):
    # Keras reads the variable when it is imported: in a process of its own.
    monkeypatch.setenv("KERAS_HOME", str(keras_home))
    project = with_models(tmp_path / "project", tmp_path / "store", mobilenet="")
    for name in ("mobilenet.py", "_mobilenet_v2.py"):
        shutil.copy(ROOT / "models" / name, project.root / "models" / name)
    process = project.start("--weights", "mobilenet=keras")
    _, error = process.communicate(timeout=300)
    assert process.returncode == 0, error
    shares = np.array(predicted(project, [cat()], name="mobilenet")[0])
    assert shares.argmax() in CATS
