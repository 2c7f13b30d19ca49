"""The curves of a training."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from .style import line, svg, text

WIDTH, HEIGHT = 340, 220
LEFT, RIGHT, TOP, BOTTOM = 46, 74, 30, 34
LABEL_HEIGHT = 15
Place = Callable[[float], float]


def curves_svg(history: Mapping[str, Sequence[float]], best_epoch: int | None) -> str:
    """Loss and the first other metric, for training and validation.

    Args:
        history: for each metric its value after each epoch; validation's begin with ``val_``.
        best_epoch: whose weights were kept, counted from 1; None to mark none.
    """
    names = [name for name in history if not name.startswith("val_")]
    metrics = ["loss"] if "loss" in names else []
    metrics += [name for name in names if name != "loss"][:1]
    parts: list[str] = []
    for i, metric in enumerate(metrics):
        lines = [history[metric], history.get(f"val_{metric}", [])]
        parts.append(f'<g transform="translate({i * WIDTH} 0)">')
        parts += _panel(metric, lines, best_epoch)
        parts.append("</g>")
    width = WIDTH * max(1, len(metrics))
    return svg(width, HEIGHT, "Curves of the training, by epoch", parts)


def _panel(metric: str, lines: Sequence[Sequence[float]], best_epoch: int | None) -> list[str]:
    values = [v for each in lines for v in each if math.isfinite(v)]
    epochs = max((len(each) for each in lines), default=0)
    parts = [text(LEFT, 18, metric, "strong")]
    if not values:
        return [*parts, text(LEFT, HEIGHT / 2, "nothing was noted")]
    low, high = _range(metric, values)
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM

    def x(epoch: float) -> float:
        return LEFT + (epoch - 1) / max(1, epochs - 1) * (right - LEFT)

    def y(value: float) -> float:
        return bottom - (value - low) / (high - low) * (bottom - TOP)

    for part in (0, 0.5, 1):
        value = low + part * (high - low)
        parts += [line(LEFT, y(value), right, y(value))]
        parts += [text(LEFT - 6, y(value) + 4, _spell(value), anchor="end")]
    for epoch in _ticks(epochs):
        parts.append(text(x(epoch), HEIGHT - 14, str(epoch), anchor="middle"))
    parts.append(text(right + 8, HEIGHT - 14, "epoch"))
    if best_epoch and best_epoch <= epochs:
        parts.append(line(x(best_epoch), TOP, x(best_epoch), bottom))
        parts.append(text(x(best_epoch), TOP - 6, "kept", anchor="middle"))
    return parts + _lines(lines, x, y)


def _lines(lines: Sequence[Sequence[float]], x: Place, y: Place) -> list[str]:
    parts, ends = [], []
    for each, kind, name in zip(lines, "ab", ("train", "held"), strict=True):
        known = [(i + 1, v) for i, v in enumerate(each) if math.isfinite(v)]
        if not known:
            continue
        corners = " ".join(f"{x(epoch):.1f},{y(value):.1f}" for epoch, value in known)
        parts.append(f'<polyline class="line {kind}" points="{corners}"/>')
        if len(known) == 1:
            parts.append(
                f'<circle class="{kind}" cx="{x(1):.1f}" cy="{y(known[0][1]):.1f}" r="3"/>'
            )
        ends.append((y(known[-1][1]), kind, f"{name} {_spell(known[-1][1])}"))
    ends.sort()
    lowest = -math.inf
    for at, kind, label in ends:
        lowest = max(at + 4, lowest + LABEL_HEIGHT)
        parts.append(text(WIDTH - RIGHT + 8, lowest, label, f"{kind} label"))
    return parts


def _range(metric: str, values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    if metric == "loss" and low >= 0:
        low = 0.0
    if high - low < 1e-9:
        high = low + (abs(low) or 1.0) * 0.1
    return low, high


def _ticks(epochs: int) -> list[int]:
    step = max(1, math.ceil((epochs - 1) / 5))
    return list(range(1, epochs + 1, step))


def _spell(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 0.1 else f"{value:.3f}".rstrip("0").rstrip(".")
