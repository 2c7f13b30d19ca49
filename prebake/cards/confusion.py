"""A confusion matrix."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from .style import FONT, fitted, number, svg, text, width_of

NUMBERED = 20
"""Classes up to which every cell has its number."""
PAIRS = 12
"""How many of the pairs that are confused most are listed where cells have no numbers."""
SIDE = 420
"""Of a heat map, about."""
LABEL = 120
"""The widest a class label gets along an axis."""
NAME = 190
"""The widest a class name gets in the list."""
SHADES = 8
UNDER_NUMBERS = 0.4
"""The opacity of a whole class under its number: ink stays readable on it in either theme."""


def confusion_svg(matrix: Sequence[Sequence[int]], classes: Sequence[str]) -> str:
    """A row for each true class, a column for each answer; the diagonal is what was right.

    With more than 20 classes it is a heat map, and the pairs most often confused are listed.

    Args:
        matrix: counts, ``[true][answer]``.
        classes: their names, in the same order.
    """
    title = _title(matrix)
    if not classes:
        return svg(SIDE, 40, title, [text(0, 20, "There are no classes.")])
    many = len(classes) > NUMBERED
    cell = _cell_size(matrix, many)
    labels = _shortened(classes)
    longest = max(width_of(label) for label in labels)
    upright = not many and longest <= cell - 2
    left = max(longest, width_of("true", bold=True)) + 10
    top = 22 + (FONT + 4 if upright else longest + 8)
    side = cell * len(classes)
    parts = [
        text(left, 14, "answered", "ink bold"),
        text(0, top - (14 if many else 6), "true", "ink bold"),
    ]
    parts += _labels(labels, cell, left, top, upright)
    parts += _heat(matrix, cell, left, top, 1.0 if many else UNDER_NUMBERS)
    parts += [] if many else _numbers(matrix, cell, left, top)
    width, height = left + side + 2, top + side + 2
    if many:
        listed = _pairs(matrix, classes)
        parts += [text(left, height + 26, "Most often confused", "ink bold")] if listed else []
        parts += [text(left, height + 46 + 18 * i, pair) for i, pair in enumerate(listed)]
        height += 40 + 18 * len(listed) if listed else 0
        width = max(width, left + max((width_of(pair) for pair in listed), default=0))
    return svg(math.ceil(width), math.ceil(height), title, parts)


def _shortened(classes: Sequence[str]) -> list[str]:
    """The names as labels; longer ones where they could not be told apart."""
    labels = [fitted(name, LABEL) for name in classes]
    told_apart = len(set(labels)) == len(set(classes))
    return labels if told_apart else [fitted(name, NAME) for name in classes]


def _cell_size(matrix: Sequence[Sequence[int]], many: bool) -> float:
    if many:
        return max(1.0, round(SIDE / len(matrix), 1))
    digits = max(len(f"{count}") for row in matrix for count in row)
    return max(34 - 0.8 * max(0, len(matrix) - 10), 8.6 * digits + 8)


def _labels(
    labels: Sequence[str], cell: float, left: float, top: float, upright: bool
) -> Iterator[str]:
    """The classes along both axes; every so many where they would lie on each other."""
    every = math.ceil((FONT + 1) / cell)
    for i in range(0, len(labels), every):
        middle = (i + 0.5) * cell
        yield text(left - 6, top + middle + 4, labels[i], "end")
        x, y = left + middle, top - 6
        if upright:
            yield text(x, y, labels[i], "mid")
        else:
            turned = f"rotate(-90 {number(x + 4)} {number(y)})"
            yield f'<g transform="{turned}">{text(x + 4, y, labels[i])}</g>'


def _heat(
    matrix: Sequence[Sequence[int]], cell: float, left: float, top: float, strongest: float
) -> Iterator[str]:
    """All cells of one shade as one path: a thousand classes have up to a million of them."""
    shades: dict[tuple[str, int], list[str]] = defaultdict(list)
    for i, row in enumerate(matrix):
        for j, count in enumerate(row):
            if count:
                shade = math.ceil(_strength(count, row) * SHADES)
                shades["hit" if i == j else "miss", shade].append(f"M{j} {i}h1v1h-1z")
    move = f"translate({number(left)} {number(top)}) scale({cell:g})"
    yield f'<g transform="{move}" shape-rendering="crispEdges">'
    for (kind, shade), cells in sorted(shades.items()):
        opacity = f"{strongest * shade / SHADES:g}"
        yield f'<path class="{kind}" fill-opacity="{opacity}" d="{"".join(cells)}"/>'
    yield "</g>"
    yield _grid(len(matrix), cell, left, top, 1 if strongest < 1 else len(matrix))


def _grid(count: int, cell: float, left: float, top: float, every: int) -> str:
    """Lines between the cells, or around all of them."""
    side = number(count * cell)
    steps = [number(i * cell) for i in range(0, count + 1, every)]
    across = "".join(f"M0 {at}h{side}" for at in steps)
    down = "".join(f"M{at} 0v{side}" for at in steps)
    move = f"translate({number(left)} {number(top)})"
    return f'<path class="grid" fill="none" transform="{move}" d="{across}{down}"/>'


def _numbers(
    matrix: Sequence[Sequence[int]], cell: float, left: float, top: float
) -> Iterator[str]:
    for i, row in enumerate(matrix):
        for j, count in enumerate(row):
            if count:
                x, y = left + (j + 0.5) * cell, top + (i + 0.5) * cell + 4
                yield text(x, y, str(count), "mid ink bold" if i == j else "mid ink")


def _strength(count: int, row: Sequence[int]) -> float:
    """How strongly a cell is coloured, 0..1. Rare mistakes are what one looks for, so that it
    goes with the root of their share, and begins where it can be seen."""
    return 0.15 + 0.85 * math.sqrt(count / sum(row))


def confused_pairs(
    matrix: Sequence[Sequence[int]], classes: Sequence[str], most: int = PAIRS
) -> list[dict[str, Any]]:
    """The pairs most often confused: ``label``, ``answer``, ``count`` and ``samples`` of that
    label; the most frequent first."""
    found = [
        (-count, i, j)
        for i, row in enumerate(matrix)
        for j, count in enumerate(row)
        if i != j and count
    ]
    return [
        {"label": classes[i], "answer": classes[j], "count": -count, "samples": sum(matrix[i])}
        for count, i, j in sorted(found)[:most]
    ]


def _pairs(matrix: Sequence[Sequence[int]], classes: Sequence[str]) -> list[str]:
    return [
        f"{fitted(pair['label'], NAME)} read as {fitted(pair['answer'], NAME)}: "
        f"{pair['count']} of {pair['samples']}"
        for pair in confused_pairs(matrix, classes)
    ]


def _title(matrix: Sequence[Sequence[int]]) -> str:
    total = sum(sum(row) for row in matrix)
    right = sum(row[i] for i, row in enumerate(matrix))
    share = f"{right:,} of {total:,} right" if total else "no samples"
    return f"Confusion matrix of {len(matrix)} classes: {share}"
