"""Runs every case through the writers and tfjs, and says what came of each.

``python -m tests.conformance.suite FILE WRITER…`` runs all cases through those writers and writes
the outcomes as JSON: so TensorFlow stays out of the process of the tests.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from .case import Case
from .cases import CASES
from .writing import Written, write

TOLERANCE = 1e-5
WRITERS = ("prebake", "tensorflowjs")
REPLAY = Path(__file__).with_name("replay.mjs")
ROOT = Path(__file__).resolve().parents[2]

State = Literal["agrees", "wrong", "refused", "crashed"]


@dataclass(frozen=True)
class Outcome:
    """What came of a case with one writer.

    Args:
        state: agrees; wrong (tfjs answers something else); refused; or crashed (raised what it
            should not, or wrote what tfjs does not load).
        error: the largest difference of those outputs that have the right shape.
        problem: why it was refused or crashed.
        where, remedy: of a refusal by prebake.
    """

    state: State
    error: float = 0.0
    problem: str = ""
    where: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class Result:
    """What came of a case, by writer; ``suspects`` are the names a refusal may blame."""

    case: Case
    outcomes: dict[str, Outcome]
    suspects: tuple[str, ...] = ()

    @property
    def prebake(self) -> Outcome:
        return self.outcomes["prebake"]


@functools.cache
def results(*writers: str) -> tuple[Result, ...]:
    """Of all cases with these writers; computed once in a process, by another one."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "results.json"
        command = [sys.executable, "-m", "tests.conformance.suite", str(file), *writers]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        found = json.loads(file.read_text())
    return tuple(
        Result(case, {name: Outcome(**each) for name, each in outcomes.items()}, tuple(suspects))
        for case, (outcomes, suspects) in zip(CASES, found, strict=True)
    )


def main(file: str, *writers: str) -> None:
    found = [
        [{name: asdict(outcome) for name, outcome in each.outcomes.items()}, each.suspects]
        for each in run(CASES, writers)
    ]
    Path(file).write_text(json.dumps(found))


def run(cases: Sequence[Case], writers: Sequence[str]) -> tuple[Result, ...]:
    chosen = {name: _writer(name) for name in writers}
    with tempfile.TemporaryDirectory() as folder:
        written = [
            write(case, Path(folder) / str(index), chosen) for index, case in enumerate(cases)
        ]
        answers = _replay(written, writers)
    return tuple(_result(one, answers, writers) for one in written)


def _writer(name: str) -> Callable[[Any, Path], None]:
    """What writes a model into a folder; each is imported only where it is asked for."""
    if name == "prebake":
        from prebake.tfjs.layers import write_layers_model

        return write_layers_model
    from tensorflowjs.converters import save_keras_model

    return lambda model, folder: save_keras_model(model, str(folder))


def _replay(written: Sequence[Written], writers: Sequence[str]) -> dict[str, dict[str, Any]]:
    """By folder what tfjs made of the models that were written, all in one Node process."""
    jobs = [
        {"id": str(folder), "folder": str(folder), "batches": one.batches}
        for one in written
        for folder in (one.folder / name for name in writers)
        if folder.name not in one.errors
    ]
    done = subprocess.run(
        [os.environ.get("NODE", "node"), str(REPLAY)],
        input=json.dumps(jobs),
        capture_output=True,
        text=True,
        check=True,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return {answer["id"]: answer for answer in answers}


def _result(written: Written, answers: dict[str, dict[str, Any]], writers: Sequence[str]) -> Result:
    outcomes = {
        name: _outcome(name, written.errors.get(name), answers.get(str(written.folder / name)))
        for name in writers
    }
    return Result(written.case, outcomes, tuple(written.suspects))


def _outcome(writer: str, error: Exception | None, answer: dict[str, Any] | None) -> Outcome:
    if error is not None:
        return _raised(writer, error)
    assert answer is not None
    if answer["stage"] != "compared":
        state: State = "refused" if writer == "tensorflowjs" else "crashed"
        return Outcome(state, problem=f"{answer['stage']}: {answer['message']}")
    errors = answer["errors"]
    largest = max((error for error in errors if error is not None), default=0.0)
    right = None not in errors and largest <= TOLERANCE
    return Outcome("agrees" if right else "wrong", error=largest)


def _raised(writer: str, error: Exception) -> Outcome:
    from prebake.errors import UnsupportedLayer

    if writer == "tensorflowjs":
        return Outcome("refused", problem=str(error))
    if isinstance(error, UnsupportedLayer):
        return Outcome("refused", problem=error.problem, where=error.where, remedy=error.remedy)
    return Outcome("crashed", problem=f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main(*sys.argv[1:])
