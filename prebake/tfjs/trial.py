"""Trying the ways of storing a model's weights, the smallest download first.

Only what may ship is asked: the first way that costs little enough is the one that a comparison
of all would choose, as larger ones cannot win. Sizes are known without a prediction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import ModelError
from .quantize import (
    NONE,
    Candidate,
    Mark,
    Scheme,
    choose,
    measured,
    schemes_for,
    unmeasured,
    wanted,
)

Answer = Callable[[np.ndarray], np.ndarray]


class Answered:
    """A function from inputs to answers that computes those of the same array once."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._known: list[tuple[np.ndarray, np.ndarray]] = []

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        for given, answers in self._known:
            if given is inputs:
                return answers
        answers = self._answer(inputs)
        self._known.append((inputs, answers))
        return answers


@dataclass(frozen=True)
class Judge:
    """What candidates are compared by.

    Args:
        inputs: of the held-out split (or of the golden samples), float32 ``[n, …]``.
        mark: from answers, and those of the float32 weights, to the metric; None if there is none.
        metric: its name.
        smaller_is_better: whether a lower metric is better.
        tolerance: how much worse than with float32 it may be.
    """

    inputs: np.ndarray
    mark: Mark | None
    metric: str
    smaller_is_better: bool
    tolerance: float


def stored_in_all_ways(folder: Path, quantize: str) -> list[tuple[Scheme, Path]]:
    """Writes a float32 model beside itself with its weights stored in each way to be tried.

    Raises:
        ModelError: if the only way that was asked for cannot hold a weight.
    """
    from .graph import requantize

    made = []
    for number, scheme in enumerate(schemes_for(quantize)):
        out = folder.with_name(f"{folder.name}-{number}")
        try:
            requantize(folder, out, scheme.stored_of)
        except ModelError:
            if quantize == scheme.kernels == scheme.vectors:
                raise
            continue  # a weight that float16 cannot hold: this scheme is out, others are not
        made.append((scheme, out))
    return made


def try_schemes(
    folders: Sequence[tuple[Scheme, Path]],
    quantize: str,
    judge: Judge,
    answering: Callable[[Path], Answer],
    where: str,
) -> tuple[list[Candidate], Candidate, Answered]:
    """Every way of storing the weights with what was measured of it, the one chosen, and its
    function from inputs to answers, which knows those to the judge's inputs.

    Args:
        folders: the model stored in each way, float32 first.
        quantize: what the declaration asks for.
        judge: what they are compared by.
        answering: reads a stored model as a function.
        where: the file that declares it.

    Raises:
        ModelError: if no way that was asked for is within the tolerance.
    """
    plain = Answered(answering(dict(folders)[NONE]))
    baseline = plain(judge.inputs)
    allowed = wanted(quantize, judge.mark is not None)
    candidates = {scheme: unmeasured(scheme, folder) for scheme, folder in folders}
    found, answers = None, plain
    for each in sorted(candidates.values(), key=lambda c: (c.compressed, c.bytes)):
        if each.scheme not in allowed or found is not None:
            continue
        answers = plain if each.scheme == NONE else Answered(answering(each.folder))
        tried = measured(each, answers(judge.inputs), baseline, judge.mark, judge.smaller_is_better)
        candidates[each.scheme] = tried
        if tried.loss is not None and tried.loss <= judge.tolerance:
            found = tried
    candidates[NONE] = measured(
        candidates[NONE], baseline, baseline, judge.mark, judge.smaller_is_better
    )
    made = list(candidates.values())
    return made, choose(made, quantize, judge.tolerance, judge.metric, where), answers
