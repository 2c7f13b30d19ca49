"""Which of the steps that could run comes first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from .step import Step

Rank = tuple[float, ...]
"""The smaller one goes first."""


class Order(Protocol):
    def rank(self, name: str) -> Rank:
        """Where the step of this name stands now."""

    def done(self, name: str) -> None:
        """The step of this name has its result."""


class LongestChainFirst:
    """The step on which the longest chain of work hangs goes first, so that the whole build ends
    soonest.

    Args:
        steps: each behind those whose outputs it reads.
        seconds: how long a step will probably take.
    """

    def __init__(self, steps: Sequence[Step], seconds: Callable[[Step], float]) -> None:
        behind: dict[str, float] = {}
        self._chain: dict[str, float] = {}
        for step in reversed(steps):
            chain = seconds(step) + behind.get(step.name, 0.0)
            self._chain[step.name] = chain
            for needed in step.needs():
                behind[needed] = max(behind.get(needed, 0.0), chain)

    def rank(self, name: str) -> Rank:
        return (-self._chain.get(name, 0.0),)

    def done(self, name: str) -> None:
        pass


class GoalsFirst:
    """The goal that lacks the fewest seconds of work goes first, so that as much as possible is
    there as soon as possible; within a goal the longest chain.

    Args:
        steps: each behind those whose outputs it reads.
        seconds: how long a step will probably take.
        goals: by name, the steps that make up a goal. What they need belongs to it as well.
    """

    def __init__(
        self,
        steps: Sequence[Step],
        seconds: Callable[[Step], float],
        goals: Mapping[str, Iterable[str]],
    ) -> None:
        by_name = {step.name: step for step in steps}
        self._chains = LongestChainFirst(steps, seconds)
        self._seconds = {step.name: seconds(step) for step in steps}
        self._goals: dict[str, list[str]] = {}
        self._lacks: dict[str, float] = {}
        for goal, wanted in goals.items():
            parts = closure(wanted, by_name)
            self._lacks[goal] = sum(self._seconds[name] for name in parts)
            for name in parts:
                self._goals.setdefault(name, []).append(goal)

    def rank(self, name: str) -> Rank:
        lacks = min((self._lacks[goal] for goal in self._goals.get(name, ())), default=1e9)
        return (lacks, *self._chains.rank(name))

    def done(self, name: str) -> None:
        for goal in self._goals.pop(name, ()):
            self._lacks[goal] -= self._seconds[name]


def closure(wanted: Iterable[str], steps: Mapping[str, Step]) -> list[str]:
    """The names of ``wanted`` and of all the steps that they need, directly or not."""
    found: dict[str, None] = {}
    waiting = [name for name in wanted if name in steps]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = None
            waiting.extend(steps[name].needs())
    return list(found)
