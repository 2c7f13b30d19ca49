"""Pages of the built site in real Chromium; whatever goes wrong in the background fails."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from prebake.browser.gate import Watch
from tests.conftest import ROOT

# A machine that is busy with something else is slow, which fails no test.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def playwright(prebake_playwright: Playwright) -> Playwright:
    return prebake_playwright


@pytest.fixture(scope="session")
def chromium(prebake_browser: Browser) -> Browser:
    return prebake_browser


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
        # Only the tests of working offline want a worker between the page and the server.
        usual = {"viewport": {"width": 1280, "height": 900}, "service_workers": "block"}
        context = chromium.new_context(**{**usual, **given})  # type: ignore[arg-type]
        context.set_default_timeout(60_000)
        contexts.append(context)
        page = context.new_page()
        watch.attach(page)
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def profile(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser profile that the tests of a file share: what one visit keeps, the next finds.

    A page is trained in it once; tests must not delete what is kept there.
    """
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, service_workers="block")
    context.set_default_timeout(60_000)
    yield context
    context.close()


@pytest.fixture
def page_of(chromium: Browser, serve_folder: Callable[..., str]) -> Iterator[Callable[..., Page]]:
    """A ready page of another site than this project's; what goes wrong in it fails too."""
    opened: list[tuple[BrowserContext, Watch]] = []

    def make(site: Path, path: str) -> Page:
        url = serve_folder(site)
        context = chromium.new_context(service_workers="block")
        page = context.new_page()
        opened.append((context, Watch(url)))
        opened[-1][1].attach(page)
        page.goto(url + path)
        page.locator("body[data-ready='true']").wait_for(state="attached", timeout=120_000)
        return page

    yield make
    for context, watch in opened:
        context.close()
        assert watch.problems == []


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
