"""Steps of one place to run: those that wait for their turn, and those that have it."""

from __future__ import annotations

import heapq
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import dataclass

from .order import Rank
from .worker import Job, execute


@dataclass(frozen=True)
class Task:
    """A step that has to run.

    Args:
        why: it has to.
        alone: it runs when no other step of its lane does: its last worker died, most likely
            because two steps together needed more memory than there is.
    """

    job: Job
    why: str
    alone: bool = False


class Lane:
    """An executor with a queue in front of it, in which the order may change.

    Args:
        executor: runs the steps.
        told: is given each future when it is done, in any thread.
    """

    def __init__(self, executor: Executor, told: Callable[[Future], None]) -> None:
        self.executor = executor
        self.running: dict[Future, Task] = {}
        self._told = told
        self._places: int = getattr(executor, "jobs", sys.maxsize)
        self._waiting: list[tuple[Rank, int, Task]] = []
        self._alone: list[Task] = []
        self._added = 0

    def __bool__(self) -> bool:
        return bool(self._waiting or self._alone or self.running)

    def add(self, task: Task, rank: Rank) -> None:
        if task.alone:
            self._alone.append(task)
            return
        self._added += 1
        heapq.heappush(self._waiting, (rank, self._added, task))

    def next(self, elsewhere: int) -> Iterator[Task]:
        """The tasks whose turn it is; each is to be started before the next is asked for.

        Args:
            elsewhere: how many steps of this lane other builds run. They use the machine as well,
                but one step may always run here.
        """
        places = max(1, self._places - elsewhere)
        while self._waiting and len(self.running) < places and not self._runs_alone():
            yield heapq.heappop(self._waiting)[2]
        if self._alone and not self._waiting and not self.running:
            yield self._alone.pop(0)

    def start(self, task: Task) -> None:
        try:
            future = self.executor.submit(execute, task.job)
        except BrokenExecutor as error:
            future = Future()
            future.set_exception(error)
        self.running[future] = task
        future.add_done_callback(self._told)

    def drop(self) -> None:
        """Forgets what waits."""
        self._waiting.clear()
        self._alone.clear()

    def _runs_alone(self) -> bool:
        return any(task.alone for task in self.running.values())
