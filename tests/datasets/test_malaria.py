"""The drawn blood cells, and the file names of the photographed ones."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageFilter

from datasets._blood import DISTRACTIONS, STAGES, cell, slide
from datasets.malaria import CELLS, CLASSES, SLIDES, draw, malaria, slide_of
from prebake.data.checked import Checked, check
from prebake.data.folder import load_folder
from prebake.declare.samples import Samples
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def drawn() -> Samples:
    return draw(96, lambda done, total: None)


@pytest.fixture(scope="module")
def checked(drawn) -> Checked:
    return check(drawn, malaria, "datasets/malaria.py")


def inside(image: np.ndarray) -> np.ndarray:
    return image.max(-1) > 0


def test_half_of_the_cells_of_every_slide_are_infected(drawn):
    assert drawn.images.shape == (SLIDES * CELLS, 96, 96, 3)
    labels, groups = np.array(drawn.labels), np.array(drawn.group)
    for name in set(drawn.group):
        assert labels[groups == name].sum() == CELLS / 2


def test_no_slide_is_on_both_sides_and_both_sides_are_balanced(drawn, checked):
    assert list(checked.splits) == ["train", "test"]
    assert not checked.torn
    learn, held = (set(checked.groups[members]) for members in checked.splits.values())
    assert not learn & held
    assert len(held) == 5
    for members in checked.splits.values():
        assert checked.labels[members].mean() == 0.5
    assert len(checked.twins) == 0


def test_the_same_seed_draws_the_same_and_another_one_others(drawn):
    for number in (0, 7):
        again, _ = cell(slide(96, number), True, [96, number, 1])
        np.testing.assert_array_equal(again, drawn.images[number * CELLS + 1])
    other, _ = cell(slide(97, 0), True, [97, 0, 1])
    assert not np.array_equal(other, drawn.images[1])


def test_cells_fill_a_good_part_of_the_tile_and_the_rest_is_black(drawn):
    shares = np.array([inside(image).mean() for image in drawn.images])
    assert shares.min() > 0.2
    assert shares.max() < 0.75
    assert not inside(drawn.images)[:, [0, -1]].any()


def means(drawn: Samples) -> np.ndarray:
    return np.array([image[inside(image)].mean(0) for image in drawn.images])


def test_the_mean_colour_does_not_tell_the_class(drawn):
    colours, labels = means(drawn), np.array(drawn.labels)
    marks = {"red": colours[:, 0], "green": colours[:, 1], "blue": colours[:, 2]}
    marks["all"] = colours.mean(1)
    for name, values in marks.items():
        best = max(
            max((values < edge) @ labels + (values >= edge) @ (1 - labels), 0)
            for edge in np.quantile(values, np.linspace(0, 1, 41))
        )
        assert best / len(labels) < 0.72, name


def test_slides_differ_more_than_the_cells_of_one(drawn):
    colours = means(drawn).reshape(SLIDES, CELLS, 3)
    assert colours.mean(1).std(0).min() > 1.2 * colours.std(1).mean(0).min()


def test_infected_cells_have_more_chromatin_but_healthy_ones_are_stained_too(drawn):
    """Purple is where green falls far below what the cell has itself, away from its edge."""
    labels = np.array(drawn.labels)
    purple = []
    for image in drawn.images:
        mask = Image.fromarray(inside(image)).convert("L").filter(ImageFilter.MinFilter(9))
        green = image[..., 1][np.asarray(mask) > 0].astype(float)
        purple.append((green < 0.7 * np.median(green)).mean())
    purple = np.array(purple)
    assert np.median(purple[labels == 1]) > 5 * np.median(purple[labels == 0])
    # Platelets and specks of stain: by the amount alone some healthy cells would be taken for
    # infected ones.
    least = np.quantile(purple[labels == 1], 0.2)
    assert (purple[labels == 0] > least).mean() > 0.1


def test_what_tells_nothing_is_as_frequent_on_either_side(drawn):
    labels = np.array(drawn.labels)
    for what in DISTRACTIONS:
        shown = np.array([what in name for name in drawn.names])
        healthy, infected = shown[labels == 0].mean(), shown[labels == 1].mean()
        assert 0.1 < healthy < 0.3
        assert abs(healthy - infected) < 0.08
    for stage in STAGES:
        shown = np.array([stage in name for name in drawn.names])
        assert not shown[labels == 0].any()
        assert shown[labels == 1].mean() > 0.1


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("C33P1thinF_IMG_20150619_114756a_cell_179.png", "C33P1"),
        ("C100P61ThinF_IMG_20150918_144104_cell_162.png", "C100P61"),
        ("C39P4thinF_original_IMG_20150622_105335_cell_6.png", "C39P4"),
        ("C1_thinF_IMG_20150604_104722_cell_9.png", "C1"),
        ("C3thin_original_IMG_20150608_162835_cell_89.png", "C3"),
        ("C5NThinF_IMG_20150609_121955_cell_112.png", "C5N"),
        ("C37BP2thinF_IMG_20150620_131423a_cell_7.png", "C37BP2"),
        ("C68P29N_ThinF_IMG_20150819_134326_cell_190.png", "C68P29"),
        ("C180P141NThinF_IMG_20151201_164950_cell_22.png", "C180P141"),
        ("C167P128ReThinF_IMG_20151201_105559_cell_11.png", "C167P128"),
        ("C167P128ThinF_IMG_20151201_105559_cell_11.png", "C167P128"),
        ("C68P29N.png", "C68P29"),
        ("c1p2.png", "C1P2"),
        ("C3PO.png", "C3PO.png"),
        ("cell 7.png", "cell 7.png"),
    ],
)
def test_the_slide_is_read_from_the_name_of_a_photograph(name, expected):
    assert slide_of(name) == expected


def photographs(folder, slides: dict[str, list[str]]):
    random = np.random.default_rng(4)
    for label, names in slides.items():
        (folder / label).mkdir(parents=True)
        for name in names:
            size = tuple(random.integers(90, 160, 2))
            pixels = random.integers(0, 256, (*size, 3), np.uint8)
            Image.fromarray(pixels).save(folder / label / name)
    return folder


def grouped(path) -> Samples:
    samples = load_folder(path, malaria.classes, None)
    samples.group = [malaria.group(each.name) for each in samples.images]
    return samples


def test_folders_of_photographs_are_divided_by_slide_and_keep_their_proportions(tmp_path):
    names = [f"C{p}P{p}thinF_IMG_{i}.png" for p in range(8) for i in range(3)]
    folder = photographs(tmp_path / "x", dict.fromkeys(CLASSES, names))
    found = check(grouped(folder), malaria, "x")
    learn, held = (set(found.groups[members]) for members in found.splits.values())
    assert (len(learn), len(held)) == (6, 2)
    with Image.open(folder / "Uninfected" / names[0]) as image:
        width, height = image.size
    number = [path.parent.name + path.name for path in found.images].index("Uninfected" + names[0])
    rows = found.read(number).max((1, 2)) > 0
    assert abs(rows.mean() - height / max(width, height)) < 0.03


def test_where_every_slide_has_one_class_samples_are_divided_one_by_one(tmp_path):
    slides = {
        "Uninfected": [f"C1P1_{i}.png" for i in range(8)],
        "Parasitized": [f"C2P2_{i}.png" for i in range(8)],
    }
    found = check(grouped(photographs(tmp_path / "x", slides)), malaria, "x")
    assert found.torn
    assert found.groups is None
    assert [len(members) for members in found.splits.values()] == [12, 4]


def test_a_table_as_the_original_has_it(tmp_path):
    names = [f"C{p}P1_{p}.png" for p in range(6)]
    folder = photographs(tmp_path / "x", dict.fromkeys(CLASSES, names))
    rows = [f"{label}/{name},{label}" for label in CLASSES for name in names]
    (folder / "cells.csv").write_bytes("\r\n".join(rows).encode())
    samples = grouped(folder / "cells.csv")
    assert len(samples.images) == 12
    assert sorted(set(samples.group)) == [f"C{p}P1" for p in range(6)]


def test_the_photographs_of_the_nih_are_read(tmp_path):
    folder = ROOT.parent / "shared" / "data" / "malaria"
    if not folder.is_dir():
        pytest.skip("shared/data/malaria is not there")
    found = check(grouped(folder), malaria, "shared/data/malaria")
    assert found.torn  # each class of this small sample is of a slide of its own
    for members in found.splits.values():
        for number in members[:5]:
            assert found.read(int(number)).shape == (96, 96, 3)
