"""The malaria page: the last layers of MobileNet trained in the browser, kept, and asked."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from prebake.browser.gate import Watch
from prebake.data.packed import Packed, read_split
from tests.site.downloads import downloads

FAST = "?backend=wasm"
"""Names the backend of the base, so that none has to be found by measuring."""
SMALL = "&images=32&epochs=2&batch=8"
CLASSES = ["Uninfected", "Parasitized"]


@pytest.fixture
def opened(new_page, site_url):
    def make(query: str = FAST, **options) -> Page:
        page = new_page(**options)
        page.goto(f"{site_url}malaria/{query}")
        ready(page)
        return page

    return make


def ready(page: Page) -> None:
    page.locator("body[data-ready='true']").wait_for(state="attached", timeout=120_000)
    expect(page.locator("#train")).to_be_enabled()


@dataclass(frozen=True)
class Kept:
    """What the page said of a network when it had trained it."""

    probabilities: list[list[float]]
    accuracy: float


@pytest.fixture(scope="module")
def kept(profile, site_url) -> Kept:
    """A network that is trained once, and kept in the profile of these tests."""
    watch = Watch(site_url)
    page = profile.new_page()
    watch.attach(page)
    page.goto(f"{site_url}malaria/{FAST}{SMALL}")
    ready(page)
    train(page)
    expect(page.locator("#shelf tbody tr")).to_have_count(1)
    expect(page.locator("#shelf tbody")).to_contain_text("in use")
    found = Kept(page.evaluate(SHARES), score(page))
    page.close()
    assert watch.problems == []
    return found


@pytest.fixture
def trained(kept, profile, watch, site_url) -> Iterator[Page]:
    """The page at a later visit, with that network loaded."""
    page = profile.new_page()
    watch.attach(page)
    page.goto(f"{site_url}malaria/{FAST}{SMALL}")
    ready(page)
    expect(page.locator("#exam")).to_be_hidden()
    page.get_by_role("button", name="Load the network of").click()
    page.locator("#exam").wait_for()
    yield page
    page.close()


@pytest.fixture(scope="session")
def cells(built_site, tmp_path_factory) -> dict[str, Packed]:
    """The cells of the page by split, as bytes."""
    artifact = tmp_path_factory.mktemp("cells")
    (artifact / "site" / "data").mkdir(parents=True)
    (artifact / "site" / "data" / "malaria").symlink_to(built_site / "data" / "malaria")
    return {split: read_split(artifact, split) for split in ("train", "test")}


def train(page: Page) -> None:
    page.locator("#train").click()
    page.locator("#train").wait_for(state="visible", timeout=240_000)


def score(page: Page) -> float:
    text = page.locator("#score").inner_text()
    return float(re.match(r"([\d.]+) % right", text).group(1)) / 100


SHARES = """async () => {
  const { state } = globalThis.prebake;
  const cells = state.source.held.slice(0, 16);
  const shares = await state.pair.predict(state.net, cells.map((each) => each.features));
  return shares.map((row) => [...row]);
}"""


def forget(watch, *texts: str) -> None:
    """Takes out what was to be expected, and demands that it was there."""
    for text in texts:
        assert any(text in problem for problem in watch.problems), (text, watch.problems)
    watch.problems[:] = [p for p in watch.problems if not any(text in p for text in texts)]


# -- what is trained, and how well ---------------------------------------------------------


def test_the_default_training_finds_nine_of_ten_on_other_slides(opened):
    page = opened()
    assert page.locator("body").get_attribute("data-backend") == "wasm"
    assert page.locator("body").get_attribute("data-trainer") == "webgl"
    assert page.evaluate("prebake.state.pair.backends.tail") == "webgl"
    train(page)
    assert score(page) >= 0.9
    expect(page.locator("#score")).to_contain_text("of 200 held-out cells of 5 slides that it has")
    rows = page.locator("#epochs-table tbody tr")
    expect(rows).to_have_count(5)
    values = page.evaluate(
        "[...document.querySelectorAll('#epochs-table tbody tr')].map((row) =>"
        " [...row.cells].map((cell) => parseFloat(cell.textContent)))"
    )
    assert np.isfinite(values).all()
    losses = [row[3] for row in values]
    assert losses[-1] < losses[0] / 2
    assert [row[2] for row in values] == losses  # cross-entropy, and nothing else is in the loss
    expect(page.locator("#loss svg")).to_have_attribute("aria-label", re.compile("train .*held"))


@pytest.mark.quick
def test_the_last_layers_are_trained_and_nothing_is_left_behind(opened):
    page = opened(FAST + SMALL)
    assert page.evaluate("prebake.state.pair.backends") == {"base": "wasm", "tail": "webgl"}
    train(page)
    expect(page.locator("#epochs-table tbody tr")).to_have_count(2)
    expect(page.locator("#shelf tbody tr")).to_have_count(1)
    demand_counted(page)
    held = page.evaluate("prebake.memory().numTensors")
    page.evaluate("prebake.action()")
    assert page.evaluate("prebake.memory().numTensors") == held


def demand_counted(page: Page) -> None:
    """What is shown is what was counted."""
    exam = page.evaluate("({ ...prebake.state.exam, wrong: prebake.state.exam.wrong.length })")
    table = page.evaluate(CONFUSION)
    assert exam["wrong"] == table[0][1] + table[1][0]
    assert score(page) == pytest.approx(1 - exam["wrong"] / sum(map(sum, table)), abs=0.0006)
    expect(page.locator("#area")).to_contain_text(f"{exam['area']:.3f}")


CONFUSION = """[...document.querySelectorAll('#confusion tbody tr')].map((row) =>
  [...row.cells].slice(1).map((cell) => Number(cell.textContent)))"""


def test_what_is_kept_predicts_the_same_values_at_the_next_visit(trained, kept):
    np.testing.assert_allclose(trained.evaluate(SHARES), kept.probabilities, atol=1e-6)
    assert score(trained) == kept.accuracy
    # What it was trained on at another visit is not known.
    expect(trained.locator("#score")).to_contain_text("of 5 slides.")
    expect(trained.locator("#shelf tbody tr")).to_contain_text(f"{100 * kept.accuracy:.1f} %")


def test_training_again_starts_again_and_leaves_nothing_behind(opened):
    page = opened(FAST + SMALL)
    train(page)
    first, held = page.evaluate(SHARES), page.evaluate("prebake.memory().numTensors")
    train(page)
    np.testing.assert_allclose(page.evaluate(SHARES), first, atol=1e-5)
    assert page.evaluate("prebake.memory().numTensors") == held
    page.evaluate("prebake.action()")
    assert page.evaluate("prebake.memory().numTensors") == held


def test_the_exam_counts_what_it_shows(trained, cells):
    page = trained
    demand_counted(page)
    table = page.evaluate(CONFUSION)
    counts = np.bincount(cells["test"].labels)
    assert [sum(row) for row in table] == counts.tolist()
    exam = page.evaluate("({ ...prebake.state.exam, wrong: prebake.state.exam.wrong.length })")
    rates = page.locator("#rates tbody tr")
    expect(rates.nth(0)).to_contain_text(f"Sensitivity{100 * table[1][1] / counts[1]:.1f} %")
    expect(rates.nth(1)).to_contain_text(f"Specificity{100 * table[0][0] / counts[0]:.1f} %")
    expect(rates.nth(0)).to_contain_text(f"{table[1][1]} of {counts[1]} Parasitized")
    assert exam["area"] > 0.6
    expect(page.locator("#wrong li")).to_have_count(min(18, exam["wrong"]))


def test_stop_ends_it_and_what_was_learned_is_kept(opened):
    page = opened(FAST + "&images=32&epochs=100&batch=8")
    page.locator("#train").click()
    expect(page.locator("#bar-text")).to_contain_text("Epoch", timeout=120_000)
    page.locator("#stop").click()
    page.locator("#train").wait_for(state="visible", timeout=120_000)
    expect(page.locator("#message")).to_contain_text("Stopped early")
    expect(page.locator("#shelf tbody tr")).to_have_count(1)


def test_a_test_that_is_stopped_loses_no_network(opened):
    page = opened(FAST + SMALL)
    page.locator("#train").click()
    expect(page.locator("#bar-text")).to_contain_text("Testing on held-out", timeout=120_000)
    page.locator("#stop").click()
    page.locator("#train").wait_for(state="visible", timeout=120_000)
    expect(page.locator("#message")).to_contain_text("Stopped before the test was done.")
    expect(page.locator("#shelf tbody tr")).to_contain_text("not tested")
    expect(page.locator("#in-use")).to_contain_text("In use: the network of")


def test_a_rate_that_is_too_large_is_said(opened, watch):
    page = opened(FAST + "&images=16&epochs=6&batch=4&rate=1")
    train(page)
    message = page.locator("#message").inner_text()
    # Either it left the numbers, or it came through with a bad score; never silence.
    assert "smaller learning rate" in message or "held-out cells right" in message
    if "smaller learning rate" in message:
        forget(watch, "smaller learning rate")


def test_a_loss_that_leaves_the_numbers_is_said_and_keeps_nothing(opened, watch):
    page = opened(FAST + SMALL)
    # What the base makes of an image is not finite: the first loss is no number.
    page.evaluate(
        "() => { const { pair } = prebake.state; const features = pair.features.bind(pair);"
        " pair.features = async (...given) =>"
        " (await features(...given)).map((each) => each.fill(NaN)); }"
    )
    train(page)
    said = "The loss is no longer a number: choose a smaller learning rate."
    expect(page.locator("#message")).to_have_text(said)
    expect(page.locator("#shelf")).to_contain_text("Nothing is kept")
    expect(page.locator("#download")).to_be_disabled()
    forget(watch, said)


def test_settings_out_of_bounds_are_refused_with_a_sentence(opened):
    page = opened()
    expect(page.locator("#ask-files")).to_be_disabled()  # there is no network to ask
    page.locator("summary", has_text="Change how it learns").click()
    page.locator("#images").fill("3")
    page.locator("summary", has_text="Change how it learns").click()
    expect(page.locator("#images")).to_be_hidden()
    page.locator("#train").click()
    expect(page.locator("#message")).to_have_text("Images: a whole number from 8 to 20,000.")
    expect(page.locator("#images")).to_be_focused()


# -- the images ----------------------------------------------------------------------------


def test_as_many_of_each_class_are_picked_and_slides_are_on_one_side(opened):
    page = opened()
    expect(page.locator("#cells caption")).to_contain_text("120 images of 15 slides, 24 of them")
    sums = page.locator("#cells tr.sum td").all_inner_texts()
    assert sums[2:4] == ["60", "60"]
    rows = []
    for _ in range(15):
        rows += page.evaluate(
            "[...document.querySelectorAll('#cells tbody tr:not(.sum)')].map((row) =>"
            " [...row.cells].map((cell) => cell.textContent))"
        )
        page.get_by_role("button", name="Next rows of").press("Enter")
    assert len(rows) == 120
    assert len({row[0] for row in rows}) == 120
    for _, _, name, healthy, infected, _, _ in rows:
        assert (name, healthy, infected) in {(CLASSES[0], "1", "0"), (CLASSES[1], "0", "1")}
    sides = {side: {row[5] for row in rows if row[6] == side} for side in {row[6] for row in rows}}
    assert set(sides) == {"learn", "held"}
    assert not sides["learn"] & sides["held"]
    after = page.get_by_role("button", name="Next rows of")
    expect(after).to_have_attribute("aria-disabled", "true")
    expect(after).to_be_focused()


def test_more_images_are_fetched_where_more_are_asked_for_than_are_there(opened):
    page = opened(FAST + SMALL)
    # As if the page had fetched only the first ten of many.
    page.evaluate("prebake.state.source.pool.splice(10)")
    train(page)
    expect(page.locator("#cells caption")).to_contain_text("32 images of")
    expect(page.locator("#source-text")).to_contain_text("600 images to learn from")
    assert page.evaluate("prebake.state.source.pool.length") == 600


def png(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


@pytest.fixture(scope="session")
def own(cells, tmp_path_factory) -> Path:
    """A visitor's images: of six slides, in folders, with a table as the original has it."""
    folder = tmp_path_factory.mktemp("own") / "cell_images"
    rows = []
    for label, name in enumerate(CLASSES):
        (folder / name).mkdir(parents=True)
        numbers = np.flatnonzero(cells["train"].labels == label)[:24]
        for i, number in enumerate(numbers):
            file = f"C{i % 6 + 1}P1thinF_IMG_{number}.png"
            (folder / name / file).write_bytes(png(cells["train"].images[number]))
            rows.append(f"{name}/{file},{name}")
    (folder / "labels.csv").write_bytes("\r\n".join(["image,class", *rows, ""]).encode())
    return folder


def files(folder: Path) -> list[str]:
    return [str(path) for path in sorted(folder.rglob("*.*"))]


def test_a_folder_of_ones_own_is_learned_from_and_tested_on(opened, own):
    page = opened(FAST + SMALL)
    folder = page.locator("#folder")
    (own / "labels.csv").rename(own.parent / "labels.csv")
    try:
        folder.set_input_files(str(own))
        expect(page.locator("#source-text")).to_contain_text("Your images: 40 images to learn from")
    finally:
        (own.parent / "labels.csv").rename(own / "labels.csv")
    expect(page.locator("#message")).to_contain_text("48 images of yours are taken")
    # They are seen before anything is learned from them.
    expect(page.locator("#cells tbody img")).to_have_count(8)
    expect(page.locator("#cells tbody img").first).to_have_js_property("complete", True)
    train(page)
    expect(page.locator("#score")).to_contain_text("8 held-out cells of 1 slide that")
    expect(page.locator("#refused")).to_be_hidden()
    page.get_by_role("button", name="Back to the images of this page").click()
    expect(page.locator("#source-text")).to_contain_text("600 images to learn from")


def test_images_of_slides_that_are_not_known_are_not_said_to_be_apart(opened, own, tmp_path):
    for name in CLASSES:
        (tmp_path / "mine" / name).mkdir(parents=True)
        for i, path in enumerate(sorted((own / name).iterdir())[:12]):
            (tmp_path / "mine" / name / f"{i}.png").write_bytes(path.read_bytes())
    page = opened(FAST + SMALL)
    page.locator("#folder").set_input_files(str(tmp_path / "mine"))
    text = "Your images: 18 images to learn from, 6 held out for the test."
    expect(page.locator("#source-text")).to_have_text(text)
    expect(page.locator("#refused")).to_contain_text("the figures flatter")
    train(page)
    expect(page.locator("#score")).to_contain_text("of slides of which it may have seen others.")


def test_a_table_with_its_images_is_read_and_what_does_not_fit_is_said(opened, own, tmp_path):
    page = opened(FAST + SMALL)
    table = (own / "labels.csv").read_text()
    twice = table.splitlines()[1]
    bad = "Parasitized/gone.png,Parasitized\r\nUninfected/x.png,Healthy\r\nonly one cell\r\n"
    bad += f"{twice}\r\n"
    (tmp_path / "labels.csv").write_text(table + bad)
    broken = next(p for p in own.rglob("*.png") if p.parent.name == "Uninfected")
    (tmp_path / broken.name).write_bytes(b"no image at all")
    chosen = [str(p) for p in own.rglob("*.png") if p != broken]
    page.locator("#files").set_input_files(
        [str(tmp_path / "labels.csv"), str(tmp_path / broken.name), *chosen]
    )
    expect(page.locator("#refused li")).to_have_count(4)
    expect(page.locator("#refused")).to_contain_text("stands there for the second time")
    expect(page.locator("#refused")).to_contain_text("gone.png is not among the images")
    expect(page.locator("#refused")).to_contain_text('the class "Healthy" is not known')
    expect(page.locator("#refused")).to_contain_text('expected "name.png,Class"')
    page.locator("summary", has_text="Change how it learns").click()
    page.locator("#images").fill("48")
    train(page)
    expect(page.locator("#refused")).to_contain_text(f"{broken.name} is no image")
    assert score(page) > 0.4


@pytest.mark.parametrize(
    ("give", "said"),
    [
        (lambda own: [own / "Parasitized"], "no image of the class Uninfected"),
        (lambda own: [own / "labels.csv"], "no image of a known class"),
    ],
)
def test_images_that_teach_nothing_are_refused(opened, own, watch, give, said):
    page = opened()
    (given,) = give(own)
    field = "#folder" if given.is_dir() else "#files"
    page.locator(field).set_input_files(str(given))
    expect(page.locator("#message")).to_contain_text(said)
    expect(page.locator("#source-text")).to_contain_text("600 images to learn from")
    forget(watch, said)


def test_folders_of_other_names_are_named(opened, own, watch, tmp_path):
    (tmp_path / "x" / "healthy").mkdir(parents=True)
    source = next(own.rglob("*.png"))
    (tmp_path / "x" / "healthy" / "a.png").write_bytes(source.read_bytes())
    page = opened()
    page.locator("#folder").set_input_files(str(tmp_path / "x"))
    said = '1 image is in the folder "healthy", which is no class'
    expect(page.locator("#message")).to_contain_text(said)
    forget(watch, said)


# -- keeping and asking --------------------------------------------------------------------


def test_a_network_is_downloaded_and_uploaded_elsewhere(trained, kept, opened, watch, tmp_path):
    before = kept.probabilities
    paths = downloads(trained.locator("#download"), tmp_path, 2)
    assert sorted(path.name for path in paths) == ["malaria.json", "malaria.weights.bin"]
    other = opened()
    other.locator("#model-files").set_input_files([str(path) for path in paths])
    other.locator("#exam").wait_for()
    np.testing.assert_allclose(other.evaluate(SHARES), before, atol=1e-6)
    expect(other.locator("#shelf tbody tr")).to_have_count(1)
    document = json.loads((tmp_path / "malaria.json").read_text())
    for change, said in [
        (lambda d: d["userDefinedMetadata"].update(labels=["a", "b"]), "with other classes: a, b"),
        (lambda d: d["userDefinedMetadata"].update(base="0" * 16), "upon another base"),
        (lambda d: d.pop("modelTopology"), "not a model that TensorFlow.js can read"),
        (None, "Choose both files"),
    ]:
        changed = json.loads(json.dumps(document))
        if change:
            change(changed)
        (tmp_path / "malaria.json").write_text(json.dumps(changed))
        chosen = paths if change else paths[:1]
        other.locator("#model-files").set_input_files([str(path) for path in chosen])
        expect(other.locator("#message")).to_contain_text(said)
        forget(watch, said)
    np.testing.assert_allclose(other.evaluate(SHARES), before, atol=1e-6)  # still in use
    other.get_by_role("button", name="Delete the network of").click()
    expect(other.locator("#shelf")).to_contain_text("Nothing is kept")
    other.reload()
    ready(other)
    expect(other.locator("#shelf")).to_contain_text("Nothing is kept")


def test_a_network_of_another_shape_is_refused(opened, watch, built_site):
    (folder,) = (built_site / "models" / "linear").glob("*/")
    document = json.loads((folder / "model.json").read_text())
    (group,) = document["weightsManifest"]
    weights = b"".join((folder / path).read_bytes() for path in group["paths"])
    given = [
        {"name": "x.json", "mimeType": "application/json", "buffer": json.dumps(document).encode()},
        {"name": group["paths"][0], "mimeType": "application/octet-stream", "buffer": weights},
    ]
    page = opened()
    page.locator("#model-files").set_input_files(given)
    said = "That model takes 1 and answers with 1 numbers; this page needs 3 x 3 x 160 and 2."
    expect(page.locator("#message")).to_contain_text(said)
    forget(watch, said)


def test_images_of_ones_own_are_answered_and_what_is_none_is_said(trained, own, tmp_path):
    page = trained
    (tmp_path / "notes.png").write_text("no image")
    images = [str(path) for path in sorted(own.rglob("*.png"))[:3]]
    page.locator("#ask-input").set_input_files([*images, str(tmp_path / "notes.png")])
    expect(page.locator("#answers li")).to_have_count(3)
    expect(page.locator("#answers li").first).to_contain_text(re.compile(r"(Unin|Parasi).*\d %"))
    expect(page.locator("#ask-problems")).to_contain_text("notes.png is no image")
    page.locator("#ask-held").click()
    expect(page.locator("#answers li")).to_have_count(8)
    expect(page.locator("#ask-problems")).to_be_hidden()


def test_what_is_said_at_the_top_is_repeated_where_it_is_out_of_sight(opened, watch):
    page = opened(FAST + SMALL)
    expect(page.locator(".echo")).to_be_hidden()
    page.locator("#upload").scroll_into_view_if_needed()
    page.locator("#model-files").set_input_files(
        {"name": "x.json", "mimeType": "application/json", "buffer": b"{}"}
    )
    expect(page.locator("#message")).not_to_be_in_viewport()
    expect(page.locator(".echo")).to_have_text(re.compile("Choose both files"))
    expect(page.locator(".echo")).to_be_in_viewport()
    page.locator("#train").scroll_into_view_if_needed()
    expect(page.locator(".echo")).to_be_hidden()
    forget(watch, "Choose both files")


# -- for everybody -------------------------------------------------------------------------


def test_it_says_that_it_is_drawn_and_no_diagnosis(opened):
    page = opened()
    text = page.locator("main").inner_text()
    assert text.count("A demonstration, not a diagnosis") == 2
    assert "These cells are not real" in text
    assert "These images are generated" in text


def test_it_fits_and_is_accessible_with_a_network(trained, axe):
    page = trained
    page.locator("#ask-held").click()
    expect(page.locator("#answers li")).to_have_count(8)
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert axe(page) == [], width
