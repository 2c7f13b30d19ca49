from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from prebake import Dataset, Samples, Synthetic
from prebake.data.checked import check
from prebake.errors import DatasetError

DATASET = Dataset(
    title="T", classes=["a", "b"], tile=(4, 4, 1), licence="", sources={"s": Synthetic(lambda s: 0)}
)
IMAGES = np.zeros((10, 4, 4), np.uint8)
LABELS = np.arange(10) % 2


def checked(**given):
    return check(Samples(**{"images": IMAGES, "labels": LABELS, **given}), DATASET, "datasets/t.py")


def test_without_splits_a_part_of_each_class_is_held_out():
    splits = checked().splits
    assert {name: len(members) for name, members in splits.items()} == {"train": 8, "test": 2}
    assert sorted(LABELS[splits["test"]]) == [0, 1]


def test_given_splits_are_kept_train_first():
    assert list(checked(split=["test", "train"] * 5).splits) == ["train", "test"]


def test_arrays_paths_and_lazy_sequences_read_alike():
    whole = checked()
    lazy = checked(images=[IMAGES[i] for i in range(10)])
    numbers = np.array([3, 1])
    assert np.array_equal(whole.read_many(numbers), lazy.read_many(numbers))
    assert whole.read_many(numbers).shape == (2, 4, 4, 1)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"images": IMAGES[:0], "labels": []}, "there are no samples"),
        ({"labels": LABELS[:9]}, "there are 10 images but 9 labels"),
        ({"split": ["train"]}, "there are 10 images but 1 split"),
        ({"labels": LABELS + 1}, "a label is 2, expected 0 to 1 for 2 classes"),
        ({"labels": LABELS * 1.0}, "labels are float64 [10], expected whole numbers"),
        ({"labels": LABELS * 0}, "no sample belongs to b"),
        (
            {"split": ["train", "test"] * 5, "group": ["slide 1"] * 10},
            "the group 'slide 1' is in test and in train",
        ),
    ],
)
def test_what_does_not_fit_is_said(given, message):
    with pytest.raises(DatasetError) as caught:
        checked(**given)
    assert message in str(caught.value)
    assert str(caught.value).startswith("datasets/t.py: ")


def test_something_else_than_samples():
    with pytest.raises(DatasetError, match="returned list, expected Samples"):
        check([], DATASET, "x")


def test_all_damaged_images_are_named_at_once(tmp_path):
    paths = []
    for number in range(30):
        path = tmp_path / f"{number}.png"
        Image.new("L", (4, 4)).save(path)
        if number % 5:
            path.write_bytes(path.read_bytes()[:30])
        paths.append(path)
    samples = Samples(paths, np.arange(30) % 2, names=[path.name for path in paths])
    with pytest.raises(DatasetError) as refused:
        check(samples, DATASET, "where", cache=tmp_path / "cache")
    message = str(refused.value)
    assert message.startswith("24 images cannot be read: 1.png: the image cannot be read")
    assert "; and 4 more." in message


def test_a_share_that_whole_groups_do_not_meet_is_said():
    labels = np.repeat([0, 1], 100)
    groups = np.where(np.arange(200) % 2, "one", "two")
    samples = Samples(np.zeros((200, 4, 4), np.uint8), labels, group=groups)
    uneven = check(samples, replace(DATASET, duplicates="warn"), "where").uneven
    assert uneven == ((0, 0.5), (1, 0.5))
