"""What a program that follows a build step by step is told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from ..errors import PrebakeError
from .step import Step

if TYPE_CHECKING:
    from .runner import Outcome


class Watch(Protocol):
    """All methods are called in the thread that runs the build."""

    def wanted(self, step: Step, key: str) -> None:
        """The store does not hold the result of ``step``; it waits for its turn."""

    def started(self, step: Step, key: str) -> None:
        """It runs now."""

    def elsewhere(self, step: Step, key: str) -> None:
        """Another build on this machine runs it; its result will be taken."""

    def done(self, outcome: Outcome) -> Iterable[Step]:
        """A step has its result. Returns steps to run beside those that were planned, all of
        whose inputs are there."""

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

    def done(self, outcome: Outcome) -> Iterable[Step]:
        return ()

    def failed(self, step: Step, error: PrebakeError) -> None:
        pass
