"""Choosing from which probability on a sample is called positive."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..declare.decision import Decision
from ..declare.schema import suggest
from ..errors import ModelError


@dataclass(frozen=True)
class Chosen:
    """A threshold, and what it did on the samples that it was chosen by.

    Args:
        threshold: a sample with this probability or more is called positive.
        recall: the part of the positive samples that are called so.
        precision: the part of those called positive that are.
        samples: how many there were of either class.
        positives: how many of them are positive.
    """

    threshold: float
    recall: float
    precision: float
    samples: int
    positives: int


def choose_threshold(shares: np.ndarray, positive: np.ndarray, recall: float) -> Chosen:
    """The highest threshold that finds the part ``recall`` of the positive samples.

    Args:
        shares: the probabilities of the positive class, ``[n]``.
        positive: whether each sample is positive, at least one.
        recall: above 0 to 1.
    """
    own = np.sort(shares[positive])
    # How many may be missed; a hair is added, since 0.9 * 10 is a little more than 9.
    missed = math.floor((1 - recall) * len(own) + 1e-9)
    # Rounded down, so that the sample itself still counts.
    threshold = math.floor(float(own[missed]) * 1e6) / 1e6
    called = shares >= threshold
    return Chosen(
        threshold,
        round(float(called[positive].mean()), 6),
        round(float(positive[called].mean()), 6),
        len(shares),
        len(own),
    )


def decide(
    decision: Decision,
    shares: np.ndarray,
    targets: np.ndarray,
    classes: tuple[str, ...],
    where: str,
) -> dict[str, Any]:
    """What the manifest says of a decision.

    Args:
        shares: ``[n, classes]``, of the samples that training held back.
        targets: ``[n]``.

    Raises:
        ModelError: if there are not two classes, or none of them is called so.
    """
    index = index_of(decision, classes, where)
    positive = targets == index
    if not positive.any():
        raise ModelError(
            f"no sample that was held back is {decision.positive!r}, so that no threshold can be "
            "chosen.",
            where=where,
            remedy="Raise Fit(validation=…).",
        )
    chosen = choose_threshold(shares[:, index], positive, decision.recall)
    return {
        "positive": decision.positive,
        "index": index,
        "wanted_recall": decision.recall,
        **asdict(chosen),
    }


def index_of(decision: Decision, classes: tuple[str, ...], where: str) -> int:
    """The number of the positive class.

    Raises:
        ModelError: if there are not two classes, or none of them is called so.
    """
    if len(classes) != 2:
        raise ModelError(
            f"a Decision is between two classes, and there are {len(classes)}.",
            where=where,
            remedy="Leave it out.",
        )
    if decision.positive not in classes:
        raise ModelError(
            f"Decision names the class {decision.positive!r}, which the dataset has not.",
            where=where,
            remedy=suggest(decision.positive, classes),
        )
    return classes.index(decision.positive)
