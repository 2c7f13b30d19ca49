from pathlib import Path

import pytest
from PIL import Image

from prebake.data.folder import load_folder
from prebake.data.listing import folder_files
from prebake.errors import DatasetError

CLASSES = ["healthy", "ill"]
MALARIA = Path(__file__).resolve().parents[3] / "shared" / "data" / "malaria"


def images(folder, *paths):
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (4, 4)).save(folder / path)
    return folder


def table(folder, text, newline="\n", encoding="utf-8"):
    images(folder, "Ill/1.png", "Healthy/2.png")
    path = folder / "all.csv"
    path.write_bytes(text.replace("\n", newline).encode(encoding))
    return path


def test_class_folders(tmp_path):
    images(tmp_path, "ill/b.png", "ill/a.jpg", "healthy/c.png")
    (tmp_path / "ill" / "notes.txt").write_text("not an image")
    samples = load_folder(tmp_path, CLASSES, None)
    assert [p.name for p in samples.images] == ["c.png", "a.jpg", "b.png"]
    assert samples.labels == [0, 1, 1]
    assert samples.split is None


def test_split_folders(tmp_path):
    for split in ("Train", "test", "val"):
        images(tmp_path, f"{split}/ill/{split}1.png", f"{split}/healthy/{split}2.png")
    samples = load_folder(tmp_path, CLASSES, None)
    assert dict(zip([p.stem for p in samples.images], samples.split, strict=True)) == {
        "Train1": "train",
        "Train2": "train",
        "test1": "test",
        "test2": "test",
        "val1": "validation",
        "val2": "validation",
    }


def test_folders_may_have_other_names(tmp_path):
    images(tmp_path, "Parasitized/1.png", "Uninfected/2.png")
    samples = load_folder(tmp_path, CLASSES, {"ill": "Parasitized", "healthy": "Uninfected"})
    assert samples.labels == [1, 0]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("header", ["", "image,class\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_tables(tmp_path, newline, header, delimiter, encoding):
    text = (header + "Ill/1.png,ill\nHealthy/2.png,healthy\n").replace(",", delimiter)
    path = table(tmp_path, text, newline, encoding)
    samples = load_folder(path, CLASSES, None)
    assert samples.labels == [1, 0]
    assert folder_files(path) == ["all.csv", "Ill/1.png", "Healthy/2.png"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Ill/1.png,ill\nIll/9.png,ill\n", "row 2 names 'Ill/9.png', and there is no such file"),
        ("Ill/1.png\n", "row 1 ('Ill/1.png') has no class"),
        ("Ill/1.png,sick\n", "its classes are sick; declared are healthy, ill"),
        ("Ill/1.png,ill\n", "there are no images of healthy"),
        ("../x.png,ill\n", "which leaves the folder of the CSV"),
        ("", "its classes are none; declared are healthy, ill"),
    ],
)
def test_what_is_wrong_in_a_table_is_said(tmp_path, text, message):
    with pytest.raises(DatasetError) as caught:
        load_folder(table(tmp_path, text), CLASSES, None)
    assert message in str(caught.value)


def test_a_table_that_is_no_utf_8(tmp_path):
    with pytest.raises(DatasetError, match="not UTF-8"):
        load_folder(table(tmp_path, "Ill/é.png,ill\n", encoding="latin-1"), CLASSES, None)


def test_missing_folders_and_foreign_classes(tmp_path):
    with pytest.raises(DatasetError, match="no such folder"):
        load_folder(tmp_path / "gone", CLASSES, None)
    images(tmp_path, "ill/1.png", "odd/2.png")
    with pytest.raises(DatasetError, match="its classes are ill, odd; declared are healthy, ill"):
        load_folder(tmp_path, CLASSES, None)


@pytest.mark.skipif(not MALARIA.is_dir(), reason="shared/data/malaria is not here")
@pytest.mark.parametrize(
    ("paths", "message"),
    [
        (["train/a", "train/b"], "a folder train, but none for test"),
        (["test/a", "test/b"], "a folder test, but none for train"),
        (["train/a", "train/b", "test/a"], "different classes: test has a; train has a, b"),
        (["train/a", "test/b"], "different classes: test has b; train has a"),
        (["train/a", "train/b", "test/a", "test/b", "c/d"], r"of a split .*, others in none"),
    ],
)
def test_splits_that_do_not_fit_each_other_are_said(tmp_path, paths, message):
    images(tmp_path, *(f"{path}/1.png" for path in paths))
    with pytest.raises(DatasetError, match=message):
        load_folder(tmp_path, ["a", "b"], None)


def test_real_class_folders():
    if not MALARIA.is_dir():
        pytest.skip("shared/data/malaria is not there")
    names = {"ill": "Parasitized", "healthy": "Uninfected"}
    samples = load_folder(MALARIA, CLASSES, names)
    assert len(samples.images) == 48
    assert sum(samples.labels) == 24
