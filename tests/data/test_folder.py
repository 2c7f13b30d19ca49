import unicodedata
from pathlib import Path

import pytest
from PIL import Image

from prebake.data.folder import load_folder
from prebake.data.listing import folder_files, other_files
from prebake.errors import DatasetError, DeclarationError

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
        ("Ill/1.png,ill\nIll/9.png,ill\n", "line 2 names 'Ill/9.png', and there is no such file"),
        ("Ill/1.png\n", "line 1 ('Ill/1.png') has no class"),
        ("Ill/1.png,sick\n", "its classes are sick; declared are healthy, ill"),
        ("Ill/1.png,ill\n", "there are no images of healthy"),
        ("../x.png,ill\n", "which leaves the folder"),
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


def test_what_systems_and_editors_leave_behind_is_no_sample(tmp_path):
    images(tmp_path, "ill/1.png", "healthy/2.png", "ill/.ipynb_checkpoints/1-checkpoint.png")
    images(tmp_path, "ill/._1.png", "__MACOSX/ill/1.png", ".git/x/y.png")
    for name in (".DS_Store", "ill/Thumbs.db", "ill/desktop.ini"):
        (tmp_path / name).write_text("")
    assert len(load_folder(tmp_path, CLASSES, None).images) == 2
    assert folder_files(tmp_path) == ["healthy/2.png", "ill/1.png"]
    assert other_files(tmp_path) == {".ipynb_checkpoints": 1, ".git": 1}


def test_files_of_other_kinds_are_counted(tmp_path):
    images(tmp_path, "ill/1.png", "healthy/2.png")
    for name in ("ill/a.heic", "ill/b.HEIC", "healthy/notes", "c.txt"):
        (tmp_path / name).write_text("")
    assert other_files(tmp_path) == {".heic": 2, "notes": 1, ".txt": 1}


def test_a_linked_folder_is_followed_inside_the_project(tmp_path):
    images(tmp_path / "elsewhere", "1.png")
    images(tmp_path / "data", "healthy/2.png")
    (tmp_path / "data" / "ill").symlink_to("../elsewhere")
    found = load_folder(tmp_path / "data", CLASSES, None, tmp_path)
    assert found.labels == [0, 1]
    with pytest.raises(DeclarationError, match="the link leads out of the project"):
        load_folder(tmp_path / "data", CLASSES, None, tmp_path / "data")


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_classes_and_paths_match_whatever_their_unicode_form(tmp_path, form):
    name = unicodedata.normalize(form, "größe é")
    images(tmp_path, f"{name}/1.png", "healthy/2.png")
    for declared in ("NFC", "NFD"):
        classes = ["healthy", unicodedata.normalize(declared, "Größe É")]
        assert sorted(load_folder(tmp_path, classes, None).labels) == [0, 1]
    table = tmp_path / "all.csv"
    rows = f"{unicodedata.normalize('NFC', name)}/1.png,ill\n"
    rows += f"{unicodedata.normalize('NFD', name)}/1.png,ill\nhealthy/2.png,healthy\n"
    table.write_text(rows)
    assert load_folder(table, CLASSES, None).labels in ([1, 1, 0], [1, 0])


def test_all_rows_that_do_not_fit_are_named_by_their_lines(tmp_path):
    text = "image,class\n\nIll/1.png,ill\n" + "".join(f"gone{i}.png,ill\n" for i in range(25))
    path = table(tmp_path, text + "Healthy/2.png,\n../x.png,ill\n")
    with pytest.raises(DatasetError) as refused:
        load_folder(path, CLASSES, None)
    message = str(refused.value)
    assert "line 4 names 'gone0.png', and there is no such file" in message
    assert "line 23 names 'gone19.png'" in message
    assert "gone20" not in message and "; and 7 more." in message


def test_a_row_that_goes_over_several_lines_counts_them(tmp_path):
    path = table(tmp_path, 'Ill/1.png,"ill"\n"gone\nfile.png",ill\nother.png,ill\n')
    with pytest.raises(DatasetError, match=r"line 2 names 'gone\\nfile.png'.*line 4 names 'other"):
        load_folder(path, CLASSES, None)


def test_a_field_without_an_end_is_a_sentence(tmp_path):
    path = table(tmp_path, "Ill/1.png,ill\nHealthy/2.png," + '"' + "x" * 200_000)
    with pytest.raises(DatasetError, match=r"all\.csv:2: the table cannot be read: field larger"):
        load_folder(path, CLASSES, None)
