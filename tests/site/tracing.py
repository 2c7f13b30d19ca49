"""From a bitmap of a drawing to strokes: thinned to lines of one pixel, then followed.

Thinning is that of Zhang and Suen, "A fast parallel algorithm for thinning digital patterns",
Communications of the ACM 27 (1984).
"""

from __future__ import annotations

import numpy as np

Point = tuple[float, float]
_AROUND = [(-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1)]
_STRAIGHT_FIRST = sorted(_AROUND, key=lambda step: abs(step[0]) + abs(step[1]))


def trace(bitmap: np.ndarray) -> list[list[Point]]:
    """Strokes in parts of the side, 0 to 1.

    Args:
        bitmap: ``uint8 [h, w]``, ink is bright.
    """
    lines = follow(thin(bitmap > 96))
    height, width = bitmap.shape
    return [[((x + 0.5) / width, (y + 0.5) / height) for y, x in line] for line in lines]


def thin(ink: np.ndarray) -> np.ndarray:
    """Lines of one pixel in the middle of the ink."""
    ink = np.pad(ink, 1).astype(np.uint8)
    while True:
        before = ink.copy()
        for first in (True, False):
            p = [np.roll(ink, (-dy, -dx), (0, 1)) for dy, dx in _AROUND]
            count = sum(each.astype(int) for each in p)
            turns = zip(p, p[1:] + p[:1], strict=True)
            rises = sum(((a == 0) & (b == 1)).astype(int) for a, b in turns)
            north, east, south, west = p[0], p[2], p[4], p[6]
            if first:
                sides = (north * east * south == 0) & (east * south * west == 0)
            else:
                sides = (north * east * west == 0) & (north * south * west == 0)
            gone = (ink == 1) & (count >= 2) & (count <= 6) & (rises == 1) & sides
            ink[gone] = 0
        if np.array_equal(ink, before):
            return ink[1:-1, 1:-1].astype(bool)


def follow(lines: np.ndarray) -> list[list[tuple[int, int]]]:
    """Each pixel in one stroke, from the ends of lines on; where one meets another they touch."""
    left = {(int(y), int(x)) for y, x in np.argwhere(lines)}
    everything = set(left)

    def around(place: tuple[int, int], among: set) -> list[tuple[int, int]]:
        y, x = place
        return [(y + dy, x + dx) for dy, dx in _STRAIGHT_FIRST if (y + dy, x + dx) in among]

    strokes = []
    while left:
        start = min(left, key=lambda place: (len(around(place, left)), place))
        stroke = [start]
        left.discard(start)
        joined = [p for p in around(start, everything) if p not in left]
        while following := around(stroke[-1], left):
            stroke.append(following[0])
            left.discard(following[0])
        if len(stroke) > 2:
            ends = [p for p in around(stroke[-1], everything) if p not in stroke[-3:]]
            stroke = joined[:1] + stroke + ends[:1]
        strokes.append(stroke)
    return strokes
