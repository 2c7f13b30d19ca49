"""How much of a long work is left, in the progress that a step reports."""

from __future__ import annotations

import time
from collections.abc import Callable

Report = Callable[[float, float, str], None]
"""Is told what is done, what there is to do, and a text."""


def time_left(spent: float, done: float, total: float) -> str:
    """``1:05 left``, if the rest takes as long as what is done took.

    Args:
        spent: seconds.
        done: more than 0.
        total: at least ``done``.
    """
    minutes, seconds = divmod(round(spent / done * (total - done)), 60)
    return f"{minutes}:{seconds:02} left"


def counting(report: Report, total: int, what: str) -> Callable[[int], None]:
    """Something that is told how many are done, and reports it with the time that is left.

    Args:
        what: is done, for instance ``images preprocessed``.
    """
    started = time.monotonic()

    def count(done: int) -> None:
        left = time_left(time.monotonic() - started, max(done, 1), max(total, 1))
        report(done, total, f"{what}, {left}")

    return count
