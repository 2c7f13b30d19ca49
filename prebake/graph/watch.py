"""What a program that follows a build step by step is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ..errors import PrebakeError
from .step import Step

if TYPE_CHECKING:
    from .record import Record
    from .runner import Outcome


@dataclass(frozen=True)
class Extra:
    """An inline step beside those that were planned.

    The watch is told that it is done, or that it failed; the build does not fail with it.

    Args:
        records: for each step that it names as an input the result to use.
    """

    step: Step
    records: Mapping[str, Record]


class Watch(Protocol):
    """All methods are called in the thread that runs the build."""

    def wanted(self, step: Step, key: str) -> None:
        """The store does not hold the result of ``step``; it waits for its turn."""

    def started(self, step: Step, key: str) -> None:
        """It runs now."""

    def elsewhere(self, step: Step, key: str) -> None:
        """Another build on this machine runs it; its result will be taken."""

    def done(self, outcome: Outcome) -> None:
        """A step has its result."""

    def idle(self) -> Iterable[Extra]:
        """Nothing is to be done here before something that runs ends. Returns what to do
        meanwhile."""

    def failed(self, step: Step, error: PrebakeError) -> None:
        """A step failed; others go on."""


class NoWatch:
    """Nobody follows."""

    def wanted(self, step: Step, key: str) -> None:
        pass

    def started(self, step: Step, key: str) -> None:
        pass

    def elsewhere(self, step: Step, key: str) -> None:
        pass

    def done(self, outcome: Outcome) -> None:
        pass

    def idle(self) -> Iterable[Extra]:
        return ()

    def failed(self, step: Step, error: PrebakeError) -> None:
        pass
