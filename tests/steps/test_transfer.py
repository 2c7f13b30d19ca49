"""A backbone cut in two through a whole build."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from prebake.data.preprocess import apply
from prebake.declare.preprocess import Preprocess
from prebake.tfjs.reader import read_layers_model
from prebake.training import quiet
from tests.conftest import SmallProject
from tests.steps.test_models import changed, failures, home, said_of, with_models

BACKBONE = """
    from prebake import Converted, KerasFile, Offset, Preprocess, Resize, Scale

    backbone = Converted(
        title="Backbone", weights=KerasFile("models/backbone.keras"),
        preprocess=Preprocess(Resize(16, 16), Scale(1 / 127.5), Offset(-1)),
    )
"""
MINE = """
    from prebake import Transfer

    def build(shape):
        import keras
        return keras.Sequential(
            [keras.Input(shape), keras.layers.Dense(2, activation="softmax")], name="mine"
        )

    mine = Transfer(
        title="Mine", description="Light or dark.", backbone="backbone", dataset="dots",
        cut="cut", end="pool", trainable=["last"], build=build, seed=3, golden=5,
    )
"""


def save_backbone(path) -> None:
    quiet.prepare(6)
    import keras
    from keras import layers

    pixels = keras.Input((16, 16, 1))
    x = layers.Conv2D(24, 3, strides=2, use_bias=False)(pixels)
    x = layers.BatchNormalization()(x)
    x = layers.ReLU(6.0, name="cut")(x)
    x = layers.Conv2D(12, 3, use_bias=False, name="last")(x)
    x = layers.BatchNormalization(name="norm")(x)
    x = layers.GlobalAveragePooling2D(name="pool")(layers.ReLU()(x))
    keras.Model(pixels, layers.Dense(7)(x)).save(path)


def with_backbone(folder, **models: str) -> SmallProject:
    """A project with Transfers upon a backbone; ``MINE`` alone if none are given."""
    models = models or {"mine": MINE}
    project = with_models(folder / "project", folder / "store", backbone=BACKBONE, **models)
    save_backbone(project.root / "models" / "backbone.keras")
    project.page(
        "one", "One", "The first", "Text.", datasets="[dots]", models=f"[{', '.join(models)}]"
    )
    return project


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> SmallProject:
    project = with_backbone(tmp_path_factory.mktemp("transfer"))
    project.build()
    return project


def manifest(project: SmallProject, name: str) -> dict:
    return json.loads((home(project, name) / "manifest.json").read_text())


def test_one_name_becomes_two_models_and_the_backbone_none(built):
    assert sorted(path.name for path in (built.out / "models").iterdir()) == ["mine", "mine-base"]
    base, tail = manifest(built, "mine-base"), manifest(built, "mine")
    assert (base["kind"], base["answer"], base["classes"]) == ("base", "values", [])
    assert base["inputs"][0]["shape"] == [None, 16, 16, 1]
    assert [each["name"] for each in base["preprocess"]["operations"]] == [
        "resize",
        "scale",
        "offset",
    ]
    assert base["outputs"][0]["shape"] == tail["inputs"][0]["shape"] == [None, 7, 7, 24]
    assert (tail["kind"], tail["model_format"], tail["answer"]) == ("tail", "layers", "softmax")
    assert tail["classes"] == ["dark", "light"]
    assert tail["preprocess"] is None
    assert tail["trains_on"] == ["webgl", "cpu"]


def test_both_are_proven_and_reported(built):
    report = json.loads((built.out / "report.json").read_text())
    # Features are of no class, so that nothing can be said of the same one.
    for name, agreement in (("mine-base", None), ("mine", 1)):
        parity = report["models"][name]["parity"]["node"]
        assert parity["max_abs_error"] <= 1e-4
        assert parity["samples"] == 5
        assert parity["top1_agreement"] == agreement
    assert report["pages"]["one"]["models"] == ["mine-base", "mine"]


def golden(project: SmallProject, name: str) -> tuple[np.ndarray, np.ndarray]:
    data = (home(project, name) / "golden.bin").read_bytes()
    length = int.from_bytes(data[:4], "little")
    described, rest = json.loads(data[4 : 4 + length]), data[4 + length :]
    first = described["samples"][0]
    count = len(described["samples"]) * int(np.prod(first["shape"]))
    kind = np.uint8 if first["dtype"] == "uint8" else "<f4"
    raw = np.frombuffer(rest, kind, count, first["offset"]).reshape(-1, *first["shape"])
    at = described["outputs"]
    size = int(np.prod(at["shape"]))
    return raw, np.frombuffer(rest, "<f4", size, at["offset"]).reshape(at["shape"])


def test_from_pixels_to_answers_both_together_are_the_backbone_and_the_head(built):
    import keras

    whole = keras.saving.load_model(built.root / "models" / "backbone.keras")
    raw, features = golden(built, "mine-base")
    given, answers = golden(built, "mine")
    inputs = apply(Preprocess.from_json(manifest(built, "mine-base")["preprocess"]), raw)
    until = keras.Model(whole.inputs, whole.get_layer("cut").output)
    expected = until.predict(inputs, verbose=0)
    np.testing.assert_allclose(given, expected, atol=1e-5)
    # The base is stored in less than float32, within its tolerance.
    error = np.linalg.norm(features - expected) / np.linalg.norm(expected)
    assert 0 < error <= 0.01
    # The head has the weights that ship: all else is the backbone's.
    tail = read_layers_model(home(built, "mine"))
    (trained,) = [layer for layer in tail.layers if isinstance(layer, keras.layers.Dense)]
    pooled = keras.Model(whole.inputs, whole.get_layer("pool").output).predict(inputs, verbose=0)
    head = keras.Sequential(
        [keras.Input(pooled.shape[1:]), keras.layers.Dense(2, activation="softmax")]
    )
    head.set_weights(trained.get_weights())
    assert answers.shape == (5, 2)
    np.testing.assert_allclose(answers, head.predict(pooled, verbose=0), atol=1e-4)


def test_the_card_says_what_storing_the_base_costs_and_what_is_trained(built):
    report = json.loads((built.out / "report.json").read_text())["models"]
    assert report["mine-base"]["quantization"] != "none (float32)"
    assert report["mine-base"]["bytes"] < report["mine-base"]["float32_bytes"]
    assert report["mine"]["quantization"] == "none (float32)"


def test_building_again_changes_nothing_and_from_nothing_gives_the_same_bytes(built, tmp_path):
    again = built.build()
    assert {outcome.status for outcome in again.outcomes.values()} == {"fresh"}
    other = with_backbone(tmp_path)
    other.build()
    for name in ("mine-base", "mine"):
        assert home(other, name).name == home(built, name).name


def test_only_what_depends_on_a_change_is_made_again(built):
    module = built.root / "models" / "mine.py"
    before = module.read_text()
    module.write_text(before.replace("Light or dark.", "Dark or light."))
    statuses = built.statuses(built.build())
    module.write_text(before)
    ran = {name for name, status in statuses.items() if status == "built"}
    assert "model-card mine" in ran
    assert not {"export mine", "export mine-base", "split mine", "convert backbone"} & ran


UNFIT = [
    ('cut="cut"', 'cut="cat"', "no such layer. Did you mean 'cut'"),
    ('end="pool"', 'end="pol"', "end='pol'"),
    ('["last"]', '["lost*"]', "'lost[*]', which fits no layer"),
    ("Dense(2", "Dense(3", "answers with 3 numbers, but there are 2 classes"),
    ("keras.Input(shape)", "keras.Input((5,))", "samples of shape .5,., but 'pool'"),
    ("        import keras", "        import kerras", "build.. raised ModuleNotFoundError"),
    (
        'dataset="dots"',
        'dataset="dots", preprocess=Preprocess(Resize(8, 8))',
        "takes samples of shape .*, but its Preprocess gives",
    ),
]


@pytest.fixture(scope="module")
def unfit(tmp_path_factory) -> dict[str, str]:
    """What a build says of what cannot be split, all in one project."""
    text = MINE.replace("import Transfer", "import Preprocess, Resize, Transfer")
    cases = changed(text, UNFIT)
    return failures(with_backbone(tmp_path_factory.mktemp("unfit"), **cases))


@pytest.mark.parametrize("number", range(len(UNFIT)))
def test_what_cannot_be_split_is_said_in_a_sentence(unfit, number):
    found = said_of(unfit, number)
    assert f"models/case{number}.py" in found
    assert re.search(UNFIT[number][2], found), found


def test_without_a_dataset_the_classes_are_declared_and_samples_are_noise(tmp_path):
    mine = MINE.replace('dataset="dots"', 'classes=["no", "yes"]')
    project = with_backbone(tmp_path, mine=mine)
    project.build()
    assert manifest(project, "mine")["classes"] == ["no", "yes"]
    assert golden(project, "mine-base")[0].shape == (5, 16, 16, 1)
