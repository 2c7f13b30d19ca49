"""The castings: drawn ones, and folders as the real set has them, with the twins that it has."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from datasets._impeller import KINDS, Part, Workshop
from datasets.casting import CLASSES, PHOTOGRAPHS, parts
from tests.conftest import ROOT, SmallProject


@pytest.fixture(scope="module")
def workshop():
    return Workshop(5)


def test_the_same_part_is_drawn_the_same_and_differently_in_each_photograph(workshop):
    part = Part(9, (), 1.0)
    first = workshop.photograph(part, 0)
    assert first.shape == (300, 300)
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(first, Workshop(5).photograph(part, 0))
    assert np.abs(first.astype(int) - workshop.photograph(part, 1)).mean() > 5


@pytest.mark.parametrize("kind", KINDS)
def test_a_defect_changes_a_small_part_of_the_image(workshop, kind):
    """Everything else, pose and noise too, stays as it was."""
    for seed in range(6):
        sound = workshop.photograph(Part(seed, (), 1.0), 0).astype(int)
        broken = workshop.photograph(Part(seed, (kind,), 1.0), 0)
        hard = workshop.photograph(Part(seed, (kind,), 0.55), 0)
        changed = np.abs(sound - broken) > 12
        assert 10 < changed.sum() < 6000, (kind, seed)
        assert 0 < np.abs(sound - hard).sum() < np.abs(sound - broken).sum()


def test_a_part_with_and_without_its_defects_is_photographed_alike(workshop):
    part = Part(4, ("crack", "flash"), 0.8)
    sound, broken = workshop.without_and_with(part, 1)
    np.testing.assert_array_equal(sound, workshop.photograph(Part(4, (), 0.8), 1))
    np.testing.assert_array_equal(broken, workshop.photograph(part, 1))


def test_more_than_half_are_defective_with_every_kind_and_contrast():
    made = parts(300)
    broken = [part for part in made if part.defects]
    assert 0.5 < len(broken) / len(made) < 0.6
    counts = [sum(kind in part.defects for part in broken) for kind in KINDS]
    assert min(counts) > 100
    assert min(part.contrast for part in broken) < 0.7
    assert max(part.contrast for part in broken) > 0.95
    assert len({part.seed for part in made}) == len(made)


def with_casting(project: SmallProject, duplicates: str = "warn") -> SmallProject:
    for name in ("_impeller.py", "casting.py"):
        # All splits are published, for a test to look into.
        text = (ROOT / "datasets" / name).read_text().replace('publish=["test"],', "")
        text = text.replace("PARTS, PHOTOGRAPHS = 1400, 2", "PARTS, PHOTOGRAPHS = 24, 2")
        text = text.replace('duplicates="warn"', f'duplicates="{duplicates}"')
        (project.root / "datasets" / name).write_text(text)
    project.page("one", "One", "The first", "Some *text*.", datasets="[casting]")
    return project


def manifest(project: SmallProject) -> dict:
    (path,) = project.out.glob("data/casting/*/manifest.json")
    return json.loads(path.read_text())


def card(project: SmallProject) -> dict:
    report = json.loads((project.out / "report.json").read_text())
    return report["datasets"]["casting"]


def test_what_is_drawn_is_labelled_as_generated_and_no_part_is_on_both_sides(project):
    with_casting(project).build()
    described = manifest(project)
    assert described["source"]["generated"]
    assert card(project)["licence"] == "CC0-1.0"
    assert described["classes"] == CLASSES
    groups = {}
    for name, split in described["splits"].items():
        import base64

        for sheet in split["sheets"]:
            numbers = np.frombuffer(base64.b64decode(sheet["groups"]), "<u2")
            groups.setdefault(name, set()).update(numbers.tolist())
        assert split["samples"] == PHOTOGRAPHS * len(groups[name])
    assert not groups["train"] & groups["test"]
    assert len(groups["train"] | groups["test"]) == 24


@pytest.fixture
def folders(tmp_path, workshop):
    """The layout of the real set, with an equal pair and a photograph that was saved again, both
    across train and test."""
    home = tmp_path / "casting_data"
    for number in range(32):
        label = CLASSES[number % 2]
        split = "test" if number >= 24 else "train"
        part = Part(1000 + number, () if label == "ok_front" else ("blow-holes",), 1.0)
        path = home / split / label / f"cast_{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(workshop.photograph(part, 0)).save(path)
    shutil.copy(home / "train/ok_front/cast_0.png", home / "test/ok_front/copy_of_0.png")
    again = Image.open(home / "train/def_front/cast_1.png").convert("RGB")
    again.save(home / "test/def_front/again_1.jpeg", quality=90)
    return home


@pytest.mark.parametrize(
    ("duplicates", "train", "test"), [("warn", 24, 10), ("drop", 22, 10), ("move", 26, 8)]
)
def test_twins_in_the_real_layout_are_found_and_dealt_with(
    project, folders, duplicates, train, test
):
    with_casting(project, duplicates).build(data={"casting": str(folders)})
    described = manifest(project)
    assert not described["source"]["generated"]
    splits = {name: split["samples"] for name, split in described["splits"].items()}
    assert splits == {"train": train, "test": test}
    (picture,) = project.out.glob("data/casting/*/twins.png")
    with Image.open(picture) as image:
        assert image.height > 2 * 96
    warned = any("2 held-out samples have twins" in text for text in project.effects.warnings)
    assert warned == (duplicates == "warn")


def test_twins_can_be_refused(project, folders):
    done = with_casting(project, "refuse").run("--data", f"casting={folders}")
    assert done.returncode == 1
    assert "2 samples to learn from equal, or nearly equal, held-out ones" in done.stderr
    assert "Traceback" not in done.stderr


def test_images_of_another_size_are_refused_by_name(project, folders):
    Image.new("L", (512, 512)).save(folders / "test/ok_front/large.png")
    done = with_casting(project).run("--data", f"casting={folders}")
    assert done.returncode == 1
    assert "large.png" in done.stderr
    assert "300" in done.stderr
