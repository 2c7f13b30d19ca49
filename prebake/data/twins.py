"""Samples that stand on both sides of a split: a model would be asked what it was told.

Equal samples are found by a hash of their bytes. Near ones are found as photographs are in large
collections: a perceptual hash (64 signs of the lowest cosine frequencies; Zauner, "Implementation
and Benchmarking of Perceptual Image Hash Functions", 2010) names candidates, a thumbnail thins
them out, and the correlation of all pixels decides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from PIL import Image

CHUNK_BYTES = 1 << 24
"""Bytes of tiles read at a time."""
SIDE, LOWEST = 32, 8
"""Pixels of a thumbnail's side, and how many frequencies in each direction its hash is of."""
MOST_BITS = 18
"""Signs of 64 that may differ between candidates; those of unrelated pictures differ in 32 +- 4."""
LENIENT = 0.03
"""How much less alike than their pictures thumbnails may be: shrinking takes noise away, but
takes away the half of a picture that is all that differs as well."""
BLOCK = 512

Read = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Twins:
    """Pairs of samples that are equal, or nearly so; each sample is in one pair at least.

    Args:
        learned: ``int [n]``, samples of an earlier split, to learn from.
        held: ``int [n]``, for each one of a later split, which is measured on.
        likeness: ``float [n]``, the correlation of their pixels; 1 for equal ones.
    """

    learned: np.ndarray
    held: np.ndarray
    likeness: np.ndarray

    def __len__(self) -> int:
        return len(self.held)

    def and_more(self, others: Twins) -> Twins:
        return _joined([self, others])


def find_twins(splits: dict[str, np.ndarray], read: Read, near: float = 1.0) -> Twins:
    """Every sample that has a twin in a later or an earlier split, with its likest one.

    Args:
        splits: for each split the numbers of its samples, the one to learn from first.
        read: from numbers to tiles, ``uint8 [n, h, w, c]``.
        near: the correlation from which two tiles are taken for one; 1 for equal ones alone.
    """
    if len(splits) < 2:
        return NO_TWINS
    prints = {name: _Prints(members, read, near < 1) for name, members in splits.items()}
    found = []
    for first, second in combinations(prints.values(), 2):
        equal = _equal(first, second)
        found.append(equal)
        if near < 1:
            found.append(_near(first, second, equal, read, near))
    return _joined(found)


def without(splits: dict[str, np.ndarray], samples: np.ndarray) -> dict[str, np.ndarray]:
    """The splits without some samples."""
    return {name: members[~np.isin(members, samples)] for name, members in splits.items()}


class _Prints:
    """What is kept of each tile of a split: a digest, and for near twins a thumbnail and the
    signs of its lowest frequencies."""

    def __init__(self, members: np.ndarray, read: Read, near: bool) -> None:
        self.members = members
        self.digests: list[bytes] = []
        self.thumbnails = np.zeros((len(members) if near else 0, SIDE * SIDE), np.uint8)
        for numbers in _chunks(members, read):
            tiles = read(members[numbers])
            self.digests += [hashlib.blake2b(t.tobytes(), digest_size=16).digest() for t in tiles]
            if near:
                self.thumbnails[numbers] = [_thumbnail(tile) for tile in tiles]

    def signs(self) -> np.ndarray:
        """``float32 [n, 64]`` of -1 and 1: products of two rows count the signs they share."""
        waves = _cosines()
        pictures = self.thumbnails.reshape(-1, SIDE, SIDE).astype(np.float32)
        lowest = (waves @ pictures @ waves.T).reshape(len(pictures), -1)
        return np.where(lowest > np.median(lowest, axis=1, keepdims=True), 1, -1).astype(np.float32)


def _equal(first: _Prints, second: _Prints) -> Twins:
    """As many pairs as it takes to name each equal sample of either split once."""
    own: dict[bytes, list[int]] = {}
    for digest, number in zip(first.digests, first.members, strict=True):
        own.setdefault(digest, []).append(int(number))
    others: dict[bytes, list[int]] = {}
    for digest, number in zip(second.digests, second.members, strict=True):
        if digest in own:
            others.setdefault(digest, []).append(int(number))
    pairs = [
        (own[digest][min(i, len(own[digest]) - 1)], held[min(i, len(held) - 1)])
        for digest, held in others.items()
        for i in range(max(len(own[digest]), len(held)))
    ]
    table = np.array(pairs, np.int64).reshape(-1, 2)
    return Twins(table[:, 0], table[:, 1], np.ones(len(table)))


def _near(first: _Prints, second: _Prints, equal: Twins, read: Read, near: float) -> Twins:
    """Each sample of either split with the one of the other that looks most like it, if all
    their pixels agree."""
    pairs = _candidates(first, second, near - LENIENT)
    a, b = first.members[pairs[:, 0]], second.members[pairs[:, 1]]
    new = ~(np.isin(a, equal.learned) & np.isin(b, equal.held))
    a, b = a[new], b[new]
    likeness = np.empty(len(a))
    for numbers in _chunks(a, read):
        likeness[numbers] = correlation(_rows(read(a[numbers])), _rows(read(b[numbers])))
    same = likeness >= near
    return Twins(a[same], b[same], likeness[same])


def _candidates(first: _Prints, second: _Prints, least: float) -> np.ndarray:
    """``int [n, 2]``: places in both splits. For each place the likest thumbnail of the other."""
    own, others = first.signs(), second.signs()
    best = [np.full(len(own), -1.0), np.full(len(others), -1.0)]
    partner = [np.zeros(len(own), np.int64), np.zeros(len(others), np.int64)]
    for start in range(0, len(own), BLOCK):
        shared = own[start : start + BLOCK] @ others.T
        rows, columns = np.nonzero(shared >= 64 - 2 * MOST_BITS)
        rows += start
        for at in range(0, len(rows), 1 << 14):
            i, j = rows[at : at + (1 << 14)], columns[at : at + (1 << 14)]
            alike = correlation(first.thumbnails[i], second.thumbnails[j])
            for side, (mine, theirs) in enumerate(((i, j), (j, i))):
                # The last assignment of several counts: the likest of this batch.
                order = np.argsort(alike, kind="stable")
                order = order[alike[order] > best[side][mine[order]]]
                best[side][mine[order]] = alike[order]
                partner[side][mine[order]] = theirs[order]
    forth, back = (np.flatnonzero(each >= least) for each in best)
    pairs = [np.stack([forth, partner[0][forth]], 1), np.stack([partner[1][back], back], 1)]
    return np.unique(np.concatenate(pairs), axis=0)


def correlation(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Pearson's, of each row with the row beside it; 0 where a row is all one value.

    Args:
        first: numbers ``[n, k]``.
        second: the same shape.
    """
    a, b = first.astype(np.float64), second.astype(np.float64)
    a -= a.mean(1, keepdims=True)
    b -= b.mean(1, keepdims=True)
    norms = np.sqrt((a * a).sum(1) * (b * b).sum(1))
    return np.divide((a * b).sum(1), norms, out=np.zeros(len(a)), where=norms > 0)


def _rows(tiles: np.ndarray) -> np.ndarray:
    return tiles.reshape(len(tiles), -1)


def _thumbnail(tile: np.ndarray) -> np.ndarray:
    """``uint8 [1024]``, grey."""
    picture = Image.fromarray(tile[:, :, 0] if tile.shape[2] == 1 else tile).convert("L")
    return np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BOX)).ravel()


def _cosines() -> np.ndarray:
    """``float32 [8, 32]``: the lowest waves of the cosine transform but the constant one."""
    places = (np.arange(SIDE) + 0.5) / SIDE
    return np.cos(np.pi * np.outer(np.arange(1, LOWEST + 1), places)).astype(np.float32)


def _chunks(members: np.ndarray, read: Read) -> list[slice]:
    if not len(members):
        return []
    count = max(1, CHUNK_BYTES // read(members[:1]).nbytes)
    return [slice(start, start + count) for start in range(0, len(members), count)]


def _joined(found: list[Twins]) -> Twins:
    none = np.empty(0, np.int64)
    return Twins(
        np.concatenate([none, *(each.learned for each in found)]),
        np.concatenate([none, *(each.held for each in found)]),
        np.concatenate([np.empty(0), *(each.likeness for each in found)]),
    )


NO_TWINS = _joined([])
