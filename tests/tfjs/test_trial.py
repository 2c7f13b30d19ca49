"""Ways of storing weights are tried from the smallest on; what was computed is not computed again."""

from __future__ import annotations

import numpy as np
import pytest

from prebake.errors import ModelError
from prebake.tfjs.quantize import NONE, SCHEMES, schemes_for
from prebake.tfjs.trial import Answered, Judge, try_schemes

INPUTS = np.zeros((8, 3), np.float32)
RIGHT = np.arange(8.0)


class Trial:
    """Stored models of invented sizes, which answer with an error of their own."""

    def __init__(self, home, sizes, errors, quantize="auto"):
        self.asked, self.quantize = [], quantize
        self.errors, self.folders = {}, []
        random = np.random.default_rng(0)
        for scheme in schemes_for(quantize):
            folder = home / str(len(self.folders))
            folder.mkdir()
            (folder / "model.json").write_bytes(random.bytes(sizes.get(scheme.name, 9000)))
            self.folders.append((scheme, folder))
            self.errors[folder] = errors.get(scheme.name, 0.0)

    def answering(self, folder):
        def answer(inputs):
            self.asked.append({home: s.name for s, home in self.folders}[folder])
            return RIGHT + self.errors[folder]

        return answer

    def run(self, tolerance=0.1, mark=lambda answers, baseline: 1 - np.abs(answers - RIGHT).max()):
        judge = Judge(INPUTS, mark, "accuracy", False, tolerance)
        return try_schemes(self.folders, self.quantize, judge, self.answering, "models/x.py")


SIZES = {"uint8 + float16": 100, "uint8 + float32": 200, "float16": 400, "none (float32)": 5000}


def test_the_smallest_that_is_good_enough_is_found_with_one_prediction_beside_float32(tmp_path):
    trial = Trial(tmp_path, SIZES, {})
    candidates, chosen, answer = trial.run()
    assert chosen.scheme.name == "uint8 + float16"
    assert trial.asked == ["none (float32)", "uint8 + float16"]
    assert answer(INPUTS) is answer(INPUTS)
    assert len(trial.asked) == 2
    rows = {each.scheme.name: each.row() for each in candidates}
    assert len(rows) == 7
    assert rows["none (float32)"]["loss"] == 0
    assert rows["uint8 + float16"]["metric"] == 1
    assert rows["float16"]["metric"] is rows["float16"]["loss"] is None
    assert rows["float16"]["compressed"] > 0


def test_what_costs_too_much_is_passed_over_and_its_loss_is_shown(tmp_path):
    trial = Trial(tmp_path, SIZES, {"uint8 + float16": 0.5, "uint8 + float32": 0.2})
    candidates, chosen, answer = trial.run()
    assert chosen.scheme.name == "float16"
    assert trial.asked == ["none (float32)", "uint8 + float16", "uint8 + float32", "float16"]
    lost = {each.scheme.name: each.loss for each in candidates}
    assert lost["uint8 + float16"] == 0.5
    assert lost["uint8 + float32"] == 0.2
    np.testing.assert_array_equal(answer(INPUTS), RIGHT)
    assert len(trial.asked) == 4


@pytest.mark.parametrize("seed", range(20))
def test_it_chooses_what_a_comparison_of_all_would(tmp_path, seed):
    random = np.random.default_rng(seed)
    names = [scheme.name for scheme in schemes_for("auto")]
    sizes = dict(zip(names, random.integers(100, 9000, len(names)).tolist(), strict=True))
    errors = dict(zip(names, random.uniform(0, 0.3, len(names)).tolist(), strict=True))
    errors["none (float32)"] = 0.0
    _, chosen, _ = Trial(tmp_path, sizes, errors).run()
    assert chosen.scheme.name == min((n for n in names if errors[n] <= 0.1), key=sizes.get)


def test_float32_is_chosen_where_nothing_tells_what_less_would_cost(tmp_path):
    trial = Trial(tmp_path, SIZES, {})
    _, chosen, _ = trial.run(mark=None)
    assert chosen.scheme == NONE
    assert trial.asked == ["none (float32)"]


def test_what_was_asked_for_must_be_good_enough(tmp_path):
    errors = {scheme.name: 0.4 for scheme in SCHEMES["uint8"]}
    trial = Trial(tmp_path, SIZES, errors, "uint8")
    with pytest.raises(ModelError, match=r"loses more accuracy .*uint8 \+ float16 loses 0.4000"):
        trial.run()


def test_answers_to_the_same_array_are_computed_once():
    asked = []

    def answer(inputs):
        asked.append(inputs)
        return inputs + 1

    answered = Answered(answer)
    others = INPUTS.copy()
    assert answered(INPUTS) is answered(INPUTS)
    assert answered(others) is not answered(INPUTS)
    assert [each is given for each, given in zip(asked, [INPUTS, others], strict=True)] == [
        True
    ] * 2
