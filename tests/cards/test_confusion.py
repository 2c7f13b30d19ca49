"""Confusion matrices, read back from the drawing."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from prebake.cards.confusion import NUMBERED, PAIRS, confusion_svg
from prebake.cards.style import width_of

from .reading import SVG, parsed, size, texts, title, words


def matrix(classes: int, samples: int = 50) -> list[list[int]]:
    dice = random.Random(classes)
    counts = [[0] * classes for _ in range(classes)]
    for true in range(classes):
        for _ in range(samples):
            answer = true if dice.random() < 0.9 else dice.randrange(classes)
            counts[true][answer] += 1
    return counts


def paths(drawing: str, kind: str) -> dict[float, str]:
    """By opacity the cells that are filled so."""
    return {
        float(path.get("fill-opacity", "1")): path.get("d", "")
        for path in parsed(drawing).iter(f"{SVG}path")
        if path.get("class") == kind
    }


def test_every_cell_has_its_number() -> None:
    drawing = confusion_svg([[90, 10], [3, 97]], ["cat", "dog"])
    found = texts(drawing)
    assert all(number in found for number in ("90", "10", "3", "97"))
    assert found.count("cat") == found.count("dog") == 2
    assert title(drawing) == "Confusion matrix of 2 classes: 187 of 200 right"


def test_rows_are_true_and_columns_are_answers() -> None:
    drawing = confusion_svg([[7, 5], [3, 9]], ["a", "b"])
    place = {word.text: (word.x, word.y) for word in words(drawing)}
    assert place["5"][0] > place["7"][0] and place["5"][1] == place["7"][1]
    assert place["3"][1] > place["7"][1] and place["3"][0] == place["7"][0]


def test_empty_cells_are_empty_and_classes_without_samples_too() -> None:
    drawing = confusion_svg([[4, 0, 0], [0, 0, 0], [1, 0, 2]], ["a", "b", "c"])
    assert "0" not in texts(drawing)
    assert "".join(paths(drawing, "hit").values()).count("M") == 2
    assert "".join(paths(drawing, "miss").values()) == "M0 2h1v1h-1z"


def test_more_frequent_mistakes_are_stronger() -> None:
    drawing = confusion_svg([[50, 40, 10], [0, 1, 0], [0, 0, 1]], ["a", "b", "c"])
    (weak, first), (strong, second) = sorted(paths(drawing, "miss").items())
    assert weak < strong
    assert first.startswith("M2 0") and second.startswith("M1 0")


def test_the_numbered_ones_stay_faint_below_their_numbers() -> None:
    drawing = confusion_svg(matrix(10), [str(i) for i in range(10)])
    assert max([*paths(drawing, "hit"), *paths(drawing, "miss")]) <= 0.4


def test_short_names_stand_upright_and_long_ones_lie() -> None:
    digits = confusion_svg(matrix(10), [str(i) for i in range(10)])
    assert not any(word.turned for word in words(digits))
    long = confusion_svg(matrix(3), ["aeroplane", "automobile", "bird"])
    assert sum(word.turned for word in words(long)) == 3


@pytest.mark.parametrize("classes", [1, 2, 10, NUMBERED])
def test_up_to_twenty_classes_cell_by_cell(classes: int) -> None:
    drawing = confusion_svg(matrix(classes), [f"class {i}" for i in range(classes)])
    assert "Most often confused" not in texts(drawing)
    assert str(matrix(classes)[0][0]) in texts(drawing)


@pytest.mark.parametrize("classes", [NUMBERED + 1, 100, 345])
def test_beyond_that_a_heat_map_and_the_worst_pairs(classes: int) -> None:
    names = [f"class {i}" for i in range(classes)]
    drawing = confusion_svg(matrix(classes), names)
    listed = [text for text in texts(drawing) if " read as " in text]
    assert len(listed) == PAIRS
    counts = [int(text.split(": ")[1].split()[0]) for text in listed]
    assert counts == sorted(counts, reverse=True)
    assert "50" not in texts(drawing)
    assert size(drawing)[0] < 600 and len(drawing) < 80_000


def test_a_pair_says_how_often_of_how_many() -> None:
    counts = matrix(30)
    counts[4][7] = 33
    drawing = confusion_svg(counts, [f"class {i}" for i in range(30)])
    assert f"class 4 read as class 7: 33 of {sum(counts[4])}" in texts(drawing)


def test_a_perfect_heat_map_lists_nothing() -> None:
    perfect = [[int(i == j) for i in range(40)] for j in range(40)]
    drawing = confusion_svg(perfect, [str(i) for i in range(40)])
    assert "Most often confused" not in texts(drawing)


@pytest.mark.parametrize("classes", [3, 25, 100, 345])
def test_labels_do_not_lie_on_each_other(classes: int) -> None:
    drawing = confusion_svg(matrix(classes), [f"the class number {i}" for i in range(classes)])
    rows = [word.y for word in words(drawing) if word.kind == "end"]
    columns = [word.x for word in words(drawing) if word.turned]
    for places in (rows, columns):
        assert len(places) >= 3
        gaps = [b - a for a, b in pairwise(places)]
        assert min(gaps) >= 12


def test_long_names_are_shortened_and_kept_inside() -> None:
    names = ["a very long name of a class " * 4 + end for end in ("x", "y", "<&>")]
    drawing = confusion_svg(matrix(3), names)
    for word in words(drawing):
        if word.kind == "end":
            assert "…" in word.text and word.x - width_of(word.text) >= 0
        assert 0 <= word.x <= size(drawing)[0] and 0 <= word.y <= size(drawing)[1]


def test_names_that_begin_alike_can_be_told_apart() -> None:
    names = [f"class number {i} of it" for i in range(100)]
    drawing = confusion_svg(matrix(100), names)
    labels = [word.text for word in words(drawing) if word.kind == "end"]
    assert len(set(labels)) == len(labels)


def test_no_classes_and_no_samples() -> None:
    assert texts(confusion_svg([], [])) == ["There are no classes."]
    drawing = confusion_svg([[0, 0], [0, 0]], ["a", "b"])
    assert title(drawing) == "Confusion matrix of 2 classes: no samples"


def test_the_same_matrix_gives_the_same_bytes() -> None:
    names = [f"class {i}" for i in range(60)]
    assert confusion_svg(matrix(60), names) == confusion_svg(matrix(60), list(names))
