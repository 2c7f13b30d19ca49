"""Augmentation, schedules, samples and marks: no TensorFlow needed."""

import numpy as np
import pytest

from prebake.declare.arrays import Arrays
from prebake.declare.fit import Augment, Cosine, Fit, Steps
from prebake.errors import ExpectationMissed, ModelError
from prebake.training.augment import draw
from prebake.training.evaluation import (
    demand_expected,
    evaluate,
    probabilities,
    worst_mistakes,
)
from prebake.training.samples import held_numbers, of_arrays
from prebake.training.schedule import rate_at


def test_without_changes_every_transform_is_the_identity():
    found = draw(Augment(), [1], 3, 8, 10)
    np.testing.assert_allclose(found, [[1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]] * 3, atol=1e-6)


def test_a_shift_stays_within_its_part_of_the_side():
    found = draw(Augment(shift=0.25), [1], 500, 8, 20)
    assert 4.5 < np.abs(found[:, 2]).max() <= 5
    assert 1.8 < np.abs(found[:, 5]).max() <= 2


def test_a_turn_and_a_zoom_keep_the_centre():
    found = draw(Augment(rotate=30, zoom=0.3, flip="both"), [1], 50, 9, 9)
    x = found[:, 0] * 4 + found[:, 1] * 4 + found[:, 2]
    y = found[:, 3] * 4 + found[:, 4] * 4 + found[:, 5]
    np.testing.assert_allclose(x, 4, atol=1e-5)
    np.testing.assert_allclose(y, 4, atol=1e-5)
    determinants = found[:, 0] * found[:, 4] - found[:, 1] * found[:, 3]
    assert (determinants < 0).any()
    assert (determinants > 0).any()


def test_a_batch_is_changed_the_same_way_each_time_and_another_differently():
    change = Augment(shift=0.1)
    np.testing.assert_array_equal(draw(change, [1, 2], 4, 8, 8), draw(change, [1, 2], 4, 8, 8))
    assert not np.array_equal(draw(change, [1, 2], 4, 8, 8), draw(change, [1, 3], 4, 8, 8))


def test_strokes_contrast_and_brightness_stay_within_their_bounds():
    found = draw(Augment(stroke=0.5, contrast=0.25, brightness=0.1), [1], 500, 8, 8)
    for column, least, most in ((8, -0.5, 0.5), (9, 0.8, 1.25), (10, -0.1, 0.1)):
        values = found[:, column]
        assert least <= values.min() < least + 0.05
        assert most - 0.05 < values.max() <= most


def test_the_cosine_rises_and_falls():
    fit = Fit(epochs=10, learning_rate=0.1, schedule=Cosine(warmup=2, floor=0.1))
    assert rate_at(fit, 1) == pytest.approx(0.05)
    assert rate_at(fit, 2) == pytest.approx(0.1)
    assert rate_at(fit, 6) == pytest.approx(0.055)
    assert rate_at(fit, 10) == pytest.approx(0.01)


def test_steps_multiply_the_rate():
    fit = Fit(epochs=9, learning_rate=1.0, schedule=Steps(after=(3, 6), factor=0.5))
    assert [rate_at(fit, e) for e in (0, 2.9, 3, 6)] == [1.0, 1.0, 0.5, 0.25]


def test_what_is_held_back_has_every_class_in_proportion():
    targets = np.repeat([0, 1, 2], [100, 50, 10]).astype(np.int32)
    held = held_numbers(targets, 0.2, 0, 3)
    assert np.bincount(targets[held]).tolist() == [20, 10, 2]
    np.testing.assert_array_equal(held, held_numbers(targets, 0.2, 0, 3))


def test_a_group_is_not_learned_from_and_watched():
    targets = np.tile([0, 0, 1, 1], 30).astype(np.int32)
    groups = np.repeat(np.arange(60), 2)
    held = held_numbers(targets, 0.25, 3, 2, groups)
    assert 26 <= len(held) <= 34
    assert not set(groups[held]) & set(np.delete(groups, held))
    one = held_numbers(targets, 0.25, 3, 2, np.zeros(120, np.int32))
    assert len(one) == 0, "nothing can be held back of a single group"


def test_the_last_sample_of_a_class_is_never_held_back():
    targets = np.array([0, 0, 0, 0, 1, 2, 2], np.int32)
    held = held_numbers(targets, 0.5, 0, 3)
    assert np.bincount(targets[held], minlength=3).tolist() == [2, 0, 1]


def test_arrays_are_divided_as_they_say():
    made = Arrays(np.zeros((4, 2)), np.arange(4.0), test=[False, True, False, True])
    samples = of_arrays(made, "m.py")
    assert samples.splits["test"].targets.tolist() == [1, 3]
    assert samples.judged == "test"


@pytest.mark.parametrize(
    ("made", "problem"),
    [
        ([1, 2], "returned list, expected Arrays"),
        (Arrays(np.zeros((3, 1)), np.zeros(2)), "3 inputs and 2 targets"),
        (Arrays(np.full((2, 1), np.nan), np.zeros(2)), "not finite"),
        (Arrays(np.zeros((2, 1)), np.zeros(2), test=[True, True]), "holds out 2 of 2"),
        (Arrays([[1], [1, 2]], np.zeros(2)), "rows of different lengths"),
        (Arrays(np.zeros((2, 1)), [0, 2], classes=["a", "b"]), "from 0 to 2"),
        (Arrays(np.zeros((2, 1)), [-1, 1], classes=["a", "b"]), "from -1 to 1"),
        (Arrays(np.zeros((2, 1)), np.eye(2), classes=["a", "b"]), "one a sample"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(made, problem):
    with pytest.raises(ModelError, match=problem):
        of_arrays(made, "m.py")


def test_logits_shares_and_one_sigmoid_become_probabilities():
    np.testing.assert_allclose(
        probabilities(np.array([[0.0, np.log(3)]]), "linear"), [[0.25, 0.75]]
    )
    np.testing.assert_allclose(probabilities(np.array([[0.25, 0.75]]), "softmax"), [[0.25, 0.75]])
    np.testing.assert_allclose(probabilities(np.array([[0.75]]), "sigmoid"), [[0.25, 0.75]])
    np.testing.assert_allclose(probabilities(np.array([[np.log(3)]]), "linear"), [[0.25, 0.75]])
    assert np.isfinite(probabilities(np.array([[1e4, -1e4]]), "linear")).all()


def test_marks_of_a_small_example():
    outputs = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.3, 0.7]])
    targets = np.array([0, 1, 1, 1], np.int32)
    marks = evaluate(outputs, targets, ("a", "b"), "softmax")
    assert marks.metrics["accuracy"] == 0.75
    assert marks.metrics["loss"] == pytest.approx(-np.log([0.9, 0.4, 0.8, 0.7]).mean(), abs=1e-6)
    assert marks.confusion == [[1, 0], [1, 2]]
    assert marks.per_class[0] == {"precision": 0.5, "recall": 1.0, "f1": 0.666667, "samples": 1}
    assert marks.per_class[1]["recall"] == pytest.approx(2 / 3, abs=1e-6)
    (worst,) = worst_mistakes(outputs, targets, "softmax", 5)
    assert worst == {"number": 1, "label": 1, "answer": 0, "probability": 0.6}


def test_many_classes_are_marked_by_their_best_five_as_well():
    outputs = np.eye(12)[[0, 1]] * 0.5 + np.linspace(0, 0.1, 12)
    marks = evaluate(outputs, np.array([0, 11], np.int32), tuple("abcdefghijkl"), "softmax")
    assert marks.metrics["accuracy"] == 0.5
    assert marks.metrics["top5"] == 1.0


def test_numbers_are_marked_by_their_errors():
    marks = evaluate(np.array([[1.0], [3.0]]), np.array([[2.0], [3.0]]), (), "linear")
    assert marks.metrics == {"loss": 0.5, "mae": 0.5}


def test_a_missed_expectation_says_value_bound_and_split():
    with pytest.raises(
        ExpectationMissed, match=r"accuracy on the split 'test' is 0.9000, expected at least 0.95"
    ):
        demand_expected({"accuracy": 0.95}, {"accuracy": 0.9}, "test", "models/x.py")
    with pytest.raises(ExpectationMissed, match="at most 0.1"):
        demand_expected({"loss": 0.1}, {"loss": 0.2}, "test", "models/x.py")
    with pytest.raises(ModelError, match="measured are loss"):
        demand_expected({"top5": 0.1}, {"loss": 0.2}, "test", "models/x.py")
    demand_expected(
        {"accuracy": (0.5, 0.95), "loss": 1}, {"accuracy": 0.9, "loss": 0.3}, "test", "x"
    )
