"""The development server: the site on loopback, each page as soon as it is there, rebuilt and
reloaded on every change.

Each build runs in a process of its own (:mod:`prebake.serve.builds`), so that edited modules are
read afresh and a crash costs nothing. Pages are given a script that listens for what happens; what
is on the disk is not changed by serving it.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Sequence
from pathlib import Path

from ..console import Console
from ..errors import UsageError
from ..graph.store import Store
from .builds import Builds
from .http import HOST, application
from .stream import Stream
from .view import View

WATCHED = ("site", "datasets", "models", "templates", "prebake", "package-lock.json")
PAUSE = 0.5
"""Seconds between two messages about how far a build is."""


def serve(
    root: Path, out: Path, store: Path, arguments: Sequence[str], port: int, console: Console
) -> None:
    """Builds, serves and watches until it is interrupted.

    Args:
        root: the project's folder.
        out: the site.
        store: where the builds keep their results.
        arguments: of the builds that it starts.
        port: on loopback; 0 for any that is free.
        console: where it says what it does.

    Raises:
        UsageError: if the port is taken.
    """
    try:
        listening = socket.create_server((HOST, port))
    except OSError:
        raise UsageError(
            f"the port {port} is in use.", where="--port", remedy="Choose another, or 0."
        ) from None
    view = View(Store(store).folder, out)
    with contextlib.suppress(KeyboardInterrupt), listening:
        asyncio.run(_serve(root, view, arguments, listening, console))


async def _serve(
    root: Path, view: View, arguments: Sequence[str], listening: socket.socket, console: Console
) -> None:
    import uvicorn

    stream = Stream(view)
    config = uvicorn.Config(
        application(view, stream),
        log_level="error",
        lifespan="off",
        timeout_graceful_shutdown=1,  # the event streams of open pages would never end
    )
    server = uvicorn.Server(config)
    # Its own handlers would raise the signal again when it has ended.
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]
    stop = asyncio.Event()
    _on_signals(stop)
    changed = asyncio.Event()

    def news(kind: str, text: str) -> None:
        if kind:
            stream.tell_status()
            stream.tell(kind, text)
        changed.set()

    builds = Builds(root, arguments, view, console, news)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    telling = asyncio.create_task(_tell(stream, changed))
    watching = asyncio.create_task(_watch(root, arguments, builds, stop))
    stopping = asyncio.create_task(stop.wait())
    console.say(f"http://{HOST}:{listening.getsockname()[1]}/  (Ctrl-C ends it)")
    try:
        await asyncio.wait({serving, watching, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.set()
        telling.cancel()
        stream.close()
        server.should_exit = True
        await builds.stop()
        await asyncio.gather(serving, watching)


async def _tell(stream: Stream, changed: asyncio.Event) -> None:
    """Passes on what changed, with a pause between; and the time, which passes by itself."""
    while True:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(changed.wait(), 2.0)
        changed.clear()
        stream.tell_status()
        await asyncio.sleep(PAUSE)


def _on_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Windows has no such handlers; there Ctrl-C ends everything at once.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)


async def _watch(root: Path, arguments: Sequence[str], builds: Builds, stop: asyncio.Event) -> None:
    """Starts a build at once and another on every change, also while one runs."""
    from watchfiles import awatch

    await builds.start()
    places = (*(root / name for name in WATCHED), *_data_folders(root, arguments))
    paths = [path for path in places if path.exists()]
    async for _ in awatch(*paths, step=100, stop_event=stop):
        await builds.start()


def _data_folders(root: Path, arguments: Sequence[str]) -> list[Path]:
    """The folders and tables given with ``--data NAME=./PATH``."""
    chosen = [word.partition("=")[2] for word in arguments if "=" in word]
    return [root / source for source in chosen if "/" in source]
