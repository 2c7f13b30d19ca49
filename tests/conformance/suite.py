"""Runs every case through both writers and tfjs, and says what came of each.

``python -m tests.conformance.suite FILE`` runs all of them and writes the outcomes as JSON:
so TensorFlow stays out of the process of the tests.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from .case import Case
from .cases import CASES
from .writing import Written, write

TOLERANCE = 1e-5
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
    """What came of a case; ``suspects`` are the names a refusal may blame."""

    case: Case
    prebake: Outcome
    tensorflowjs: Outcome
    suspects: tuple[str, ...] = ()


@functools.cache
def results() -> tuple[Result, ...]:
    """Of all cases; computed once in a process, by another one."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "results.json"
        command = [sys.executable, "-m", "tests.conformance.suite", str(file)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        found = json.loads(file.read_text())
    return tuple(
        Result(case, Outcome(**mine), Outcome(**theirs), tuple(suspects))
        for case, (mine, theirs, suspects) in zip(CASES, found, strict=True)
    )


def main(file: str) -> None:
    found = [
        [asdict(each.prebake), asdict(each.tensorflowjs), each.suspects] for each in run(CASES)
    ]
    Path(file).write_text(json.dumps(found))


def run(cases: Sequence[Case]) -> tuple[Result, ...]:
    with tempfile.TemporaryDirectory() as folder:
        written = [
            write(case, Path(folder) / str(index), _writers()) for index, case in enumerate(cases)
        ]
        answers = _replay(written)
    return tuple(_result(one, answers) for one in written)


def _writers() -> dict[str, Any]:
    from tensorflowjs.converters import save_keras_model

    from prebake.tfjs.layers import write_layers_model

    return {
        "prebake": write_layers_model,
        "tensorflowjs": lambda model, folder: save_keras_model(model, str(folder)),
    }


def _replay(written: Sequence[Written]) -> dict[str, dict[str, Any]]:
    """By folder what tfjs made of the models that were written, all in one Node process."""
    jobs = [
        {"id": str(folder), "folder": str(folder), "batches": one.batches}
        for one in written
        for folder in (one.folder / "prebake", one.folder / "tensorflowjs")
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


def _result(written: Written, answers: dict[str, dict[str, Any]]) -> Result:
    mine, theirs = (
        _outcome(name, written.errors.get(name), answers.get(str(written.folder / name)))
        for name in ("prebake", "tensorflowjs")
    )
    return Result(written.case, mine, theirs, tuple(written.suspects))


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
    main(sys.argv[1])
