"""The curves of a training, read back from the drawing."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prebake.cards.curves import HEIGHT, LABEL, WIDTH, curves_svg
from prebake.cards.style import width_of

from .reading import SVG, Word, count, parsed, size, texts, title, words

NAN, INF = math.nan, math.inf
USUAL = {
    "loss": [2.0, 1.0, 0.5, 0.25],
    "accuracy": [0.5, 0.75, 0.9, 0.95],
    "precision": [0.1, 0.2, 0.3, 0.4],
    "val_loss": [2.1, 1.2, 0.8, 0.9],
    "val_accuracy": [0.5, 0.7, 0.85, 0.84],
}


def ends(drawing: str) -> list[Word]:
    return [word for word in words(drawing) if word.kind in ("train bold", "held bold")]


def test_loss_and_one_metric_stand_below_each_other() -> None:
    drawing = curves_svg(USUAL, 3)
    assert size(drawing) == (WIDTH, 2 * HEIGHT)
    names = [word for word in words(drawing) if word.kind == "ink bold"]
    assert [word.text for word in names] == ["loss", "accuracy"]
    assert names[1].y - names[0].y == HEIGHT
    assert count(drawing, "polyline", "train") == count(drawing, "polyline", "held") == 2
    assert "precision" not in drawing


def test_the_last_values_stand_at_the_ends() -> None:
    drawing = curves_svg(USUAL, 3)
    assert [word.text for word in ends(drawing)] == [
        "validation 0.900",
        "training 0.250",
        "training 0.950",
        "validation 0.840",
    ]
    assert title(drawing).startswith("Curves of the training over 4 epochs: loss training 0.250")


def test_the_epoch_that_was_kept_is_marked_in_both() -> None:
    drawing = curves_svg(USUAL, 3)
    assert texts(drawing).count("kept: epoch 3") == 2
    assert count(drawing, "line", "mark") == 2
    assert count(curves_svg(USUAL, None), "line", "mark") == 0
    assert count(curves_svg(USUAL, 9), "line", "mark") == 0


def test_lines_go_where_their_values_are() -> None:
    drawing = curves_svg({"loss": [3.0, 0.0]}, None)
    (line,) = parsed(drawing).iter(f"{SVG}polyline")
    (x0, y0), (x1, y1) = (map(float, p.split(",")) for p in (line.get("points") or "").split())
    heights = {word.text: word.y - 4 for word in words(drawing) if word.kind == "end"}
    assert x0 < x1
    assert y0 == pytest.approx(heights["3"], abs=0.2) and y1 == pytest.approx(heights["0"], abs=0.2)


@pytest.mark.parametrize("epochs", [1, 2, 7, 12, 30, 99, 100, 1000])
def test_there_are_few_epochs_below_and_they_do_not_touch(epochs: int) -> None:
    drawing = curves_svg({"loss": [1 / (i + 1) for i in range(epochs)]}, None)
    below = [word for word in words(drawing) if word.kind == "mid"]
    assert below[0].text == "1" and len(below) <= 6
    assert all(1 <= int(word.text) <= epochs for word in below)
    for one, other in pairwise(below):
        assert other.x - one.x > (width_of(one.text) + width_of(other.text)) / 2


def test_one_epoch_is_a_dot() -> None:
    drawing = curves_svg({"loss": [0.5], "val_loss": [0.6]}, 1)
    assert count(drawing, "circle", "train") == count(drawing, "circle", "held") == 1
    assert count(drawing, "polyline", "line") == 0
    assert "over 1 epochs" in title(drawing)


def test_what_is_no_number_leaves_a_gap() -> None:
    drawing = curves_svg({"loss": [3.0, 2.0, NAN, 1.0, INF, 0.5, 0.4, NAN]}, None)
    assert count(drawing, "polyline", "train") == 2
    assert count(drawing, "circle", "train") == 1
    assert [word.text for word in ends(drawing)] == ["training 0.400"]


def test_nothing_but_nan() -> None:
    drawing = curves_svg({"loss": [NAN, NAN], "accuracy": [0.5, 0.6]}, 2)
    assert "no number was noted" in texts(drawing)
    assert [word.text for word in ends(drawing)] == ["training 0.6000"]


def test_no_history() -> None:
    assert texts(curves_svg({}, None)) == ["Nothing was noted."]
    assert texts(curves_svg({"loss": []}, 1)) == ["loss", "no number was noted"]
    assert title(curves_svg({}, None)).endswith("over 0 epochs: nothing noted")


def test_without_a_loss_the_first_metric_is_drawn() -> None:
    assert "mae" in texts(curves_svg({"val_mae": [1.0], "mae": [2.0]}, None))


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([2.35, 0.08], ["0", "1", "2", "3"]),
        ([0.99, 0.25], ["0.00", "0.25", "0.50", "0.75", "1.00"]),
        ([0.91, 0.93], ["0.910", "0.915", "0.920", "0.925", "0.930"]),
        ([1e-5, 2e-6], ["0", "2.5e-06", "5e-06", "7.5e-06", "1e-05"]),
        ([-3.0, 5.0], ["-4", "-2", "0", "2", "4", "6"]),
        ([0.0, 0.0], ["-0.50", "-0.25", "0.00", "0.25", "0.50"]),
        ([2e6, 0.0], ["0", "500000", "1e+06", "1.5e+06", "2e+06"]),
    ],
)
def test_ticks_are_few_and_round(values: list[float], ticks: list[str]) -> None:
    drawing = curves_svg({"loss": values}, None)
    assert [word.text for word in words(drawing) if word.kind == "end"][:-1] == ticks


def test_the_same_history_gives_the_same_bytes() -> None:
    assert curves_svg(USUAL, 2) == curves_svg(dict(USUAL), 2)


numbers = st.floats(allow_nan=True, allow_infinity=True)


@settings(max_examples=200, deadline=None)
@given(st.lists(numbers, max_size=8), st.lists(numbers, max_size=8), st.none() | st.integers(1, 9))
def test_whatever_was_noted_labels_keep_apart_and_inside(
    loss: list[float], validation: list[float], best: int | None
) -> None:
    drawing = curves_svg({"loss": loss, "val_loss": validation, "x<&>": loss}, best)
    for word in words(drawing):
        assert 0 <= word.x <= WIDTH and 0 < word.y < 2 * HEIGHT
    for panel in (0, 1):
        labels = [word for word in ends(drawing) if word.y // HEIGHT == panel]
        for one, other in pairwise(labels):
            assert abs(one.y - other.y) >= LABEL - 0.2
        for word in labels:
            assert word.x + width_of(word.text, bold=True) <= WIDTH + 1
