"""Samples that stand on both sides of a split: a model would be asked what it was told."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

CHUNK = 1024
"""Tiles read at a time."""


@dataclass(frozen=True)
class Twins:
    """Pairs of equal tiles.

    Args:
        kept: ``int [n]``, samples of the split that is measured on.
        other: ``int [n]``, for each an equal sample of an earlier split.
    """

    kept: np.ndarray
    other: np.ndarray

    def __len__(self) -> int:
        return len(self.kept)


def find_twins(splits: dict[str, np.ndarray], read: Callable[[np.ndarray], np.ndarray]) -> Twins:
    """Every sample that equals one of a later split, pixel by pixel.

    Args:
        splits: for each split the numbers of its samples, the one to learn from first.
        read: from numbers to tiles, ``uint8 [n, h, w, c]``.
    """
    if len(splits) < 2:
        return Twins(np.empty(0, np.int64), np.empty(0, np.int64))
    seen: dict[bytes, list[int]] = {}
    pairs: list[tuple[int, int]] = []
    for members in splits.values():
        here: list[tuple[bytes, int]] = []
        for digest, number in _digests(members, read):
            pairs += [(number, earlier) for earlier in seen.get(digest, ())]
            here.append((digest, number))
        for digest, number in here:
            seen.setdefault(digest, []).append(number)
    table = np.array(pairs, np.int64).reshape(-1, 2)
    return Twins(table[:, 0], table[:, 1])


def without(splits: dict[str, np.ndarray], twins: Twins) -> dict[str, np.ndarray]:
    """The splits without the samples that a later split has as well."""
    gone = np.unique(twins.other)
    return {name: members[~np.isin(members, gone)] for name, members in splits.items()}


def _digests(members: np.ndarray, read: Callable[[np.ndarray], np.ndarray]) -> list:
    found: list[tuple[bytes, int]] = []
    for start in range(0, len(members), CHUNK):
        numbers = members[start : start + CHUNK]
        tiles = read(numbers)
        found += [
            (hashlib.blake2b(tile.tobytes(), digest_size=16).digest(), int(number))
            for tile, number in zip(tiles, numbers, strict=True)
        ]
    return found
