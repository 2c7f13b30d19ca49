"""How long steps take: what was measured here before, else what is usual for their kind."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

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
        self._path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._path.with_suffix(f".{os.getpid()}")
        both = {**_read(self._path), **self._noted}
        temporary.write_text(json.dumps(both, ensure_ascii=False, sort_keys=True))
        temporary.replace(self._path)
        self._noted.clear()


def _read(path: Path | None) -> dict[str, float]:
    try:
        loaded = json.loads(path.read_text()) if path else {}
    except (OSError, ValueError):
        return {}
    known = loaded.items() if isinstance(loaded, dict) else ()
    return {name: float(seconds) for name, seconds in known if isinstance(seconds, int | float)}
