"""Samples that stand on both sides of a split: a model would be asked what it was told.

Equal samples are found by a hash of their bytes. Near ones are found as photographs are in large
collections: a perceptual hash (64 signs of the lowest cosine frequencies; Zauner, "Implementation
and Benchmarking of Perceptual Image Hash Functions", 2010) names candidates, a thumbnail thins
them out, and the correlation of all pixels decides. Where most pairs are candidates, as among
photographs of one product, both are first computed in float32, as products of matrices; only what
comes near to counting is computed exactly.
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
DENSE = 1 / 64
"""The part of all pairs from which a product of matrices is faster than the candidates alone."""
ROUNDED = 1e-3
"""By how much a correlation in float32 may be wrong, with much to spare."""

Read = Callable[[np.ndarray], np.ndarray]
Report = Callable[[int, int, str], None]


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


def find_twins(
    splits: dict[str, np.ndarray],
    read: Read,
    near: float = 1.0,
    report: Report = lambda done, total, unit: None,
) -> Twins:
    """Every sample that has a twin in a later or an earlier split, with its likest one.

    Args:
        splits: for each split the numbers of its samples, the one to learn from first.
        read: from numbers to tiles, ``uint8 [n, h, w, c]``.
        near: the correlation from which two tiles are taken for one; 1 for equal ones alone.
        report: is told how many samples were looked at.
    """
    if len(splits) < 2:
        return NO_TWINS
    total, done = sum(map(len, splits.values())), 0
    prints = []
    for members in splits.values():

        def looked(count: int, before: int = done) -> None:
            report(before + count, total, "compared")

        prints.append(_Prints(members, read, near < 1, looked))
        done += len(members)
    found = []
    for first, second in combinations(prints, 2):
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

    def __init__(
        self, members: np.ndarray, read: Read, near: bool, looked: Callable[[int], None]
    ) -> None:
        self.members = members
        self.digests: list[bytes] = []
        self.thumbnails = np.zeros((len(members) if near else 0, SIDE * SIDE), np.uint8)
        for numbers in _chunks(members, read):
            tiles = read(members[numbers])
            self.digests += [hashlib.blake2b(t.tobytes(), digest_size=16).digest() for t in tiles]
            if near:
                self.thumbnails[numbers] = [_thumbnail(tile) for tile in tiles]
            looked(len(self.digests))

    def signs(self) -> np.ndarray:
        """``float32 [n, 64]`` of -1 and 1: products of two rows count the signs they share."""
        waves = _cosines()
        pictures = self.thumbnails.reshape(-1, SIDE, SIDE).astype(np.float32)
        lowest = (waves @ pictures @ waves.T).reshape(len(pictures), -1)
        return np.where(lowest > np.median(lowest, axis=1, keepdims=True), 1, -1).astype(np.float32)

    def scaled(self) -> np.ndarray:
        """``float32 [n, 1024]``: products of two rows are the correlation of the thumbnails."""
        rows = self.thumbnails.astype(np.float32)
        rows -= rows.mean(1, keepdims=True)
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0)


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
    likeness = np.zeros(len(a))
    for numbers in _chunks(a, read):
        mine, theirs = _rows(read(a[numbers])), _rows(read(b[numbers]))
        close = np.flatnonzero(roughly(mine, theirs) >= near - ROUNDED)
        likeness[numbers.start + close] = correlation(mine[close], theirs[close])
    same = likeness >= near
    return Twins(a[same], b[same], likeness[same])


def _candidates(first: _Prints, second: _Prints, least: float) -> np.ndarray:
    """``int [n, 2]``: places in both splits. For each place the likest thumbnail of the other."""
    own, others = first.signs(), second.signs()
    best = [np.full(len(own), -1.0), np.full(len(others), -1.0)]
    partner = [np.zeros(len(own), np.int64), np.zeros(len(others), np.int64)]
    scaled: tuple[np.ndarray, np.ndarray] | None = None
    for start in range(0, len(own), BLOCK):
        mask = own[start : start + BLOCK] @ others.T >= 64 - 2 * MOST_BITS
        if mask.mean() > DENSE:
            scaled = scaled or (first.scaled(), second.scaled())
            alike = scaled[0][start : start + BLOCK] @ scaled[1].T
            mask &= _worth(np.where(mask, alike, -1), best[1], least)
        rows, columns = np.nonzero(mask)
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


def _worth(alike: np.ndarray, best: np.ndarray, least: float) -> np.ndarray:
    """Which pairs may be the likest of their row or column: ``bool [n, m]``.

    Args:
        alike: correlations, roughly, ``float32 [n, m]``.
        best: for each column the highest correlation so far.
        least: that matters.
    """
    rows = alike.max(1, keepdims=True)
    columns = np.maximum(alike.max(0), best)
    likest = (alike >= rows - ROUNDED) | (alike >= columns - ROUNDED)
    return np.asarray(likest & (alike >= least - ROUNDED))


def roughly(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """As :func:`correlation`, within ``ROUNDED``, for ``uint8 [n, k]`` and in a tenth of the
    time."""
    alike = np.zeros(len(first), np.float32)
    for number, pair in enumerate(zip(first, second, strict=True)):
        a, b = (row.astype(np.float32) for row in pair)
        a -= a.mean()
        b -= b.mean()
        norm = np.sqrt((a @ a) * (b @ b))
        alike[number] = a @ b / norm if norm > 0 else 0
    return alike


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
