"""What holds for every page of the site."""

from __future__ import annotations

import functools
import http.server
import json
import re
import shutil
import threading
from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from prebake.browser.launch import launch
from prebake.steps.render import POLICY
from tests.conftest import QuietHandler

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["", *(f"{p.parent.name}/" for p in sorted(ROOT.glob("site/*/index.md")))]


class Reader(HTMLParser):
    """Notes links, scripts, styles and inline code of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.inline: list[str] = []
        self.policy = ""
        self._inside = ""
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self._inside = tag
        for name in ("href", "src"):
            if given.get(name) and given.get("rel") != "canonical":
                self.links.append(given[name])
        self.inline += [
            f"{tag} {name}" for name in given if name.startswith("on") or name == "style"
        ]
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"]

    def handle_data(self, data):
        if self._inside in ("script", "style") and data.strip():
            self.inline.append(f"{self._inside}: {data[:40]}")


@pytest.mark.quick
def test_links_are_relative_and_lead_somewhere(built_site):
    for path in built_site.rglob("*.html"):
        if path.name == "404.html":
            continue
        for link in Reader(path.read_text()).links:
            assert not re.match(r"/|https?:", link), f"{path}: {link}"
            target = (path.parent / link.partition("#")[0].partition("?")[0]).resolve()
            if target.is_dir():
                target = target / "index.html"
            assert target.is_file(), f"{path}: {link}"


@pytest.mark.quick
def test_nothing_is_inline_and_the_policy_allows_nothing_of_it(built_site):
    for path in built_site.rglob("*.html"):
        if path.name == "404.html":
            continue
        page = Reader(path.read_text())
        assert page.inline == [], path
        assert page.policy == POLICY
    assert "unsafe-inline" not in POLICY
    assert "'unsafe-eval'" not in POLICY
    assert not re.search(r"https?:|\*", POLICY)


@pytest.mark.quick
def test_the_report_counts_scripts_within_their_bound(built_site):
    report = json.loads((built_site / "report.json").read_text())
    mnist = report["pages"]["mnist"]
    assert 0 < mnist["js_brotli_bytes"] < 200_000
    assert mnist["js_brotli_bytes"] < mnist["js_gzip_bytes"] < mnist["js_bytes"]
    assert mnist["lazy_js_brotli_bytes"] > 200_000  # tfjs-vis, apart


def unfolded(page: Page, page_url: str) -> None:
    """Waits until the page is ready, and opens all that can be unfolded."""
    if page_url:
        page.locator("body[data-ready]").wait_for()
        for details in page.locator("details").all():
            details.evaluate("(d) => { d.open = true; }")


def demand_for_everybody(page: Page, axe, width: int, scheme: str) -> None:
    """The page is as wide as the screen, and can be used by everybody."""
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width, (width, scheme)
    assert axe(page) == [], (width, scheme)


@pytest.mark.quick
@pytest.mark.parametrize("page_url", PAGES)
def test_pages_fit_a_phone_and_a_desk_and_are_reached_by_keyboard(
    new_page, site_url, page_url, axe
):
    """Opened once on a phone in the dark, which becomes a desk by daylight."""
    page = new_page(viewport={"width": 390, "height": 900}, color_scheme="dark")
    page.goto(f"{site_url}{page_url}?backend=wasm")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    assert skip.evaluate("(e) => getComputedStyle(e).outlineStyle") == "solid"
    box = skip.bounding_box()
    assert box and box["y"] >= 0
    unfolded(page, page_url)
    demand_for_everybody(page, axe, 390, "dark")
    demand_for_everybody(page, axe, 1280, "light")


@pytest.mark.parametrize("page_url", PAGES)
def test_pages_fit_every_width_in_both_schemes(new_page, site_url, page_url, axe):
    page = new_page(viewport={"width": 360, "height": 900}, color_scheme="light")
    page.goto(f"{site_url}{page_url}?backend=wasm")
    unfolded(page, page_url)
    for width in (360, 390, 768, 1280, 1600):
        for scheme in ("light", "dark"):
            demand_for_everybody(page, axe, width, scheme)


@pytest.mark.quick
def test_the_gallery_leads_to_the_pages(new_page, site_url):
    page = new_page()
    page.goto(site_url)
    expect(page.locator(".card")).to_have_count(len(PAGES) - 1)
    image = page.locator(".card img").first
    assert image.evaluate("(i) => i.complete && i.naturalWidth") == 1200
    page.get_by_role("link", name="Teach a network to read digits").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Teach a network to read digits")


@pytest.mark.quick
def test_the_page_for_missing_pages_is_styled_and_leads_home(new_page, site_url):
    page = new_page()
    page.goto(f"{site_url}404.html")
    expect(page.get_by_role("heading")).to_have_text("There is no page here")
    assert page.evaluate("getComputedStyle(document.body).maxWidth") == "512px"
    assert page.get_by_role("link").get_attribute("href") == "/prebake/"


@pytest.mark.quick
def test_nothing_moves_where_motion_is_not_wanted(new_page, site_url):
    page = new_page(reduced_motion="reduce")
    page.goto(site_url)
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


@pytest.mark.quick
def test_without_scripts_the_text_is_there_and_says_what_is_lacking(
    new_page, site_url, built_site, watch
):
    page = new_page(java_script_enabled=False)
    page.goto(f"{site_url}mnist/")
    expect(page.get_by_role("heading", name="The network")).to_be_visible()
    assert "needs JavaScript" in (built_site / "mnist" / "index.html").read_text()
    # Chromium reports the scripts that it does not load.
    watch.problems = [p for p in watch.problems if not p.endswith(".js csp")]


def test_without_webgl_the_page_still_works_and_says_that_it_is_slow(playwright, site_url, watch):
    browser = launch(playwright, webgl=False)
    page = browser.new_page()
    watch.attach(page)
    page.goto(f"{site_url}mnist/?images=100&epochs=1&batch=50")
    page.locator("body[data-ready]").wait_for()
    assert page.evaluate("prebake.getBackend()") == "cpu"
    expect(page.locator("#backend")).to_have_text("on the processor: slow")
    page.get_by_role("button", name="Train").click()
    page.locator("#message[data-kind=done]").wait_for(timeout=120_000)
    browser.close()
    watch.problems = [p for p in watch.problems if "webgl" not in p.lower()]


class NoRedirect(QuietHandler):
    """Serves ``/one`` as ``/one/``, as some hosts do."""

    def translate_path(self, path: str) -> str:
        found = super().translate_path(path)
        index = Path(found) / "index.html"
        return str(index) if index.is_file() and not path.endswith("/") else found


@pytest.mark.quick
@pytest.mark.parametrize("address", ["report", "linear?points=2#read", "report/", ""])
def test_a_page_works_on_a_host_that_does_not_add_the_slash(
    built_site, tmp_path, chromium, address
):
    shutil.copytree(built_site, tmp_path / "host" / "some" / "path")
    handler = functools.partial(NoRedirect, directory=str(tmp_path / "host"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    context = chromium.new_context(service_workers="block")
    try:
        page = context.new_page()
        url = f"http://127.0.0.1:{server.server_port}/some/path/{address}"
        page.goto(url)
        path, mark, rest = url.partition("?")
        page.wait_for_url(f"{path.rstrip('/')}/{mark}{rest}")
        if address:  # the home page has no script of its own
            page.locator("body[data-ready='true']").wait_for(state="attached")
        assert page.evaluate("() => document.styleSheets.length") >= 1
    finally:
        context.close()
        server.shutdown()
        server.server_close()
