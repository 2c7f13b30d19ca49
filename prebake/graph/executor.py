"""Where steps run, each place behind ``concurrent.futures.Executor``.

The runner asks for ``submit`` and ``shutdown``. What an executor may offer beyond that:

- ``jobs``: how many calls it runs at once; without it all that can run are submitted.
- ``listen(progress)``: to whom the progress of steps is told.
- ``abandon(future)``: ends one call that is running.
- ``kill()``: ends all of them.

A call whose process died has the exception :class:`prebake.graph.death.WorkerDied`, or another
:class:`concurrent.futures.BrokenExecutor`.
"""

from __future__ import annotations

import atexit
import os
import pickle
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from . import worker
from .death import WorkerDied

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

Progress = Callable[[str, float, float, str], None]

_MOST_TRACE = 1 << 16


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _ignore(*_: object) -> None:
    pass


class _Here(Executor):
    """Runs calls in this process, and tells their progress to one listener."""

    def __init__(self) -> None:
        self._progress: Progress = _ignore

    def listen(self, progress: Progress) -> None:
        self._progress = progress


class Inline(_Here):
    """Runs each call in the thread that submits it, before ``submit`` returns.

    For tests and programs that build several small projects without any worker process. The
    author's modules that other modules of his import stay imported.
    """

    jobs = 1

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future:
        future: Future = Future()
        with worker.telling(self._progress):
            _settle(future, lambda: fn(*args, **kwargs))
        return future


class Threads(_Here):
    """Runs each call in a thread of its own: for work that other programs do (esbuild).

    A build that is interrupted does not wait for them.
    """

    jobs = 2

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future:
        future: Future = Future()

        def run() -> None:
            with worker.telling(self._progress):
                _settle(future, lambda: fn(*args, **kwargs))

        threading.Thread(target=run, daemon=True).start()
        return future


class Processes(Executor):
    """Worker processes, each started when there is work for it and kept for more.

    One that dies fails only the call that it ran; the next call gets a new process.

    Args:
        jobs: how many at most.
        threads: how many threads each may use, as told to it in ``PREBAKE_THREADS`` and in the
            variables that numerical libraries read; by default the processors are shared out.
    """

    def __init__(self, jobs: int, threads: int | None = None) -> None:
        self.jobs = jobs
        self.threads = threads or max(1, processors() // jobs)
        self.progress: Progress = _ignore
        self._tasks: queue.SimpleQueue = queue.SimpleQueue()
        self._workers: list[_Worker] = []
        self._unfinished = 0
        self._lock = threading.Lock()

    def listen(self, progress: Progress) -> None:
        self.progress = progress

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future:
        future: Future = Future()
        future.add_done_callback(self._finished)
        with self._lock:
            self._unfinished += 1
            if self._unfinished > len(self._workers) and len(self._workers) < self.jobs:
                if not self._workers:
                    # Else the end of this process would wait for processes that wait for work.
                    atexit.register(self.kill)
                self._workers.append(_Worker(self, self._tasks))
                self._workers[-1].thread.start()
        self._tasks.put((future, (fn, args, kwargs)))
        return future

    def _finished(self, _: Future) -> None:
        with self._lock:
            self._unfinished -= 1

    def abandon(self, future: Future) -> None:
        """Ends the process that runs a call, and the programs that it started."""
        for each in self._workers:
            each.kill(future)

    def kill(self) -> None:
        """Ends all workers and what they started, at once; what waits for them is cancelled."""
        self._cancel_waiting()
        for each in self._workers:
            each.kill()
        self.shutdown(wait=False)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        if cancel_futures:
            self._cancel_waiting()
        with self._lock:
            ending, self._workers = self._workers, []
            tasks, self._tasks = self._tasks, queue.SimpleQueue()
        for _ in ending:
            tasks.put(None)
        for each in ending if wait else ():
            each.thread.join()
        atexit.unregister(self.kill)

    def _cancel_waiting(self) -> None:
        while not self._tasks.empty():
            task = self._tasks.get()
            if task is not None:
                _cancel(task[0])


class _Worker:
    """A thread that hands calls to a process and waits for what it answers."""

    def __init__(self, pool: Processes, tasks: queue.SimpleQueue) -> None:
        self._pool = pool
        self._tasks = tasks
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None
        self._trace: Connection | None = None
        self._future: Future | None = None
        self._killed = False
        self._lock = threading.Lock()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        while (task := self._tasks.get()) is not None:
            future, call = task
            with self._lock:
                if self._killed:
                    _cancel(future)
                    continue
                if not future.set_running_or_notify_cancel():
                    continue
                self._future = future
            _settle(future, lambda call=call: self._call(call))  # type: ignore[misc]
            with self._lock:
                self._future = None
        self._end()

    def kill(self, only: Future | None = None) -> None:
        """Ends the process; with ``only``, if that is the call that it runs."""
        with self._lock:
            if only is not None and only is not self._future:
                return
            self._killed = self._killed or only is None
            if self._process is not None and self._process.pid:
                worker.kill_group(self._process.pid)

    def _call(self, call: Any) -> Any:
        sent = pickle.dumps(call)
        try:
            connection = self._connected()
            connection.send_bytes(sent)
            while (answer := connection.recv())[0] == worker.PROGRESS:
                self._pool.progress(*answer[1:])
        except (EOFError, ConnectionError):
            raise self._post_mortem() from None
        if answer[0] == worker.ERROR:
            raise answer[1]
        return answer[1]

    def _connected(self) -> Connection:
        # Imported here: a build with nothing to do does not need it.
        import multiprocessing

        if self._process is not None and self._connection is not None:
            if self._process.is_alive():
                return self._connection
            self._end()
        # spawn: a forked TensorFlow or a forked thread pool deadlocks.
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        trace, faults = context.Pipe(duplex=False)
        process = context.Process(target=worker.serve, args=(theirs, self._pool.threads, faults))
        with self._lock:
            if self._killed:
                raise EOFError
            process.start()
            self._process, self._connection, self._trace = process, ours, trace
        theirs.close()
        faults.close()
        return ours

    def _post_mortem(self) -> WorkerDied:
        """How the process died, after waiting for its end."""
        process, trace = self._process, self._trace
        if process is None or trace is None:
            return WorkerDied()
        process.join()
        written = b""
        with suppress(OSError):
            # Nobody has the other end any more; a fault writes less than a pipe holds.
            while trace.poll() and (block := os.read(trace.fileno(), _MOST_TRACE)):
                written += block
        self._end()
        return WorkerDied(process.exitcode, written.decode("utf-8", "replace"))

    def _end(self) -> None:
        """Lets the process end, which it does when nobody talks to it any more."""
        with self._lock:
            process, self._process = self._process, None
            for each in (self._connection, self._trace):
                if each is not None:
                    each.close()
            self._connection = self._trace = None
        if process is not None:
            process.join()


def _settle(future: Future, call: Callable[[], Any]) -> None:
    try:
        result = call()
    except BaseException as error:
        future.set_exception(error)
    else:
        future.set_result(result)


def _cancel(future: Future) -> None:
    if future.cancel():
        future.set_running_or_notify_cancel()  # tells those who wait for it
