"""A build that tells another program step by step what it does: one JSON object a line.

``python build.py build --follow`` writes these lines to standard output, and reads from standard
input what it is to do: ``retire`` (start no further step, end when those that run have ended)
and ``abandon KEY`` (end the step of that key). It ends when its standard input does.
``serve`` uses it; the lines are no public interface.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from typing import Any

from .declare.project import Project
from .effects import Effects
from .errors import PrebakeError
from .graph.durations import Durations
from .graph.record import Record
from .graph.runner import Outcome, Runner
from .graph.step import Step
from .graph.store import Store
from .graph.watch import Extra
from .preview import Previews

SITE = "site/"


class Channel:
    """The two ends of a build that is followed."""

    def __init__(self) -> None:
        # Whatever else is printed must not get between the lines.
        sys.stdout.flush()
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)
        self._in = os.fdopen(os.dup(0), encoding="utf-8")
        with open(os.devnull) as nothing:  # noqa: PTH123
            os.dup2(nothing.fileno(), 0)
        self._lock = threading.Lock()

    def tell(self, event: str, **given: Any) -> None:
        line = json.dumps({"event": event, **given}, ensure_ascii=False)
        with self._lock:
            try:
                self._out.write(line + "\n")
                self._out.flush()
            except OSError:
                pass  # nobody follows any more; the end of the input will say so

    def obey(self, runner: Runner) -> None:
        """Does what the other end says, in a thread of its own."""
        threading.Thread(target=self._obey, args=(runner,), daemon=True).start()

    def _obey(self, runner: Runner) -> None:
        for line in self._in:
            word, _, rest = line.strip().partition(" ")
            if word == "retire":
                runner.retire()
            elif word == "abandon":
                runner.abandon(rest)
        os.kill(os.getpid(), signal.SIGTERM)


class Follower:
    """Tells a channel what becomes of each step; also the effects of such a build."""

    def __init__(self, channel: Channel, effects: Effects) -> None:
        self.channel = channel
        self.detail = effects.detail
        self.say = effects.say
        self.warn = effects.warn
        self._progress = effects.progress
        self._last: dict[str, float] = {}
        self._previews: Previews | None = None

    def plan(
        self,
        project: Project,
        steps: Mapping[str, Step],
        pages: Mapping[str, list[str]],
        problems: Mapping[str, PrebakeError],
        durations: Durations,
        jobs: int,
    ) -> None:
        """Tells what will be done; the first line of all."""
        self.channel.tell(
            "plan",
            title=project.site.title,
            language=project.site.language,
            jobs=jobs,
            pages=[
                {
                    "name": page.name,
                    "url": page.url,
                    "title": page.front.title,
                    "summary": page.front.summary,
                    "steps": pages[page.name],
                }
                for page in project.pages.values()
            ],
            steps=[
                {
                    "name": step.name,
                    "needs": list(dict.fromkeys(step.needs())),
                    "where": step.where,
                    "known": durations.known(step.name),
                    "expected": durations.expected(step),
                }
                for step in steps.values()
            ],
            problems={name: str(problem) for name, problem in problems.items()},
        )

    def start(self, runner: Runner, steps: Mapping[str, Step]) -> None:
        """Called before the first step."""
        self._previews = Previews(steps, lambda name: _last(runner, name))
        self.channel.obey(runner)

    def progress(self, task: str, done: float, total: float, unit: str) -> None:
        now = time.monotonic()
        if now - self._last.get(task, 0.0) >= 0.5 or done >= total:
            self._last[task] = now
            self.channel.tell("progress", step=task, done=done, total=total, unit=unit)
        self._progress(task, done, total, unit)

    # -- the watch -------------------------------------------------------------------------

    def wanted(self, step: Step, key: str) -> None:
        if self._previews:
            self._previews.wanted(step)
        self.channel.tell("wanted", step=step.name, key=key)

    def started(self, step: Step, key: str) -> None:
        self.channel.tell("started", step=step.name, key=key)

    def elsewhere(self, step: Step, key: str) -> None:
        self.channel.tell("elsewhere", step=step.name, key=key)

    def done(self, outcome: Outcome) -> None:
        record = outcome.record
        if self._previews and outcome.step.kind != "preview":
            self._previews.done(outcome)
        self.channel.tell("done", step=outcome.step.name, key=record.key, **_files(record))

    def failed(self, step: Step, error: PrebakeError) -> None:
        self.channel.tell("failed", step=step.name, message=str(error))

    def idle(self) -> Iterable[Extra]:
        for extra in self._previews.possible() if self._previews else ():
            for record in extra.records.values():
                self.channel.tell("files", **_files(record))
            yield extra


def _files(record: Record) -> dict[str, Any]:
    """What of a result belongs to the site."""
    files = [path for path in record.files if path.startswith(SITE)]
    return {"digest": record.digest, "files": [path.removeprefix(SITE) for path in files]}


def _last(runner: Runner, name: str) -> Record | None:
    store: Store = runner.store
    key = runner.state.key(name)
    return store.find(key) if key else None
