"""What the server shows: the files of the pages that are there, and what happens to the others.

A page is taken over when all that it needs is made, so that it never appears without its model.
Until then its last good version stays, if there is one: of this session, or in the folder of the
last whole build.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..graph.order import GoalsFirst
from ..graph.step import Output, Step
from ..publish import REPORT
from . import words
from .progress import StepState, all_can_be_told, forecast

HOME = ""
"""The URL of the home page."""
LONG = 30.0
"""Seconds. A step that takes longer is told of before its time."""
RENDER, PREVIEW = "render ", "preview "
"""How the names of steps start that draw a page, at last or for the time being."""


@dataclass(eq=False)
class PageState:
    """A page of the build.

    Args:
        steps: the names of those that it needs, each behind those that it needs itself.
        lacks: those that are not done.
    """

    name: str
    url: str
    title: str
    summary: str
    steps: tuple[str, ...]
    lacks: set[str] = field(default_factory=set)


class View:
    """Follows the events of a build (:mod:`prebake.follow`).

    Args:
        folder: where the store keeps the artifact of a digest.
        out: the folder of the last whole build.
    """

    def __init__(self, folder: Callable[[str], Path], out: Path) -> None:
        self.out = out
        self.title = "prebake"
        self.language = "en"
        self.planned = False
        self.building = True
        self.pages: dict[str, PageState] = {}
        self.steps: dict[str, StepState] = {}
        self.errors: dict[str, str] = {}
        self.problems: dict[str, str] = {}
        self.news: set[str] = set()
        self.readers_of_report: set[str] = set()
        self._folder = folder
        self._files: dict[str, Path] = {}
        self._drawn: dict[str, dict[str, Path]] = {}
        self._pages_of: dict[str, list[PageState]] = {}
        self._before: dict[str, StepState] = {}
        self._order: GoalsFirst | None = None
        self._jobs = 1
        self._ends: tuple[float, dict[str, float]] = (0.0, {})

    # -- files -----------------------------------------------------------------------------

    def file(self, path: str) -> Path | None:
        """The file at an address below the site's root, or None."""
        found = self._files.get(path)
        if found is not None and found.is_file():
            return found
        inside = (self.out / path).resolve()
        ours = inside.is_relative_to(self.out) and inside.is_file()
        return inside if ours else None

    def shows(self, url: str) -> bool:
        """Whether there is a version of the page, be it an old one."""
        return self.file(f"{url}index.html") is not None

    def page_at(self, url: str) -> PageState | None:
        return next((page for page in self.pages.values() if page.url == url), None)

    # -- events ----------------------------------------------------------------------------

    def apply(self, event: dict[str, Any]) -> None:
        """Takes an event of the build that is current."""
        kind = event["event"]
        if kind == "plan":
            self._plan(event)
        elif kind == "files":
            self._take(event)
        elif kind == "built":
            self._built()
        elif kind == "failed":
            self._failed(event["step"], event["message"])
        elif kind == "done":
            self._done(event)
        elif event.get("step") in self.steps:
            step = self.steps[event["step"]]
            if kind == "started":
                step.runs(None)
            elif kind == "elsewhere":
                step.runs(self._before.get(step.name))
            elif kind == "progress":
                step.told(event["done"], event["total"], event["unit"])

    def _plan(self, event: dict[str, Any]) -> None:
        self._before = {n: step for n, step in self.steps.items() if step.status == "running"}
        self.planned = self.building = True
        self.title, self.language = event["title"], event["language"]
        self._jobs = event["jobs"]
        self.steps = {}
        for each in event["steps"]:
            name = each["name"]
            self.steps[name] = StepState(
                name, tuple(each["needs"]), each["where"], each["known"], each["expected"]
            )
        self.pages = {}
        self._pages_of = {}
        place = {name: number for number, name in enumerate(self.steps)}
        for each in event["pages"]:
            names = tuple(sorted(each["steps"], key=place.__getitem__))
            page = PageState(**{**each, "steps": names}, lacks=set(names))
            self.pages[page.name] = page
            for name in page.steps:
                self._pages_of.setdefault(name, []).append(page)
        self._order = _order(self.steps, self.pages)
        self._drawn = {}
        self._ends = (0.0, {})
        self.problems = event["problems"]
        steps_still = {k: text for k, text in self.errors.items() if k in self.steps}
        self.errors = {**steps_still, **{f"page {n}": t for n, t in self.problems.items()}}

    def _done(self, event: dict[str, Any]) -> None:
        name = event["step"]
        drawn = self._take(event)
        self.errors.pop(name, None)
        if name.startswith(PREVIEW):
            page = self.pages.get(name.removeprefix(PREVIEW))
            self.errors.pop(name.replace(PREVIEW, RENDER), None)
            if page is not None and page.lacks:
                self._show(drawn)
            return
        self._drawn[name] = drawn
        if name not in self.steps:
            return
        self.steps[name].status = "done"
        if self._order:
            self._order.done(name)
        for page in self._pages_of.get(name, ()):
            page.lacks.discard(name)
            if not page.lacks:
                self._show(self._drawn.get(RENDER + page.name, {}))

    def _take(self, event: dict[str, Any]) -> dict[str, Path]:
        """Serves the files of a result; of pages it only returns them: their time may not have
        come. What pages load has its content's hash in its name and disturbs nobody."""
        folder = self._folder(event["digest"]) / "site"
        pages = str(event.get("step", "")).startswith((RENDER, PREVIEW))
        drawn = {path: folder / path for path in event["files"] if pages}
        self._files.update({path: folder / path for path in event["files"] if path not in drawn})
        return drawn

    def _show(self, drawn: dict[str, Path]) -> None:
        for path, file in drawn.items():
            before = self.file(path)
            if before is None or _bytes(before) != _bytes(file):
                self.news.add(path.removesuffix("index.html"))
            self._files[path] = file

    def _failed(self, name: str, message: str) -> None:
        if name in self.steps:
            self.steps[name].status, self.steps[name].message = "failed", message
        name = name.replace(PREVIEW, RENDER)
        self.errors[name] = f"{name}: {message}"

    def _built(self) -> None:
        """The folder of the whole site has everything now."""
        self._files.clear()
        self.errors.clear()
        self.building = False
        self.news |= self.readers_of_report

    def ended(self, error: str, going_on: Collection[str] = ()) -> None:
        """The current build ended without a whole site.

        Args:
            error: why, if that is not known yet.
            going_on: the steps that builds before it still run.
        """
        self.building = False
        for step in self.steps.values():
            if step.status == "running" and step.name not in going_on:
                step.status = "waiting"
        if error:
            self.errors = {"build": error}

    def asked(self, path: str, page: str) -> None:
        """Notes that a page read a file; the report is another one after each build."""
        if path == REPORT:
            self.readers_of_report.add(page)

    # -- what happens ----------------------------------------------------------------------

    def error(self) -> str:
        return "\n".join(dict.fromkeys(self.errors.values()))

    def failure(self, page: PageState) -> str:
        """Why a page cannot be made; empty if it can."""
        own = [self.steps[name] for name in page.steps if self.steps[name].status == "failed"]
        return "\n".join(f"{step.name}: {step.message}" for step in own)

    def waits(self) -> list[PageState]:
        """The pages that are not up to date, the home page last."""
        late = [page for page in self.pages.values() if page.lacks]
        return sorted(late, key=lambda page: page.url == HOME)

    def text(self, page: PageState) -> str:
        """What happens to a page that is not there, in one line."""
        if self.failure(page):
            return "Could not be built"
        running = self._running(page)
        if not running and not self.building:
            return "Was not built"
        if running:
            return running[0].text() + self._then(page)
        nearest = self._next(page)
        if nearest is None:
            return "Waits for its turn"
        return f"Waits for its turn: {words.small(nearest.text())}{self._then(page, nearest)}"

    def left(self, page: PageState) -> float | None:
        """Seconds until the page will be there; None if that would be a guess."""
        if not self.building or not all_can_be_told(self.steps, page.lacks):
            return None
        ends = self._forecast()
        return max((ends.get(name, 0.0) for name in page.lacks), default=0.0)

    def made(self, page: PageState) -> list[StepState]:
        """The steps of a page that are done."""
        return [self.steps[name] for name in page.steps if name not in page.lacks]

    def to_come(self, page: PageState) -> list[StepState]:
        """The steps that a page waits for, each behind those that it needs."""
        return [self.steps[name] for name in page.steps if name in page.lacks]

    def _then(self, page: PageState, now: StepState | None = None) -> str:
        """The longest step that is still to come, if it is long."""
        later = [s for s in self.to_come(page) if s.status == "waiting" and s is not now]
        longest = max(later, key=lambda s: s.expected, default=None)
        if longest is None or longest.expected < LONG:
            return ""
        return f"; then {words.small(words.doing(longest.name))}"

    def _running(self, page: PageState) -> list[StepState]:
        running = [s for s in self.to_come(page) if s.status == "running"]
        return sorted(running, key=lambda s: -(s.left if s.left is not None else s.expected))

    def _next(self, page: PageState) -> StepState | None:
        ready = [s for s in self.to_come(page) if not any(n in page.lacks for n in s.needs)]
        return max(ready, key=lambda s: s.expected, default=None)

    def _forecast(self) -> dict[str, float]:
        now = time.monotonic()
        if now - self._ends[0] > 0.5 and self._order is not None:
            self._ends = (now, forecast(self.steps, self._order.rank, self._jobs))
        return self._ends[1]


def _order(steps: dict[str, StepState], pages: dict[str, PageState]) -> GoalsFirst:
    """The order in which the build itself takes its steps."""
    same = []
    for step in steps.values():
        kind, _, target = step.name.partition(" ")
        same.append(Step(kind, target, "", inputs={n: Output(n) for n in step.needs}))
    goals = {page.name: page.steps for page in pages.values()}
    return GoalsFirst(same, lambda step: steps[step.name].expected, goals)


def _bytes(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None
