"""The MNIST page: downloads sheets, trains on WebGL, evaluates, is drawn on, and keeps."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.site.downloads import downloads

DONE = "#message[data-kind=done]"
ERROR = "#message[data-kind=error]"
SMALL = "?images=1000&epochs=5&batch=32"


def opened(page: Page, site_url: str, query: str = "") -> Page:
    page.goto(f"{site_url}mnist/{query}")
    page.locator("body[data-ready]").wait_for()
    assert page.evaluate("prebake.getBackend()") == "webgl"
    return page


def tensors(page: Page) -> int:
    return page.evaluate("prebake.memory().numTensors")


def train(page: Page) -> None:
    page.get_by_role("button", name="Train").click()
    finished(page, 300_000)


def finished(page: Page, timeout: float = 60_000) -> None:
    """Waits for the end of the work, whichever it is, and demands that it is the good one."""
    page.locator(f"{DONE}, {ERROR}").wait_for(timeout=timeout)
    expect(page.locator(DONE)).to_be_visible()


@pytest.fixture(scope="module")
def downloaded(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("model")


# How the digits are drawn: strokes of points in parts of the board.
SEVEN = [[(0.25, 0.2), (0.75, 0.2), (0.45, 0.85)]]
ZERO = [
    [
        (0.5, 0.15),
        (0.3, 0.3),
        (0.25, 0.5),
        (0.3, 0.7),
        (0.5, 0.85),
        (0.7, 0.7),
        (0.75, 0.5),
        (0.7, 0.3),
        (0.5, 0.15),
    ]
]


def draw(page: Page, strokes) -> None:
    page.locator("#pad canvas").scroll_into_view_if_needed()
    box = page.locator("#pad canvas").bounding_box()
    assert box
    for first, *rest in strokes:
        page.mouse.move(box["x"] + first[0] * box["width"], box["y"] + first[1] * box["height"])
        page.mouse.down()
        for x, y in rest:
            page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=6)
        page.mouse.up()


def frames(page: Page) -> None:
    """Until the page has shown what is to be shown in the next frame."""
    page.evaluate("new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)))")


def best_guess(page: Page) -> str:
    expect(page.locator("#guess li")).to_have_count(3)
    return page.locator("#guess li").first.locator(".bar-name").inner_text()


@pytest.mark.quick
def test_from_the_first_visit_to_a_kept_model(new_page, site_url, watch, downloaded):
    page = opened(new_page(), site_url, SMALL)
    before = tensors(page)
    assert before == 0
    expect(page.locator("#examples canvas")).to_have_count(20)
    expect(page.locator("#summary")).to_contain_text("5,994 parameters")

    # Train: the loss falls, the accuracy is far above chance.
    train(page)
    run = page.evaluate("prebake.state.run")
    assert len(run["epochs"]) == 5
    assert run["epochs"][-1]["loss"] < run["epochs"][0]["loss"] / 2
    assert run["epochs"][-1]["val_acc"] > 0.8
    evaluation = page.evaluate("prebake.state.evaluation")
    assert evaluation["samples"] == 500
    assert evaluation["accuracy"] > 0.8
    assert sum(map(sum, evaluation["confusion"])) == 500

    # What is shown is what was computed, and both tables count the same sample.
    right = round(evaluation["accuracy"] * 500)
    expect(page.locator("#score")).to_contain_text(f"{right} of 500 test digits")
    cells = page.locator("#confusion tbody td").all_inner_texts()
    assert [int(cell) for cell in cells] == [n for row in evaluation["confusion"] for n in row]
    counts = page.locator("#per-class tbody td:last-child").all_inner_texts()
    assert [int(n) for n in counts] == [sum(row) for row in evaluation["confusion"]]
    expect(page.locator("#wrong li")).to_have_count(min(18, 500 - right))
    expect(page.locator("#epochs-table tbody tr")).to_have_count(5)
    expect(page.locator("#loss polyline")).to_have_count(2)

    # Draw with the mouse.
    draw(page, SEVEN)
    assert best_guess(page) == "7"
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#guess .hint")).to_have_text("Draw a digit.")
    draw(page, ZERO)
    assert best_guess(page) == "0"
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#guess .hint")).to_have_text("Draw a digit.")

    # Draw a one with the keyboard: pen to the top, down, and a line to the bottom.
    page.locator("#pad canvas").focus()
    for _ in range(4):
        page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press(" ")
    for _ in range(8):
        page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press(" ")
    assert best_guess(page) == "1"
    probability = page.locator("#guess li .bar-value").first.inner_text()

    # Predictions leave nothing behind.
    flat = tensors(page)
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
        page.keyboard.press(" ")
        page.keyboard.press(" ")
        page.locator("#guess li").first.wait_for()
    page.wait_for_function("(flat) => prebake.memory().numTensors === flat", arg=flat)

    # Download it.
    paths = downloads(page.get_by_role("button", name="Download"), downloaded, 2)
    assert {path.suffix for path in paths} == {".json", ".bin"}

    # Come back: it is there and predicts the same.
    page.reload()
    page.locator("body[data-ready]").wait_for()
    expect(page.locator(DONE)).to_be_visible()
    page.locator("#pad canvas").focus()
    for _ in range(4):
        page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press(" ")
    for _ in range(8):
        page.keyboard.press("Shift+ArrowDown")
    assert best_guess(page) == "1"
    expect(page.locator("#guess li .bar-value").first).to_have_text(probability)

    # Forget it: nothing is left, here or in the browser.
    page.get_by_role("button", name="Forget").click()
    expect(page.locator("#kept")).to_have_text("No network is kept in this browser.")
    assert tensors(page) == before
    page.reload()
    page.locator("body[data-ready]").wait_for()
    assert tensors(page) == 0
    expect(page.locator("#download")).to_be_disabled()

    # tfjs-vis was never asked for.
    assert not [url for url in watch.requests if is_visor(url)]


def is_visor(url: str) -> bool:
    """Whether a script is the one with tfjs-vis, by far the largest."""
    root = Path(__file__).resolve().parents[2] / "_site" / "assets"
    path = root / Path(urlsplit(url).path).name
    return path.suffix == ".js" and path.is_file() and path.stat().st_size > 1_000_000


def test_two_runs_from_one_seed_are_the_same(new_page, site_url):
    query = "?images=100&epochs=2&batch=20&seed=7"
    runs = []
    for _ in range(2):
        page = opened(new_page(), site_url, query)
        train(page)
        runs.append(page.evaluate("prebake.state.run.batches.map((b) => b.loss)"))
    assert runs[0] == runs[1]
    assert len(runs[0]) == 10


def test_a_run_can_be_stopped_and_is_kept(new_page, site_url):
    page = opened(new_page(), site_url, "?images=2000&epochs=50&batch=32")
    page.get_by_role("button", name="Train").click()
    expect(page.locator("#bar-text")).to_contain_text("left", timeout=60_000)
    page.get_by_role("button", name="Stop").click()
    finished(page)
    run = page.evaluate("prebake.state.run")
    assert run["stopped"]
    assert len(run["batches"]) < 50 * 63
    expect(page.locator("#kept")).to_contain_text("is kept in this browser")
    expect(page.get_by_role("button", name="Train")).to_be_visible()


def test_stopping_while_images_are_fetched(new_page, site_url):
    page = opened(new_page(), site_url, SMALL)
    page.route("**/train-*.png", lambda route: None)  # never answered
    page.get_by_role("button", name="Train").click()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#message")).to_have_text("Stopped.")
    assert tensors(page) == 0


def test_the_visor_shows_the_same_numbers(new_page, site_url, watch):
    page = opened(new_page(), site_url, "?images=200&epochs=2&batch=20")
    train(page)
    held = tensors(page)
    page.get_by_role("button", name="Open in tfjs-vis").click()
    visor = page.locator("#tfjs-visor-container")
    for tab in ("Input Data", "Model", "Evaluation"):
        expect(visor.get_by_text(tab, exact=True)).to_be_visible()
    accuracy = page.evaluate("prebake.state.evaluation.perClass.map((c) => c.samples)")
    expect(visor.locator("tbody tr")).to_have_count(10 + 6)
    shown = visor.locator("tbody tr").filter(has_text="Zero").locator("td").last.inner_text()
    assert int(shown) == accuracy[0]
    visor.get_by_text("Model", exact=True).click()
    expect(visor.locator("canvas.marks").first).to_be_visible()
    visor.get_by_text("Input Data", exact=True).click()
    expect(visor.locator("canvas.tile:visible")).to_have_count(20)
    assert tensors(page) == held
    assert len([url for url in watch.requests if is_visor(url)]) == 1


def test_a_sheet_that_does_not_load_offers_a_retry(new_page, site_url, watch):
    page = opened(new_page(), site_url, "?images=100&epochs=1&batch=20")
    page.route("**/train-*.png", lambda route: route.abort())
    page.get_by_role("button", name="Train").click()
    expect(page.locator(ERROR)).to_contain_text("could not be fetched. Are you offline?")
    page.unroute("**/train-*.png")
    page.get_by_role("button", name="Retry").click()
    finished(page)
    expect(page.get_by_role("button", name="Retry")).to_be_hidden()
    expected = [p for p in watch.problems if "train-" in p or "ERR_FAILED" in p]
    watch.problems = [p for p in watch.problems if p not in expected]


def test_a_sheet_that_was_altered_is_not_used(new_page, site_url, built_site):
    page = opened(new_page(), site_url, "?images=100&epochs=1&batch=20")
    (sheet,) = sorted(built_site.glob("data/mnist/*/train-001.png"))[:1]
    page.route("**/train-000.png", lambda route: route.fulfill(path=sheet))
    page.get_by_role("button", name="Train").click()
    expect(page.locator(ERROR)).to_contain_text("train-000.png are not as they were published")


def test_a_number_that_does_not_serve_is_a_sentence(new_page, site_url):
    page = opened(new_page(), site_url)
    page.get_by_text("Change how it learns").click()
    for field, value, message in (
        ("images", "50", "Images: a whole number from 100 to 59,000."),
        ("images", "100.5", "Images: a whole number from 100 to 59,000."),
        ("batch", "", "Batch: a whole number from 8 to 1,024."),
        ("rate", "-1", "Learning rate: a number from 0.00001 to 1."),
    ):
        box = page.locator(f"#{field}")
        before = box.input_value()
        box.fill(value)
        page.get_by_role("button", name="Train").click()
        expect(page.locator(ERROR)).to_have_text(message)
        expect(box).to_be_focused()
        expect(box).to_have_attribute("aria-invalid", "true")
        box.fill(before)


def test_the_default_controls_reach_96_percent_with_1_3_megabytes(new_page, site_url):
    page = new_page()
    sizes: dict[str, int] = {}

    def note(response):
        name = urlsplit(response.url).path.rpartition("/")[2]
        if name == "manifest.json" or name.startswith("train-"):
            sizes[name] = int(response.headers["content-length"])

    page.on("response", note)
    opened(page, site_url)
    page.locator("#sample").select_option("10000")
    page.get_by_role("button", name="Train").click()
    finished(page, 1_200_000)
    evaluation = page.evaluate("prebake.state.evaluation")
    assert evaluation["samples"] == 10_000
    assert evaluation["accuracy"] >= 0.96
    assert sum(sizes.values()) <= 1_300_000, sizes
    assert page.evaluate("prebake.state.dataset.heldBytes") < 20_400_000
    draw(page, SEVEN)
    assert best_guess(page) == "7"
    page.get_by_role("button", name="Forget").click()
    expect(page.locator("#kept")).to_have_text("No network is kept in this browser.")
    assert tensors(page) == 0


def test_stopping_the_test_loses_nothing_that_was_learned(new_page, site_url):
    page = opened(new_page(), site_url, "?images=100&epochs=1&batch=20")
    page.locator("#sample").select_option("10000")
    page.get_by_role("button", name="Train").click()
    expect(page.locator("#bar-text")).to_contain_text("Testing", timeout=60_000)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#message")).to_have_text("Stopped.")
    page.reload()
    page.locator("body[data-ready]").wait_for()
    expect(page.locator("#kept")).to_contain_text("is kept in this browser")
    expect(page.locator("#download")).to_be_enabled()


def test_focus_stays_where_the_keyboard_is(new_page, site_url):
    page = opened(new_page(), site_url, "?images=1000&epochs=50&batch=32")
    page.get_by_role("button", name="Train").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Stop")).to_be_focused()
    expect(page.locator("#bar-text")).to_contain_text("left", timeout=60_000)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Train")).to_be_focused(timeout=60_000)


def test_a_second_finger_does_not_end_a_stroke(new_page, site_url):
    page = opened(new_page(has_touch=True), site_url)
    points = page.locator("#pad canvas").evaluate(
        """(canvas) => {
          const send = (kind, id, primary, x, y) => canvas.dispatchEvent(new PointerEvent(kind, {
            pointerId: id, isPrimary: primary, clientX: x, clientY: y, bubbles: true,
            pointerType: 'touch', button: 0 }));
          canvas.setPointerCapture = () => {};
          send('pointerdown', 1, true, 10, 10);
          send('pointermove', 1, true, 20, 20);
          send('pointerdown', 2, false, 90, 90);
          send('pointermove', 2, false, 95, 95);
          send('pointerup', 2, false, 95, 95);
          send('pointermove', 1, true, 30, 30);
          send('pointerup', 1, true, 30, 30);
          send('pointermove', 1, true, 40, 40);
          return canvas.parentElement.strokes.map((stroke) => stroke.points.length);
        }"""
    )
    assert points == [3]


def test_the_visor_may_be_opened_first(new_page, site_url):
    page = opened(new_page(), site_url, "?images=100&epochs=1&batch=20")
    page.get_by_role("button", name="Open in tfjs-vis").click()
    visor = page.locator("#tfjs-visor-container")
    expect(visor.get_by_text("Model summary")).to_have_count(1)
    expect(visor.locator("tbody tr")).to_have_count(6)
    assert tensors(page) == 0
    page.locator("#train").dispatch_event("click")
    finished(page)
    for surface in ("Model summary", "Training", "Accuracy by class", "Confusion matrix"):
        expect(visor.get_by_text(surface, exact=True)).to_have_count(1)


def test_the_results_of_a_poor_network_can_be_read_by_everybody(new_page, site_url, axe):
    page = opened(new_page(), site_url, "?images=100&epochs=1&batch=100")
    train(page)
    assert page.evaluate("prebake.state.evaluation.accuracy") < 0.6
    draw(page, SEVEN)
    best_guess(page)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        frames(page)
        assert axe(page) == [], scheme


def test_the_address_holds_what_was_changed(new_page, site_url):
    page = opened(new_page(), site_url)
    page.get_by_text("Change how it learns").click()
    page.locator("#epochs").fill("3")
    page.locator("#epochs").press("Tab")
    assert page.url.endswith("mnist/?epochs=3")
    page.locator("#epochs").fill("10")
    page.locator("#epochs").press("Tab")
    assert page.url.endswith("mnist/")
    opened(page, site_url, "?epochs=4&images=nonsense")
    assert page.locator("#epochs").input_value() == "4"
    assert page.locator("#images").input_value() == "5500"


def test_upload_brings_a_model_back_and_refuses_others(new_page, site_url, downloaded):
    page = opened(new_page(), site_url, "?images=100&epochs=1&batch=20")
    train(page)
    paths = downloads(page.get_by_role("button", name="Download"), downloaded, 2)
    files = {path.suffix: path for path in paths}
    assert set(files) == {".json", ".bin"}
    accuracy = page.evaluate("prebake.state.evaluation.accuracy")

    other = opened(new_page(), site_url)
    upload = other.locator("#files")
    upload.set_input_files([files[".json"]])
    expect(other.locator(ERROR)).to_contain_text("Choose both files of the model together")
    broken = downloaded / "broken.json"
    broken.write_text("{}")
    upload.set_input_files([broken, files[".bin"]])
    expect(other.locator(ERROR)).to_contain_text("not a model that TensorFlow.js can read")
    upload.set_input_files([_with_other_shape(files[".json"]), files[".bin"]])
    expect(other.locator(ERROR)).to_be_visible()
    assert tensors(other) == 0
    upload.set_input_files([files[".json"], files[".bin"]])
    other.locator(DONE).wait_for()
    assert other.evaluate("prebake.state.evaluation.accuracy") == accuracy


def test_an_upload_that_is_damaged_replaces_nothing_and_a_sound_one_can_be_undone(
    new_page, site_url, downloaded
):
    page = opened(new_page(), site_url, "?images=100&epochs=1&batch=20")
    train(page)
    files = {
        path.suffix: path
        for path in downloads(page.get_by_role("button", name="Download"), downloaded, 2)
    }
    accuracy = page.evaluate("prebake.state.evaluation.accuracy")
    held = tensors(page)
    weights = np.fromfile(files[".bin"], np.float32)
    for name, content in (
        ("nan.bin", np.full_like(weights, np.nan).tobytes()),
        ("cut.bin", weights.tobytes()[:-400]),
        ("long.bin", weights.tobytes() + bytes(400)),
    ):
        damaged = downloaded / name
        damaged.write_bytes(content)
        page.locator("#files").set_input_files([files[".json"], damaged])
        expect(page.locator(ERROR)).to_be_visible()
        assert page.evaluate("prebake.state.evaluation.accuracy") == accuracy
        assert tensors(page) == held
    for text in ("null", "<!doctype html>", ""):
        damaged = downloaded / "damaged.json"
        damaged.write_text(text)
        page.locator("#files").set_input_files([damaged, files[".bin"]])
        expect(page.locator(ERROR)).to_contain_text("not a model that TensorFlow.js can read")
        expect(page.locator("#train")).to_be_enabled()
    expect(page.locator("#take-back")).to_be_hidden()
    (downloaded / "other.bin").write_bytes(np.zeros_like(weights).tobytes())
    page.locator("#files").set_input_files([files[".json"], downloaded / "other.bin"])
    expect(page.locator("#take-back")).to_be_visible()
    expect(page.locator("#take-back")).to_be_enabled()
    assert page.evaluate("prebake.state.evaluation.accuracy") != accuracy
    page.locator("#take-back").click()
    expect(page.locator(DONE)).to_contain_text("own network is back")
    assert page.evaluate("prebake.state.evaluation.accuracy") == accuracy
    expect(page.locator("#take-back")).to_be_hidden()
    assert tensors(page) == held


def _with_other_shape(path: Path) -> Path:
    """The same model for images of another size."""
    model = json.loads(path.read_text())
    for layer in model["modelTopology"]["config"]["layers"]:
        if "batch_input_shape" in layer["config"]:
            layer["config"]["batch_input_shape"] = [None, 32, 32, 1]
    other = path.with_name("other.json")
    other.write_text(json.dumps(model))
    return other


def test_touch_draws_and_does_not_scroll(new_page, site_url):
    page = opened(new_page(viewport={"width": 390, "height": 844}, has_touch=True), site_url)
    pad = page.locator("#pad canvas")
    pad.scroll_into_view_if_needed()
    at = page.evaluate("scrollY")
    box = pad.bounding_box()
    session = page.context.new_cdp_session(page)
    x, y = box["x"] + 60, box["y"] + 60
    for kind, points in (
        ("touchStart", [{"x": x, "y": y}]),
        ("touchMove", [{"x": x, "y": y + 60}]),
        ("touchMove", [{"x": x, "y": y + 120}]),
        ("touchEnd", []),
    ):
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert page.evaluate("document.querySelector('#pad').strokes.length") == 1
    assert page.evaluate("document.querySelector('#pad').strokes[0].points.length") >= 3
    assert page.evaluate("scrollY") == at
    expect(page.locator("#guess .hint")).to_contain_text("Train the network first")


def test_a_dense_display_draws_more_pixels_and_the_same_ink(new_page, site_url):
    digits = []
    for scale in (1, 2):
        page = opened(new_page(device_scale_factor=scale), site_url)
        canvas = page.locator("#pad canvas")
        canvas.scroll_into_view_if_needed()
        assert canvas.evaluate("(c) => c.width / c.clientWidth") == pytest.approx(scale, abs=0.02)
        draw(page, SEVEN)
        frames(page)
        digits.append(
            page.evaluate(
                "[...document.querySelector('#seen').getContext('2d').getImageData(0, 0, 28, 28).data]"
            )
        )
    assert max(abs(a - b) for a, b in zip(*digits, strict=True)) <= 24
    assert max(digits[0][::4]) > 200
