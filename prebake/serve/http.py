"""What the server answers: the site as it is now, on loopback only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .stream import Stream
from .view import View
from .waiting import waiting_page

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

HOST = "127.0.0.1"
CLIENT = "/__prebake__/client.js"
EVENTS = "/__prebake__/events"
INDEX = "index.html"


def application(view: View, stream: Stream) -> Starlette:
    """The server of a view, for this machine only."""
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware
    from starlette.responses import FileResponse, StreamingResponse
    from starlette.routing import Route

    async def events(request: Request) -> Response:
        url = page_url(request.query_params.get("page", "/"))
        headers = {"Cache-Control": "no-store"}
        return StreamingResponse(stream.listen(url), 200, headers, "text/event-stream")

    async def client(_: Request) -> Response:
        path = Path(__file__).parents[1] / "browser" / "client.js"
        return FileResponse(path, media_type="text/javascript")

    async def file(request: Request) -> Response:
        asking = urlsplit(request.headers.get("referer", "")).path
        view.asked(request.url.path.lstrip("/"), page_url(asking))
        return respond(view, request.url.path)

    return Starlette(
        routes=[Route(EVENTS, events), Route(CLIENT, client), Route("/{path:path}", file)],
        # A foreign page must not read the site through a name that leads here.
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])],
    )


def page_url(path: str) -> str:
    """``/mnist/`` and ``/mnist/index.html`` are the page ``mnist/``."""
    return path.lstrip("/").removesuffix(INDEX)


def respond(view: View, address: str) -> Response:
    """What a host of static files would answer, with the client in every page; 503 and a page
    that waits where one is not made yet."""
    from starlette.responses import FileResponse, HTMLResponse, RedirectResponse

    headers = {"Cache-Control": "no-store"}
    path = address.lstrip("/")
    url = page_url(path)
    folder = not url or url.endswith("/")
    file = view.file(f"{url}{INDEX}" if folder else path)
    if file is not None and file.suffix == ".html":
        return HTMLResponse(with_client(file.read_text("utf-8")), 200, headers)
    if file is not None:
        return FileResponse(file, headers=headers)
    if not folder and (view.page_at(f"{path}/") or view.shows(f"{path}/")):
        return RedirectResponse(f"/{path}/", 307, headers)
    if folder and (not view.planned or view.page_at(url)):
        return HTMLResponse(with_client(waiting_page(view, url)), 503, headers)
    missing = view.file("404.html")
    text = missing.read_text("utf-8") if missing else "There is no page here."
    return HTMLResponse(text, 404, headers)


def with_client(html: str) -> str:
    return html.replace("</head>", f'<script src="{CLIENT}" defer></script>\n</head>', 1)
