import json

import numpy as np
import pytest

from prebake.data.packed import read_manifest, read_split
from prebake.errors import BuildFailed, DatasetError


@pytest.fixture
def packed(project):
    """What ``pack`` made of the dots, as a step finds it."""
    from prebake.graph.store import Store

    project.build()
    store = Store(project.store)
    (record,) = [r for r in store.records() if r.step == "pack dots"]
    return store.folder(record.digest)


def test_all_samples_come_back(packed):
    manifest = read_manifest(packed)
    train, test = read_split(packed, "train"), read_split(packed, "test")
    assert len(train.images) == manifest["splits"]["train"]["samples"]
    assert train.images.shape[1:] == (8, 8, 1)
    assert train.images.dtype == np.uint8
    assert np.bincount(train.labels).tolist() == manifest["splits"]["train"]["counts"]
    # Light dots are a hundred brighter than dark ones: labels and images belong together.
    for split in (train, test):
        bright = split.images.reshape(len(split.images), -1).mean(1) > 95
        np.testing.assert_array_equal(bright, split.labels == 1)


def test_a_part_holds_the_first_samples(packed):
    np.testing.assert_array_equal(
        read_split(packed, "train", 5).images, read_split(packed, "train").images[:5]
    )


def test_an_unknown_split_names_those_that_are_there(packed):
    with pytest.raises(DatasetError, match=r"no split 'validation', it has .*train"):
        read_split(packed, "validation")


def test_a_split_that_is_not_published_is_kept_for_training(project):
    from prebake.graph.store import Store

    path = project.root / "datasets" / "dots.py"
    path.write_text(path.read_text().replace("tile=(", 'publish=["test"], tile=('))
    project.build()
    (shown,) = project.out.glob("data/dots/*/manifest.json")
    assert list(json.loads(shown.read_text())["splits"]) == ["test"]
    assert not list(shown.parent.glob("train-*"))
    store = Store(project.store)
    (record,) = [r for r in store.records() if r.step == "pack dots"]
    artifact = store.folder(record.digest)
    assert list(read_manifest(artifact)["splits"]) == ["train", "test"]
    assert [path.name for path in (artifact / "kept").glob("train*")] == ["train.npy"]
    for name in ("train", "test"):
        packed = read_split(artifact, name)
        bright = packed.images.reshape(len(packed.images), -1).mean(1) > 95
        np.testing.assert_array_equal(bright, packed.labels == 1)
    few = read_split(artifact, "train", 5)
    np.testing.assert_array_equal(few.images, read_split(artifact, "train").images[:5])
    assert len(few.labels) == 5


def test_a_dataset_of_which_nothing_is_published_is_coded_in_no_sheets(project):
    from prebake.graph.store import Store

    path = project.root / "datasets" / "dots.py"
    path.write_text(path.read_text().replace("tile=(", "publish=None, tile=("))
    with pytest.raises(BuildFailed, match="dataset 'dots': none of its images are published"):
        project.build()  # the page's picture would be made of them
    project.page("one", "One", "The first", "Some *text*.", datasets="[dots]")
    project.build()
    (shown,) = project.out.glob("data/dots/*/manifest.json")
    assert json.loads(shown.read_text())["splits"] == {}
    assert sorted(path.name for path in shown.parent.iterdir()) == ["contact.png", "manifest.json"]
    store = Store(project.store)
    (record,) = [r for r in store.records() if r.step == "pack dots"]
    for name, count in (("train", 48), ("test", 12)):
        packed = read_split(store.folder(record.digest), name)
        bright = packed.images.reshape(len(packed.images), -1).mean(1) > 95
        np.testing.assert_array_equal(bright, packed.labels == 1)
        assert len(packed.images) == count


def test_a_sheet_that_cannot_be_read_is_named(packed):
    (sheet, *_) = packed.glob("site/data/dots/*/train-000.*")
    sheet.chmod(0o644)
    sheet.write_bytes(sheet.read_bytes()[:20])
    with pytest.raises(DatasetError, match=r"dataset 'dots': the sheet train-000\..* --force"):
        read_split(packed, "train")


def test_publishing_an_unknown_split_names_the_nearest(project):
    path = project.root / "datasets" / "dots.py"
    path.write_text(path.read_text().replace("tile=(", 'publish=["tset"], tile=('))
    done = project.run()
    assert done.returncode == 1
    assert "publish names the split 'tset'. Did you mean 'test'?" in done.stderr
