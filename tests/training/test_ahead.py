"""Batches that are prepared while others are used."""

from __future__ import annotations

import threading

import pytest

from prebake.training.ahead import Ahead


@pytest.fixture
def made():
    """Makes ``Ahead`` of a function, and ends its thread."""
    opened = []

    def make(function, count=3):
        opened.append(Ahead(function, count))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


def test_results_come_in_the_order_of_the_arguments(made):
    ahead = made(lambda number: number * number)
    ahead.start(range(0, 100, 7))
    assert [ahead.get(number) for number in range(0, 100, 7)] == [n * n for n in range(0, 100, 7)]


def test_the_next_are_made_before_they_are_asked_for(made):
    ready = threading.Event()
    ahead = made(lambda number: ready.set() if number == 2 else None)
    ahead.start(range(10))
    assert ready.wait(60)


def test_no_more_are_made_than_were_allowed(made):
    called = []
    ahead = made(called.append, count=2)
    ahead.start(range(10))
    ahead.get(0)
    ahead.get(1)
    ahead.close()
    assert set(called) <= {0, 1, 2, 3}


def test_one_that_is_asked_for_twice_is_made_twice(made):
    """Keras looks at the first batch before it begins."""
    ahead = made(lambda number: -number)
    ahead.start(range(5))
    assert [ahead.get(number) for number in (1, 1, 0, 2, 3, 4, 4)] == [-1, -1, 0, -2, -3, -4, -4]


def test_a_new_start_forgets_the_old(made):
    ahead = made(lambda number: number)
    ahead.start(range(5))
    ahead.get(0)
    ahead.start(range(5))
    assert [ahead.get(number) for number in range(5)] == [0, 1, 2, 3, 4]


def test_what_the_function_raises_is_raised_where_it_is_asked_for(made):
    def fail(number):
        raise ValueError(f"number {number}")

    ahead = made(fail)
    ahead.start(range(3))
    with pytest.raises(ValueError, match="number 1"):
        ahead.get(1)
