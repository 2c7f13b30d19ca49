"""A confusion matrix."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..data.contact import shortened
from .style import svg, text

NUMBERED = 20
"""Classes up to which every cell has its number."""
PAIRS = 15


def confusion_svg(matrix: Sequence[Sequence[int]], classes: Sequence[str]) -> str:
    """A row for each true class, a column for each answer; the diagonal is what was right.

    With more than 20 classes it is a heat map, and the pairs most often confused are listed.

    Args:
        matrix: counts, ``[true][answer]``.
        classes: their names, in the same order.
    """
    many = len(classes) > NUMBERED
    cell = 34.0 if not many else max(3.0, 480 / len(classes))
    names = [shortened(name, 14) for name in classes]
    label = 12 + 7 * max(len(name) for name in names) if not many else 20
    side = cell * len(classes)
    left, top = label, label + 18
    parts = [text(left, 14, "answer →", "strong"), text(4, top - 6, "true ↓", "strong")]
    if not many:
        parts += _labels(names, left, top, cell)
    for i, row in enumerate(matrix):
        total = sum(row) or 1
        for j, count in enumerate(row):
            parts += _cell(i, j, count, total, left + j * cell, top + i * cell, cell, not many)
    width, height = left + side + 8, top + side + 8
    if many:
        listed = _pairs(matrix, classes)
        parts.append(text(width + 16, top + 8, "Most often confused", "strong"))
        parts += [text(width + 16, top + 30 + 18 * i, pair) for i, pair in enumerate(listed)]
        width += 40 + 7 * max((len(pair) for pair in listed), default=20)
        height = max(height, top + 40 + 18 * len(listed))
    return svg(math.ceil(width), math.ceil(height), "Confusion matrix", parts)


def _labels(names: Sequence[str], left: float, top: float, cell: float) -> list[str]:
    parts = []
    for i, name in enumerate(names):
        middle = (i + 0.5) * cell
        parts.append(text(left - 6, top + middle + 4, name, anchor="end"))
        x, y = left + middle + 4, top - 6
        parts.append(f'<g transform="rotate(-90 {x:.1f} {y:.1f})">{text(x, y, name)}</g>')
    return parts


def _cell(
    i: int, j: int, count: int, total: int, x: float, y: float, cell: float, numbered: bool
) -> list[str]:
    if count == 0:
        return []
    # Rare mistakes are what one looks for, so that the scale is not linear.
    strength = math.sqrt(count / total)
    kind = "hit" if i == j else "miss"
    size = cell - (1 if cell > 6 else 0)
    parts = [
        f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{size:.1f}" height="{size:.1f}" '
        f'fill-opacity="{max(0.08, strength):.2f}"/>'
    ]
    if numbered:
        over = "on label" if strength > 0.6 else "strong"
        parts.append(text(x + cell / 2, y + cell / 2 + 4, f"{count}", over, "middle"))
    return parts


def _pairs(matrix: Sequence[Sequence[int]], classes: Sequence[str]) -> list[str]:
    found = [
        (-count, i, j)
        for i, row in enumerate(matrix)
        for j, count in enumerate(row)
        if i != j and count
    ]
    return [
        f"{shortened(classes[i], 18)} read as {shortened(classes[j], 18)}: {-count}"
        for count, i, j in sorted(found)[:PAIRS]
    ]
