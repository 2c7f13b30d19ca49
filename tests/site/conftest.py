"""Pages of the built site in real Chromium; whatever goes wrong in the background fails."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from prebake.browser.launch import launch
from tests.conftest import ROOT


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = launch(playwright)
    yield browser
    browser.close()


class Watch:
    """Notes console errors, failed requests and requests to other hosts."""

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

    def _console(self, message) -> None:
        if (
            message.type in ("error", "warning")
            and "GPU stall due to ReadPixels" not in message.text
        ):
            self.problems.append(f"console {message.type}: {message.text}")

    def _failed(self, request) -> None:
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


@pytest.fixture
def watch(site_url: str) -> Iterator[Watch]:
    watch = Watch(site_url)
    yield watch
    assert watch.problems == []


@pytest.fixture
def new_page(chromium: Browser, watch: Watch) -> Iterator[Callable[..., Page]]:
    """A page in a fresh context: nothing kept, nothing cached."""
    contexts: list[BrowserContext] = []

    def make(**given: object) -> Page:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}, **given})  # type: ignore[arg-type]
        context.set_default_timeout(60_000)
        contexts.append(context)
        page = context.new_page()
        watch.attach(page)
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], list]:
    """Runs axe-core on a page and gives the violations of WCAG 2.1 AA and of good practice."""
    script = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()
    rules = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']"
    check = (
        f"axe.run({{runOnly: {rules}}}).then((r) => JSON.stringify(r.violations.map((v) => "
        "[v.id, v.help, v.nodes.map((n) => n.html).slice(0, 3)])))"
    )

    def run(page: Page) -> list:
        # Through the debugger, which the page's policy does not bind.
        session = page.context.new_cdp_session(page)
        session.send("Runtime.evaluate", {"expression": script})
        asked = {"expression": check, "awaitPromise": True, "returnByValue": True}
        return json.loads(session.send("Runtime.evaluate", asked)["result"]["value"])

    return run
