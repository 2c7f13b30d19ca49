"""The drawn hands: what is the same in all their pictures says nothing, their shapes say all."""

from __future__ import annotations

import hashlib
import json
import math
import os
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from datasets import _hands
from datasets._hands import APART, FINE, POSES, SCENES, SIDE, TONES, hands, picture
from datasets.gestures import CLASSES, HANDS, PICTURES, gestures
from prebake.data.checked import check
from tests.conftest import ROOT, SmallProject

SEED = gestures.sources["synthetic"].seed


class Drawn:
    """All samples, what part of each pixel is hand, and the splits that they get."""

    def __init__(self, monkeypatch) -> None:
        covers = []

        def recorded(*words):
            image, cover = picture(*words)
            covers.append(cover)
            return image, cover

        monkeypatch.setattr(_hands, "picture", recorded)
        self.samples = gestures.sources["synthetic"].function(SEED)
        self.images, self.covers = self.samples.images, np.stack(covers)
        self.labels = np.array(self.samples.labels)
        self.groups = np.array(self.samples.group)
        self.checked = check(self.samples, gestures, "here")
        self.train, self.test = (self.checked.splits[name] for name in ("train", "test"))

    def recall(self, features: np.ndarray, judge) -> np.ndarray:
        """For each class the part of its samples that ``judge(learned, labels, asked)`` finds.

        Each fifth of the hands is asked about with what the other four taught.
        """
        fifth = np.array([int(name.split()[1]) % 5 for name in self.groups])
        found = np.empty_like(self.labels)
        for held in (fifth == number for number in range(5)):
            found[held] = judge(features[~held], self.labels[~held], features[held])
        return np.array([(found == i)[self.labels == i].mean() for i in range(len(CLASSES))])


def nearest(learned: np.ndarray, labels: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """The class of the likest sample."""
    return labels[_squares(asked, learned).argmin(axis=1)]


def nearest_mean(learned: np.ndarray, labels: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """The class with the likest mean."""
    means = [learned[labels == i].mean(axis=0) for i in range(len(CLASSES))]
    return _squares(asked, np.stack(means)).argmin(axis=1)


def linear(learned: np.ndarray, labels: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """The class that a ridge regression gives most."""
    inner = learned.T @ learned + 0.1 * np.eye(learned.shape[1])
    rule = np.linalg.solve(inner, learned.T @ np.eye(len(CLASSES))[labels])
    return (asked @ rule).argmax(axis=1)


def _squares(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return ((first[:, None] - second[None]) ** 2).sum(axis=-1)


@pytest.fixture(scope="module")
def drawn():
    with pytest.MonkeyPatch.context() as monkeypatch:
        return Drawn(monkeypatch)


# -- what there is -------------------------------------------------------------------------


def test_the_classes_are_the_gestures_in_one_order():
    assert gestures.classes == ("rock", "paper", "scissors", "lizard", "Spock")
    assert tuple(POSES) == gestures.classes
    assert gestures.tile == (SIDE, SIDE, 3)


def test_drawn_hands_are_the_default_and_say_that_they_are_drawn():
    name, source = gestures.choose(None, "gestures")
    assert name == "synthetic"
    assert source.licence == "CC0-1.0"
    assert "not photographed" in source.origin
    assert "drawn, not photographed" in gestures.description


def test_a_folder_of_photographs_does_not_get_the_licence_of_the_drawings():
    for choice in ("folder", "./my_hands"):
        _, source = gestures.choose(choice, "gestures")
        assert "CC0" not in (source.licence or gestures.licence)


def test_every_hand_shows_every_gesture_equally_often(drawn):
    assert drawn.images.shape == (HANDS * len(CLASSES) * PICTURES, SIDE, SIDE, 3)
    assert drawn.images.dtype == np.uint8
    counts = Counter(zip(drawn.groups.tolist(), drawn.labels.tolist(), strict=True))
    assert len(counts) == HANDS * len(CLASSES)
    assert set(counts.values()) == {PICTURES}
    assert np.bincount(drawn.labels).tolist() == [60] * 5
    assert len(set(drawn.samples.names)) == len(drawn.images)
    assert all("drawing" in name for name in drawn.samples.names)


def test_three_whole_hands_are_held_out_with_the_same_number_of_each_gesture(drawn):
    learned, held = (set(drawn.groups[split]) for split in (drawn.train, drawn.test))
    assert len(held) == 3
    assert not learned & held
    assert np.bincount(drawn.labels[drawn.train]).tolist() == [48] * 5
    assert np.bincount(drawn.labels[drawn.test]).tolist() == [12] * 5


def test_the_held_out_hands_are_light_medium_and_dark_and_on_both_sides(drawn):
    made = hands(HANDS, SEED)
    held = [made[int(name.split()[1]) - 1] for name in set(drawn.groups[drawn.test])]
    assert sorted(TONES.index(hand.tone) // 5 for hand in held) == [0, 1, 2]
    assert {hand.left for hand in held} == {True, False}


def test_no_picture_has_a_twin(drawn):
    assert len(drawn.checked.twins) == 0
    assert len({image.tobytes() for image in drawn.images}) == len(drawn.images)


# -- what is drawn -------------------------------------------------------------------------


def test_another_process_draws_the_same_bytes(drawn):
    """Whatever the order of its sets, and whichever pictures it drew before."""
    code = (
        "import hashlib; from datasets._hands import hands, picture\n"
        f"made = hands({HANDS}, {SEED})\n"
        f"for i in (14, 3):\n for name in {CLASSES[::-1]}:\n"
        "  print(i, name, hashlib.sha256(picture(made[i], name, 2)[0].tobytes()).hexdigest())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "77"},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = done.stdout.splitlines()
    assert len(lines) == 10
    for line in lines:
        hand, gesture, digest = line.split()
        place = (int(hand) * len(CLASSES) + CLASSES.index(gesture)) * PICTURES + 2
        assert hashlib.sha256(drawn.images[place].tobytes()).hexdigest() == digest


def test_another_seed_draws_other_hands():
    first, second = hands(2, SEED), hands(2, SEED + 1)
    assert first == hands(2, SEED)
    assert first[0] != second[0]
    image, _ = picture(first[0], "paper", 0)
    assert not np.array_equal(image, picture(second[0], "paper", 0)[0])
    assert not np.array_equal(image, picture(first[0], "paper", 1)[0])


def test_a_gesture_that_is_none_is_refused():
    with pytest.raises(KeyError, match="spock"):
        picture(hands(1, SEED)[0], "spock", 0)


def test_hands_differ_and_stand_out_from_their_walls():
    made = hands(HANDS, SEED)
    assert {hand.tone for hand in made} == set(TONES)
    assert {hand.scene for hand in made} == set(SCENES)
    assert len({hand.wall for hand in made}) > 10
    assert abs(sum(hand.left for hand in made) - HANDS / 2) < 1
    for hand in made:
        assert math.dist(hand.tone, hand.wall) > APART
        assert min(math.dist(hand.sleeve, other) for other in (hand.tone, hand.wall)) > APART


def test_the_hand_fills_a_part_of_the_picture_and_the_arm_comes_from_below(drawn):
    assert drawn.covers.min() == 0
    assert drawn.covers.max() == 1
    parts = drawn.covers.mean(axis=(1, 2))
    assert parts.min() > 0.1
    assert parts.max() < 0.6
    assert drawn.covers[:, -1].max(axis=1).min() == 1
    # Fingertips end within the picture; an arm may leave it low on one side.
    assert drawn.covers[:, 0].max() == 0
    sides = drawn.covers[:, : SIDE // 2][:, :, [0, -1]]
    assert sides.max() == 0


def test_edges_are_smooth(drawn):
    """A point of a pixel is hand or not; a pixel on the edge is a part of one."""
    steps = np.unique(np.rint(drawn.covers * FINE * FINE))
    np.testing.assert_array_equal(steps, np.arange(FINE * FINE + 1))
    assert np.mean((drawn.covers > 0) & (drawn.covers < 1)) > 0.02


# -- what tells the gesture ----------------------------------------------------------------


@pytest.mark.parametrize("judge", [nearest, nearest_mean])
def test_colour_tells_nothing(drawn, judge):
    """Chance is 0.2; skin, sleeve, wall and light come with every gesture alike."""
    assert drawn.recall(drawn.images.mean(axis=(1, 2)), judge).mean() < 0.4


def test_the_outline_tells_the_gesture(drawn):
    """Of hands that were never seen: the nearest outline, on 16 x 16, wherever it stands."""
    recall = drawn.recall(np.stack([outline(cover) for cover in drawn.covers]), nearest)
    assert recall.mean() > 0.93, recall
    # Two gestures that cannot be told from each other would have about 0.5 each.
    assert recall.min() > 0.85, recall


def test_the_pixels_tell_the_gesture(drawn):
    """What a page has is the picture alone: edges of grey values, in cells, and a linear rule."""
    recall = drawn.recall(np.stack([edges(image) for image in drawn.images]), linear)
    assert recall.mean() > 0.85, recall
    assert recall.min() > 0.75, recall


def outline(cover: np.ndarray) -> np.ndarray:
    """What of its own box a hand fills, ``float [256]``."""
    rows, columns = (np.flatnonzero(cover.max(axis=axis) > 0.5) for axis in (1, 0))
    box = cover[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    small = Image.fromarray((box * 255).astype(np.uint8)).resize((16, 16), Image.Resampling.BOX)
    return np.asarray(small).ravel() / 255


def edges(image: np.ndarray, cell: int = 12, bearings: int = 8) -> np.ndarray:
    """How much edge of each bearing is in each cell, ``float [513]``; the last is always 1."""
    down, across = np.gradient(image.mean(axis=-1))
    bearing = np.mod(np.arctan2(down, across), np.pi) / np.pi * bearings
    each = np.eye(bearings)[np.minimum(bearing.astype(int), bearings - 1)]
    cells = SIDE // cell
    amount = (each * np.hypot(down, across)[..., None]).reshape(cells, cell, cells, cell, bearings)
    found = amount.sum(axis=(1, 3)).ravel()
    return np.append(np.sqrt(found / found.sum()), 1)


# -- the set in a project ------------------------------------------------------------------


def with_gestures(project: SmallProject) -> SmallProject:
    for name in ("_hands.py", "gestures.py"):
        text = (ROOT / "datasets" / name).read_text()
        text = text.replace("HANDS, PICTURES = 15, 4", "HANDS, PICTURES = 5, 1")
        (project.root / "datasets" / name).write_text(text)
    project.page("one", "One", "The first", "Some *text*.", datasets="[gestures]")
    return project


def manifest(project: SmallProject) -> dict:
    (path,) = project.out.glob("data/gestures/*/manifest.json")
    return json.loads(path.read_text())


def licence(project: SmallProject) -> str:
    report = json.loads((project.out / "report.json").read_text())
    return report["datasets"]["gestures"]["licence"]


def test_what_is_drawn_is_published_as_generated(project):
    with_gestures(project).build()
    described = manifest(project)
    assert described["source"]["generated"]
    assert licence(project) == "CC0-1.0"
    assert described["classes"] == CLASSES
    splits = {name: split["samples"] for name, split in described["splits"].items()}
    assert splits == {"train": 20, "test": 5}


def test_photographs_of_a_folder_take_the_place_of_the_drawings(project, tmp_path):
    random = np.random.default_rng(4)
    for gesture in CLASSES:
        folder = tmp_path / "photographs" / gesture.lower()
        folder.mkdir(parents=True)
        for number in range(5):
            image = Image.fromarray(random.integers(0, 256, (120, 160, 3), dtype=np.uint8))
            image.save(folder / f"{number}.jpg")
    with_gestures(project).build(data={"gestures": str(tmp_path / "photographs")})
    described = manifest(project)
    assert not described["source"]["generated"]
    assert "CC0" not in licence(project)
    splits = {name: split["samples"] for name, split in described["splits"].items()}
    assert splits == {"train": 20, "test": 5}
