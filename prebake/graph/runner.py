"""Running the steps that have to run, in the order their inputs allow."""

from __future__ import annotations

import heapq
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Literal

from ..effects import Effects
from ..errors import BuildFailed, DamagedArtifact, PrebakeError, StoreError, UsageError
from .code import Code
from .death import as_error, in_short
from .discovery import Found, find
from .durations import Durations
from .executor import Threads
from .key import Ingredients, gather, reason
from .lane import Lane, Task
from .order import LongestChainFirst, Order, Rank
from .record import Record
from .state import State
from .step import Output, Step
from .store import Store
from .watch import Extra, NoWatch, Watch
from .worker import Job, Result, execute, is_locked

Status = Literal["fresh", "built", "restored"]


@dataclass(frozen=True)
class Outcome:
    """What became of a step.

    ``status`` is ``fresh`` if nothing changed since this checkout's last build, ``restored``
    if something changed but the store already held the result, ``built`` if the step ran.
    """

    step: Step
    status: Status
    reason: str
    seconds: float
    record: Record


@dataclass(frozen=True)
class Pending:
    """A step that a build would look at again, and why."""

    step: Step
    status: Literal["fresh", "stored", "to build", "unknown"]
    reason: str


class Runner:
    """Brings steps up to date.

    Args:
        root: the project's folder.
        store: where results are found and kept.
        state: what the last build of this checkout was.
        executor: runs the steps that run in a worker.
        effects: is told what runs and why.
        durations: how long steps take.
        order: makes the order in which steps run that could all run; by default the longest chain
            of work goes first.
        watch: is told what becomes of each step.
    """

    def __init__(
        self,
        root: Path,
        store: Store,
        state: State,
        executor: Executor,
        effects: Effects,
        *,
        durations: Durations | None = None,
        order: Callable[[Sequence[Step]], Order] | None = None,
        watch: Watch | None = None,
    ) -> None:
        self.root = root
        self.store = store
        self.state = state
        self.executor = executor
        self.effects = effects
        self.durations = durations or Durations()
        self.order = order or (lambda steps: LongestChainFirst(steps, self.durations.expected))
        self.watch: Watch = watch or NoWatch()
        self.code = Code(root, root / ".prebake" / "code.json")
        self.known: dict[str, str] = {}
        self.inbox: SimpleQueue[Future | Request] = SimpleQueue()
        self.retired = False

    def run(self, steps: Iterable[Step], force: Collection[str] = ()) -> dict[str, Outcome]:
        """Brings every step up to date and returns what became of each.

        Raises:
            BuildFailed: after everything that did not depend on a failure has finished.
            Interrupted: after Ctrl-C.
            Retired: if it was told to end.
            UsageError: if ``force`` names no step.
        """
        threads = Threads()
        for executor in (self.executor, threads):
            if hasattr(executor, "listen"):
                executor.listen(self.effects.progress)
        run = _Run(self, list(steps), force, threads)
        try:
            return run.finish()
        except KeyboardInterrupt:
            self._kill()
            raise Interrupted(run.failures) from None
        except BaseException:
            self._kill()
            raise
        finally:
            self.save()
            self.code.save()

    def _kill(self) -> None:
        if hasattr(self.executor, "kill"):
            self.executor.kill()

    def save(self) -> None:
        """Notes what was done; of a build that was retired the next one knows better."""
        if not self.retired:
            self.state.save()
        self.durations.save()

    def retire(self) -> None:
        """Starts no further step; what runs goes on to its end. For any thread."""
        self.retired = True
        self.inbox.put(Request("retire"))

    def abandon(self, key: str) -> None:
        """Ends the step that runs for ``key``: nobody wants its result. For any thread."""
        self.inbox.put(Request("abandon", key))

    def look(self, steps: Iterable[Step]) -> list[Pending]:
        """What a build would do, without doing it.

        The key of a step whose inputs are not made yet is ``unknown``.
        """
        pending: list[Pending] = []
        records: dict[str, Record] = {}
        for step in in_order(list(steps)):
            if any(name not in records for name in step.needs()):
                pending.append(Pending(step, "unknown", "an input is not made yet"))
                continue
            ingredients = self.ingredients(step, records)
            found = find(self.store, step, ingredients, self.known)
            why = self.reason(step, found)
            if found.record is None:
                pending.append(Pending(step, "to build", why or MISSING))
                continue
            records[step.name] = found.record
            fresh = self.state.key(step.name) == found.key
            pending.append(Pending(step, "fresh" if fresh else "stored", why))
        self.code.save()
        return pending

    def ingredients(self, step: Step, records: Mapping[str, Record]) -> Ingredients:
        outputs = {}
        for name, given in step.inputs.items():
            if isinstance(given, Output):
                outputs[name] = records[given.step].part(given.path)
        return gather(step, self.code, outputs, self.known)

    def reason(self, step: Step, found: Found) -> str:
        """Why a step is not what it was in the last build of this checkout; empty if it is."""
        old = self.state.ingredients(step.name)
        if old is not None and step.discovers and found.record is None:
            # Which files it will read nobody knows yet: those that are not looked for do not count.
            known = {name: old.inputs[name] for name in old.inputs if name in found.shown.inputs}
            old = replace(old, inputs=known)
        return reason(old, found.shown)

    def forget(self) -> None:
        """Reads files again from now on: one was changed while a step read it."""
        self.known.clear()
        self.code.forget()


MISSING = "its result is no longer in the store"
MOST_AGAIN = 5
"""How often a step runs again because a file that it reads was changed meanwhile."""


@dataclass(frozen=True)
class Request:
    """What another thread asks of a running build."""

    what: Literal["retire", "abandon"]
    key: str = ""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C, with what had failed until then.

    Args:
        failures: by the name of the step.
    """

    def __init__(self, failures: Mapping[str, PrebakeError]) -> None:
        super().__init__()
        self.failures = failures


class Retired(Exception):
    """The build ended before its end, as it was asked to."""


POLL = 0.2
"""Seconds between two looks at what other builds make."""


class _Run:
    """One pass over the steps.

    A step waits until ``lacks`` says that all its inputs are there. Then it is looked at: its
    result is found in the store, or it runs: inline (between two looks), or in the lane of the
    workers or of the threads.
    """

    def __init__(
        self, runner: Runner, steps: list[Step], force: Collection[str], threads: Executor
    ) -> None:
        ordered = in_order(steps)
        self.runner = runner
        self.steps = {step.name: step for step in ordered}
        self.forced = {name for name in self.steps if _matches(name, force)}
        _check_force(force, self.steps)
        self.order = runner.order(ordered)
        self.outcomes: dict[str, Outcome] = {}
        self.records: dict[str, Record] = {}
        self.failures: dict[str, PrebakeError] = {}
        self.waiting: dict[str, Step] = {}
        self.lacks: Counter[str] = Counter()
        self.readers: dict[str, list[str]] = {}
        self.ready: list[tuple[Rank, int, str]] = []
        self.inline: list[tuple[Rank, int, Task]] = []
        self.elsewhere: dict[str, Task] = {}
        self.lanes = {
            "worker": Lane(runner.executor, runner.inbox.put),
            "thread": Lane(threads, runner.inbox.put),
        }
        self.repairs: Counter[str] = Counter()
        self.sound: set[tuple[str, str]] = set()
        self.numbers = count()
        self.saved = self.polled = time.monotonic()
        for step in ordered:
            self._await(step)

    def finish(self) -> dict[str, Outcome]:
        while not self.runner.retired and self._goes_on():
            if self.ready:
                name = heapq.heappop(self.ready)[2]
                if name in self.waiting and not self.lacks[name]:
                    self._consider(self.waiting.pop(name))
            elif self.inline:
                task = heapq.heappop(self.inline)[2]
                self._say_that_it_runs(task)
                self._settle(task, execute(task.job, lambda *_: None, self.sound))
            self._fill()
            idle = not self.ready and not self.inline
            for extra in self.runner.watch.idle() if idle and self._goes_on() else ():
                self._run_extra(extra)
            self._receive(blocking=idle)
        if self.runner.retired:
            self._let_end()
        if self.failures:
            raise BuildFailed(self.failures, sorted(self.waiting))
        return {name: self.outcomes[name] for name in self.steps}

    def _goes_on(self) -> bool:
        return bool(self.ready or self.inline or self.elsewhere or any(self.lanes.values()))

    def _let_end(self) -> None:
        while any(lane.running for lane in self.lanes.values()):
            self._receive(blocking=True)
        raise Retired

    # -- which step could run --------------------------------------------------------------

    def _await(self, step: Step) -> None:
        self.waiting[step.name] = step
        for name in set(step.needs()):
            self.readers.setdefault(name, []).append(step.name)
            self.lacks[step.name] += name not in self.outcomes
        self._offer(step.name)

    def _offer(self, name: str) -> None:
        if name in self.waiting and not self.lacks[name]:
            heapq.heappush(self.ready, (self.order.rank(name), next(self.numbers), name))

    def _consider(self, step: Step) -> None:
        try:
            ingredients = self.runner.ingredients(step, self.records)
        except PrebakeError as error:
            self._fail(step, error)
            return
        state, store = self.runner.state, self.runner.store
        forced = step.name in self.forced
        found = find(store, step, ingredients, self.runner.known)
        why = self.runner.reason(step, found)
        if found.record is not None and not forced:
            fresh = state.key(step.name) == found.key
            store.touch(found.record)
            self._done(step, found.record, "fresh" if fresh else "restored", why, 0.0)
            return
        why = "--force" if forced else why or MISSING
        self._queue(step, ingredients.key(step.run), ingredients, why, forced)

    def _run_extra(self, extra: Extra) -> None:
        step, store, watch = extra.step, self.runner.store, self.runner.watch
        try:
            ingredients = self.runner.ingredients(step, extra.records)
        except PrebakeError as error:
            watch.failed(step, error)
            return
        record = find(store, step, ingredients, self.runner.known).record
        if record is None:
            key = ingredients.key(step.run)
            job = self._job(step, key, ingredients, extra.records, False)
            result = execute(job, lambda *_: None)
            if result.error is not None:
                watch.failed(step, result.error)
            record = result.record
        if record is not None:
            watch.done(Outcome(step, "built", "", record.seconds, record))

    def _job(
        self,
        step: Step,
        key: str,
        ingredients: Ingredients,
        records: Mapping[str, Record],
        forced: bool,
    ) -> Job:
        inputs = {
            name: records[given.step]
            for name, given in step.inputs.items()
            if isinstance(given, Output)
        }
        return Job(step, key, ingredients, inputs, self.runner.store.root, self.runner.root, forced)

    def _queue(
        self, step: Step, key: str, ingredients: Ingredients, why: str, forced: bool
    ) -> None:
        self.runner.watch.wanted(step, key)
        self._put_in_line(Task(self._job(step, key, ingredients, self.records, forced), why))

    def _put_in_line(self, task: Task) -> None:
        rank = self.order.rank(task.job.step.name)
        if task.job.step.where == "inline":
            heapq.heappush(self.inline, (rank, next(self.numbers), task))
        else:
            self.lanes[task.job.step.where].add(task, rank)

    # -- running it ------------------------------------------------------------------------

    def _fill(self) -> None:
        for where, lane in self.lanes.items():
            others = sum(task.job.step.where == where for task in self.elsewhere.values())
            for task in lane.next(others):
                if is_locked(self.runner.store, task.job.key):
                    self._leave(task)
                    continue
                self._say_that_it_runs(task)
                lane.start(task)

    def _say_that_it_runs(self, task: Task) -> None:
        self.runner.effects.say(f"{task.job.step.name}: {task.why}")
        self.runner.watch.started(task.job.step, task.job.key)

    def _leave(self, task: Task) -> None:
        """To the other build that is at it."""
        step = task.job.step
        if step.name not in self.elsewhere:
            self.runner.effects.detail(f"{step.name}: another build is making it")
            self.runner.watch.elsewhere(step, task.job.key)
        self.elsewhere[step.name] = task

    def _poll(self) -> None:
        """Takes what other builds have made, and puts back in line what they left."""
        self.polled = time.monotonic()
        store = self.runner.store
        for name, task in list(self.elsewhere.items()):
            if is_locked(store, task.job.key):
                continue
            del self.elsewhere[name]
            step, known = task.job.step, task.job.ingredients
            record = None if task.job.force else find(store, step, known, {}).record
            if record is not None:
                self._done(step, record, "restored", task.why, 0.0)
            else:
                self._put_in_line(task)

    def _receive(self, blocking: bool) -> None:
        """Takes what is told; with ``blocking`` waits for it, for a while."""
        inbox = self.runner.inbox
        running = any(lane.running for lane in self.lanes.values())
        if blocking and (running or self.elsewhere):
            with suppress(Empty):
                self._take(inbox.get(timeout=POLL if self.elsewhere else 1.0))
        while not inbox.empty():
            self._take(inbox.get())
        if self.elsewhere and time.monotonic() - self.polled >= POLL:
            self._poll()

    def _take(self, message: Future | Request) -> None:
        if isinstance(message, Future):
            self._collect(message)
        elif message.what == "abandon":
            self._abandon(message.key)

    def _abandon(self, key: str) -> None:
        for lane in self.lanes.values():
            for future, task in lane.running.items():
                if task.job.key == key and hasattr(lane.executor, "abandon"):
                    lane.executor.abandon(future)

    def _collect(self, future: Future) -> None:
        lane = next((each for each in self.lanes.values() if future in each.running), None)
        if lane is None:
            return
        task = lane.running.pop(future)
        try:
            result = future.result()
        except BrokenExecutor as died:
            if self.runner.retired:
                return
            if not task.alone:
                why = in_short(died)
                self.runner.effects.say(f"{task.job.step.name}: {why}; it runs again, alone")
                self._put_in_line(replace(task, alone=True))
                return
            result = Result(error=as_error(died, self.runner.root))
        except PrebakeError as error:
            result = Result(error=error)
        self._settle(task, result)

    # -- what became of it -----------------------------------------------------------------

    def _settle(self, task: Task, result: Result) -> None:
        step = task.job.step
        if result.elsewhere:
            self._leave(task)
        elif result.record is not None:
            status: Status = "restored" if result.shared else "built"
            self._done(step, result.record, status, task.why, result.record.seconds)
            self._save_now_and_then(result.record.seconds)
        elif result.moved:
            self._again(step, result.moved)
        elif result.damaged is not None:
            self._repair(task.job, result.damaged, result.detail)
        else:
            assert result.error is not None
            self._fail(step, result.error)

    def _save_now_and_then(self, seconds: float) -> None:
        """What took long counts from now on, even if this build is killed; of many short steps
        at most those of one second are noted again."""
        now = time.monotonic()
        if seconds >= 1.0 or now - self.saved >= 1.0:
            self.runner.save()
            self.saved = now

    def _again(self, step: Step, moved: str) -> None:
        """Puts a step back in line that read a file while somebody wrote it."""
        self.repairs[step.name] += 1
        if self.repairs[step.name] > MOST_AGAIN:
            self._fail(
                step,
                PrebakeError(
                    "the file changes again and again while it is read.",
                    where=moved,
                    remedy="Build when nothing writes it.",
                ),
            )
            return
        self.runner.effects.say(f"{step.name}: {moved} was changed meanwhile; it runs again")
        self.runner.forget()
        self.waiting[step.name] = step
        self._offer(step.name)

    def _repair(self, job: Job, record: Record, detail: str) -> None:
        """Puts the step whose result is damaged back in line, and this one behind it."""
        step = job.step
        self.waiting[step.name] = step
        for name, given in step.inputs.items():
            if not isinstance(given, Output) or job.records[name].digest != record.digest:
                continue
            made = self.outcomes.get(given.step)
            if made is None or self._sound(made.record):
                continue  # it is being made again already, for another step
            self.repairs[given.step] += 1
            if self.repairs[given.step] > 2:
                del self.waiting[step.name]
                self._fail(step, DamagedArtifact(record.digest, detail))
                return
            self.runner.effects.warn(
                f"what {given.step} had stored is damaged ({detail}); it is made again"
            )
            self.runner.store.evict(record.digest)
            self.sound.clear()
            self._undo(self.steps[given.step])
        self._offer(step.name)

    def _undo(self, step: Step) -> None:
        del self.outcomes[step.name], self.records[step.name]
        for reader in self.readers.get(step.name, ()):
            self.lacks[reader] += 1
        self.waiting[step.name] = step
        self._offer(step.name)

    def _sound(self, record: Record) -> bool:
        try:
            self.runner.store.verified(record)
        except DamagedArtifact:
            return False
        return True

    def _done(self, step: Step, record: Record, status: Status, why: str, seconds: float) -> None:
        outcome = Outcome(step, status, why, seconds, record)
        self.outcomes[step.name], self.records[step.name] = outcome, record
        self.runner.state.note(step.name, record.key, record.ingredients)
        for warning in record.warnings:
            self.runner.effects.warn(f"{step.name}: {warning}")
        if status == "built":
            self.runner.effects.detail(f"{step.name}: done in {seconds:.1f} s")
            self.runner.durations.note(step.name, seconds)
        self.order.done(step.name)
        for reader in self.readers.get(step.name, ()):
            self.lacks[reader] -= 1
            self._offer(reader)
        self.runner.watch.done(outcome)

    def _fail(self, step: Step, error: PrebakeError) -> None:
        self.failures[step.name] = error
        self.runner.effects.detail(f"{step.name}: failed")
        self.runner.watch.failed(step, error)


def in_order(steps: list[Step]) -> list[Step]:
    """The steps, each behind those whose outputs it reads.

    Raises:
        StoreError: if a step needs one that is not among them, or needs itself.
    """
    by_name = {step.name: step for step in steps}
    ordered: dict[str, Step] = {}

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in ordered:
            return
        if name in above or name not in by_name:
            raise StoreError(f"the step {name!r}, needed by {above[-1]!r}, cannot be reached.")
        for needed in by_name[name].needs():
            visit(needed, (*above, name))
        ordered[name] = by_name[name]

    for step in steps:
        visit(step.name, ())
    return list(ordered.values())


def _matches(name: str, force: Collection[str]) -> bool:
    return any(name == each or name.split(" ")[0] == each for each in force)


def _check_force(force: Collection[str], steps: Mapping[str, Step]) -> None:
    for each in force:
        if not any(_matches(name, [each]) for name in steps):
            raise UsageError(
                f"there is no step {each!r}.",
                where="--force",
                remedy="'python build.py graph' lists them; a kind such as 'pack' means them all.",
            )
