"""The curves of a training."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from .style import line, number, svg, text, width_of

WIDTH, HEIGHT = 440, 190
"""Of one panel; the second stands below the first, so that both can be read on a telephone."""
TOP, BOTTOM = 34, 30
LABEL = 15
"""From one label at the end of a line to the next."""
KINDS = {"train": "training", "held": "validation"}
VALIDATION = "val_"


def curves_svg(history: Mapping[str, Sequence[float]], best_epoch: int | None) -> str:
    """Loss and the first other metric, for training and validation.

    Args:
        history: for each metric its value after each epoch; validation's begin with ``val_``.
            What is not finite leaves a gap.
        best_epoch: whose weights were kept, counted from 1; None to mark none.
    """
    names = [name for name in history if not name.startswith(VALIDATION)]
    shown = [name for name in names if name == "loss"]
    shown += [name for name in names if name != "loss"][:1]
    metrics = [Metric.of(name, history) for name in shown]
    left = max((width_of(word) for m in metrics for word in m.tick_words()), default=0) + 8
    right = max((width_of(w, bold=True) for m in metrics for w in m.end_words()), default=0) + 12
    parts: list[str] = []
    for i, metric in enumerate(metrics):
        parts.append(f'<g transform="translate(0 {i * HEIGHT})">')
        parts += Panel(metric, left, WIDTH - right).draw(best_epoch)
        parts.append("</g>")
    if not metrics:
        parts = [text(0, HEIGHT / 2, "Nothing was noted.")]
    return svg(WIDTH, HEIGHT * max(1, len(metrics)), _title(metrics), parts)


@dataclass(frozen=True)
class Metric:
    """One metric over the epochs.

    Args:
        lines: by kind (``train``, ``held``) the value after each epoch; only those that there are.
        ticks: the values with a line across; the first and last are the ends of the scale.
    """

    name: str
    lines: dict[str, list[float]]
    epochs: int
    ticks: list[float]

    @classmethod
    def of(cls, name: str, history: Mapping[str, Sequence[float]]) -> Metric:
        given = {"train": history.get(name, ()), "held": history.get(f"{VALIDATION}{name}", ())}
        lines = {
            kind: [float(v) for v in each] for kind, each in given.items() if any(map(known, each))
        }
        values = [v for each in lines.values() for v in each if known(v)]
        epochs = max((len(each) for each in lines.values()), default=0)
        return cls(name, lines, epochs, _scale(values or [0.0, 1.0]))

    def last(self, kind: str) -> float:
        return next(value for value in reversed(self.lines[kind]) if known(value))

    def tick_words(self) -> list[str]:
        if self._small_or_large():
            return [f"{tick:g}" for tick in self.ticks]
        places = _places(self.ticks[1] - self.ticks[0])
        return [f"{tick:.{places}f}" for tick in self.ticks]

    def end_words(self) -> list[str]:
        """For each line its kind and its last value, with about four digits."""
        if self._small_or_large():
            return [f"{KINDS[kind]} {self.last(kind):.3g}" for kind in self.lines]
        digits = 3 - math.floor(math.log10(self._largest()))
        places = max(min(digits, 4), _places(self.ticks[1] - self.ticks[0]))
        return [f"{KINDS[kind]} {self.last(kind):.{places}f}" for kind in self.lines]

    def _largest(self) -> float:
        return max(abs(tick) for tick in self.ticks)

    def _small_or_large(self) -> bool:
        return not 1e-3 <= self._largest() < 1e5


@dataclass(frozen=True)
class Panel:
    """A metric between its scale on the left and the words at the ends of its lines."""

    metric: Metric
    left: float
    right: float

    def x(self, epoch: float) -> float:
        epochs = self.metric.epochs
        part = (epoch - 1) / (epochs - 1) if epochs > 1 else 1.0
        return self.left + part * (self.right - self.left)

    def y(self, value: float) -> float:
        low, high = self.metric.ticks[0], self.metric.ticks[-1]
        return HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - BOTTOM - TOP)

    def draw(self, best_epoch: int | None) -> list[str]:
        metric = self.metric
        parts = [text(0, 16, metric.name, "ink bold")]
        if not metric.lines:
            return [*parts, text(self.left, HEIGHT / 2, "no number was noted")]
        for value, words in zip(metric.ticks, metric.tick_words(), strict=True):
            parts.append(line(self.left, self.y(value), self.right, self.y(value)))
            parts.append(text(self.left - 6, self.y(value) + 4, words, "end"))
        for epoch in _epochs(metric.epochs):
            parts.append(text(self.x(epoch), HEIGHT - 10, str(epoch), "mid"))
        parts.append(text(WIDTH, HEIGHT - 10, "epoch", "end"))
        if best_epoch and best_epoch <= metric.epochs:
            parts += self._best(best_epoch)
        for kind, values in metric.lines.items():
            parts += self._curve(kind, values)
        return parts + self._labels()

    def _best(self, epoch: int) -> list[str]:
        at, words = self.x(epoch), f"kept: epoch {epoch}"
        half = width_of(words) / 2
        name = width_of(self.metric.name, bold=True)
        middle = min(max(at, name + 12 + half), WIDTH - half)
        return [
            line(at, TOP - 10, at, HEIGHT - BOTTOM, "mark"),
            text(middle, 16, words, "mid"),
        ]

    def _curve(self, kind: str, values: Sequence[float]) -> Iterator[str]:
        for start, run in _runs(values):
            if len(run) == 1:
                at = f'cx="{number(self.x(start))}" cy="{number(self.y(run[0]))}"'
                yield f'<circle class="{kind}" {at} r="3"/>'
                continue
            points = " ".join(
                f"{number(self.x(start + i))},{number(self.y(value))}"
                for i, value in enumerate(run)
            )
            yield f'<polyline class="line {kind}" points="{points}"/>'

    def _labels(self) -> list[str]:
        """The words at the ends of the lines, moved apart where they would meet."""
        words = dict(zip(self.metric.lines, self.metric.end_words(), strict=True))
        kinds = sorted(words, key=lambda kind: -self.metric.last(kind))
        ends = [self.y(self.metric.last(kind)) for kind in kinds]
        return [
            text(self.right + 8, y + 4, words[kind], f"{kind} bold")
            for kind, y in zip(kinds, _apart(ends), strict=True)
        ]


def known(value: float) -> bool:
    """Whether it can be drawn: neither NaN nor infinite, nor so large that it is as good as."""
    return abs(value) < 1e30


def _runs(values: Sequence[float]) -> Iterator[tuple[int, list[float]]]:
    """Each unbroken run of finite values with the epoch that it begins with."""
    run: list[float] = []
    for epoch, value in enumerate([*values, math.nan], start=1):
        if known(value):
            run.append(value)
        elif run:
            yield epoch - len(run), run
            run = []


def _scale(values: Sequence[float]) -> list[float]:
    """Three to seven round numbers that the values lie between; from 0 if that is near."""
    low, high = min(values), max(values)
    if 0 <= low < 0.4 * high:
        low = 0.0
    # At least a hundredth of the value: a line that hardly moves shall look like one.
    span = max(high - low, 0.01 * max(abs(low), abs(high))) or 1.0
    low, high = (low + high - span) / 2, (low + high + span) / 2
    power = 10.0 ** math.floor(math.log10(span / 4))
    step = next(s * power for s in (1, 2, 2.5, 5, 10) if s * power > span / 4.000001)
    first, last = math.floor(low / step + 1e-6), math.ceil(high / step - 1e-6)
    return [float(f"{i * step:.10g}") for i in range(first, max(last, first + 2) + 1)]


def _places(step: float) -> int:
    """Decimal places that a multiple of a step needs."""
    return next((places for places in range(9) if abs(round(step, places) - step) < step * 1e-6), 9)


def _epochs(count: int) -> list[int]:
    """The first epoch and at most five round ones."""
    power = 10 ** max(0, math.floor(math.log10(count / 5)))
    step = next(s * power for s in (1, 2, 5, 10) if s * power >= count / 5)
    return sorted({1, *range(step, count + 1, step)})


def _apart(ends: Sequence[float]) -> list[float]:
    """Where the labels of one or two lines go, the upper one first."""
    if len(ends) < 2 or ends[1] - ends[0] >= LABEL:
        return list(ends)
    middle = (ends[0] + ends[1]) / 2
    middle = min(max(middle, TOP + LABEL / 2), HEIGHT - BOTTOM - LABEL / 2)
    return [middle - LABEL / 2, middle + LABEL / 2]


def _title(metrics: Sequence[Metric]) -> str:
    said = [f"{metric.name} {words}" for metric in metrics for words in metric.end_words()]
    epochs = max((metric.epochs for metric in metrics), default=0)
    return f"Curves of the training over {epochs} epochs: {', '.join(said) or 'nothing noted'}"
