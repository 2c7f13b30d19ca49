"""How much longer something takes, from the progress that it reports."""

from __future__ import annotations

import re
import time

_LEFT = re.compile(r"(?:(\d+):)?(\d+):(\d\d) left")


class Remaining:
    """Measures one task. A change of unit (``train images``, then ``test images``) starts another
    measurement, as nothing is known of the time that the new one takes."""

    def __init__(self) -> None:
        self._began = 0.0
        self._before = 0.0
        self._unit: str | None = None
        self._left: tuple[float, float] | None = None

    def told(self, done: float, total: float, unit: str) -> None:
        """Takes a report: ``done`` of ``total``; a unit that says ``2:13 left`` is believed."""
        now = time.monotonic()
        kind = unit.partition(",")[0]
        if kind != self._unit:
            self._began, self._before, self._unit = now, done, kind
        said = said_left(unit)
        if said is not None:
            self._left = (now, said)
        elif total and done > self._before:
            speed = (now - self._began) / (done - self._before)
            self._left = (now, speed * max(total - done, 0.0))
        else:
            self._left = None

    @property
    def seconds(self) -> float | None:
        """Seconds that are left now; None before that can be said."""
        if self._left is None:
            return None
        at, left = self._left
        return max(left - (time.monotonic() - at), 0.0)


def says_left(text: str) -> bool:
    return _LEFT.search(text) is not None


def said_left(unit: str) -> float | None:
    """The seconds in a text such as ``steps, epoch 3 of 10, 2:13 left``."""
    found = _LEFT.search(unit)
    if found is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return float(hours * 3600 + minutes * 60 + seconds)


def exact(seconds: float) -> str:
    """``2:13``, ``1:02:05``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
