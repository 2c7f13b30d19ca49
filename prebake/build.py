"""Building a site, as one numbered script."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from .declare.page import HOME, find_pages
from .declare.project import Project, load_project
from .effects import Effects
from .errors import BuildFailed, DamagedArtifact, PrebakeError, UsageError
from .graph.durations import Durations
from .graph.executor import Inline, Processes
from .graph.order import GoalsFirst
from .graph.runner import Outcome, Pending, Retired, Runner, in_order
from .graph.state import State
from .graph.step import Step
from .graph.store import Store
from .order import TYPICAL_SECONDS, page_steps
from .place import demand_place
from .plan import CHECK, plan, unpublished
from .publish import Published, layout, publish, read_report
from .report import make_report

if TYPE_CHECKING:
    from .check import Checked
    from .follow import Follower


@dataclass(frozen=True)
class Options:
    """What a build is asked for.

    Args:
        root: the project's folder.
        out: where the site goes.
        store: where results are kept; None for the user's cache folder.
        data: for a dataset the source to use.
        weights: for a model the source of its weights.
        only: the pages to build, beside the home page; empty for all.
        force: the steps to run in any case.
        jobs: how many worker processes at most.
        strict: whether a warning fails the build.
        draft: whether models are only trained a little, to look at pages soon.
    """

    root: Path
    out: Path
    store: Path | None = None
    data: Mapping[str, str] = field(default_factory=dict)
    weights: Mapping[str, str] = field(default_factory=dict)
    only: Collection[str] = ()
    force: Collection[str] = ()
    jobs: int = 2
    strict: bool = False
    draft: bool = False


@dataclass(frozen=True)
class Built:
    outcomes: Mapping[str, Outcome]
    published: Published
    seconds: float


def build(
    options: Options,
    effects: Effects,
    executor: Executor | None = None,
    follower: Follower | None = None,
) -> Built:
    """Builds the site and replaces what is in ``options.out``.

    Args:
        executor: where steps run (:mod:`prebake.graph.executor`); it is not shut down, so that
            it can serve the next build. None for ``options.jobs`` processes of this build.
        follower: is told step by step what is done. Such a build makes what it can: a mistake
            in one page fails it in the end, but the others are made.

    Raises:
        PrebakeError: as the tree in :mod:`prebake.errors` says; the old site is untouched.
        Retired: if the follower's other end asked for it.
    """
    started = time.monotonic()
    counting = _CountingEffects(follower or effects)
    demand_place(options.out, store_folder(options.store))

    # 1. Read and check every declaration.
    project, steps, problems = buildable(options) if follower else (*declared(options), {})

    # 2. Bring each step up to date.
    store = Store(store_folder(options.store), counting.warn)
    store.prepare()
    own = Processes(options.jobs)  # starts none before it is given work
    runner = Runner(
        options.root,
        store,
        State(options.root / ".prebake" / "state.json"),
        executor or own,
        counting,
        durations=durations(options),
        watch=follower,
    )
    try:
        if follower:
            _follow(runner, project, steps, problems, options, follower)
        outcomes = runner.run(steps, options.force)
        if runner.retired:
            raise Retired
        if problems:
            raise BuildFailed({f"page {name}": error for name, error in problems.items()}, [])

        # 3. Put the site in place, with a report on how it went.
        published = _publish(runner, project, steps, outcomes, options, counting, started)
    finally:
        own.shutdown()
    return Built(outcomes, published, time.monotonic() - started)


def _follow(
    runner: Runner,
    project: Project,
    steps: list[Step],
    problems: Mapping[str, PrebakeError],
    options: Options,
    follower: Follower,
) -> None:
    """Tells the follower what will be done; pages that lack the least work come first."""
    pages = page_steps(project, steps)
    by_name = {step.name: step for step in in_order(steps)}
    expected = runner.durations.expected
    runner.order = lambda ordered: GoalsFirst(ordered, expected, pages)
    follower.plan(project, by_name, pages, problems, runner.durations, options.jobs)
    follower.start(runner, by_name)


def buildable(options: Options) -> tuple[Project, list[Step], dict[str, PrebakeError]]:
    """The project without the pages that have a mistake, its steps, and by page the mistakes.

    Raises:
        PrebakeError: if the mistake is not one of a single page.
    """
    try:
        return (*declared(options), {})
    except PrebakeError as error:
        mistake = error
    sound, problems = [], {}
    for name in options.only or find_pages(options.root / "site"):
        try:
            declared(replace(options, only=(name,)))
        except PrebakeError as error:
            problems[name] = error
        else:
            sound.append(name)
    if not problems or HOME in problems:
        raise mistake
    return (*declared(replace(options, only=sound or (HOME,))), problems)


def _publish(
    runner: Runner,
    project: Project,
    steps: list[Step],
    outcomes: dict[str, Outcome],
    options: Options,
    effects: _CountingEffects,
    started: float,
) -> Published:
    """Publishes; what turns out to be damaged on the way is made once more."""
    if options.strict and effects.warnings:
        raise PrebakeError(
            f"{effects.warnings} warning(s), and --strict allows none.",
            remedy="The site in place was left as it is.",
        )
    for _ in range(len(steps)):
        try:
            hidden = unpublished(project)
            site = layout(each.record for name, each in outcomes.items() if name not in hidden)
            seconds = time.monotonic() - started
            before = read_report(options.out)
            report = make_report(project, outcomes, runner.store, seconds, before)
            return publish(site, runner.store, options.out, report)
        except DamagedArtifact as error:
            effects.warn(f"a stored result is damaged ({error.detail}); it is made again")
            runner.store.evict(error.digest)
            again = runner.run(steps)
            outcomes.update({k: v for k, v in again.items() if v.status != "fresh"})
    raise PrebakeError(
        "stored results are damaged as fast as they are made.",
        where=str(runner.store.root),
        remedy="Check the disk, or choose another store with --store.",
    )


def check_site(options: Options, effects: Effects, backends: Collection[str]) -> Checked:
    """Builds the site and proves it in headless Chromium.

    Raises:
        PrebakeError: if the build fails, a model answers otherwise than Python did, or a page
            does not hold what :mod:`prebake.browser.gate` demands.
    """
    from .check import check

    built = build(options, effects)
    bundle = built.outcomes.get(CHECK)
    store = Store(store_folder(options.store))
    script = store.folder(bundle.record.digest) / "check" if bundle else None
    digest = bundle.record.digest if bundle else ""
    return check(options.out, script, effects, backends, digest)


def look(options: Options, effects: Effects) -> list[Pending]:
    """What a build would do to each step, without doing it."""
    _, steps = declared(options)
    store = Store(store_folder(options.store))
    state = State(options.root / ".prebake" / "state.json")
    runner = Runner(options.root, store, state, Inline(), effects)
    return runner.look(steps)


def declared(options: Options) -> tuple[Project, list[Step]]:
    """The project and the steps that build it."""
    project = load_project(
        options.root, data=options.data, weights=options.weights, only=options.only
    )
    return project, plan(project, downloads_folder(), draft=options.draft)


def durations(options: Options) -> Durations:
    """What is known of the seconds that steps take; drafts are short and have notes of their
    own."""
    name = "seconds-draft.json" if options.draft else "seconds.json"
    return Durations(options.root / ".prebake" / name, TYPICAL_SECONDS)


def store_folder(chosen: Path | None) -> Path:
    """The store: what was chosen, or a folder in the user's cache that all projects share."""
    return chosen or platformdirs.user_cache_path("prebake") / "store"


def downloads_folder() -> Path:
    """Where downloads are kept, for all projects of this user."""
    return platformdirs.user_cache_path("prebake") / "downloads"


def local_path(url: str) -> Path:
    """The folder that ``--store`` names: a path or a ``file://`` address.

    Raises:
        UsageError: for an address of any other kind.
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        return Path(url).expanduser().resolve()
    if scheme == "file":
        return Path("/" + rest.lstrip("/"))
    raise UsageError(
        f"a store on {scheme}:// is not supported by this version.",
        where=f"--store {url}",
        remedy="Give a folder or a file:// address.",
    )


class _CountingEffects:
    """Passes everything on and counts the warnings."""

    def __init__(self, effects: Effects) -> None:
        self._effects = effects
        self.warnings = 0
        self.detail = effects.detail
        self.say = effects.say
        self.progress = effects.progress

    def warn(self, text: str) -> None:
        self.warnings += 1
        self._effects.warn(text)
