"""The sources of Quick, Draw!: both in one form, and what is wrong with them in a sentence."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from datasets._quickdraw import (
    centred,
    ink_box,
    load_bitmaps,
    load_package,
    read_classes,
    read_names,
    redraw,
)
from prebake.data.packed import read_split
from prebake.errors import DatasetError, DeclarationError
from tests.conftest import ROOT, SmallProject
from tests.file_server import FileServer

NAMES = ["cat", "hot dog", "The Eiffel Tower"]
ALL = 200


def lines(seed: int) -> np.ndarray:
    """A drawing as the package has them: thin lines, 28 px, from the left upper corner."""
    random = np.random.default_rng(seed)
    drawing = np.zeros((28, 28), np.float32)
    height = int(random.integers(12, 28))
    drawing[0, :] = 1
    drawing[:height, 3] = 0.8
    drawing[np.arange(height), np.arange(height)] = 0.6
    return drawing


def write_package(folder: Path, drawings: dict[str, int]) -> Path:
    for name, count in drawings.items():
        rows = [json.dumps(lines(i).ravel().round(3).tolist()) for i in range(count)]
        path = folder / "src" / "drawings" / f"{name}.ndjson.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress("\n".join(rows).encode()))
    return folder


def bitmaps(seed: int) -> np.ndarray:
    """Files in the format of the official bitmaps, off centre on purpose."""
    random = np.random.default_rng(seed)
    images = np.zeros((ALL, 28, 28), np.uint8)
    for image in images:
        top, left = random.integers(0, 6, 2)
        image[top : top + 20, left : left + 14] = random.integers(60, 256, (20, 14))
    return images.reshape(ALL, 784)


# -- one form ------------------------------------------------------------------------------


def test_a_redrawn_drawing_is_centred_with_its_longer_side_25_pixels():
    for seed in range(20):
        drawing = redraw(lines(seed))
        top, bottom, left, right = ink_box(drawing)
        assert max(bottom - top, right - left) in (24, 25, 26)
        assert abs(top + bottom - 28) <= 1
        assert abs(left + right - 28) <= 1
        assert drawing.dtype == np.uint8


def test_lines_become_a_pixel_and_a_half_wide():
    thin = np.zeros((28, 28), np.float32)
    thin[0, :] = 1  # a line of 1 px across
    drawing = redraw(thin)
    assert drawing[:, 14].sum() / 255 == pytest.approx(1.47, abs=0.25)


def test_a_bitmap_is_centred_by_whole_pixels():
    bitmap = np.zeros((28, 28), np.uint8)
    bitmap[1:11, 2:22] = 200
    moved = centred(bitmap)
    assert ink_box(moved) == (9, 19, 4, 24)
    assert moved.sum() == bitmap.sum()


def test_no_ink_stays_no_ink():
    assert redraw(np.zeros((28, 28), np.float32)).sum() == 0
    assert centred(np.zeros((28, 28), np.uint8)).sum() == 0


@pytest.mark.prove
def test_the_same_drawings_look_alike_in_both_sources(built_package):
    """The package's drawings are the first hundred of the official files: a few can be compared."""
    folder = ROOT.parent / "shared" / "data" / "quickdraw"
    if not folder.is_dir():
        pytest.skip("shared/data/quickdraw is not there")
    for name in ("apple", "bicycle", "cat"):
        official = np.load(folder / f"{name}.npy", allow_pickle=False)[:100].reshape(-1, 28, 28)
        mine = load_package(built_package, [name], 100).images
        alike = [
            np.corrcoef(a.ravel(), centred(b).ravel())[0, 1]
            for a, b in zip(mine, official, strict=True)
        ]
        assert np.median(alike) > 0.85
        assert mine.mean() == pytest.approx(official.mean(), rel=0.06)


@pytest.fixture(scope="module")
def built_package(built_site) -> Path:
    """The npm package, out of the store of the built site."""
    from prebake.build import local_path, store_folder
    from prebake.graph.state import State
    from prebake.graph.store import Store

    chosen = os.environ.get("PREBAKE_STORE")
    store = Store(store_folder(local_path(chosen) if chosen else None))
    record = store.find(State(ROOT / ".prebake" / "state.json").key("fetch quickdraw"))
    return store.folder(record.digest)


# -- what is wrong, in a sentence ----------------------------------------------------------


def test_a_class_with_fewer_drawings_is_named_with_both_numbers(tmp_path):
    folder = write_package(tmp_path, {"cat": 20, "hot dog": 12})
    with pytest.raises(DatasetError, match="the class 'hot dog' has 12 drawings, but 20 are asked"):
        load_package(folder, ["cat", "hot dog"], 20)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda data: b"<html>",
        lambda data: gzip.compress(b"[1, 2, 3]\n"),
        lambda data: gzip.compress(b"{not json\n"),
    ],
)
def test_a_damaged_file_is_named(tmp_path, damage):
    folder = write_package(tmp_path, {"cat": 20})
    path = folder / "src" / "drawings" / "cat.ndjson.gz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DatasetError, match="the drawings of 'cat' cannot be read") as caught:
        load_package(folder, ["cat"], 20)
    assert "cat.ndjson.gz" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("cat\nhot dgo\n", "has no class 'hot dgo'. Did you mean 'hot dog'"),
        ("cat\n# pets\n\ncat\n", "names 'cat' twice"),
    ],
)
def test_a_class_list_that_does_not_fit_is_refused(tmp_path, monkeypatch, text, problem):
    (tmp_path / "datasets").mkdir()
    known = (ROOT / "datasets" / "quickdraw_categories.txt").read_text()
    (tmp_path / "datasets" / "quickdraw_categories.txt").write_text(known)
    (tmp_path / "datasets" / "mine.txt").write_text(text)
    monkeypatch.setattr("datasets._quickdraw.FOLDER", tmp_path / "datasets")
    with pytest.raises(DeclarationError, match=problem.replace("?", r"\?")) as caught:
        read_classes("datasets/mine.txt")
    assert "datasets/mine.txt" in str(caught.value)


def test_the_default_list_has_a_hundred_of_the_345_classes():
    assert len(read_classes("datasets/quickdraw_classes.txt")) == 100
    assert len(read_classes("datasets/quickdraw_categories.txt")) == 345


@pytest.mark.parametrize("left_out", [0, 1, 2])
def test_with_nearly_all_classes_the_sketcher_is_not_pretrained(tmp_path, left_out):
    """In a copy of the project: what its declarations say then."""
    for folder in ("datasets", "models"):
        (tmp_path / folder).mkdir()
        for path in (ROOT / folder).glob("*quickdraw*" if folder == "datasets" else "sketcher.py"):
            (tmp_path / folder / path.name).write_bytes(path.read_bytes())
    names = read_names("datasets/quickdraw_categories.txt")
    chosen = "\n".join(names[left_out:]) + "\n"
    (tmp_path / "datasets/quickdraw_classes.txt").write_text(chosen)
    script = "import models.sketcher as m; print(m.sketcher.pretrain is not None)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(left_out == 2)


# -- the official files, from a server on loopback -----------------------------------------


@pytest.fixture
def server():
    files = {}
    for seed, name in enumerate(NAMES):
        file = io.BytesIO()
        np.save(file, bitmaps(seed))
        files[f"/bitmaps/{name.replace(' ', '%20')}.npy"] = file.getvalue()
    server = FileServer(files)
    yield server
    server.close()


def with_quickdraw(project: SmallProject, server, rows: int) -> SmallProject:
    for name in ("_quickdraw.py", "quickdraw.py", "quickdraw_categories.txt"):
        text = (ROOT / "datasets" / name).read_text()
        address = f"{server.url}/bitmaps"
        text = re.sub(r'BASE_URL = ".*"', f'BASE_URL = "{address}"', text)
        (project.root / "datasets" / name).write_text(text.replace("ROWS = 5000", f"ROWS = {rows}"))
    project.write("datasets/quickdraw_classes.txt", "\n".join(NAMES) + "\n")
    project.page("one", "One", "The first", "Some *text*.", datasets="[quickdraw]")
    return project


@pytest.mark.parametrize("honours_ranges", [True, False])
def test_the_official_files_are_fetched_and_packed(project, server, honours_ranges):
    server.honours_ranges = honours_ranges
    with_quickdraw(project, server, 50)
    done = project.run("--data", "quickdraw=google")
    assert done.returncode == 0, done.stderr
    (path,) = project.out.glob("data/quickdraw/*/manifest.json")
    manifest = json.loads(path.read_text())
    assert manifest["classes"] == NAMES
    assert manifest["source"]["name"] == "google"
    assert {name: split["samples"] for name, split in manifest["splits"].items()} == {
        "train": 120,
        "test": 30,
    }
    assert manifest["splits"]["test"]["counts"] == [10, 10, 10]
    (project.root / "again" / "site").mkdir(parents=True)
    (project.root / "again" / "site" / "data").symlink_to(project.out / "data")
    packed = read_split(project.root / "again", "train")
    known = {centred(each.reshape(28, 28)).tobytes() for i in range(3) for each in bitmaps(i)[:50]}
    assert all(image.tobytes() in known for image in packed.images)
    assert len(server.requests) == 3


def test_more_drawings_than_there_are_fail_with_the_class(project, server):
    with_quickdraw(project, server, ALL + 1)
    done = project.run("--data", "quickdraw=google")
    assert done.returncode == 1
    assert "cat.npy has 200 rows, but 201 of each file are asked for" in done.stderr
    assert "Traceback" not in done.stderr


def test_bitmaps_keep_the_order_of_the_classes(tmp_path):
    for seed, name in enumerate(NAMES):
        np.save(tmp_path / f"{name}.npy", bitmaps(seed)[:5])
    samples = load_bitmaps(tmp_path, NAMES)
    assert list(samples.labels) == [0] * 5 + [1] * 5 + [2] * 5
    assert samples.names[5] == "hot dog 1"
