"""In which order samples are packed, and which of them are held out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def stratified_order(labels: np.ndarray, seed: int) -> np.ndarray:
    """A shuffle in which every prefix holds each class in proportion.

    Each class is shuffled and its samples are spread evenly over 0..1, each class from a
    start of its own; sorting by that place interleaves them. In the first k samples a class
    with a share p stands p·k times, give or take one.

    Args:
        labels: ``int [n]``.
        seed: of the shuffle.

    Returns:
        ``int64 [n]``, a permutation.
    """
    random = np.random.default_rng(seed)
    place = np.empty(len(labels), np.float64)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        shift = random.random()
        place[random.permutation(members)] = (np.arange(len(members)) + shift) / len(members)
    return np.argsort(place, kind="stable")


def hold_out(
    labels: np.ndarray, groups: Sequence[str] | np.ndarray | None, part: float, seed: int
) -> np.ndarray:
    """Which samples are held out for testing: about ``part`` of every class.

    With groups, whole groups are: they are visited in a seeded order, largest first, and one is
    taken when that brings the held-out counts of the classes nearer to their goals. Then single
    groups change sides, and pairs change places, as long as that brings them nearer still. Where
    that leaves a class on one side only, and there are not too many groups, all divisions are
    tried.

    Args:
        labels: ``int [n]``.
        groups: for each sample what it belongs to, or None.
        part: 0 to 1.
        seed: of the order.

    Returns:
        ``bool [n]``, true for held out.
    """
    random = np.random.default_rng(seed)
    held = np.zeros(len(labels), bool)
    if groups is None:
        for label in np.unique(labels):
            members = random.permutation(np.flatnonzero(labels == label))
            held[members[: _at_least_one(len(members), part)]] = True
        return held
    names, group_of = np.unique(np.asarray(groups), return_inverse=True)
    classes = int(labels.max()) + 1
    counts = np.zeros((len(names), classes), np.int64)
    np.add.at(counts, (group_of, labels), 1)
    goal = np.bincount(labels, minlength=classes) * part
    order = random.permutation(len(names))
    order = order[np.argsort(-counts[order].sum(axis=1), kind="stable")]
    sofar = np.zeros(classes)
    taken = np.zeros(len(names), bool)
    for group in order:
        if _distance(sofar + counts[group], goal) < _distance(sofar, goal):
            sofar += counts[group]
            taken[group] = True
    taken[order] = _improved(taken[order], counts[order], goal)
    sofar = counts[taken].sum(0)
    held = taken[group_of]
    if not _on_both_sides(sofar, counts).all():
        whole = _nearest_division(counts[order], goal)
        if whole is not None:
            held = np.isin(group_of, order[whole])
    return held


MOST_PAIRED = 2000
"""Groups up to which all pairs are looked at."""


def _improved(taken: np.ndarray, counts: np.ndarray, goal: np.ndarray) -> np.ndarray:
    """A division from which no group can change sides, and no two their places, and bring the
    held-out counts nearer to the goal.

    Args:
        taken: ``bool [groups]``, the division to start from.
        counts: ``int [groups, classes]``.
        goal: ``float [classes]``.

    Returns:
        ``bool [groups]``.
    """
    taken = taken.copy()
    held = counts[taken].sum(0).astype(float)
    # Each step makes a distance of finitely many smaller, so that it ends; most take a few.
    while True:
        change = np.where(taken[:, None], -counts, counts)
        distances = _distances(held + change, goal)
        best = [int(distances.argmin())]
        nearest = float(distances.min())
        if len(taken) <= MOST_PAIRED:
            for group in np.flatnonzero(taken):
                others = np.where(taken, np.inf, _distances(held + change[group] + change, goal))
                if others.min() < nearest - _LEAST:
                    nearest, best = float(others.min()), [int(group), int(others.argmin())]
        if nearest >= _distance(held, goal) - _LEAST:
            return taken
        held += change[best].sum(0)
        taken[best] ^= True


_LEAST = 1e-9
"""What counts as nearer, whatever the order in which numbers are added."""


MOST_TRIED = 16
"""Groups of which all divisions are tried: some 65,000."""


def _on_both_sides(held: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Of which held-out counts, ``[…, classes]``, a class is on both sides, or nowhere."""
    total = counts.sum(0)
    return ((held > 0) & (held < total)) | (total == 0)


def _nearest_division(counts: np.ndarray, goal: np.ndarray) -> np.ndarray | None:
    """Which groups to hold out so that every class is on both sides, as near to the goal as whole
    groups come; None if there is no such division, or too many to try.

    Args:
        counts: ``int [groups, classes]``.
        goal: ``float [classes]``.

    Returns:
        ``bool [groups]``.
    """
    if len(counts) > MOST_TRIED:
        return None
    chosen = np.arange(1 << len(counts))[:, None] >> np.arange(len(counts)) & 1
    held = chosen @ counts
    possible = _on_both_sides(held, counts).all(1)
    if not possible.any():
        return None
    distances = _distances(held, goal)
    return chosen[np.where(possible, distances, np.inf).argmin()].astype(bool)


def _at_least_one(count: int, part: float) -> int:
    """Of two samples or more, one is held out and one is not."""
    return min(max(1, round(count * part)), count - 1) if count > 1 else 0


def _distances(counts: np.ndarray, goal: np.ndarray) -> np.ndarray:
    """Of each row, ``[n, classes]``, the distance from the goal."""
    return np.asarray(((counts - goal) ** 2 / np.maximum(goal, 1)).sum(1))


def _distance(counts: np.ndarray, goal: np.ndarray) -> float:
    return float(((counts - goal) ** 2 / np.maximum(goal, 1)).sum())
