"""How a worker process died, and what to say about it."""

from __future__ import annotations

import re
import signal
from concurrent.futures import BrokenExecutor
from pathlib import Path

from ..errors import AuthorError, PrebakeError

MEMORY = "its process was killed, most likely because the machine ran out of memory"
_FRAME = re.compile(r'^\s*File "(?P<file>[^"\n]+)", line (?P<line>\d+)', re.MULTILINE)
_CRASHES = {
    "SIGSEGV": "segmentation fault",
    "SIGBUS": "bus error",
    "SIGILL": "illegal instruction",
    "SIGFPE": "arithmetic error",
    "SIGABRT": "aborted by a library",
}


class WorkerDied(BrokenExecutor):
    """The process that ran a call is gone.

    Args:
        exitcode: as :attr:`multiprocessing.Process.exitcode` has it: negative for a signal; None
            if nobody knows.
        trace: what Python's fault handler wrote, the innermost frame first; empty for none.
    """

    def __init__(self, exitcode: int | None = None, trace: str = "") -> None:
        super().__init__("the worker process died")
        self.exitcode = exitcode
        self.trace = trace


def as_error(died: BrokenExecutor, root: Path) -> PrebakeError:
    """What a user is told.

    Args:
        root: the project's folder; its innermost file in the trace is named.
    """
    code = died.exitcode if isinstance(died, WorkerDied) else None
    if code is None or code == -signal.SIGKILL:
        return PrebakeError(f"{MEMORY}.", remedy="Build again with --jobs 1.")
    trace = died.trace if isinstance(died, WorkerDied) else ""
    where = _author_line(trace, root)
    if code >= 0:
        return AuthorError(
            f"its process ended itself with exit code {code}.",
            where=where,
            remedy="Raise an exception in place of os._exit().",
        )
    name = _signal_name(-code)
    if name not in _CRASHES:
        return PrebakeError(f"its process was ended by {name}.", remedy="Build again.")
    return AuthorError(
        f"its process crashed ({_CRASHES[name]}).",
        where=where,
        remedy="The fault is in a library that it calls: try another version or other input.",
        details=trace,
    )


def in_short(died: BrokenExecutor) -> str:
    """What happened, as a phrase."""
    return as_error(died, Path()).problem.rstrip(".")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _author_line(trace: str, root: Path) -> str:
    """The innermost line of the project, as ``datasets/x.py:7``; empty if there is none."""
    for frame in _FRAME.finditer(trace):
        path = Path(frame["file"])
        if path.is_relative_to(root) and "site-packages" not in path.parts:
            return f"{path.relative_to(root).as_posix()}:{frame['line']}"
    return ""
