"""The effects of the command line: progress bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from .remaining import Remaining, exact, says_left

if TYPE_CHECKING:
    from rich.progress import Progress


class Console:
    """Prints to standard error, so that what a command answers can be piped.

    Args:
        level: -1 only warnings and errors, 0 what runs and why, 1 everything.
    """

    def __init__(self, level: int = 0) -> None:
        self.level = level
        self.live = sys.stderr.isatty() and level >= 0
        self._progress: Progress | None = None
        self._tasks: dict[str, Any] = {}
        self._last: dict[str, float] = {}
        self._remaining: dict[str, Remaining] = {}

    def detail(self, text: str) -> None:
        if self.level > 0:
            self._line(text)

    def say(self, text: str) -> None:
        if self.level >= 0:
            self._line(text)

    def warn(self, text: str) -> None:
        self._line(f"warning: {text}", "yellow")

    def error(self, text: str) -> None:
        self._line(f"error: {text}", "red")

    def progress(self, task: str, done: float, total: float, unit: str) -> None:
        if self.level < 0:
            return
        if self.live:
            self._bar(task, done, total, unit)
        else:
            self._plain(task, done, total, unit)

    def close(self) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._progress = None
            self._tasks.clear()

    def _line(self, text: str, colour: str = "") -> None:
        if self._progress is not None:
            self._progress.console.print(text, style=colour or None, markup=False, highlight=False)
        else:
            code = {"red": "31", "yellow": "33"}[colour] if colour and self.live else ""
            with suppress(BrokenPipeError):  # a build goes on when nobody reads what it says
                print(f"\033[{code}m{text}\033[0m" if code else text, file=sys.stderr, flush=True)

    def _bar(self, task: str, done: float, total: float, unit: str) -> None:
        if self._progress is None:
            self._progress = _new_progress()
            self._progress.start()
        if task not in self._tasks:
            self._tasks[task] = self._progress.add_task(task, total=total or None, unit=unit)
        self._progress.update(
            self._tasks[task], completed=done, total=total or None, unit=_amount(done, total, unit)
        )
        if total and done >= total:
            self._progress.remove_task(self._tasks.pop(task))
            if not self._tasks:
                self.close()

    def _plain(self, task: str, done: float, total: float, unit: str) -> None:
        now = time.monotonic()
        remaining = self._remaining.setdefault(task, Remaining())
        remaining.told(done, total, unit)
        if now - self._last.setdefault(task, now) >= 5:
            self._last[task] = now
            left = None if says_left(unit) else remaining.seconds
            more = f", {exact(left)} left" if left and done < total else ""
            self._line(f"{task}: {_amount(done, total, unit)}{more}")


def _new_progress() -> Progress:
    from rich.console import Console as RichConsole
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[unit]}"),
        TimeRemainingColumn(compact=True),
        console=RichConsole(stderr=True),
        transient=True,
    )


def _amount(done: float, total: float, unit: str) -> str:
    if unit == "bytes":
        of = f" of {total / 1e6:.1f}" if total else ""
        return f"{done / 1e6:.1f}{of} MB"
    of = f" of {total:,.0f}" if total else ""
    return f"{done:,.0f}{of} {unit}"
