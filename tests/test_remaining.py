import pytest

from prebake import remaining
from prebake.remaining import Remaining, exact, said_left


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(remaining.time, "monotonic", lambda: now[0])
    return now


def test_what_was_done_tells_how_long_the_rest_takes(clock):
    task = Remaining()
    task.told(200, 1000, "train images")
    assert task.seconds is None  # when it began is not known
    clock[0] += 10
    task.told(400, 1000, "train images")
    assert task.seconds == 30
    clock[0] += 5
    assert task.seconds == 25
    clock[0] += 60
    assert task.seconds == 0


def test_another_unit_is_measured_by_itself(clock):
    task = Remaining()
    task.told(0, 10, "train images")
    clock[0] += 5
    task.told(10, 10, "train images")
    assert task.seconds == 0
    task.told(0, 50, "test images")
    assert task.seconds is None
    clock[0] += 1
    task.told(10, 50, "test images")
    assert task.seconds == 4


def test_without_an_end_nothing_is_said(clock):
    task = Remaining()
    task.told(0, 0, "bytes")
    clock[0] += 1
    task.told(1000, 0, "bytes")
    assert task.seconds is None


def test_what_a_task_says_itself_is_believed(clock):
    task = Remaining()
    task.told(5, 9, "steps, epoch 1 of 3, 2:13 left")
    assert task.seconds == 133
    assert said_left("1:02:05 left") == 3725
    assert said_left("steps") is None


def test_times_are_written_with_their_seconds():
    assert [exact(seconds) for seconds in (5, 133, 3725)] == ["0:05", "2:13", "1:02:05"]
