import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from prebake.data import twins as twins_module
from prebake.data.checked import check
from prebake.data.contact import twins_sheet
from prebake.data.twins import Twins, correlation, find_twins, roughly, without
from prebake.declare.dataset import Dataset
from prebake.declare.samples import Samples
from prebake.declare.source import Synthetic
from prebake.errors import DatasetError, DeclarationError


def tiles():
    images = np.random.default_rng(1).integers(0, 256, (8, 4, 4), dtype=np.uint8)
    images[5] = images[1]  # a held-out one equals one to learn from
    images[3] = images[2]  # both to learn from: nobody is flattered
    return images


SPLIT = ["train"] * 5 + ["test"] * 3
LABELS = [0, 1, 0, 1, 0, 1, 0, 1]


def dataset(**given):
    return Dataset(
        title="T",
        classes=["a", "b"],
        tile=(4, 4, 1),
        licence="CC0-1.0",
        sources={"made": Synthetic(len)},
        **given,
    )


def checked(**given):
    names = [f"n{i}" for i in range(8)]
    return check(Samples(tiles(), LABELS, SPLIT, names=names), dataset(**given), "datasets/t.py")


def test_twins_are_found_across_splits_only():
    images = tiles()
    splits = {"train": np.arange(5), "test": np.arange(5, 8)}
    twins = find_twins(splits, lambda numbers: images[numbers])
    assert (twins.learned.tolist(), twins.held.tolist()) == ([1], [5])
    assert twins.likeness.tolist() == [1]
    assert without(splits, twins.learned)["train"].tolist() == [0, 2, 3, 4]
    assert without(splits, twins.learned)["test"].tolist() == [5, 6, 7]


def test_many_equal_samples_make_few_pairs():
    images = np.zeros((2000, 2, 2, 1), np.uint8)
    splits = {"train": np.arange(1500), "test": np.arange(1500, 2000)}
    twins = find_twins(splits, lambda numbers: images[numbers])
    assert len(twins) == 1500
    assert set(twins.learned) == set(range(1500))
    assert set(twins.held) == set(range(1500, 2000))


def test_dropping_takes_the_one_to_learn_from():
    found = checked(duplicates="drop")
    assert len(found.twins) == 1
    assert sorted(found.splits["train"]) == [0, 2, 3, 4]
    assert sorted(found.splits["test"]) == [5, 6, 7]


def test_warning_keeps_all_and_counts():
    found = checked()
    assert len(found.twins) == 1
    assert len(found.splits["train"]) == 5


def test_moving_takes_the_held_out_one_to_learn_from():
    found = checked(duplicates="move")
    assert sorted(found.splits["train"]) == [0, 1, 2, 3, 4, 5]
    assert sorted(found.splits["test"]) == [6, 7]
    assert len(found.twins) == 1


def test_moving_goes_on_until_no_twin_is_left_and_takes_whole_groups():
    images = tiles()
    images[7] = images[6]  # of the same group as 5: both are moved, and 7 with them
    groups = ["g0", "g1", "g2", "g3", "g4", "g5", "g5", "g7"]
    images = np.concatenate([images, images[:2] // 2])
    given = Samples(images, [*LABELS, 0, 1], [*SPLIT, "test", "test"], group=[*groups, "h", "i"])
    found = check(given, dataset(duplicates="move"), "datasets/t.py")
    assert sorted(found.splits["train"]) == [0, 1, 2, 3, 4, 5, 6, 7]
    assert sorted(found.splits["test"]) == [8, 9]
    assert {(5, 1), (7, 6)} <= set(zip(found.twins.held, found.twins.learned, strict=True))


def part(seed: int, side: int = 128) -> np.ndarray:
    """A photograph of a part as an inspection sees them: all alike, each with its own scratches."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side] / side - 0.5
    radius = np.hypot(x + random.normal(0, 0.01), y + random.normal(0, 0.01))
    image = 60 + 120 * (radius < 0.4) - 50 * (radius < 0.12) + 15 * np.cos(6 * np.arctan2(y, x))
    for _ in range(3):
        cx, cy = random.uniform(-0.35, 0.35, 2)
        image -= 90 * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / 0.002)
    image += random.normal(0, 4, image.shape)
    return image.clip(0, 255).astype(np.uint8)


def saved_again(image: np.ndarray) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=85)
    return np.asarray(Image.open(file))


def brighter(image: np.ndarray) -> np.ndarray:
    return (image * 0.9 + 20).clip(0, 255).astype(np.uint8)


def noisier(image: np.ndarray) -> np.ndarray:
    noise = np.random.default_rng(9).normal(0, 3, image.shape)
    return (image + noise).clip(0, 255).astype(np.uint8)


def test_near_twins_are_found_among_parts_that_all_look_alike():
    images = np.stack([part(i) for i in range(120)])
    splits = {"train": np.arange(90), "test": np.arange(90, 120)}
    for held, (learned, change) in enumerate(
        [(3, saved_again), (17, brighter), (40, noisier), (60, np.copy)], 100
    ):
        images[held] = change(images[learned])
    read = lambda numbers: images[numbers][..., None]  # noqa: E731
    twins = find_twins(splits, read, 0.99)
    pairs = set(zip(twins.learned.tolist(), twins.held.tolist(), strict=True))
    assert pairs == {(3, 100), (17, 101), (40, 102), (60, 103)}
    assert sorted(twins.likeness)[0] >= 0.99
    assert dict(zip(twins.held.tolist(), twins.likeness, strict=True))[103] == 1
    assert len(find_twins(splits, read)) == 1  # equal ones alone


@pytest.mark.parametrize("dense", [0.0, 1.0])
def test_the_same_pairs_are_found_however_candidates_are_compared(monkeypatch, dense):
    """All look alike, so that nearly every pair is a candidate: the likest of each is what a
    comparison of all pixels of all pairs finds."""
    monkeypatch.setattr(twins_module, "DENSE", dense)
    monkeypatch.setattr(twins_module, "BLOCK", 16)
    parts = [part(i) for i in range(45)]
    images = np.stack([*parts, *(noisier(brighter(each)) for each in parts[10:25])])[..., None]
    splits = {"train": np.arange(45), "test": np.arange(45, 60)}
    rows = images.reshape(len(images), -1).astype(float)
    alike = np.corrcoef(rows)[:45, 45:]
    twins = find_twins(splits, lambda numbers: images[numbers], 0.98)
    pairs = set(zip(twins.learned.tolist(), twins.held.tolist(), strict=True))
    assert pairs == {(10 + n, 45 + n) for n in range(15)}
    assert pairs <= {(i, j + 45) for i, j in np.argwhere(alike >= 0.98).tolist()}


def test_a_rough_correlation_is_nearly_the_exact_one():
    random = np.random.default_rng(5)
    a = random.integers(0, 256, (30, 9000), np.uint8)
    b = np.where(random.random(a.shape) < random.random((30, 1)), a, 255 - a)
    a[0], b[1] = 255, 0
    np.testing.assert_allclose(roughly(a, b), correlation(a, b), atol=1e-4)


def test_it_is_told_how_many_samples_were_looked_at():
    images = tiles()
    told = []
    splits = {"train": np.arange(5), "test": np.arange(5, 8)}
    find_twins(splits, lambda numbers: images[numbers], 1, lambda *words: told.append(words))
    assert told == [(5, 8, "compared"), (8, 8, "compared")]


def test_a_blank_image_is_nobodys_near_twin():
    images = np.full((4, 64, 64, 3), [[[[0]]], [[[90]]], [[[180]]], [[[180]]]], np.uint8)
    splits = {"train": np.arange(2), "test": np.arange(2, 4)}
    assert len(find_twins(splits, lambda numbers: images[numbers], 0.99)) == 0


def test_correlation_is_pearsons():
    a = np.random.default_rng(0).random((5, 30))
    b = a + np.random.default_rng(1).random((5, 30))
    expected = [np.corrcoef(x, y)[0, 1] for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(correlation(a, b), expected)
    assert correlation(np.ones((1, 4)), np.arange(4.0)[None]) == [0]


def test_small_tiles_are_compared_for_equality_alone_unless_asked():
    assert dataset().likeness == 1
    assert dataset(near=0.95).likeness == 0.95
    photographs = replace(dataset(), tile=(64, 80, 1))
    assert photographs.likeness == 0.99
    with pytest.raises(DeclarationError, match="near=2: expected a correlation"):
        dataset(near=2)


def test_the_picture_shows_each_pair_with_the_doubtful_first():
    twins = Twins(np.array([0, 1]), np.array([5, 6]), np.array([1.0, 0.991]))
    read_in_order = []

    def read(sample):
        read_in_order.append(sample)
        return np.full((4, 4, 1), 9, np.uint8)

    picture = twins_sheet(twins, lambda sample: f"a/long/path/of/sample-{sample:040}.png", read)
    assert read_in_order == [1, 6, 0, 5]
    assert picture.width < 600


def test_refusing_names_the_first_pair():
    with pytest.raises(DatasetError, match="the first is n1, which goes with n5"):
        checked(duplicates="refuse")


def test_nothing_left_of_a_class_is_an_error():
    images = tiles()
    images[6] = images[0]
    labels = [0, 1, 1, 1, 1, 1, 1, 1]
    given = Samples(images, labels, SPLIT)
    with pytest.raises(DatasetError, match="nothing is left of the class a"):
        check(given, dataset(duplicates="drop"), "datasets/t.py")


def test_an_unknown_policy_is_refused_with_the_nearest():
    with pytest.raises(DeclarationError, match="Did you mean 'drop'"):
        dataset(duplicates="drp")
    with pytest.raises(DeclarationError, match="expected a list of paths"):
        dataset(files="x.txt")
