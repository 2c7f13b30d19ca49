"""How much is left, in words."""

from __future__ import annotations

from unittest.mock import patch

from prebake.training.remaining import counting, time_left


def test_the_rest_is_expected_to_take_as_long_as_what_is_done():
    assert time_left(10, 20, 50) == "0:15 left"
    assert time_left(130, 2, 3) == "1:05 left"
    assert time_left(7, 5, 5) == "0:00 left"


def test_counts_are_reported_with_what_is_done_and_the_time_that_is_left():
    said = []
    with patch("prebake.training.remaining.time.monotonic", side_effect=[100.0, 103.0, 112.0]):
        count = counting(lambda *values: said.append(values), 40, "images preprocessed")
        count(10)
        count(40)
    assert said == [
        (10, 40, "images preprocessed, 0:09 left"),
        (40, 40, "images preprocessed, 0:00 left"),
    ]
