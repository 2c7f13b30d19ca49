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
from prebake.build import build
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


KERAS = Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser()


@pytest.mark.skipif(
    not (KERAS / "models" / "mobilenet_2_5_224_tf.h5").is_file(),
    reason="the weights of Keras Applications are not in $KERAS_HOME",
)
def test_the_weights_of_keras_applications_see_a_cat_too(tmp_path):
    project = with_models(tmp_path / "project", tmp_path / "store", mobilenet="")
    for name in ("mobilenet.py", "_mobilenet_v2.py"):
        shutil.copy(ROOT / "models" / name, project.root / "models" / name)
    build(project.options(weights={"mobilenet": "keras"}), project.effects)
    shares = np.array(predicted(project, [cat()], name="mobilenet")[0])
    assert shares.argmax() in CATS
