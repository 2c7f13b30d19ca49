"""Builds whose steps run in the process of the tests.

A worker process has to start, and to import what its steps need: of a small project that takes
longer than the steps. Tests of worker processes themselves start commands or use ``Processes``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from prebake.graph.worker import Job

DECLARED = ("datasets", "models")
"""The folders whose modules belong to a project, and have the same names in all of them."""


class InProcess(Executor):
    """Runs what is submitted at once, each job with only its own project's modules at hand.

    Takes what :class:`prebake.graph.executor.Processes` takes.
    """

    def __init__(self, *_: object) -> None:
        pass

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        job = next((each for each in args if isinstance(each, Job)), None)
        try:
            with modules_of(job.root) if job else modules_of(None):
                future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future

    def kill(self) -> None:
        pass

    def restart(self) -> None:
        pass


@contextmanager
def modules_of(root: Path | None) -> Iterator[None]:
    """No module of any project is loaded, and those of ``root`` can be, as in a new process;
    afterwards everything is as it was."""
    path, hidden = list(sys.path), _take_out()
    if root is not None:
        sys.path.insert(0, str(root))
    try:
        yield
    finally:
        _take_out()
        sys.modules.update(hidden)
        sys.path[:] = path


def _take_out() -> dict[str, Any]:
    names = [name for name in sys.modules if name.partition(".")[0] in DECLARED]
    return {name: sys.modules.pop(name) for name in names}


@contextmanager
def in_process(root: Path) -> Iterator[None]:
    """Builds of the project inside run their steps in this process."""
    with mock.patch("prebake.build.Processes", InProcess), modules_of(root):
        yield
