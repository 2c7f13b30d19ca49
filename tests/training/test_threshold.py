import numpy as np
import pytest

from prebake.declare.decision import Decision
from prebake.errors import DeclarationError, ModelError
from prebake.training.threshold import choose_threshold, decide

SHARES = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.15, 0.05])
POSITIVE = np.array([True] * 10 + [False] * 2)


@pytest.mark.parametrize(
    ("recall", "threshold", "found"),
    [(1, 0.1, 1), (0.9, 0.2, 0.9), (0.85, 0.2, 0.9), (0.5, 0.6, 0.5)],
)
def test_it_is_the_highest_that_finds_enough(recall, threshold, found):
    chosen = choose_threshold(SHARES, POSITIVE, recall)
    assert chosen.threshold == pytest.approx(threshold, abs=1e-5)
    assert chosen.recall == found
    higher = SHARES[POSITIVE & (chosen.threshold + 1e-5 < SHARES)]
    assert len(higher) / 10 < recall


def test_precision_counts_the_false_alarms():
    assert choose_threshold(SHARES, POSITIVE, 1).precision == pytest.approx(10 / 11)
    assert choose_threshold(SHARES, POSITIVE, 0.9).precision == 1


def test_the_sample_on_the_edge_is_called():
    shares = np.array([1 / 3, 2 / 3])
    assert choose_threshold(shares, np.array([True, True]), 1).recall == 1


def decided(positive="bad", classes=("good", "bad"), targets=(0, 1, 1)):
    shares = np.array([[0.9, 0.1], [0.4, 0.6], [0.3, 0.7]])
    return decide(Decision(positive), shares, np.array(targets), classes, "models/m.py")


def test_the_manifest_says_which_class_and_what_was_found():
    found = decided()
    assert (found["positive"], found["index"], found["wanted_recall"]) == ("bad", 1, 0.99)
    assert found["threshold"] == pytest.approx(0.6)
    assert (found["samples"], found["positives"], found["recall"]) == (3, 2, 1)
    assert decided("good")["threshold"] == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"positive": "bda"}, "Did you mean 'bad'"),
        ({"classes": ("a", "b", "c")}, "between two classes, and there are 3"),
        ({"targets": (0, 0, 0)}, "no sample that was held back is 'bad'"),
    ],
)
def test_what_cannot_be_decided_is_a_sentence(given, problem):
    with pytest.raises(ModelError, match=problem):
        decided(**given)


def test_a_recall_is_a_part():
    for recall in (0, 1.5, True, "x"):
        with pytest.raises(DeclarationError, match="expected a part"):
            Decision("bad", recall)
