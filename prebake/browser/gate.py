"""What is demanded of a page in the browser: no error, no failed request, no other host, no
tensor left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..errors import ProofError

if TYPE_CHECKING:
    from playwright.sync_api import Page

READY = "body[data-ready='true']"
# Chromium's remark on reading pixels back from WebGL, which is what a prediction is.
# Software WebGL; and that a test does without the worker that keeps pages.
_HARMLESS = ("GPU stall due to ReadPixels", "Service Worker registration blocked")


class Watch:
    """Notes console errors and warnings, failed requests, and requests to other hosts.

    Args:
        url: an address on the site's own host.
    """

    def __init__(self, url: str) -> None:
        self.host = urlsplit(url).netloc
        self.problems: list[str] = []
        self.requests: list[str] = []

    def attach(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"page error: {error}"))
        page.on("request", lambda request: self._request(request.url))
        page.on("requestfailed", self._failed)
        page.on("response", lambda r: self._response(r.status, r.url))

    def demand_clean(self, where: str) -> None:
        """Raises:
        ProofError: with the first problem and how many more there are.
        """
        if self.problems:
            first, more = self.problems[0], len(self.problems) - 1
            rest = f" (and {more} more)" if more else ""
            raise ProofError(f"{first}{rest}", where=where)

    def _console(self, message: Any) -> None:
        known = any(text in message.text for text in _HARMLESS)
        if message.type in ("error", "warning") and not known:
            self.problems.append(f"console {message.type}: {message.text}")

    def _failed(self, request: Any) -> None:
        # Aborted is what the page, or a visitor who leaves it, does on purpose.
        if request.failure != "net::ERR_ABORTED":
            self.problems.append(f"failed: {request.url} {request.failure}")

    def _request(self, url: str) -> None:
        self.requests.append(url)
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.netloc != self.host:
            self.problems.append(f"a request to another host: {url}")

    def _response(self, status: int, url: str) -> None:
        if status >= 400:
            self.problems.append(f"{status}: {url}")


def demand_no_leak(page: Page, where: str, *, expected: bool = False) -> None:
    """Runs the page's main action twice and compares how many tensors are held after each.

    A page offers it as ``globalThis.prebake.action``, an async function.

    Args:
        expected: whether the page computes, so that it has to offer one.

    Raises:
        ProofError: with both counts, or if an expected action is missing.
    """
    counts = page.evaluate(
        """async () => {
            const { action, memory } = globalThis.prebake ?? {};
            if (!action || !memory) return null;
            await action();
            const first = memory().numTensors;
            await action();
            return [first, memory().numTensors];
        }"""
    )
    if counts is None and expected:
        raise ProofError(
            "it uses a model but offers no main action to look for leaks with.",
            where=where,
            remedy="Set globalThis.prebake = { action, memory: tf.memory } in page.js.",
        )
    if counts is not None and counts[1] != counts[0]:
        raise ProofError(
            f"its main action leaves {counts[1] - counts[0]} tensor(s) behind: {counts[0]} after "
            f"the first time, {counts[1]} after the second.",
            where=where,
            remedy="Wrap what computes in tf.tidy, and dispose what data() was read from.",
        )


def visit(page: Page, url: str, *, timeout: float = 180_000) -> None:
    """Opens a page and waits until it says that it is ready (``data-ready`` of the body); one
    without a script of its own is ready when it is loaded.

    Args:
        timeout: ms.
    """
    page.goto(url, wait_until="load", timeout=timeout)
    if page.locator("script[type=module]:not([data-aside])").count():
        page.wait_for_selector(READY, state="attached", timeout=timeout)
