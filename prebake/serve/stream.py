"""The events that open pages listen to (server-sent events, HTML standard, section 9.2)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from .view import PageState, View
from .waiting import fragment, line

LISTED = 200
"""Pages that wait and are listed for the gallery, at most."""


@dataclass(eq=False)
class Listener:
    url: str
    queue: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    last: str = ""


class Stream:
    """Tells open pages what happens: ``hello``, ``status``, ``ready``, ``built``, ``error``."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._listeners: set[Listener] = set()
        self._closing = False
        self._error = ""

    def tell(self, kind: str, value: Any = "") -> None:
        for listener in self._listeners:
            listener.queue.put_nowait(event(kind, value))

    def tell_status(self) -> None:
        """What is new: errors, pages that have another version, how far the others are."""
        error = self._view.error()
        if error != self._error:
            self._error = error
            self.tell("error", error)
        news, self._view.news = self._view.news, set()
        if news:
            self.tell("ready", sorted(news))
        if not self._listeners:
            return
        pages = [_brief(self._view, page) for page in self._view.waits()[:LISTED]]
        for listener in self._listeners:
            self._tell_one(listener, pages)

    def _tell_one(self, listener: Listener, pages: list[dict[str, Any]]) -> None:
        detail = _detail(self._view, listener.url)
        told = event("status", {"building": self._view.building, "pages": pages, "page": detail})
        if told != listener.last:
            listener.last = told
            listener.queue.put_nowait(told)

    def close(self) -> None:
        self._closing = True
        for listener in self._listeners:
            listener.queue.put_nowait("")

    async def listen(self, url: str) -> AsyncIterator[str]:
        listener = Listener(url)
        self._listeners.add(listener)
        try:
            error = self._view.error()
            yield event("error", error) if error else event("hello", "")
            self._tell_one(listener, [_brief(self._view, p) for p in self._view.waits()[:LISTED]])
            while not self._closing:
                yield await listener.queue.get()
        finally:
            self._listeners.discard(listener)


def _brief(view: View, page: PageState) -> dict[str, Any]:
    shown = view.shows(page.url)
    return {"url": page.url, "text": line(view, page), "shown": shown}


def _detail(view: View, url: str) -> dict[str, Any]:
    """Of the page that listens: what its client needs to know."""
    page = view.page_at(url)
    shown: Callable[[], bool] = lambda: view.shows(url)  # noqa: E731
    if page is not None and not page.lacks:
        return {"shown": shown(), "text": ""}
    detail: dict[str, Any] = {"shown": shown(), "text": line(view, page) if page else ""}
    if not detail["shown"]:
        detail["html"] = fragment(view, url)
    return detail


def event(kind: str, value: Any) -> str:
    return f"event: {kind}\ndata: {json.dumps(value, ensure_ascii=False)}\n\n"
