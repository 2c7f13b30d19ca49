"""The ways in which a model's weights may be stored, and the choice among them."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ModelError
from .weights import Stored

Mark = Callable[[np.ndarray, np.ndarray], float]
"""From answers, and those of the float32 weights, to a metric."""


@dataclass(frozen=True)
class Scheme:
    """How kernels (two axes and more) and vectors (biases, batch norm) are stored.

    Vectors are few and their values spread widely (the variances of a batch norm over several
    powers of ten), so that steps of one width, as integers have them, ruin them: they stay
    floats. The format has one scale for a whole weight, none for each channel.
    """

    kernels: Stored
    vectors: Stored

    @property
    def name(self) -> str:
        """``uint8 + float16``, or one word where both are stored alike."""
        if self.kernels == self.vectors:
            return "none (float32)" if self.kernels == "float32" else self.kernels
        return f"{self.kernels} + {self.vectors}"

    def stored_of(self, name: str, values: np.ndarray) -> Stored:
        return self.kernels if values.ndim >= 2 else self.vectors


NONE = Scheme("float32", "float32")
SCHEMES: dict[str, tuple[Scheme, ...]] = {
    "none": (NONE,),
    "float16": (Scheme("float16", "float32"), Scheme("float16", "float16")),
    "uint16": (Scheme("uint16", "float32"), Scheme("uint16", "float16")),
    "uint8": (Scheme("uint8", "float32"), Scheme("uint8", "float16")),
}
"""By the word that a declaration uses."""


def schemes_for(quantize: str) -> list[Scheme]:
    """The schemes to try; float32 is always among them, to compare with."""
    if quantize == "auto":
        return [scheme for schemes in SCHEMES.values() for scheme in schemes]
    return list(dict.fromkeys([NONE, *SCHEMES[quantize]]))


def wanted(quantize: str, measurable: bool) -> set[Scheme]:
    """The schemes that may be chosen.

    Args:
        quantize: what the declaration asks for.
        measurable: whether there is a metric that tells what storing weights costs.
    """
    if quantize == "auto":
        return set(schemes_for(quantize)) if measurable else {NONE}
    return set(SCHEMES[quantize])


@dataclass(frozen=True)
class Candidate:
    """One way of storing the weights, as it was measured.

    Args:
        bytes: of model.json and all shards.
        compressed: the same, each gzipped.
        metric: on the held-out split; None if there is none to measure on, or if a smaller
            candidate was good enough, so that this one was not evaluated.
        loss: how much worse the metric is than with float32; None if it was not evaluated.
        output_error: the largest absolute difference of an answer from float32's; None if it was
            not evaluated.
    """

    scheme: Scheme
    folder: Path
    bytes: int
    compressed: int
    metric: float | None
    loss: float | None
    output_error: float | None

    def row(self) -> dict[str, Any]:
        """For the model card."""
        values = asdict(self)
        del values["folder"], values["scheme"]
        return {"stored": self.scheme.name, **values}


def sizes(folder: Path) -> tuple[int, int]:
    """The bytes of a model's files, and of each of them gzipped."""
    contents = [path.read_bytes() for path in sorted(folder.iterdir())]
    packed = [gzip.compress(content, 9, mtime=0) for content in contents]
    return sum(map(len, contents)), sum(map(len, packed))


def unmeasured(scheme: Scheme, folder: Path) -> Candidate:
    """A candidate of which only the size is known."""
    return Candidate(scheme, folder, *sizes(folder), None, None, None)


def measured(
    candidate: Candidate,
    answers: np.ndarray,
    baseline: np.ndarray,
    mark: Mark | None,
    smaller_is_better: bool,
) -> Candidate:
    """The candidate with its metric.

    Args:
        answers: its answers on the held-out split (or on the golden samples).
        baseline: those of the float32 model.
        mark: from answers and the baseline to the declared metric.
    """
    error = float(np.max(np.abs(answers.astype(np.float64) - baseline))) if answers.size else 0.0
    metric, loss = None, 0.0
    if mark is not None:
        metric, before = mark(answers, baseline), mark(baseline, baseline)
        loss = metric - before if smaller_is_better else before - metric
    return replace(candidate, metric=metric, loss=round(loss, 8), output_error=error)


def choose(
    candidates: Sequence[Candidate], quantize: str, tolerance: float, metric: str, where: str
) -> Candidate:
    """The smallest compressed download within the tolerance, of those that were evaluated.

    Raises:
        ModelError: if no candidate of a scheme that was asked for meets it.
    """
    evaluated = [c for c in candidates if c.loss is not None]
    allowed = wanted(quantize, any(c.metric is not None for c in evaluated))
    within = [c for c in evaluated if c.scheme in allowed and (c.loss or 0.0) <= tolerance]
    if within:
        return min(within, key=lambda c: (c.compressed, c.bytes))
    losses = ", ".join(f"{c.scheme.name} loses {c.loss:.4f}" for c in evaluated)
    raise ModelError(
        f"stored as {quantize} it loses more {metric} than the tolerance of {tolerance:g} allows: "
        f"{losses}.",
        where=where,
        remedy="Use quantize='auto', or allow a larger tolerance.",
    )
