"""Running one step, in whatever process an executor chose."""

from __future__ import annotations

import importlib
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from ..errors import AuthorError, DamagedArtifact, PrebakeError
from .key import Ingredients
from .step import Context, Step
from .store import Record, Store


@dataclass(frozen=True)
class Job:
    """All that a worker needs to run a step; everything in it can be pickled."""

    step: Step
    key: str
    ingredients: Ingredients
    records: dict[str, Record]
    """For each input that is another step's output, what that step made."""
    store: Path
    root: Path
    force: bool = False


@dataclass(frozen=True)
class Result:
    """Exactly one of the first three is set."""

    record: Record | None = None
    error: PrebakeError | None = None
    damaged: Record | None = None
    """An input whose artifact is damaged: its step has to run again first."""
    detail: str = ""
    shared: bool = False
    """Another build made it while this one waited for its lock."""


Report = Callable[[float, float, str], None]


def execute(job: Job, report: Report | None = None) -> Result:
    """Runs ``job`` and stores what it made; a step's failure is returned, not raised."""
    store = Store(job.store)
    try:
        lock = FileLock(store.lock_path(job.key))
        with lock:
            return _execute_alone(job, store, report or _reporter(job.step.name))
    except PrebakeError as error:
        return Result(error=error)
    except OSError as error:
        return Result(error=_system_error(error))


def _execute_alone(job: Job, store: Store, report: Report) -> Result:
    record = None if job.force else store.find(job.key)
    if record is not None:
        return Result(record=record, shared=True)
    for given in job.records.values():
        try:
            store.verified(given)
        except DamagedArtifact as error:
            return Result(damaged=given, detail=error.detail)
        except FileNotFoundError:
            # Another step found it damaged and removed it while this one was looking.
            return Result(damaged=given, detail="it is gone")
    return _run(job, store, report)


def _run(job: Job, store: Store, report: Report) -> Result:
    started = time.monotonic()
    out = None
    try:
        out = store.begin()
        context = Context(
            name=job.step.name,
            params=job.step.params,
            inputs=_input_paths(job, store),
            out=out,
            root=job.root,
            hints=job.step.hints,
            warnings=[],
            report=report,
            scratch=store.scratch(job.key),
        )
        _function(job.step.run)(context)
        seconds = round(time.monotonic() - started, 3)
        record = store.commit(
            out, job.key, job.step.name, job.ingredients, seconds, context.warnings
        )
        shutil.rmtree(context.scratch, ignore_errors=True)
        return Result(record=record)
    except PrebakeError as error:
        return Result(error=error)
    except MemoryError:
        return Result(error=PrebakeError("there was not enough memory.", remedy="Use --jobs 1."))
    except OSError as error:
        gone = _removed_input(error, job, store)
        if gone is not None:
            return Result(damaged=gone, detail="it is gone")
        return Result(error=_system_error(error))
    except Exception as error:
        return Result(error=_unexpected(error))
    finally:
        if out is not None:
            shutil.rmtree(out, ignore_errors=True)


def _removed_input(error: OSError, job: Job, store: Store) -> Record | None:
    """The input whose artifact was removed while the step read it, if that is the error."""
    if not isinstance(error, FileNotFoundError) or not error.filename:
        return None
    missing = Path(str(error.filename))
    for given in job.records.values():
        home = store.folder(given.digest)
        if missing.is_relative_to(home) and not home.exists():
            return given
    return None


def _input_paths(job: Job, store: Store) -> dict[str, Path]:
    paths = {}
    for name, given in job.step.inputs.items():
        if name in job.records:
            paths[name] = store.folder(job.records[name].digest) / given.path  # type: ignore[union-attr]
        else:
            paths[name] = given.root  # type: ignore[union-attr]
    return paths


def _function(run: str) -> Callable[[Context], Any]:
    module, _, name = run.partition(":")
    return getattr(importlib.import_module(module), name)


def _system_error(error: OSError) -> PrebakeError:
    where = str(error.filename) if error.filename else ""
    remedy = "Free some space and build again." if error.errno == 28 else ""
    return PrebakeError(f"{error.strerror or error}.", where=where, remedy=remedy)


def _unexpected(error: Exception) -> AuthorError:
    import traceback

    return AuthorError(
        f"an error that prebake did not foresee, {type(error).__name__}: {error}.",
        remedy="Run with --verbose for the traceback, and please report it.",
        details="".join(traceback.format_exception(error)),
    )


# -- in a worker process -------------------------------------------------------------------

_messages: Any = None


def start(messages: Any) -> None:
    """Prepares a worker process: its own process group, and no life without its parent."""
    global _messages
    _messages = messages
    if hasattr(os, "setpgrp"):
        os.setpgrp()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_die_with, args=(parent.join,), daemon=True).start()


def _die_with(wait: Callable[[], None]) -> None:
    wait()
    kill_group(os.getpid())
    os._exit(1)


def kill_group(pid: int) -> None:
    """Ends a worker process and the programs that it started."""
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(pid, signal.SIGKILL)
    # One that is just starting leads no group yet, and must not outlive its build either.
    with suppress(OSError):
        os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def _reporter(name: str) -> Report:
    """Sends progress to the build, at most ten times a second."""
    last = 0.0

    def report(done: float, total: float, unit: str) -> None:
        nonlocal last
        now = time.monotonic()
        if _messages is not None and (now - last >= 0.1 or done >= total):
            last = now
            with suppress(OSError, ValueError):  # the build may be ending
                _messages.put((name, done, total, unit))

    return report
