"""How far the steps of a build are, and when the others will be."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..remaining import Remaining, exact
from . import words

Status = Literal["waiting", "running", "done", "failed"]

SHORT = 10.0
"""Seconds. A step that usually takes no longer needs no measuring to be told of."""


@dataclass
class StepState:
    """A step of the build as far as is known.

    Args:
        known: seconds that it took the last time, if it ran here before.
        expected: seconds that are assumed else, to put others in order.
        since: when it started, of ``time.monotonic``.
    """

    name: str
    needs: tuple[str, ...] = ()
    where: str = "worker"
    known: float | None = None
    expected: float = 1.0
    status: Status = "waiting"
    message: str = ""
    since: float = 0.0
    report: tuple[float, float, str] | None = None
    remaining: Remaining = field(default_factory=Remaining)

    def runs(self, before: StepState | None) -> None:
        """It runs from now on, or as it did for the build ``before``, which goes on with it."""
        self.status = "running"
        self.since = before.since if before else time.monotonic()
        self.report = before.report if before else None
        self.remaining = before.remaining if before else Remaining()

    def told(self, done: float, total: float, unit: str) -> None:
        """Takes a report of the running step."""
        self.report = (done, total, unit)
        self.remaining.told(done, total, unit)

    @property
    def left(self) -> float | None:
        """Seconds until it ends, if it runs and that can be said."""
        if self.status != "running":
            return None
        spent = time.monotonic() - self.since
        measured = self.remaining.seconds
        if self.known is not None:
            return max(self.known - spent, measured or 0.0)
        return measured

    @property
    def part(self) -> float | None:
        """The share of it that is done, from 0 to 1."""
        if self.report is None or not self.report[1]:
            return None
        return min(1.0, self.report[0] / self.report[1])

    @property
    def can_be_told(self) -> bool:
        """Whether what is said about its time is more than a guess."""
        if self.status == "running":
            return self.left is not None or self.expected <= SHORT
        return self.known is not None or self.expected <= SHORT

    def text(self) -> str:
        """``Training digits: epoch 3 of 10, 2:13 left``."""
        text = words.doing(self.name)
        if self.status != "running":
            return text
        more = [words.amount(*self.report)] if self.report else []
        if self.left is not None and self.left >= 1:
            more.append(f"{exact(self.left)} left")
        return f"{text}: {', '.join(more)}" if more else text


def forecast(
    steps: Mapping[str, StepState], rank: Callable[[str], Any], jobs: int
) -> dict[str, float]:
    """For each step that is not done the seconds until it will be, if ``jobs`` steps run at once
    and the one of the smallest rank goes first."""
    open_steps = {n: s for n, s in steps.items() if s.status in ("waiting", "running")}
    missing = {n: {m for m in s.needs if m in open_steps} for n, s in open_steps.items()}
    behind: dict[str, list[str]] = {}
    for name, needs in missing.items():
        for needed in needs:
            behind.setdefault(needed, []).append(name)
    ready = [
        (rank(n), n) for n, s in open_steps.items() if s.status == "waiting" and not missing[n]
    ]
    heapq.heapify(ready)
    going = [(_left(s), n) for n, s in open_steps.items() if s.status == "running"]
    heapq.heapify(going)
    busy = sum(open_steps[name].where == "worker" for _, name in going)
    ends: dict[str, float] = {}
    now = 0.0
    while ready or going:
        held = []
        while ready:
            order, name = heapq.heappop(ready)
            if open_steps[name].where != "worker":
                heapq.heappush(going, (now + _seconds(open_steps[name]), name))
            elif busy < jobs:
                busy += 1
                heapq.heappush(going, (now + _seconds(open_steps[name]), name))
            else:
                held.append((order, name))
        ready = held
        heapq.heapify(ready)
        now, name = heapq.heappop(going)
        ends[name] = now
        busy -= open_steps[name].where == "worker"
        for reader in behind.get(name, ()):
            missing[reader].discard(name)
            if not missing[reader] and open_steps[reader].status == "waiting":
                heapq.heappush(ready, (rank(reader), reader))
    return ends


def _seconds(step: StepState) -> float:
    return step.expected if step.known is None else step.known


def _left(step: StepState) -> float:
    if step.left is not None:
        return step.left
    return max(_seconds(step) - (time.monotonic() - step.since), 2.0)


def all_can_be_told(steps: Mapping[str, StepState], names: Collection[str]) -> bool:
    return all(steps[name].can_be_told for name in names if steps[name].status != "done")
