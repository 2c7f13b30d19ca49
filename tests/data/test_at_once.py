"""How many samples are computed at once."""

from __future__ import annotations

import pytest

from prebake.data.at_once import samples_at_once


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((28, 28, 1), 256), ((300, 300, 1), 11), ((224, 224, 3), 6), ((2000, 2000, 3), 1), ((), 256)],
)
def test_there_are_fewer_of_larger_samples(shape, expected):
    assert samples_at_once(shape) == expected
