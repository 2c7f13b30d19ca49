"""How good a model is on a split: metrics, confusion matrix, the worst mistakes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..declare.model import Bound, bounds
from ..errors import ExpectationMissed, ModelError


@dataclass(frozen=True)
class Evaluation:
    """The marks on one split.

    Args:
        metrics: by name; ``accuracy``, ``top5`` (for more than ten classes) and ``loss``
            (cross-entropy, natural logarithm) for classes, ``loss`` (mean squared error) and
            ``mae`` else.
        confusion: ``[true][answer]`` counts; empty without classes.
        per_class: for each class ``precision``, ``recall``, ``f1`` and ``samples``.
    """

    samples: int
    metrics: dict[str, float]
    confusion: list[list[int]] = field(default_factory=list)
    per_class: list[dict[str, float]] = field(default_factory=list)


def probabilities(outputs: np.ndarray, activation: str) -> np.ndarray:
    """float64 ``[n, classes]`` from a model's answers, whatever its last activation is.

    The one place where logits become probabilities.
    """
    values = np.asarray(outputs, np.float64).reshape(len(outputs), -1)
    if values.shape[1] == 1:
        one = values if activation == "sigmoid" else 1 / (1 + np.exp(-values))
        return np.concatenate([1 - one, one], 1)
    if activation in ("softmax", "sigmoid"):
        return values
    exponentials = np.exp(values - values.max(1, keepdims=True))
    return exponentials / exponentials.sum(1, keepdims=True)


def evaluate(
    outputs: np.ndarray, targets: np.ndarray, classes: tuple[str, ...], activation: str
) -> Evaluation:
    """Marks a model's answers.

    Args:
        outputs: float32 ``[n, …]``.
        targets: int32 ``[n]`` class indices, or float32 ``[n, …]``.
    """
    if not classes:
        errors = np.asarray(outputs, np.float64).reshape(targets.shape) - targets
        metrics = {"loss": float(np.mean(errors**2)), "mae": float(np.mean(np.abs(errors)))}
        return Evaluation(len(targets), _rounded(metrics))
    shares = probabilities(outputs, activation)
    answers = shares.argmax(1)
    confusion = np.zeros((len(classes), len(classes)), np.int64)
    np.add.at(confusion, (targets, answers), 1)
    right = shares[np.arange(len(targets)), targets]
    metrics = {
        "accuracy": float(np.mean(answers == targets)),
        "loss": float(-np.mean(np.log(np.maximum(right, 1e-7)))),
    }
    if len(classes) > 10:
        best = np.argsort(-shares, 1, kind="stable")[:, :5]
        metrics["top5"] = float(np.mean((best == targets[:, None]).any(1)))
    return Evaluation(len(targets), _rounded(metrics), confusion.tolist(), _per_class(confusion))


def _per_class(confusion: np.ndarray) -> list[dict[str, float]]:
    rows = []
    for i in range(len(confusion)):
        hits, true, answered = confusion[i, i], confusion[i].sum(), confusion[:, i].sum()
        precision = float(hits / answered) if answered else 0.0
        recall = float(hits / true) if true else 0.0
        both = precision + recall
        rows.append(
            {
                "precision": round(precision, 6),
                "recall": round(recall, 6),
                "f1": round(2 * precision * recall / both, 6) if both else 0.0,
                "samples": int(true),
            }
        )
    return rows


def worst_mistakes(
    outputs: np.ndarray, targets: np.ndarray, activation: str, count: int
) -> list[dict[str, Any]]:
    """The surest wrong answers: ``number``, ``label``, ``answer``, ``probability``."""
    shares = probabilities(outputs, activation)
    answers = shares.argmax(1)
    wrong = np.flatnonzero(answers != targets)
    sure = shares[wrong, answers[wrong]]
    order = wrong[np.argsort(-sure, kind="stable")][:count]
    return [
        {
            "number": int(n),
            "label": int(targets[n]),
            "answer": int(answers[n]),
            "probability": round(float(shares[n, answers[n]]), 4),
        }
        for n in order
    ]


def demand_expected(
    expect: Mapping[str, Bound], metrics: Mapping[str, float], split: str, where: str
) -> None:
    """Every metric must lie within its bounds.

    Raises:
        ExpectationMissed: with value, bound and split.
        ModelError: for a metric that is not measured.
    """
    for name, bound in expect.items():
        least, most = bounds(name, bound)
        if name not in metrics:
            raise ModelError(
                f"expect names the metric {name!r}, but measured are {', '.join(metrics)}.",
                where=where,
            )
        value = metrics[name]
        if least is not None and value < least:
            raise _missed(name, value, f"at least {least}", split, where)
        if most is not None and value > most:
            raise _missed(name, value, f"at most {most}", split, where)


def _missed(name: str, value: float, bound: str, split: str, where: str) -> ExpectationMissed:
    return ExpectationMissed(
        f"{name} on the split {split!r} is {value:.4f}, expected {bound}.",
        where=where,
        remedy="Train it longer or change the model; or lower what expect asks for.",
    )


def _rounded(metrics: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 6) for name, value in metrics.items()}
