"""The builds that a server starts: one for each edit, each in a process of its own.

A build does not wait for the one before it. That one is retired: it starts no further step, and
those that it runs go on, so that their results are there when the new build looks for them; those
whose results the new build does not want are ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..console import Console
from .view import PREVIEW, RENDER, View

ERROR = "error: "
LINE = 1 << 26
"""Bytes; the plan of thousands of pages is one line."""
PATIENCE = 5.0
"""Seconds that a build has to end when it is told to."""
KILLED = (
    "The build was killed, most likely because the machine ran out of memory. "
    "The next edit starts it again."
)


class Build:
    """A build process, and what is known of it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.planned: set[str] | None = None
        """The names of its steps; None before it has told them."""
        self.whole = True
        """Whether its plan has all pages, none of which has a mistake."""
        self.keys: dict[str, str] = {}
        """By step the key that it wants or has."""
        self.running: dict[str, str] = {}
        """Of those that it runs itself."""
        self.abandoned: set[str] = set()
        self.errors: list[str] = []
        """What it could not build, as it was said."""

    def note(self, event: dict[str, Any]) -> None:
        kind, step = event["event"], event.get("step", "")
        if kind == "plan":
            self.planned = {each["name"] for each in event["steps"]}
            self.whole = not event["problems"]
        if "key" in event:
            self.keys[step] = event["key"]
        if kind == "started":
            self.running[step] = event["key"]
        elif kind in ("done", "failed", "elsewhere"):
            self.running.pop(step, None)

    def wants(self, step: str, key: str) -> bool:
        """Whether the result of a step that another build runs may be of use."""
        if self.planned is None:
            return True
        if step in self.keys:
            return key in self.keys.values()
        return step in self.planned or not self.whole

    def say(self, *words: str) -> None:
        if self.process.stdin is not None and not self.process.stdin.is_closing():
            self.process.stdin.write((" ".join(words) + "\n").encode())


class Builds:
    """Starts builds and follows them.

    Args:
        root: the project's folder.
        arguments: of each build.
        view: is told what the current build does.
        console: repeats what builds say.
        news: called when something has changed.
    """

    def __init__(
        self,
        root: Path,
        arguments: Sequence[str],
        view: View,
        console: Console,
        news: Callable[[str, str], None],
    ) -> None:
        self._root = root
        self._arguments = arguments
        self._view = view
        self._console = console
        self._news = news
        self._current: Build | None = None
        self._all: set[Build] = set()
        self._tasks: set[asyncio.Task] = set()
        self._stopping = False

    async def start(self) -> None:
        """Starts a build of the project as it is now."""
        if self._current is not None:
            self._current.say("retire")
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "prebake.cli",
            "build",
            "--follow",
            *self._arguments,
            cwd=self._root,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=LINE,
            start_new_session=True,  # Ctrl-C is for this process, which ends the builds itself
        )
        if self._stopping:
            _kill(process.pid)
            return
        build = Build(process)
        self._current = build
        self._all.add(build)
        task = asyncio.create_task(self._follow(build))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Ends all builds and what they started."""
        self._stopping = True
        for build in self._all:
            with contextlib.suppress(ProcessLookupError):
                build.process.send_signal(signal.SIGTERM)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=PATIENCE)
        for build in self._all:
            _kill(build.process.pid)
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _follow(self, build: Build) -> None:
        await asyncio.gather(self._repeat(build), self._read(build))
        status = await build.process.wait()
        self._all.discard(build)
        _kill(build.process.pid)  # a program that it started may have outlived it
        if self._stopping:
            return
        if build is self._current:
            self._current = None
            if status != 0:
                going_on = {step for each in self._all for step in each.running}
                if status < 0:
                    self._console.error(KILLED)
                text = KILLED if status < 0 else "\n".join(build.errors)
                text = text or "The build ended without a message."
                if self._view.errors and build.planned is not None and status > 0:
                    text = ""  # it was told when it happened
                self._view.ended(text, going_on)
        elif self._current is None:
            self._view.ended("")
        self._news("", "")

    async def _read(self, build: Build) -> None:
        assert build.process.stdout is not None
        async for raw in build.process.stdout:
            with contextlib.suppress(ValueError):
                self._take(build, json.loads(raw))

    def _take(self, build: Build, event: dict[str, Any]) -> None:
        build.note(event)
        if build is self._current:
            self._view.apply(event)
            self._say_errors(build, event)
            if event["event"] == "wanted" and self._runs_already(event["key"]):
                self._view.apply({**event, "event": "elsewhere"})
            if event["event"] == "built":
                self._console.say(event["summary"])
                self._news("built", event["summary"])
            self._end_what_nobody_wants(build)
        elif event["event"] == "progress" and self._concerns(build, event["step"]):
            self._view.apply(event)
        self._news("", "")

    def _say_errors(self, build: Build, event: dict[str, Any]) -> None:
        """At once, and not only when all else is done."""
        found = [f"page {name}: {text}" for name, text in event.get("problems", {}).items()]
        if event["event"] == "failed":
            found = [f"{event['step'].replace(PREVIEW, RENDER)}: {event['message']}"]
        for text in found:
            self._error(build, text)

    def _error(self, build: Build, text: str) -> None:
        if text not in build.errors:
            build.errors.append(text)
            self._console.error(text)

    def _runs_already(self, key: str) -> bool:
        """Whether a build that was retired goes on with the step of ``key``."""
        return any(key in build.running.values() for build in self._all)

    def _concerns(self, build: Build, step: str) -> bool:
        """Whether a step of a retired build is one that the current build waits for."""
        current = self._current
        return current is None or current.keys.get(step) == build.running.get(step)

    def _end_what_nobody_wants(self, current: Build) -> None:
        for build in self._all - {current}:
            for step, key in build.running.items():
                if key not in build.abandoned and not current.wants(step, key):
                    build.abandoned.add(key)
                    build.say("abandon", key)

    async def _repeat(self, build: Build) -> None:
        """Prints what a build says."""
        assert build.process.stderr is not None
        async for raw in build.process.stderr:
            line = raw.decode(errors="replace").rstrip()
            outdated = build is not self._current
            if line.startswith(ERROR):
                # What a build could not do when another has begun is of no interest.
                if not outdated and not self._stopping:
                    self._error(build, line.removeprefix(ERROR))
            elif not self._stopping and not (outdated and line.startswith("warning: ")):
                self._console.say(line)


def _kill(pid: int) -> None:
    """Ends what is left of a build's process group."""
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(pid, signal.SIGKILL)
