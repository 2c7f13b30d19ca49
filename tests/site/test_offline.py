"""Pages with the network gone: the server itself is stopped, so that nothing can answer."""

from __future__ import annotations

import functools
import hashlib
import http.server
import json
import re
import shutil
import threading
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.conftest import QuietHandler, build_copy, copy_of_this_project
from tests.site.test_sketcher import SMILE, draw, guesses


class Host:
    """A host of static files under a path, which can go away and come back.

    What is asked for and matches a pattern of ``wrong`` is answered wrongly once: with status 200,
    but a page of HTML (``html``) or half of the file (``cut``).
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = 0
        self.wrong: dict[str, str] = {}
        self.answered: list[str] = []
        self.start()

    def start(self) -> None:
        handler = functools.partial(WrongOnceHandler, self, directory=str(self.folder))
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/some/path/"


class WrongOnceHandler(QuietHandler):
    def __init__(self, host: Host, *given, **more) -> None:
        self.host = host
        super().__init__(*given, **more)

    def do_GET(self) -> None:
        pattern = next((each for each in self.host.wrong if re.search(each, self.path)), None)
        if pattern is None:
            super().do_GET()
            return
        kind = self.host.wrong.pop(pattern)
        self.host.answered.append(pattern)
        path = Path(self.translate_path(self.path))
        whole = path.read_bytes()
        body = b"<!doctype html><p>Sign in</p>" if kind == "html" else whole[: len(whole) // 2]
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Length", str(len(body)))
        # As hosts send for files that have their content in their names.
        self.send_header("Cache-Control", "public, max-age=31536000, immutable")
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def host(built_site, tmp_path):
    folder = tmp_path / "host"
    shutil.copytree(built_site, folder / "some" / "path")
    host = Host(folder)
    yield host
    host.stop()


@pytest.fixture
def visitor(chromium):
    """A browser profile of its own, with workers."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    yield context
    context.close()


def visit(context: BrowserContext, url: str) -> Page:
    page = context.new_page()
    page.goto(url)
    kept(page)
    return page


def kept(page: Page) -> None:
    page.locator("body[data-offline='true']").wait_for(state="attached")


def ready(page: Page) -> None:
    page.locator("body[data-ready='true']").wait_for(state="attached", timeout=60_000)


CACHED = """async () => {
  const found = [];
  for (const name of await caches.keys()) {
    for (const { url } of await (await caches.open(name)).keys()) found.push(url);
  }
  return found;
}"""


def test_a_page_that_was_visited_once_works_with_the_network_gone(host, visitor):
    page = visit(visitor, f"{host.url}sketcher/")
    host.stop()
    try:
        page.reload()
        ready(page)
        assert page.evaluate("() => globalThis.prebake.getBackend()") in ("webgl", "wasm", "cpu")
        draw(page, SMILE)
        assert guesses(page)[0] == "smiley face"
        # A link with a query or a fragment is the same page.
        page.goto(f"{host.url}sketcher/?backend=cpu#round=x")
        ready(page)
        page.goto(f"{host.url}sketcher/index.html")
        ready(page)
        # One that was never visited says so, in a sentence.
        page.goto(f"{host.url}linear/")
        expect(page.locator("body")).to_contain_text("was not kept, and there is no network")
    finally:
        host.start()


def test_all_of_a_page_is_kept_on_demand_and_removed_again(host, visitor):
    page = visit(visitor, f"{host.url}sketcher/")
    line = page.locator(".offline")
    expect(line).to_contain_text("with what it has shown so far")
    button = line.get_by_role("button")
    expect(button).to_contain_text("Keep all of it (")
    megabytes = float(button.inner_text().split("(")[1].split(" ")[0])
    assert 2 < megabytes < 5  # 10,000 drawings
    button.click()
    expect(line).to_contain_text("It holds")
    host.stop()
    try:
        page.reload()
        ready(page)
        page.locator("#atlas").scroll_into_view_if_needed()
        expect(page.locator("#atlas li")).to_have_count(100)
        kept(page)
        expect(page.locator(".offline")).to_contain_text("It holds")
    finally:
        host.start()
    page.locator(".offline").get_by_role("button", name="Remove it").click()
    expect(page.locator(".offline")).to_contain_text("it is not kept on this device")


@pytest.fixture(scope="module")
def newer(built_site, tmp_path_factory) -> Path:
    """The site as it would be with another text and another script on one page."""
    folder = copy_of_this_project(tmp_path_factory.mktemp("newer") / "project")
    text = folder / "site" / "sketcher" / "index.md"
    text.write_text(text.read_text().replace("title: Guess the drawing", "title: A newer page"))
    script = folder / "site" / "sketcher" / "page.js"
    changed = script.read_text() + "\ndocument.body.dataset.newer = 'true';\n"
    script.write_text(changed)
    cells = folder / "site" / "solar" / "index.md"
    cells.write_text(
        cells.read_text().replace("title: Find the broken", "title: Newly find the broken")
    )
    return build_copy(folder, "--only", "sketcher", "--only", "solar")


def test_an_update_is_announced_and_versions_do_not_mix(host, visitor, newer):
    page = visit(visitor, f"{host.url}sketcher/")
    before = set(page.evaluate(CACHED))
    shutil.rmtree(host.folder / "some" / "path")
    shutil.copytree(newer, host.folder / "some" / "path")
    page.evaluate("async () => (await navigator.serviceWorker.getRegistration()).update()")
    expect(page.locator(".update")).to_contain_text("This site was updated.")
    # Nothing was taken away from the page that is open.
    draw(page, SMILE)
    assert guesses(page)[0] == "smiley face"
    page.locator(".update").get_by_role("button", name="Reload").click()
    expect(page.locator("h1")).to_have_text("A newer page")
    ready(page)
    kept(page)
    after = set(page.evaluate(CACHED))
    gone = {url for url in before - after if "/assets/sketcher-" in url}
    assert gone, "the old script is no longer kept"
    assert all((host.folder / url.split("/", 3)[3]).exists() for url in after if "/assets/" in url)
    host.stop()
    try:
        page.reload()
        ready(page)
        expect(page.locator("h1")).to_have_text("A newer page")
        assert page.evaluate("() => document.body.dataset.newer") == "true"
        draw(page, SMILE)
        assert guesses(page)[0] == "smiley face"
    finally:
        host.start()


def test_an_inspection_is_updated_too_and_goes_on_without_a_network(host, visitor, newer):
    page = visit(visitor, f"{host.url}solar/")
    shutil.rmtree(host.folder / "some" / "path")
    shutil.copytree(newer, host.folder / "some" / "path")
    page.evaluate("async () => (await navigator.serviceWorker.getRegistration()).update()")
    page.locator(".update").get_by_role("button", name="Reload").click()
    expect(page.locator("h1")).to_have_text("Newly find the broken solar cell")
    ready(page)
    kept(page)
    page.get_by_role("button", name="Six defective").click()
    expect(page.locator("table.results tbody tr")).to_have_count(6)
    host.stop()
    visitor.set_offline(True)
    try:
        page.reload()
        ready(page)
        expect(page.locator("h1")).to_have_text("Newly find the broken solar cell")
        page.get_by_role("button", name="Six defective").click()
        expect(page.locator("table.results tbody tr")).to_have_count(6)
    finally:
        visitor.set_offline(False)
        host.start()


def test_a_deployment_that_was_interrupted_leaves_the_old_page_in_place(host, visitor, newer):
    """New page, old list: what is kept stays as it was until both fit."""
    page = visit(visitor, f"{host.url}sketcher/")
    home = host.folder / "some" / "path"
    shutil.copyfile(newer / "sketcher" / "index.html", home / "sketcher" / "index.html")
    asked = page.evaluate(
        """() => new Promise((resolve) => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = ({ data }) => { if (data.done || data.error) resolve(data); };
          const { controller } = navigator.serviceWorker;
          controller.postMessage({ type: 'keep', page: 'sketcher/', all: false }, [port2]);
        })"""
    )
    assert "being replaced" in asked["error"]
    host.stop()
    try:
        page.reload()
        ready(page)
        expect(page.locator("h1")).to_have_text("Guess the drawing")
    finally:
        host.start()


@pytest.mark.quick
def test_the_site_can_be_installed(built_site, site_url, new_page):
    page = new_page()
    page.goto(f"{site_url}sketcher/")
    href = page.locator("link[rel=manifest]").get_attribute("href")
    manifest = page.evaluate("async (href) => (await fetch(href)).json()", href)
    assert manifest["start_url"] == manifest["scope"] == "./"
    assert manifest["display"] == "standalone"
    for icon in manifest["icons"]:
        assert (built_site / icon["src"]).is_file()


@pytest.mark.quick
def test_every_file_that_is_listed_is_there_with_its_size(built_site):
    listing = json.loads((built_site / "offline.json").read_text())
    assert set(listing["pages"]) >= {
        "",
        "sketcher/",
        "digits/",
        "mnist/",
        "linear/",
        "solar/",
        "casting/",
        "malaria/",
        "rpsls/",
    }
    for url, page in listing["pages"].items():
        assert (built_site / url / "index.html").stat().st_size == page["bytes"]
        for path, size, checksum in [*page["own"], *page["data"]]:
            content = (built_site / path).read_bytes()
            assert len(content) == size
            assert hashlib.sha256(content).hexdigest().startswith(checksum)
    sketcher = [path for path, *_ in listing["pages"]["sketcher/"]["own"]]
    assert any(path.endswith(".wasm") for path in sketcher)
    assert any(path.startswith("models/sketcher/") for path in sketcher)
    assert not any("tfjs-vis" in path for path in sketcher)


def test_what_the_footer_offers_can_be_used_by_everyone(host, visitor, axe):
    page = visit(visitor, f"{host.url}sketcher/")
    expect(page.locator(".offline button")).to_be_visible()
    assert axe(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert axe(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


KEPT = """async () => {
  const found = {};
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const body = await (await cache.match(request)).arrayBuffer();
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', body));
      found[request.url] = Array.from(digest, (b) => b.toString(16).padStart(2, '0')).join('');
    }
  }
  return found;
}"""


def demand_sound(page: Page, host: Host) -> set[str]:
    """Everything that is kept is what the host has; the paths of it."""
    paths = set()
    for url, digest in page.evaluate(KEPT).items():
        path = url.removeprefix(host.url)
        file = host.folder / "some" / "path" / path
        file = file / "index.html" if file.is_dir() else file
        assert hashlib.sha256(file.read_bytes()).hexdigest() == digest, path
        paths.add(path)
    return paths


@pytest.mark.parametrize("kind", ["html", "cut"])
def test_a_script_and_a_style_that_were_wrong_once_are_not_kept(host, visitor, kind):
    """On the first visit, with no worker between: the page may be broken, until it is reloaded."""
    host.wrong = {r"/assets/site-.*\.css": kind, r"/assets/sketcher-.*\.js": kind}
    page = visitor.new_page()
    page.goto(f"{host.url}sketcher/")
    kept(page)
    assert len(host.answered) == 2
    assert {path.split("-")[0] for path in demand_sound(page, host)} >= {
        "assets/site",
        "assets/sketcher",
    }
    page.reload()
    ready(page)
    draw(page, SMILE)
    assert guesses(page)[0] == "smiley face"


@pytest.mark.parametrize("kind", ["html", "cut"])
def test_a_manifest_a_shard_a_sheet_and_the_list_that_were_wrong_once_are_not_kept(
    host, visitor, kind
):
    visit(visitor, f"{host.url}report/").close()
    host.wrong = {
        r"/models/sketcher/.*/manifest\.json": kind,
        r"/models/sketcher/.*\.bin": kind,
        r"/data/quickdraw/.*/manifest\.json": kind,
        r"/data/quickdraw/.*\.png": kind,
        r"/offline\.json": kind,
    }
    page = visit(visitor, f"{host.url}sketcher/")
    ready(page)
    page.locator("#atlas").scroll_into_view_if_needed()
    expect(page.locator("#atlas li")).to_have_count(100)
    page.locator(".offline").get_by_role("button", name="Keep all of it").click()
    expect(page.locator(".offline")).to_contain_text("It holds")
    assert host.wrong == {}
    demand_sound(page, host)
    host.stop()
    try:
        page.reload()
        ready(page)
        draw(page, SMILE)
        assert guesses(page)[0] == "smiley face"
    finally:
        host.start()


def test_a_page_that_could_not_be_kept_does_not_say_that_it_is(host, visitor):
    home = host.folder / "some" / "path"
    shards = list((home / "models" / "sketcher").rglob("*.bin"))
    whole = [shard.read_bytes() for shard in shards]
    for shard in shards:
        shard.write_bytes(b"<!doctype html>")
    page = visit(visitor, f"{host.url}sketcher/")
    expect(page.locator(".offline")).to_contain_text("it is not kept on this device")
    for shard, content in zip(shards, whole, strict=True):
        shard.write_bytes(content)
    page.locator(".offline").get_by_role("button", name="Keep all of it").click()
    expect(page.locator(".offline")).to_contain_text("It holds")
    demand_sound(page, host)
