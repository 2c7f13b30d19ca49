"""The ways in which a model's weights may be stored, and the choice among them."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ModelError
from .weights import Stored


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


@dataclass(frozen=True)
class Candidate:
    """One way of storing the weights, as it was measured.

    Args:
        bytes: of model.json and all shards.
        compressed: the same, each gzipped.
        metric: on the held-out split; None if there is none to measure on.
        loss: how much worse the metric is than with float32.
        output_error: the largest absolute difference of an answer from float32's.
    """

    scheme: Scheme
    folder: Path
    bytes: int
    compressed: int
    metric: float | None
    loss: float
    output_error: float

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


def measured(
    scheme: Scheme,
    folder: Path,
    answers: np.ndarray,
    baseline: np.ndarray,
    mark: Callable[[np.ndarray], float] | None,
    smaller_is_better: bool,
) -> Candidate:
    """A candidate with its marks.

    Args:
        answers: its answers on the held-out split (or on the golden samples).
        baseline: those of the float32 model.
        mark: from answers to the declared metric.
    """
    size, compressed = sizes(folder)
    error = float(np.max(np.abs(answers.astype(np.float64) - baseline))) if answers.size else 0.0
    metric = loss = None
    if mark is not None:
        metric = mark(answers)
        loss = metric - mark(baseline) if smaller_is_better else mark(baseline) - metric
    return Candidate(scheme, folder, size, compressed, metric, round(loss or 0.0, 8), error)


def choose(
    candidates: Sequence[Candidate], quantize: str, tolerance: float, metric: str, where: str
) -> Candidate:
    """The smallest compressed download within the tolerance.

    Raises:
        ModelError: if no candidate of a scheme that was asked for meets it.
    """
    wanted = set(schemes_for(quantize)) if quantize == "auto" else set(SCHEMES[quantize])
    if quantize == "auto" and all(c.metric is None for c in candidates):
        wanted = {NONE}  # nothing tells what storing them otherwise would cost
    allowed = [c for c in candidates if c.scheme in wanted and c.loss <= tolerance]
    if allowed:
        return min(allowed, key=lambda c: (c.compressed, c.bytes))
    losses = ", ".join(f"{c.scheme.name} loses {c.loss:.4f}" for c in candidates)
    raise ModelError(
        f"stored as {quantize} it loses more {metric} than the tolerance of {tolerance:g} allows: "
        f"{losses}.",
        where=where,
        remedy="Use quantize='auto', or allow a larger tolerance.",
    )
