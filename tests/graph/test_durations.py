import json

from prebake.graph.durations import Durations
from prebake.graph.step import Step


def step(kind, **hints):
    return Step(kind, "x", "prebake.steps.extras:run", hints=hints)


def test_what_was_measured_comes_before_what_is_expected_and_that_before_what_is_usual(tmp_path):
    path = tmp_path / "seconds.json"
    durations = Durations(path, {"train": 150.0})
    assert durations.expected(step("odd")) == 1.0
    assert durations.expected(step("train")) == 150.0
    assert durations.expected(step("train", seconds=15.0)) == 15.0
    durations.note("train x", 42.0)
    durations.save()
    again = Durations(path, {"train": 150.0})
    assert again.known("train x") == again.expected(step("train", seconds=15.0)) == 42.0


def test_short_steps_are_not_remembered_and_damage_is_no_error(tmp_path):
    path = tmp_path / "seconds.json"
    durations = Durations(path)
    durations.note("render x", 0.1)
    durations.save()
    assert not path.exists()
    for text in ("{not json", "[]", json.dumps({"train x": "long"})):
        path.write_text(text)
        assert Durations(path).known("train x") is None
