"""What is said about time: never a number that nobody measured."""

import time

import pytest

from prebake.serve import words
from prebake.serve.progress import StepState, all_can_be_told, forecast


def steps(*given):
    return {step.name: step for step in given}


def running(name, spent=0.0, **given):
    return StepState(name, status="running", since=time.monotonic() - spent, **given)


def by_name(name):
    return name


def test_one_after_the_other_and_side_by_side():
    given = steps(
        StepState("pack a", known=10),
        StepState("pack b", known=20),
        StepState("train a", ("pack a",), known=100),
        StepState("render a", ("train a",), where="inline", known=1),
    )
    assert forecast(given, by_name, jobs=2) == {
        "pack a": 10, "pack b": 20, "train a": 110, "render a": 111,
    }  # fmt: skip
    assert forecast(given, by_name, jobs=1)["train a"] == 130


def test_what_is_done_is_over_and_what_runs_has_less_left():
    given = steps(
        StepState("pack a", status="done", known=10),
        running("train a", 40.0, needs=("pack a",), known=100),
        StepState("export a", ("train a",), known=5),
    )
    ends = forecast(given, by_name, jobs=2)
    assert "pack a" not in ends
    assert ends["train a"] == pytest.approx(60, abs=1)
    assert ends["export a"] == pytest.approx(65, abs=1)


def test_scripts_wait_for_no_worker():
    given = steps(running("train a", known=100), StepState("bundle s", where="thread", known=3))
    assert forecast(given, by_name, jobs=1)["bundle s"] == 3


def test_a_failed_step_is_not_waited_for():
    given = steps(StepState("pack a", status="failed"), StepState("train a", ("pack a",), known=9))
    assert forecast(given, by_name, jobs=1) == {"train a": 9}


def test_what_never_ran_cannot_be_told_unless_it_is_short():
    long = StepState("train a", expected=300)
    assert not long.can_be_told
    assert StepState("render a", expected=0.1).can_be_told
    assert StepState("train a", expected=300, known=250).can_be_told
    assert not all_can_be_told(steps(long), ["train a"])
    long.status = "done"
    assert all_can_be_told(steps(long), ["train a"])


def test_what_a_step_says_itself_is_believed():
    step = running("train a")
    step.told(725, 896, "steps, epoch 13 of 16, accuracy 0.98, 4:01 left")
    assert step.left == pytest.approx(241, abs=0.4)
    assert step.text() == "Training a: epoch 13 of 16, 4:01 left"


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ((3, 10, "epochs"), "3 of 10 epochs"),
        ((1.5e6, 3e6, "bytes"), "1.5 of 3.0 MB"),
        ((1.5e6, 0, "bytes"), "1.5 MB"),
        ((12345, 0, "images"), "12,345 images"),
        ((5, 9, "steps, epoch 2 of 3, loss 0.1, 0:05 left"), "epoch 2 of 3"),
        ((5, 9, "steps, 0:05 left"), "5 of 9 steps"),
    ],
)
def test_amounts(given, text):
    assert words.amount(*given) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (3, "a few seconds"),
        (31, "about 30 s"),
        (70, "about 1 min"),
        (250, "about 4 min"),
        (7200, "about 2.0 h"),
    ],
)
def test_durations(seconds, text):
    assert words.about(seconds) == text


def test_an_unknown_kind_of_step_is_named_as_it_is():
    assert words.doing("knit socks") == "Knit socks"
    assert words.doing("style site") == "Bundling styles"
