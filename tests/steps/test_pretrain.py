"""Models that are trained on another dataset first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from prebake.errors import DeclarationError
from tests.conftest import SmallProject
from tests.steps.test_models import TINY, failures, home, with_models

MORE = """
    from prebake import Dataset, Samples, Synthetic

    def draw(seed):
        import numpy as np
        random = np.random.default_rng(seed)
        labels = np.arange(90) % 3
        images = random.integers(0, 60, (90, 8, 8), dtype=np.uint8) + (60 * labels)[:, None, None]
        return Samples(images.astype(np.uint8), labels, ["train"] * 90)

    more = Dataset(
        title="More", classes=["low", "middle", "high"], tile=(8, 8, 1), licence="CC0-1.0",
        sources={"made": Synthetic(draw, seed=4)},
    )
"""


def with_pretraining(folder: Path, fit: str = "BySource(made=FIT)", **given: str) -> SmallProject:
    text = TINY.replace("Augment, Export", "Augment, BySource, Export, Pretrain")
    text = text.replace("EXPORT", 'format="layers"')
    start = text.index("fit=Fit(")
    end = text.index("export=")
    own = text[start + len("fit=") : end].strip().rstrip(",")
    pretrain = 'pretrain=Pretrain("more", Fit(epochs=2, batch_size=8, seed=5)),\n        '
    text = f"{text[:start]}{pretrain}fit={fit.replace('FIT', own)},\n        {text[end:]}"
    for old, new in given.items():
        text = text.replace(old, new)
    project = with_models(folder / "project", folder / "store", tiny=text)
    project.write("datasets/more.py", MORE)
    return project


def test_a_model_is_pretrained_in_a_step_of_its_own(tmp_path):
    project = with_pretraining(tmp_path)
    outcomes = project.build().outcomes
    assert outcomes["pretrain tiny"].status == "built"
    report = json.loads((project.out / "report.json").read_text())
    assert "more" in report["datasets"]
    # No page shows it: it stays out of the site.
    assert not (project.out / "data" / "more").exists()
    assert (project.out / "data" / "dots").exists()
    text = (project.root / "models" / "tiny.py").read_text()
    project.write("models/tiny.py", text.replace("epochs=6", "epochs=5"))
    outcomes = project.build().outcomes
    assert outcomes["pretrain tiny"].status == "fresh"
    assert outcomes["train tiny"].status == "built"


def test_it_may_be_pretrained_on_samples_of_another_size(tmp_path):
    project = with_pretraining(tmp_path)
    path = project.root / "models" / "tiny.py"
    text = path.read_text()
    larger = MORE.replace("(90, 8, 8)", "(90, 12, 12)").replace(
        "tile=(8, 8, 1)", "tile=(12, 12, 1)"
    )
    project.write("datasets/more.py", larger)
    preprocess = "preprocess=Preprocess(Grey(), Scale(1 / 127.5), Offset(-1))"
    path.write_text(text.replace("seed=5))", f"seed=5), {preprocess})"))
    assert "takes samples of shape (8, 8, 1)" in failures(project)["pretrain tiny"]
    path.write_text(
        text.replace("keras.Input((8, 8, 1))", "keras.Input((side, side, 1))")
        .replace("def build():", "def build(side=8):")
        .replace("tiny = Trained(", "def larger():\n    return build(12)\n\ntiny = Trained(")
        .replace("seed=5))", f"seed=5), build=larger, {preprocess})")
    )
    outcomes = project.build().outcomes
    assert outcomes["pretrain tiny"].status == "built"
    manifest = json.loads((home(project) / "manifest.json").read_text())
    assert manifest["inputs"][0]["shape"] == [None, 8, 8, 1]


def test_a_value_for_a_source_that_the_dataset_has_not_is_refused(tmp_path):
    project = with_pretraining(tmp_path, fit="BySource(mode=FIT)")
    with pytest.raises(DeclarationError, match="'mode', which is no source of the dataset 'dots'"):
        project.build()


def test_an_unknown_dataset_to_pretrain_on_is_refused_with_the_nearest(tmp_path):
    project = with_pretraining(tmp_path)
    text = (project.root / "models" / "tiny.py").read_text()
    project.write("models/tiny.py", text.replace('Pretrain("more"', 'Pretrain("mroe"'))
    with pytest.raises(DeclarationError, match="Did you mean 'more'"):
        project.build()
