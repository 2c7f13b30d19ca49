import numpy as np
import pytest

from prebake.data.checked import check
from prebake.data.twins import find_twins, without
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
    assert (twins.other.tolist(), twins.kept.tolist()) == ([1], [5])
    assert without(splits, twins)["train"].tolist() == [0, 2, 3, 4]
    assert without(splits, twins)["test"].tolist() == [5, 6, 7]


def test_dropping_takes_the_one_to_learn_from():
    found = checked(duplicates="drop")
    assert found.twins == 1
    assert sorted(found.splits["train"]) == [0, 2, 3, 4]
    assert sorted(found.splits["test"]) == [5, 6, 7]


def test_warning_keeps_all_and_counts():
    found = checked()
    assert found.twins == 1
    assert len(found.splits["train"]) == 5


def test_refusing_names_the_first_pair():
    with pytest.raises(DatasetError, match="the first is n1, which equals n5"):
        checked(duplicates="refuse")


def test_nothing_left_of_a_class_is_an_error():
    images = tiles()
    images[6] = images[0]
    labels = [0, 1, 1, 1, 1, 1, 1, 1]
    given = Samples(images, labels, SPLIT)
    with pytest.raises(DatasetError, match="nothing is left of a"):
        check(given, dataset(duplicates="drop"), "datasets/t.py")


def test_an_unknown_policy_is_refused_with_the_nearest():
    with pytest.raises(DeclarationError, match="Did you mean 'drop'"):
        dataset(duplicates="drp")
    with pytest.raises(DeclarationError, match="expected a list of paths"):
        dataset(files="x.txt")
