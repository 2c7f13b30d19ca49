"""Models compiled in a small project: what ships, what is proven, what is refused."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from prebake.data.preprocess import apply
from prebake.declare.preprocess import Preprocess
from prebake.errors import BuildFailed, DeclarationError, ProofError
from prebake.tfjs.replay import prove
from tests.conftest import ROOT, SmallProject

TINY = """
    from prebake import (
        Augment, Export, Fit, Grey, Offset, Preprocess, Resize, Scale, Trained,
    )

    def build():
        import keras
        layers = keras.layers
        return keras.Sequential([
            keras.Input((8, 8, 1)),
            layers.Conv2D(4, 3, use_bias=False), layers.BatchNormalization(), layers.ReLU(),
            layers.GlobalAveragePooling2D(), layers.Dense(2, activation="softmax"),
        ], name="tiny")

    tiny = Trained(
        title="Tiny", dataset="dots", build=build,
        preprocess=Preprocess(Grey(), Resize(8, 8), Scale(1 / 127.5), Offset(-1)),
        fit=Fit(epochs=6, batch_size=8, seed=1, learning_rate=0.02, augment=Augment(shift=0.1)),
        export=Export(EXPORT), expect={"accuracy": 0.9}, golden=6,
    )
"""


def with_models(root: Path, store: Path, **models: str) -> SmallProject:
    root.mkdir(parents=True)
    project = SmallProject(root, store)
    # One step follows on the other, and a second process would have to import TensorFlow too.
    project.jobs = 1
    shutil.copytree(ROOT / "site" / "runtime", root / "site" / "runtime")
    for name, text in models.items():
        project.write(f"models/{name}.py", text)
    names = ", ".join(models)
    project.page("one", "One", "The first", "Some *text*.", datasets="[dots]", models=f"[{names}]")
    return project


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A built project with one trained model."""
    folder = tmp_path_factory.mktemp("models")
    project = with_models(
        folder / "project", folder / "store", tiny=TINY.replace("EXPORT", 'format="layers"')
    )
    project.build()
    return project


def artifact(project: SmallProject, built, step: str) -> Path:
    digest = built.outcomes[step].record.digest
    return project.store / "v1" / "artifacts" / digest[:2] / digest


def home(project: SmallProject, name: str = "tiny") -> Path:
    (manifest,) = project.out.glob(f"models/{name}/*/manifest.json")
    return manifest.parent


def failures(project: SmallProject) -> dict[str, str]:
    """What a build that cannot succeed says of each step that failed."""
    with pytest.raises(BuildFailed) as caught:
        project.build()
    return {step: str(error) for step, error in caught.value.failures.items()}


# -- what ships ----------------------------------------------------------------------------


def test_the_manifest_says_all_that_a_page_needs(tiny):
    manifest = json.loads((home(tiny) / "manifest.json").read_text())
    assert manifest["format"] == "prebake-model/1"
    assert manifest["classes"] == ["dark", "light"]
    assert manifest["answer"] == "softmax"
    assert [each["name"] for each in manifest["preprocess"]["operations"]][2] == "scale"
    assert manifest["inputs"][0]["shape"] == [None, 8, 8, 1]
    for entry in manifest["files"]:
        assert (home(tiny) / entry["path"]).stat().st_size == entry["bytes"]


def test_the_report_has_metrics_sizes_and_parity(tiny):
    model = json.loads((tiny.out / "report.json").read_text())["models"]["tiny"]
    assert model["kind"] == "trained"
    assert model["metrics"]["test"]["accuracy"] >= 0.9
    assert model["parity"]["node"]["max_abs_error"] <= 1e-4
    assert model["parity"]["node"]["top1_agreement"] == 1
    files = json.loads((home(tiny) / "manifest.json").read_text())["files"]
    assert model["bytes"] == sum(entry["bytes"] for entry in files)
    assert model["parameters"] == 36 + 16 + 10


def test_drawings_ship_with_the_model(tiny):
    charts = {path.name for path in (home(tiny) / "charts").iterdir()}
    assert {"curves.svg", "confusion.svg"} <= charts
    assert "loss" in (home(tiny) / "charts" / "curves.svg").read_text()


def test_building_again_changes_nothing_and_from_nothing_gives_the_same_bytes(tiny, tmp_path):
    built = tiny.build()
    assert {outcome.status for outcome in built.outcomes.values()} == {"fresh"}
    other = with_models(
        tmp_path / "project", tmp_path / "store", tiny=TINY.replace("EXPORT", 'format="layers"')
    )
    other.build()
    assert home(other).name == home(tiny).name
    for path in home(tiny).rglob("*.*"):
        same = home(other) / path.relative_to(home(tiny))
        assert path.read_bytes() == same.read_bytes(), path.name


def test_a_model_is_read_back_from_its_folder(tiny):
    from prebake.tfjs.reader import read_layers_model

    model = read_layers_model(home(tiny))
    golden = (home(tiny) / "golden.bin").read_bytes()
    length = int.from_bytes(golden[:4], "little")
    described, data = json.loads(golden[4 : 4 + length]), golden[4 + length :]
    raw = np.frombuffer(data[: 6 * 64], np.uint8).reshape(6, 8, 8, 1)
    at = described["outputs"]["offset"]
    expected = np.frombuffer(data[at : at + 6 * 2 * 4], "<f4").reshape(6, 2)
    answers = model.predict(raw / np.float32(127.5) - 1, verbose=0)
    np.testing.assert_allclose(answers, expected, atol=1e-5)


def test_random_images_of_any_size_and_mode_get_the_same_class_in_python_and_in_the_page(tiny):
    from prebake.tfjs.reader import read_layers_model

    random = np.random.default_rng(5)
    images = []
    for _ in range(60):
        channels = random.choice([1, 3, 4])
        shape = (*random.integers(1, 40, 2), channels)
        images.append((random.integers(0, 256, shape) * random.uniform(0.3, 1)).astype(np.uint8))
    manifest = json.loads((home(tiny) / "manifest.json").read_text())
    inputs = apply(Preprocess.from_json(manifest["preprocess"]), images)
    ours = read_layers_model(home(tiny)).predict(inputs, verbose=0)
    theirs = np.array(predicted(tiny, images))
    np.testing.assert_allclose(theirs, ours, atol=1e-4)
    sure = np.abs(ours[:, 0] - 0.5) > 1e-3
    assert sure.sum() > 50
    np.testing.assert_array_equal(theirs.argmax(1)[sure], ours.argmax(1)[sure])
    assert set(ours.argmax(1)) == {0, 1}


def predicted(project, images, name="tiny"):
    """What a page would answer."""
    sent = [
        {
            "height": int(image.shape[0]),
            "width": int(image.shape[1]),
            "channels": int(image.shape[2]),
            "data": base64.b64encode(image.tobytes()).decode(),
        }
        for image in images
    ]
    request = {
        "root": str(ROOT),
        "manifest": str(home(project, name) / "manifest.json"),
        "images": sent,
    }
    done = subprocess.run(
        ["node", str(Path(__file__).with_name("predict.mjs"))],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.strip().splitlines()[-1])


def test_a_model_that_is_judged_with_twins_is_judged_without_them_too(tmp_path):
    project = with_models(
        tmp_path / "project", tmp_path / "store", tiny=TINY.replace("EXPORT", 'format="layers"')
    )
    path = project.root / "datasets" / "dots.py"
    text = path.read_text()
    # Three of the fifteen held-out samples equal three to learn from.
    planted = text.replace(
        "return Samples(images, labels)",
        "images[-3:], labels[-3:] = images[:3], labels[:3]\n"
        "    return Samples(images, labels, ['train'] * 45 + ['test'] * 15)",
    )
    assert planted != text
    path.write_text(planted)
    project.build()
    report = json.loads((project.out / "report.json").read_text())["models"]["tiny"]
    assert report["without_twins"]["samples"] == 12
    assert set(report["without_twins"]["metrics"]) == set(report["metrics"]["test"])
    assert any("3 held-out samples have twins" in text for text in project.effects.warnings)


# -- three deliberate damages --------------------------------------------------------------


@pytest.fixture
def copy(tiny, tmp_path):
    shutil.copytree(home(tiny), tmp_path / "model")
    return tmp_path / "model"


def edit(folder: Path, change) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))


def test_an_unharmed_copy_is_proven(copy):
    assert prove(ROOT, copy / "manifest.json", "tiny")["samples"] == 6


def test_a_damaged_shard_is_caught(copy):
    (shard,) = copy.glob("weights-*.bin")
    data = bytearray(shard.read_bytes())
    data[7] ^= 64
    shard.write_bytes(data)
    with pytest.raises(ProofError, match="arrived damaged"):
        prove(ROOT, copy / "manifest.json", "tiny")


def test_a_damaged_shard_with_a_matching_checksum_is_caught_too(copy):
    import zlib

    (shard,) = copy.glob("weights-*.bin")
    data = bytearray(shard.read_bytes())
    data[-1] ^= 64
    shard.write_bytes(data)

    def change(manifest):
        manifest["files"][1]["crc32"] = zlib.crc32(bytes(data))

    edit(copy, change)
    with pytest.raises(ProofError, match="belong to another model"):
        prove(ROOT, copy / "manifest.json", "tiny")


def test_a_swapped_label_list_is_caught(copy):
    edit(copy, lambda manifest: manifest["classes"].reverse())
    with pytest.raises(ProofError, match=r"the class changed in 6 of 6 .*in place of"):
        prove(ROOT, copy / "manifest.json", "tiny")


def test_a_changed_constant_is_caught(copy):
    def change(manifest):
        manifest["preprocess"]["operations"][2]["factor"] = 1 / 127

    edit(copy, change)
    with pytest.raises(ProofError, match="differ from Python's by"):
        prove(ROOT, copy / "manifest.json", "tiny")


# -- what is refused -----------------------------------------------------------------------


def test_a_missed_expectation_fails_and_leaves_the_old_site(tiny):
    before = (tiny.out / "one" / "index.html").read_bytes()
    text = (tiny.root / "models" / "tiny.py").read_text()
    tiny.write(
        "models/tiny.py",
        text.replace("epochs=6", "epochs=1").replace('"accuracy": 0.9', '"accuracy": 1.01'),
    )
    try:
        assert "accuracy on the split 'test' is" in failures(tiny)["model-card tiny"]
        assert (tiny.out / "one" / "index.html").read_bytes() == before
    finally:
        tiny.write("models/tiny.py", text)


def ran(built):
    return {name for name, outcome in built.outcomes.items() if outcome.status == "built"}


def test_a_new_title_or_expectation_of_a_model_makes_its_card_and_nothing_else(tiny):
    tiny.build()
    text = (tiny.root / "models" / "tiny.py").read_text()
    changed = text.replace('title="Tiny"', 'title="Small", description="Two shades."')
    tiny.write("models/tiny.py", changed.replace("0.9}", "0.8}"))
    try:
        built = tiny.build()
        assert ran(built) == {"model-card tiny", "render one"}
        card = json.loads((artifact(tiny, built, "model-card tiny") / "card.json").read_text())
        assert (card["title"], card["description"]) == ("Small", "Two shades.")
    finally:
        tiny.write("models/tiny.py", text)


def test_what_is_said_of_a_dataset_packs_nothing_and_trains_nothing(tiny):
    tiny.build()
    text = (tiny.root / "datasets" / "dots.py").read_text()
    tiny.write(
        "datasets/dots.py",
        text.replace('title="Dots"', 'title="Shades", description="Two of them."')
        .replace('licence="CC0-1.0"', 'licence="CC BY 4.0", origin="Drawn"')
        .replace("Synthetic(draw, seed=3)", 'Synthetic(draw, seed=3, licence="MIT", origin="Me")'),
    )
    try:
        built = tiny.build()
        # The model's card names the licence.
        assert ran(built) == {"data-card dots", "model-card tiny", "render one"}
        card = json.loads((artifact(tiny, built, "data-card dots") / "card.json").read_text())
        assert (card["title"], card["licence"], card["origin"]) == ("Shades", "MIT", "Me")
    finally:
        tiny.write("datasets/dots.py", text)


def test_an_expectation_that_is_missed_repeats_no_training_and_no_export(tiny):
    tiny.build()
    text = (tiny.root / "models" / "tiny.py").read_text()
    tiny.write("models/tiny.py", text.replace('"accuracy": 0.9}', '"accuracy": (None, 0.1)}'))
    try:
        with pytest.raises(BuildFailed) as caught:
            tiny.build()
        assert list(caught.value.failures) == ["model-card tiny"]
        assert "expected at most 0.1" in str(caught.value)
    finally:
        tiny.write("models/tiny.py", text)


UNFIT = [
    ("return keras", "raise ValueError('no') or keras", r"build\(\) raised ValueError: no"),
    ("return keras.Sequential([", "return list([", r"build\(\) raised TypeError"),
    ("keras.Input((8, 8, 1)),", "", "a model without an input shape"),
    (
        "keras.Input((8, 8, 1))",
        "keras.Input((9, 8, 1))",
        r"takes samples of shape \(9, 8, 1\), but the dataset 'dots' gives \(8, 8, 1\)",
    ),
    ("layers.Dense(2", "layers.Dense(3", "answers with 3 numbers, but there are 2 classes"),
    ("learning_rate=0.02", "learning_rate=1e30", "the training has diverged"),
    ("seed=1,", "seed=1, loss='nonsense',", "Keras cannot train it: Could not interpret loss"),
]


@pytest.fixture(scope="module")
def unfit(tmp_path_factory) -> dict[str, str]:
    """What a build says of models that do not fit, all in one project."""
    texts = changed(TINY.replace("EXPORT", ""), UNFIT)
    folder = tmp_path_factory.mktemp("unfit")
    return failures(with_models(folder / "p", folder / "store", **texts))


def changed(text: str, cases: list[tuple[str, str, str]]) -> dict[str, str]:
    """A module for each case, by name: the text with one thing in place of another."""
    assert all(old in text for old, *_ in cases)
    return {f"case{i}": text.replace(old, new) for i, (old, new, _) in enumerate(cases)}


def said_of(failed: dict[str, str], number: int) -> str:
    """What was said of a case, in the one step of it that failed."""
    (found,) = [text for step, text in failed.items() if step.endswith(f" case{number}")]
    return found


@pytest.mark.parametrize("number", range(len(UNFIT)))
def test_a_model_that_does_not_fit_is_refused_in_a_sentence(unfit, number):
    found = said_of(unfit, number)
    assert f"models/case{number}.py" in found
    assert re.search(UNFIT[number][2], found), found


def test_a_layer_that_layers_cannot_hold_is_named_with_its_remedy(tmp_path):
    text = (
        TINY.replace("EXPORT", 'format="layers"')
        .replace(
            "layers.GlobalAveragePooling2D()",
            "layers.GroupNormalization(2), layers.GlobalAveragePooling2D()",
        )
        .replace('"accuracy": 0.9', '"accuracy": 0.0')
    )
    project = with_models(tmp_path / "p", tmp_path / "store", tiny=text)
    found = failures(project)["export tiny"]
    assert "(GroupNormalization)" in found
    assert "format='graph'" in found


def test_a_file_that_a_model_reads_makes_it_again(tmp_path):
    text = """
        from pathlib import Path
        from prebake import Arrays, Export, Fit, Trained

        def points():
            import numpy as np
            x, y = np.loadtxt(Path(__file__).with_name("points.csv"), unpack=True)
            return Arrays(x[:, None], y[:, None])

        def build():
            import keras
            return keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])

        read = Trained(
            title="Read", samples=points, build=build, fit=Fit(epochs=2, validation=0),
            files=["models/points.csv"], export=Export(format="layers"),
        )
    """
    project = with_models(tmp_path / "p", tmp_path / "store", read=text)
    project.write("models/points.csv", "1 1\n2 2\n3 3\n")
    project.build()
    project.write("models/points.csv", "1 2\n2 3\n3 4\n")
    built = project.build()
    assert built.outcomes["train read"].reason == "models/points.csv changed"
    (project.root / "models/points.csv").unlink()
    with pytest.raises(DeclarationError, match="no file of the project"):
        project.build()


def test_an_unknown_dataset_or_model_is_refused_with_the_nearest_name(project):
    shutil.copytree(ROOT / "site" / "runtime", project.root / "site" / "runtime")
    project.write("models/tiny.py", TINY.replace("EXPORT", "").replace('"dots"', '"dotz"'))
    project.page("one", "One", "The first", "Text.", models="[tiny]")
    with pytest.raises(
        DeclarationError, match=r"models/tiny.py: there is no dataset 'dotz'.*'dots'"
    ):
        project.build()
    project.page("one", "One", "The first", "Text.", models="[tiney]")
    with pytest.raises(DeclarationError, match=r"there is no model 'tiney'.*'tiny'"):
        project.build()


def test_a_tolerance_that_no_candidate_meets_is_refused_with_what_each_loses(tiny):
    from prebake.errors import ModelError
    from prebake.tfjs.quantize import NONE, SCHEMES, Candidate, choose

    candidates = [Candidate(NONE, Path(), 100, 100, 0.99, 0.0, 0.0)]
    candidates += [Candidate(s, Path(), 25, 25, 0.9, 0.09, 0.1) for s in SCHEMES["uint8"]]
    with pytest.raises(ModelError, match=r"loses more accuracy than the tolerance of 0.01 .*uint8"):
        choose(candidates, "uint8", 0.01, "accuracy", "models/x.py")
    assert choose(candidates, "auto", 0.01, "accuracy", "x").scheme == NONE
    assert choose(candidates, "auto", 0.1, "accuracy", "x").scheme in SCHEMES["uint8"]


def test_a_draft_is_marked_and_skips_what_is_expected(tiny, tmp_path):
    text = TINY.replace("EXPORT", 'format="layers"').replace('"accuracy": 0.9', '"accuracy": 1.01')
    project = with_models(tmp_path / "p", tmp_path / "store", tiny=text)
    project.build(draft=True)
    report = json.loads((project.out / "report.json").read_text())
    assert report["models"]["tiny"]["draft"] is True
    assert json.loads((home(project) / "manifest.json").read_text())["draft"] is True
