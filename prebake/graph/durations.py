"""How long steps take: what was measured here before, else what is usual for their kind."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

from ..notes import recall, remember
from .step import Step

SHORT = 0.5
"""Seconds. Steps below are not remembered: nothing waits for them."""


class Durations:
    """The seconds that each step last took, in a JSON file.

    They decide nothing but the order of steps and what is said about the time that is left.

    Args:
        path: the file; None to remember nothing.
        typical: by kind of step, the seconds of one that never ran here.
    """

    def __init__(
        self, path: Path | None = None, typical: Mapping[str, float] | None = None
    ) -> None:
        self._path = path
        self._typical = typical or {}
        self._known = _read(path)
        self._noted: dict[str, float] = {}

    def known(self, name: str) -> float | None:
        """The seconds that the step of this name took the last time it ran here."""
        return self._known.get(name)

    def expected(self, step: Step) -> float:
        """The seconds that it will probably take: as last time; else what the step itself
        expects (``seconds`` among its hints), or what is usual for its kind."""
        if step.name in self._known:
            return self._known[step.name]
        return float(step.hints.get("seconds", self._typical.get(step.kind, 1.0)))

    def note(self, name: str, seconds: float) -> None:
        if seconds >= SHORT:
            self._known[name] = self._noted[name] = round(seconds, 1)

    def save(self) -> None:
        """Adds what was noted to the file, which another build may have written since."""
        if not self._noted or self._path is None:
            return
        remember(self._path, dict(sorted({**_read(self._path), **self._noted}.items())))
        self._noted.clear()


def _read(path: Path | None) -> dict[str, float]:
    return {name: float(seconds) for name, seconds in recall(path).items() if _is_time(seconds)}


def _is_time(value: object) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and 0 <= value < math.inf  # type: ignore[operator]
