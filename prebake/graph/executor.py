"""Where steps run: worker processes of this machine, behind ``concurrent.futures.Executor``.

The runner asks only for ``submit`` and ``shutdown``; anything that offers them (a cluster's
client, a test's synchronous stand-in) can be put in its place.
"""

from __future__ import annotations

import threading
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING, Any

from ..effects import Effects
from . import worker

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor


class Processes(Executor):
    """Worker processes that start when the first step needs one.

    Args:
        jobs: how many at most.
        effects: is told the progress that the steps report.
    """

    def __init__(self, jobs: int, effects: Effects) -> None:
        self._jobs = jobs
        self._effects = effects
        self._pool: ProcessPoolExecutor | None = None
        self._messages: Any = None
        self._listener: threading.Thread | None = None

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future:
        if self._pool is None:
            self._start()
        assert self._pool is not None
        return self._pool.submit(fn, *args, **kwargs)

    def _start(self) -> None:
        # Imported here: a build with nothing to do needs neither.
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor

        # spawn: a forked TensorFlow or a forked thread pool deadlocks.
        context = multiprocessing.get_context("spawn")
        if self._messages is None:
            self._messages = context.SimpleQueue()
            self._listener = threading.Thread(target=self._listen, daemon=True)
            self._listener.start()
        self._pool = ProcessPoolExecutor(
            self._jobs, mp_context=context, initializer=worker.start, initargs=(self._messages,)
        )

    def _listen(self) -> None:
        while (message := self._messages.get()) is not None:
            self._effects.progress(*message)

    def restart(self) -> None:
        """After a worker died: a pool that lost one takes no more work."""
        if self._pool is not None and getattr(self._pool, "_broken", False):
            self.kill()

    def kill(self) -> None:
        """Ends all workers and what they started, at once."""
        if self._pool is None:
            return
        processes = list((self._pool._processes or {}).values())
        for process in processes:
            if process.pid:
                worker.kill_group(process.pid)
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._pool = None

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=wait, cancel_futures=cancel_futures)
            self._pool = None
        if self._messages is not None:
            self._messages.put(None)
            if self._listener is not None:
                self._listener.join(timeout=1)
            self._messages = None
