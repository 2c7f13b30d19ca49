"""The development server: the site on loopback, rebuilt and reloaded on every change.

Each build runs in a process of its own, so that edited modules are read afresh and a crash
costs nothing. Pages are given a script that listens for the outcome; what is on the disk is
not changed by serving it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .console import Console
from .errors import UsageError

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

HOST = "127.0.0.1"
WATCHED = ("site", "datasets", "models", "templates", "prebake", "package-lock.json")
CLIENT = "/__prebake__/client.js"
EVENTS = "/__prebake__/events"


class Reloader:
    """Holds the outcome of the last build and tells it to every open page."""

    def __init__(self) -> None:
        self.error = ""
        self._listeners: set[asyncio.Queue[str]] = set()
        self._closing = False

    def tell(self, kind: str, text: str = "") -> None:
        self.error = text if kind == "error" else ""
        for listener in self._listeners:
            listener.put_nowait(event(kind, text))

    def close(self) -> None:
        self._closing = True
        for listener in self._listeners:
            listener.put_nowait("")

    async def listen(self) -> AsyncIterator[str]:
        listener: asyncio.Queue[str] = asyncio.Queue()
        self._listeners.add(listener)
        try:
            yield event("error", self.error) if self.error else event("hello", "")
            while not self._closing:
                yield await listener.get()
        finally:
            self._listeners.discard(listener)


def event(kind: str, text: str) -> str:
    """A message of a server-sent event stream (HTML standard, section 9.2)."""
    return f"event: {kind}\ndata: {json.dumps(text)}\n\n"


def application(out: Path, reloader: Reloader) -> Starlette:
    """The server of the folder ``out``, for this machine only."""
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware
    from starlette.responses import FileResponse, StreamingResponse
    from starlette.routing import Route

    async def events(_: Request) -> Response:
        headers = {"Cache-Control": "no-store"}
        return StreamingResponse(reloader.listen(), 200, headers, "text/event-stream")

    async def client(_: Request) -> Response:
        path = Path(__file__).with_name("browser") / "client.js"
        return FileResponse(path, media_type="text/javascript")

    async def file(request: Request) -> Response:
        return respond(out, request.url.path, reloader.error)

    return Starlette(
        routes=[Route(EVENTS, events), Route(CLIENT, client), Route("/{path:path}", file)],
        # A foreign page must not read the site through a name that leads here.
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])],
    )


def respond(out: Path, address: str, error: str) -> Response:
    """What a host of static files would answer, with the client in every page."""
    from starlette.responses import FileResponse, HTMLResponse, RedirectResponse

    headers = {"Cache-Control": "no-store"}
    path = (out / address.lstrip("/")).resolve()
    if path.is_relative_to(out) and path.is_dir():
        if not address.endswith("/"):
            return RedirectResponse(f"{address}/", 307, headers)
        path = path / "index.html"
    if path.is_relative_to(out) and path.is_file():
        if path.suffix == ".html":
            return HTMLResponse(with_client(path.read_text("utf-8")), 200, headers)
        return FileResponse(path, headers=headers)
    missing = out / "404.html"
    if error or not missing.is_file():
        return HTMLResponse(with_client(WAITING), 503, headers)
    return HTMLResponse(missing.read_text("utf-8"), 404, headers)


def with_client(html: str) -> str:
    return html.replace("</head>", f'<script src="{CLIENT}" defer></script>\n</head>', 1)


WAITING = (
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>prebake</title></head>'
    "<body><p>The site is not built yet.</p></body></html>"
)


def serve(root: Path, out: Path, arguments: Sequence[str], port: int, console: Console) -> None:
    """Builds, serves and watches until it is interrupted.

    Args:
        root: the project's folder.
        out: the site.
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
    with contextlib.suppress(KeyboardInterrupt), listening:
        asyncio.run(_serve(root, out, arguments, listening, console))


async def _serve(
    root: Path, out: Path, arguments: Sequence[str], listening: socket.socket, console: Console
) -> None:
    import uvicorn

    reloader = Reloader()
    config = uvicorn.Config(
        application(out, reloader),
        log_level="error",
        lifespan="off",
        timeout_graceful_shutdown=1,  # the event streams of open pages would never end
    )
    server = uvicorn.Server(config)
    # Its own handlers would raise the signal again when it has ended.
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]
    stop = asyncio.Event()
    _on_signals(stop)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    watching = asyncio.create_task(_watch(root, arguments, reloader, console, stop))
    stopping = asyncio.create_task(stop.wait())
    console.say(f"http://{HOST}:{listening.getsockname()[1]}/  (Ctrl-C ends it)")
    try:
        await asyncio.wait({serving, watching, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.set()
        reloader.close()
        server.should_exit = True
        await asyncio.gather(serving, watching)


def _on_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Windows has no such handlers; there Ctrl-C ends everything at once.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)


async def _watch(
    root: Path,
    arguments: Sequence[str],
    reloader: Reloader,
    console: Console,
    stop: asyncio.Event,
) -> None:
    changed = asyncio.Event()
    changed.set()  # the first build needs no change
    noticing = asyncio.create_task(_notice(root, _data_folders(root, arguments), changed, stop))
    while not stop.is_set():
        await changed.wait()
        changed.clear()
        await _build(root, arguments, reloader, console, stop)
    await noticing


def _data_folders(root: Path, arguments: Sequence[str]) -> list[Path]:
    """The folders and tables given with ``--data NAME=./PATH``."""
    chosen = [word.partition("=")[2] for word in arguments if "=" in word]
    return [root / source for source in chosen if "/" in source]


async def _notice(
    root: Path, data: Sequence[Path], changed: asyncio.Event, stop: asyncio.Event
) -> None:
    """Sets ``changed`` on every change, also on those made while a build runs."""
    from watchfiles import awatch

    paths = [path for path in (*(root / n for n in WATCHED), *data) if path.exists()]
    async for _ in awatch(*paths, step=100, stop_event=stop):
        changed.set()
    changed.set()  # lets the builder see that it is to stop


async def _build(
    root: Path,
    arguments: Sequence[str],
    reloader: Reloader,
    console: Console,
    stop: asyncio.Event,
) -> None:
    """Builds in a process of its own and tells the pages; ends it when ``stop`` is set."""
    if stop.is_set():
        return
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "prebake.cli",
        "build",
        *arguments,
        cwd=root,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for this process, which ends the build itself
    )
    stopping = asyncio.create_task(_stop_with(process, stop))
    problems = await _repeat_errors(process, console)
    assert process.stdout is not None
    said = (await process.stdout.read()).decode(errors="replace").strip()
    status = await process.wait()
    stopping.cancel()
    if stop.is_set():
        return
    if said:
        console.say(said)
    if status == 0:
        reloader.tell("built", said)
    else:
        reloader.tell("error", "\n".join(problems) or "The build ended without a message.")


async def _stop_with(process: asyncio.subprocess.Process, stop: asyncio.Event) -> None:
    await stop.wait()
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)


async def _repeat_errors(process: asyncio.subprocess.Process, console: Console) -> list[str]:
    """Prints what a build says and returns its errors."""
    assert process.stderr is not None
    problems = []
    async for raw in process.stderr:
        line = raw.decode(errors="replace").rstrip()
        console.say(line)
        if line.startswith("error: "):
            problems.append(line.removeprefix("error: "))
    return problems
