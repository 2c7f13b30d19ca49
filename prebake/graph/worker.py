"""Running one step, in whatever process an executor chose."""

from __future__ import annotations

import faulthandler
import importlib
import os
import pickle
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from ..errors import AuthorError, DamagedArtifact, PrebakeError
from ..removal import discard
from .discovery import as_inputs, digest_found, find
from .key import Ingredients
from .meanwhile import moved_since, undeclared
from .opened import opened_below
from .record import Record
from .step import Context, Step
from .store import FULL, Store
from .trace import Trace

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


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
    """Exactly one of ``record``, ``error``, ``damaged``, ``moved`` and ``elsewhere`` is set."""

    record: Record | None = None
    error: PrebakeError | None = None
    damaged: Record | None = None
    """An input whose artifact is damaged: its step has to run again first."""
    detail: str = ""
    shared: bool = False
    """Another build had made it when it was this one's turn."""
    moved: str = ""
    """A file that was changed while the step read it: what the step made is dropped."""
    elsewhere: bool = False
    """Another build is making it now."""


Report = Callable[[float, float, str], None]


def execute(
    job: Job, report: Report | None = None, sound: set[tuple[str, str]] | None = None
) -> Result:
    """Runs ``job`` and stores what it made; a step's failure is returned, not raised.

    Does not wait for another build that runs the same step.

    Args:
        report: is told the progress.
        sound: what was found as its record says in this pass, as key and digest, which this adds
            to: many pages take the same style.
    """
    store = Store(job.store)
    try:
        with FileLock(store.lock_path(job.key), timeout=0):
            telling = report or _reporter(job.step.name)
            return _execute_alone(job, store, telling, set() if sound is None else sound)
    except Timeout:
        return Result(elsewhere=True)
    except PrebakeError as error:
        return Result(error=error)
    except OSError as error:
        return Result(error=_system_error(error, store))


def is_locked(store: Store, key: str) -> bool:
    """Whether a build on this machine runs the step of ``key`` now.

    Raises:
        StoreError: if that cannot be asked, as the store may not be written.
    """
    try:
        with FileLock(store.lock_path(key), timeout=0):
            return False
    except Timeout:
        return True
    except OSError as error:
        raise store.unwritable(error) from None


def _execute_alone(job: Job, store: Store, report: Report, sound: set[tuple[str, str]]) -> Result:
    found = None if job.force else find(store, job.step, job.ingredients, {}).record
    if found is not None:
        return Result(record=found, shared=True)
    for given in job.records.values():
        name = given.key, given.digest
        if name in sound and store.folder(given.digest).is_dir():
            continue
        try:
            store.verified(given)
            sound.add(name)
        except DamagedArtifact as error:
            return Result(damaged=given, detail=error.detail)
        except FileNotFoundError:
            # Another step found it damaged and removed it while this one was looking.
            return Result(damaged=given, detail="it is gone")
    return _run(job, store, report)


def _run(job: Job, store: Store, report: Report) -> Result:
    started = time.monotonic()
    began = time.time_ns()
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
            digests={name: record.files for name, record in job.records.items()},
        )
        _call(job, context)
        trace = digest_found(job.step, context.found)
        moved = moved_since(job.step, job.ingredients, trace, began, job.root)
        if moved:
            return Result(moved=moved)
        seconds = round(time.monotonic() - started, 3)
        record = _commit(job, store, context, trace, seconds)
        discard(context.scratch, store.home)
        return Result(record=record)
    except PrebakeError as error:
        return Result(error=error)
    except MemoryError:
        return Result(error=PrebakeError("there was not enough memory.", remedy="Use --jobs 1."))
    except OSError as error:
        gone = _removed_input(error, job, store)
        if gone is not None:
            return Result(damaged=gone, detail="it is gone")
        return Result(error=_system_error(error, store))
    except SystemExit as error:
        return Result(error=_left(error, job.root))
    except Exception as error:
        return Result(error=_unexpected(error))
    finally:
        if out is not None:
            discard(out, store.home)


def _call(job: Job, context: Context) -> None:
    """Calls the step's function; one that runs an author's code is watched as it opens files."""
    function = _function(job.step.run)
    if not job.step.code:
        function(context)
        return
    with opened_below(job.root) as opened:
        function(context)
    for path in undeclared(job.step, job.ingredients, opened.paths(), job.root, job.store):
        context.warn(
            f"{job.step.code[0]}: {path} is read but not declared, so that a change of it goes "
            f"unnoticed. Add it to the declaration: files=[{path!r}]."
        )


def _commit(job: Job, store: Store, context: Context, trace: Trace, seconds: float) -> Record:
    """Keeps what a step made, under the key that knows all its inputs."""
    step, ingredients = job.step, job.ingredients
    first = ingredients.key(step.run)
    if step.discovers:
        ingredients = ingredients.and_found(as_inputs(step, trace))
    key = ingredients.key(step.run)
    record = store.commit(context.out, key, step.name, ingredients, seconds, context.warnings)
    if step.discovers:
        store.add_trace(first, trace)
    return record


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


def _system_error(error: OSError, store: Store) -> PrebakeError:
    """What the system refused, by the place that the user knows: inside the store, the store."""
    path = str(error.filename or "")
    if error.errno in FULL or (path and Path(path).is_relative_to(store.root)):
        return store.unwritable(error)
    return PrebakeError(f"{error.strerror or error}.", where=path)


def _left(error: SystemExit, root: Path) -> AuthorError:
    """An author's code that calls ``sys.exit()`` in place of raising an exception."""
    lines = [
        f"{Path(frame.filename).relative_to(root).as_posix()}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(root)
    ]
    return AuthorError(
        f"the code called sys.exit({'' if error.code is None else repr(error.code)}).",
        where=lines[-1] if lines else "",
        remedy="Raise an exception that says what is wrong.",
    )


def _unexpected(error: Exception) -> AuthorError:
    return AuthorError(
        f"Unexpected error (please report it): {type(error).__name__}: {error}.",
        remedy="Run with --verbose for the traceback.",
        details="".join(traceback.format_exception(error)),
    )


# -- telling the build ---------------------------------------------------------------------

Tell = Callable[[str, float, float, str], None]

_here = threading.local()


@contextmanager
def telling(tell: Tell) -> Iterator[None]:
    """While it lasts, steps that this thread runs tell their progress to ``tell``."""
    before = getattr(_here, "tell", None)
    _here.tell = tell
    try:
        yield
    finally:
        _here.tell = before


def _reporter(name: str) -> Report:
    """Passes progress on, at most ten times a second."""
    tell: Tell | None = getattr(_here, "tell", None)
    last = 0.0

    def report(done: float, total: float, unit: str) -> None:
        nonlocal last
        now = time.monotonic()
        if tell is not None and (now - last >= 0.1 or done >= total):
            last = now
            with suppress(OSError, ValueError):  # the build may be ending
                tell(name, done, total, unit)

    return report


# -- in a worker process -------------------------------------------------------------------

PROGRESS, RESULT, ERROR = "progress", "result", "error"

_THREADS = ("PREBAKE_THREADS", "OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS")
"""Read by steps, and by numerical libraries when they are imported."""


def serve(connection: Connection, threads: int, faults: Connection | None = None) -> None:
    """Runs what comes through ``connection`` until nobody is at its other end.

    Args:
        connection: gives pickled ``(function, args, kwargs)``; takes ``(PROGRESS, task, done,
            total, unit)``, and at the end ``(RESULT, value)`` or ``(ERROR, exception)``.
        threads: how many threads the calls may use; what the environment says already holds.
        faults: where Python writes what it ran when the process crashes.
    """
    if faults is not None:
        faulthandler.enable(faults, all_threads=False)
    for name in _THREADS:
        os.environ.setdefault(name, str(threads))
    _start()
    sending = threading.Lock()  # a step may report from threads of its own

    def send(*message: Any) -> None:
        with sending:
            connection.send(message)

    with telling(lambda *progress: send(PROGRESS, *progress)):
        while True:
            try:
                call = connection.recv_bytes()
            except (EOFError, OSError):
                return
            _answer(call, send)


def warm(*modules: str) -> None:
    """Imports modules; submitted to an executor that serves several builds, so that only the
    first pays for TensorFlow."""
    for name in modules:
        importlib.import_module(name)


def _answer(call: bytes, send: Callable[..., None]) -> None:
    try:
        function, args, kwargs = pickle.loads(call)
        if args and isinstance(args[0], Job):
            _read_afresh(args[0].root)
        answer = (RESULT, function(*args, **kwargs))
    except (SystemExit, KeyboardInterrupt) as error:
        # Ctrl-C is the build's; this one the code that was called has raised itself.
        answer = (ERROR, AuthorError(f"its code raised {type(error).__name__}."))
    except Exception as error:
        answer = (ERROR, error)
    try:
        send(*answer)
    except (TypeError, AttributeError, pickle.PicklingError) as error:
        send(ERROR, TypeError(f"what it answered cannot be sent: {error}"))


_project: Path | None = None


def _read_afresh(root: Path) -> None:
    """Forgets the modules of the project, and of the one before: a worker may outlive a build,
    and what an author's module imports may have changed, or be another project's."""
    global _project
    for folder in {root, _project or root}:
        own = f"{folder}{os.sep}"
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None) or ""
            # This package is no project's own, also where a project has it by a link.
            kept = name in _MAIN or name.partition(".")[0] == __name__.partition(".")[0]
            if file.startswith(own) and not file.startswith(sys.prefix) and not kept:
                del sys.modules[name]
        if folder != root:
            sys.path[:] = [each for each in sys.path if each != str(folder)]
    _project = root


_MAIN = ("__main__", "__mp_main__")


def _start() -> None:
    """Prepares the process: its own process group, and no life without its parent."""
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
