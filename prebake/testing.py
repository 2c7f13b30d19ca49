"""A pytest plugin: fixtures for tests of the pages of a site.

Installed with the package; docs/authoring-pages.md shows its use. Nothing is imported or built
before a test asks for a fixture.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Playwright


@pytest.fixture(scope="session")
def prebake_site() -> Iterator[str]:
    """The address of the project's site, brought up to date and served on loopback."""
    from .browser.host import hosting
    from .cli import project_root

    root = project_root()
    done = subprocess.run(
        [sys.executable, "-m", "prebake.cli", "--quiet"], cwd=root, capture_output=True, text=True
    )
    if done.returncode != 0:
        pytest.fail(f"the site could not be built:\n{done.stderr}", pytrace=False)
    with hosting({"/": root / "_site"}) as url:
        yield url


@pytest.fixture(scope="session")
def prebake_playwright() -> Iterator[Playwright]:
    """Playwright, of which there can be one at a time."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def prebake_browser(prebake_playwright: Playwright) -> Iterator[Browser]:
    """A headless Chromium with WebGL."""
    from .browser.launch import launch

    browser = launch(prebake_playwright)
    yield browser
    browser.close()


@pytest.fixture
def prebake_page(prebake_site: str, prebake_browser: Browser) -> Iterator[Callable[..., Page]]:
    """``prebake_page(name, **context_options)``: that page, open and ready.

    After the test it fails if a console error, a failed request or a request to another host was
    noted.
    """
    from .browser.gate import Watch, visit

    watch = Watch(prebake_site)
    contexts: list[BrowserContext] = []

    def open_page(name: str = "home", **options: Any) -> Page:
        # A worker that answers in the site's place would hide requests from the test.
        context = prebake_browser.new_context(**{"service_workers": "block", **options})
        contexts.append(context)
        page = context.new_page()
        watch.attach(page)
        url = prebake_site + ("" if name == "home" else f"{name}/")
        visit(page, url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    if watch.problems:
        pytest.fail("\n".join(watch.problems), pytrace=False)
