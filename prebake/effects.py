"""What a build does to the world outside its result: messages and progress.

Everything below the command line speaks through an :class:`Effects`, so that a test or a
program that embeds prebake passes a silent or a recording one.
"""

from __future__ import annotations

from typing import Protocol


class Effects(Protocol):
    def detail(self, text: str) -> None:
        """Something that only ``--verbose`` shows."""

    def say(self, text: str) -> None:
        """Something the user wants to know."""

    def warn(self, text: str) -> None:
        """Something that is not right but lets the build go on; an error in ``--strict``."""

    def progress(self, task: str, done: float, total: float, unit: str) -> None:
        """``task`` has finished ``done`` of ``total`` ``unit``; equal values end it."""


class SilentEffects:
    """Says nothing and remembers its warnings."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.warnings: list[str] = []

    def detail(self, text: str) -> None:
        pass

    def say(self, text: str) -> None:
        self.messages.append(text)

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def progress(self, task: str, done: float, total: float, unit: str) -> None:
        pass
