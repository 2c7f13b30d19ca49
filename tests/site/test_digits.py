"""The digits page: a model compiled from Python beside one trained in the browser."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import ROOT

# A seven, and a one: strokes on the board, in parts of its side.
SEVEN = [(0.25, 0.22), (0.75, 0.22), (0.45, 0.82)]
ONE = [(0.5, 0.15), (0.5, 0.85)]


@pytest.fixture
def digits(new_page, site_url):
    def opened(query: str = "", **options) -> Page:
        page = new_page(**options)
        page.goto(f"{site_url}digits/{query}")
        page.locator("body[data-ready='true']").wait_for(state="attached", timeout=120_000)
        return page

    return opened


def draw(page: Page, points) -> None:
    page.locator("#pad canvas").scroll_into_view_if_needed()
    box = page.locator("#pad canvas").bounding_box()
    place = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*place[0])
    page.mouse.down()
    for x, y in place[1:]:
        page.mouse.move(x, y, steps=12)
    page.mouse.up()


def state(page: Page, expression: str):
    return page.evaluate(f"() => globalThis.prebake.{expression}")


@pytest.fixture(scope="session")
def report(built_site):
    return json.loads((built_site / "report.json").read_text())["models"]["digits"]


@pytest.mark.quick
def test_the_compiled_model_is_as_good_and_as_small_as_promised(report):
    assert report["metrics"]["test"]["accuracy"] >= 0.993
    assert report["bytes"] <= 150_000
    assert report["parity"]["node"]["max_abs_error"] <= 1e-4
    assert report["parity"]["node"]["top1_agreement"] == 1


@pytest.mark.quick
def test_it_reads_what_is_drawn_and_leaves_nothing_behind(digits):
    page = digits("?backend=webgl")
    assert state(page, "getBackend()") == "webgl"
    held = state(page, "memory().numTensors")
    draw(page, SEVEN)
    expect(page.locator("#python .bar-name").first).to_have_text("7")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#python .bar-name")).to_have_count(0)
    draw(page, ONE)
    expect(page.locator("#python .bar-name").first).to_have_text("1")
    probability = page.locator("#python .bar-value").first.inner_text()
    assert 50 < float(probability.split()[0]) <= 100
    expect(page.locator("#browser")).to_contain_text("Not trained yet")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#python .bar-name")).to_have_count(0)
    assert state(page, "memory().numTensors") == held


@pytest.mark.parametrize("backend", ["wasm", "cpu"])
def test_the_visitor_may_choose_the_backend(digits, backend):
    page = digits(f"?backend={backend}")
    assert state(page, "getBackend()") == backend
    expect(page.locator("#status select")).to_have_value(backend)
    draw(page, SEVEN)
    expect(page.locator("#python .bar-name").first).to_have_text("7")


def test_the_fastest_backend_is_measured_and_remembered(digits):
    page = digits()
    chosen = state(page, "getBackend()")
    assert chosen in ("webgl", "wasm")
    expect(page.locator("#status p")).to_contain_text("ms for one answer")
    known = page.evaluate(
        "() => Object.entries(localStorage).filter(([k]) => k.startsWith('prebake-backend:'))"
    )
    assert [value for _, value in known] == [chosen]
    page.reload()
    page.locator("body[data-ready='true']").wait_for(state="attached")
    assert state(page, "getBackend()") == chosen
    other = "wasm" if chosen == "webgl" else "webgl"
    page.locator("#status select").select_option(other)
    expect(page.locator("body")).to_have_attribute("data-backend", other)
    assert f"backend={other}" in page.url
    # At the next visit too, without the address; and "the fastest here" measures anew.
    page.goto(page.url.partition("?")[0])
    page.locator("body[data-ready='true']").wait_for(state="attached")
    assert state(page, "getBackend()") == other
    expect(page.locator("#status select")).to_have_value(other)
    page.locator("#status select").select_option("")
    expect(page.locator("body")).to_have_attribute("data-backend", chosen)
    assert "backend=" not in page.url


def test_a_remembered_backend_that_fails_is_measured_anew(digits, watch):
    page = digits()
    page.evaluate(
        "() => { for (const k of Object.keys(localStorage)) "
        "if (k.startsWith('prebake-backend:')) localStorage[k] = 'abacus'; }"
    )
    page.reload()
    page.locator("body[data-ready='true']").wait_for(state="attached")
    assert state(page, "getBackend()") in ("webgl", "wasm")
    # And one that this device has lost: WebGL contexts are refused from now on.
    page.evaluate(
        "() => { for (const k of Object.keys(localStorage)) "
        "if (k.startsWith('prebake-backend:')) localStorage[k] = 'webgl'; }"
    )
    page.add_init_script(
        "for (const C of [HTMLCanvasElement, OffscreenCanvas]) {"
        " const get = C.prototype.getContext;"
        " C.prototype.getContext = function (kind, ...rest) {"
        "  return String(kind).includes('webgl') ? null : get.call(this, kind, ...rest); }; }"
    )
    page.reload()
    page.locator("body[data-ready='true']").wait_for(state="attached")
    assert state(page, "getBackend()") == "wasm"
    draw(page, SEVEN)
    expect(page.locator("#python .bar-name").first).to_have_text("7")
    told = ("Initialization of backend webgl failed", "WebGL is not supported")
    watch.problems[:] = [p for p in watch.problems if not any(text in p for text in told)]


def test_the_backend_is_held_while_the_page_trains_and_stop_ends_it(digits):
    page = digits()
    chosen = state(page, "getBackend()")
    page.get_by_role("button", name="Train one here").click()
    expect(page.locator("#bar-text")).to_contain_text("Epoch", timeout=60_000)
    expect(page.locator("#status select")).to_be_disabled()
    expect(page.locator("#compare")).to_be_disabled()
    draw(page, SEVEN)
    expect(page.locator("#python")).to_contain_text("Busy: it answers afterwards.")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#browser-title")).to_contain_text("stopped early", timeout=60_000)
    expect(page.locator("#stop")).to_be_hidden()
    expect(page.locator("#status select")).to_be_enabled()
    expect(page.locator("#compare")).to_be_enabled()
    assert state(page, "getBackend()") == chosen
    expect(page.locator("#python .bar-name").first).to_have_text("7")


def test_both_networks_are_compared_and_nothing_leaks(digits):
    page = digits()
    page.get_by_role("button", name="Train one here").click()
    expect(page.locator("#browser-title")).to_contain_text("trained here", timeout=240_000)
    draw(page, SEVEN)
    expect(page.locator("#browser .bar-name").first).to_have_text("7")
    page.get_by_role("button", name="Compare them").click()
    rows = page.locator("#marks tbody tr")
    expect(rows).to_have_count(2, timeout=120_000)
    marks = state(page, "state.marks.map(({ name, right }) => [name, right])")
    assert marks[0][0] == "Trained by Python"
    assert marks[0][1] >= 490  # of 500
    assert 450 <= marks[1][1] <= marks[0][1]
    held = state(page, "memory().numTensors")
    for points in (ONE, SEVEN, ONE):
        page.get_by_role("button", name="Clear").click()
        draw(page, points)
        expect(page.locator("#python .bar-name").first).to_be_visible()
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#python .bar-name")).to_have_count(0)
    assert state(page, "memory().numTensors") == held
    page.reload()
    page.locator("body[data-ready='true']").wait_for(state="attached")
    expect(page.locator("#browser-title")).to_contain_text("kept from")


def test_it_is_drawn_on_by_keyboard(digits):
    page = digits()
    canvas = page.locator("#pad canvas")
    canvas.focus()
    for _ in range(3):
        page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("Space")
    for _ in range(6):
        page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Space")
    expect(page.locator("#python .bar-name").first).to_have_text("1")


def test_progress_is_in_bytes_and_a_damaged_shard_gets_a_sentence(new_page, site_url, watch):
    page = new_page()
    page.route("**/weights-*.bin", lambda route: route.fulfill(body=b"x" * 1000))
    page.goto(f"{site_url}digits/")
    expect(page.locator("#message")).to_contain_text("arrived damaged", timeout=60_000)
    page.unroute("**/weights-*.bin")
    page.get_by_role("button", name="Retry").click()
    expect(page.locator("#status p")).to_contain_text("Computed on", timeout=60_000)
    watch.problems[:] = [p for p in watch.problems if "arrived damaged" not in p]


def test_the_card_shows_what_was_measured(digits, report):
    page = digits()
    card = page.locator(".model-card")
    expect(card).to_contain_text(f"{report['parameters']:,}")
    expect(card.locator("table[data-parity] tbody tr").first).to_contain_text("Node, at the build")
    card.get_by_text("How its weights could be stored").click()
    expect(card).to_contain_text("(chosen)")
    card.get_by_text("What it takes for what").click()
    image = card.locator("img.chart[src$='confusion.svg']")
    expect(image).to_be_visible()
    assert image.evaluate("(e) => e.naturalWidth > 100")


def test_it_fits_and_is_accessible(digits, axe):
    page = digits("?backend=wasm")
    for width in (360, 390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        assert axe(page) == [], width


def test_touch_draws(digits):
    page = digits(viewport={"width": 390, "height": 844}, has_touch=True, device_scale_factor=2)
    page.locator("#pad canvas").scroll_into_view_if_needed()
    box = page.locator("#pad canvas").bounding_box()
    session = page.context.new_cdp_session(page)

    def touch(kind, *points):
        session.send(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]},
        )

    x = box["x"] + box["width"] / 2
    touch("touchStart", (x, box["y"] + box["height"] * 0.15))
    for step in range(1, 15):
        touch("touchMove", (x, box["y"] + box["height"] * (0.15 + 0.05 * step)))
    touch("touchEnd")
    expect(page.locator("#python .bar-name").first).to_have_text("1")


def test_the_code_on_the_page_is_the_code_that_ran(digits):
    page = digits()
    listing = page.locator("figure.listing", has_text="models/digits.py, section build")
    source = (ROOT / "models" / "digits.py").read_text()
    region = source.split("# region build\n")[1].split("# endregion")[0].strip()
    assert listing.locator("pre").inner_text().strip() == region
