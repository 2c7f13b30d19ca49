"""Running the steps that have to run, in the order their inputs allow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Protocol

from ..effects import Effects
from ..errors import BuildFailed, DamagedArtifact, PrebakeError, StoreError, UsageError
from .code import Code
from .discovery import Found, find
from .key import Ingredients, gather, reason
from .state import State
from .step import Output, Step
from .store import Record, Store
from .worker import Job, Result, execute

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


class Pool(Protocol):
    """What the runner asks of an executor beyond :class:`concurrent.futures.Executor`."""

    def kill(self) -> None: ...
    def restart(self) -> None: ...


class Runner:
    """Brings steps up to date.

    Args:
        root: the project's folder.
        store: where results are found and kept.
        state: what the last build of this checkout was.
        executor: runs the steps that do not run inline.
        effects: is told what runs and why.
    """

    def __init__(
        self, root: Path, store: Store, state: State, executor: Executor, effects: Effects
    ) -> None:
        self.root = root
        self.store = store
        self.state = state
        self.executor = executor
        self.effects = effects
        self.code = Code(root, root / ".prebake" / "code.json")
        self.known: dict[Path, str] = {}

    def run(self, steps: Iterable[Step], force: Collection[str] = ()) -> dict[str, Outcome]:
        """Brings every step up to date and returns what became of each.

        Raises:
            BuildFailed: after everything that did not depend on a failure has finished.
            UsageError: if ``force`` names no step.
        """
        run = _Run(self, list(steps), force)
        try:
            return run.finish()
        except BaseException:
            if hasattr(self.executor, "kill"):
                self.executor.kill()
            raise
        finally:
            self.state.save()
            self.code.save()

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


class _Run:
    """One pass over the steps."""

    def __init__(self, runner: Runner, steps: list[Step], force: Collection[str]) -> None:
        self.runner = runner
        self.steps = {step.name: step for step in in_order(steps)}
        self.waiting = dict(self.steps)
        self.forced = {name for name in self.steps if _matches(name, force)}
        _check_force(force, self.steps)
        self.outcomes: dict[str, Outcome] = {}
        self.failures: dict[str, PrebakeError] = {}
        self.running: dict[Future, tuple[Job, str]] = {}
        self.repairs: Counter[str] = Counter()

    def finish(self) -> dict[str, Outcome]:
        while self.waiting or self.running:
            self._advance()
            if self.running:
                done, _ = wait(self.running, return_when=FIRST_COMPLETED)
                for future in done:
                    self._collect(future)
            elif not any(self._ready(step) for step in self.waiting.values()):
                break
        if self.failures:
            raise BuildFailed(self.failures, sorted(self.waiting))
        return {name: self.outcomes[name] for name in self.steps}

    def _ready(self, step: Step) -> bool:
        return all(name in self.outcomes for name in step.needs())

    def _advance(self) -> None:
        """Looks at every step whose inputs are there, until none is left that could be."""
        while step := next((s for s in self.waiting.values() if self._ready(s)), None):
            del self.waiting[step.name]
            self._consider(step)

    def _consider(self, step: Step) -> None:
        try:
            records = {name: outcome.record for name, outcome in self.outcomes.items()}
            ingredients = self.runner.ingredients(step, records)
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
        self._start(step, ingredients.key(step.run), ingredients, why, forced)

    def _start(
        self, step: Step, key: str, ingredients: Ingredients, why: str, forced: bool
    ) -> None:
        inputs = {
            name: self.outcomes[given.step].record
            for name, given in step.inputs.items()
            if isinstance(given, Output)
        }
        job = Job(step, key, ingredients, inputs, self.runner.store.root, self.runner.root, forced)
        self.runner.effects.say(f"{step.name}: {why}")
        if step.where == "inline":
            self._settle(job, why, execute(job, lambda *_: None))
        else:
            self.running[self._submit(job)] = (job, why)

    def _submit(self, job: Job) -> Future:
        try:
            return self.runner.executor.submit(execute, job)
        except BrokenExecutor:  # a worker died since; its own steps are told when collected
            if hasattr(self.runner.executor, "restart"):
                self.runner.executor.restart()
            return self.runner.executor.submit(execute, job)

    def _collect(self, future: Future) -> None:
        job, why = self.running.pop(future, (None, ""))
        if job is None:
            return
        try:
            self._settle(job, why, future.result())
        except BrokenExecutor:
            self._after_a_loss(job, why)

    def _after_a_loss(self, job: Job, why: str) -> None:
        """A pool that lost a worker fails all its steps. Each runs again, alone, so that only
        the one at fault is blamed."""
        lost = [(job, why), *self.running.values()]
        self.running.clear()
        for each, reason_of_it in lost:
            if hasattr(self.runner.executor, "restart"):
                self.runner.executor.restart()
            try:
                result = self.runner.executor.submit(execute, each).result()
            except BrokenExecutor:
                result = Result(error=_worker_died())
            self._settle(each, reason_of_it, result)

    def _settle(self, job: Job, why: str, result: Result) -> None:
        if result.record is not None:
            status: Status = "restored" if result.shared else "built"
            self._done(job.step, result.record, status, why, result.record.seconds)
            # Each result counts from now on, even if this build is killed.
            self.runner.state.save()
        elif result.moved:
            self._again(job.step, result.moved)
        elif result.damaged is not None:
            self._repair(job, result.damaged, result.detail)
        else:
            assert result.error is not None
            self._fail(job.step, result.error)

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
            del self.outcomes[given.step]
            self.waiting[given.step] = self.steps[given.step]

    def _sound(self, record: Record) -> bool:
        try:
            self.runner.store.verified(record)
        except DamagedArtifact:
            return False
        return True

    def _done(self, step: Step, record: Record, status: Status, why: str, seconds: float) -> None:
        self.outcomes[step.name] = Outcome(step, status, why, seconds, record)
        self.runner.state.note(step.name, record.key, record.ingredients)
        for warning in record.warnings:
            self.runner.effects.warn(f"{step.name}: {warning}")
        if status == "built":
            self.runner.effects.detail(f"{step.name}: done in {seconds:.1f} s")

    def _fail(self, step: Step, error: PrebakeError) -> None:
        self.failures[step.name] = error
        self.runner.effects.detail(f"{step.name}: failed")


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


def _worker_died() -> PrebakeError:
    return PrebakeError(
        "its process was killed, most likely because the machine ran out of memory.",
        remedy="Build again with --jobs 1.",
    )
