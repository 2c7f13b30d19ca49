"""Which tests a run of pytest leaves to ``make prove``."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import ROOT

FILE = "tests/site/test_linear.py"
JOURNEY = f"{FILE}::test_both_neurons_answer_19_and_leave_nothing_behind"
PROOF = f"{FILE}::test_two_points_are_enough_and_fewer_are_a_sentence"
FAULT = "tests/prove/test_interruption.py::test_two_builds_at_once_share_their_work"


@pytest.mark.parametrize(
    ("words", "found", "left_out"),
    [
        ((FILE, "tests/prove"), [JOURNEY], [PROOF, FAULT]),
        (("-m", "prove", FILE, "tests/prove"), [PROOF, FAULT], [JOURNEY]),
        ((PROOF,), [PROOF], [JOURNEY]),
    ],
    ids=["by default", "asked for", "named"],
)
def test_proofs_run_where_they_are_asked_for(words, found, left_out):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-p", "no:cacheprovider", "-v", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    # -v undoes the -q of the project: a line for each test.
    collected = done.stdout
    assert all(name.partition("::")[2] in collected for name in found), collected
    assert not any(name.partition("::")[2] in collected for name in left_out), collected
