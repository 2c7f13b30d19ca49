"""The page of rock, paper, scissors, lizard and Spock: recorded, trained, asked, played, kept."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps
from playwright.sync_api import Page, expect

from prebake.browser.launch import launch
from prebake.data.packed import Packed, read_split
from tests.conftest import ROOT

FAST = "?backend=wasm"
CLASSES = ["rock", "paper", "scissors", "lizard", "Spock"]
WIDTH, HEIGHT, RATE = 320, 240, 10
SECONDS = 3
"""For how long the clip shows each gesture."""
ENOUGH = 5
"""Samples of a gesture to learn from."""


@pytest.fixture
def opened(new_page, site_url):
    def make(query: str = FAST, page: Page | None = None, **options) -> Page:
        page = page or new_page(**options)
        page.goto(f"{site_url}rpsls/{query}")
        ready(page)
        return page

    return make


def ready(page: Page) -> None:
    page.locator("body[data-ready='true']").wait_for(state="attached", timeout=120_000)
    expect(page.locator("#train")).to_be_enabled()


def forget(watch, *texts: str) -> None:
    """Takes out what was to be expected, and demands that it was there."""
    for text in texts:
        assert any(text in problem for problem in watch.problems), (text, watch.problems)
    watch.problems[:] = [p for p in watch.problems if not any(text in p for text in texts)]


@pytest.fixture(scope="session")
def hands(built_site, tmp_path_factory) -> dict[str, Packed]:
    """The drawn hands of the page by split, as bytes."""
    artifact = tmp_path_factory.mktemp("hands")
    (artifact / "site" / "data").mkdir(parents=True)
    (artifact / "site" / "data" / "gestures").symlink_to(built_site / "data" / "gestures")
    return {split: read_split(artifact, split) for split in ("train", "test")}


def drawn(page: Page) -> None:
    page.locator("#use-stock").click()
    expect(page.locator("#have")).to_contain_text("200 samples", timeout=60_000)
    expect(page.locator("#train")).to_be_visible()


def train(page: Page) -> None:
    page.locator("#train").click()
    expect(page.locator("#message")).to_contain_text("rained", timeout=120_000)
    expect(page.locator("#train")).to_be_visible()


JUDGE = """async () => {
  const { booth } = globalThis.prebake;
  const shares = await booth.pair.predict(booth.net, booth.collection.samples
    .map((each) => each.features));
  return shares.map((row) => [...row]);
}"""


# -- without a camera ----------------------------------------------------------------------


def test_drawn_hands_are_learned_from_and_others_are_told_apart(opened, hands):
    page = opened()
    assert page.evaluate("prebake.booth.pair.backends") == {"base": "wasm", "tail": "wasm"}
    drawn(page)
    for label in range(5):
        expect(page.locator(f"#count-{label}")).to_have_text("40")
    train(page)
    expect(page.locator("#loss svg")).to_have_attribute("aria-label", re.compile("held"))
    right = 0
    count = len(hands["test"].images)
    for _ in range(count):
        page.locator("#ask-stock").click()
        page.locator("#ask-stock:not([disabled])").wait_for()
        right += "Right." in page.locator("#sees").inner_text()
    assert right / count >= 0.85
    page.locator("#use-stock").click()
    expect(page.locator("#message")).to_have_text("They are all there already.", timeout=60_000)
    expect(page.locator("#have")).to_contain_text("200 samples")
    expect(page.locator("#bars li")).to_have_count(5)
    names = page.locator("#bars .bar-name").all_inner_texts()
    assert names == CLASSES


@pytest.mark.quick
def test_a_few_pictures_are_learned_from_and_nothing_is_left_behind(opened, hands, tmp_path):
    page = opened("?backend=webgl")
    # Dense layers are trained on WASM, which is faster for them.
    assert page.evaluate("prebake.booth.pair.backends") == {"base": "webgl", "tail": "wasm"}
    give(page, hands, tmp_path, dict.fromkeys(range(5), 3))
    train(page)
    shares = np.array(page.evaluate(JUDGE))
    np.testing.assert_allclose(shares.sum(1), 1, atol=1e-4)
    labels = page.evaluate("prebake.booth.collection.samples.map((each) => each.label)")
    assert (shares.argmax(1) == labels).mean() >= 0.8
    page.locator("#ask-stock").click()
    expect(page.locator("#sees")).to_contain_text("I see")
    expect(page.locator("#bars li")).to_have_count(5)
    held = page.evaluate("prebake.memory().numTensors")
    page.evaluate("prebake.action()")
    assert page.evaluate("prebake.memory().numTensors") == held


def test_what_is_missing_or_unbalanced_is_said(opened, hands, tmp_path):
    page = opened()
    page.locator("#train").click()
    said = "There are no samples yet; two of rock, paper, scissors, lizard or Spock are enough"
    expect(page.locator("#message")).to_contain_text(said)
    give(page, hands, tmp_path, {0: 5, 1: 2, 2: 2})
    left_out = "Left out, without samples: lizard and Spock."
    expect(page.locator("#have")).to_have_text(f"9 samples. {left_out}")
    train(page)
    expect(page.locator("#message")).to_contain_text(left_out)
    expect(page.locator("#message")).to_contain_text("it will say rock too often")
    give(page, hands, tmp_path, {3: 2, 4: 2})
    expect(page.locator("#have")).to_contain_text("it will say rock too often")
    train(page)
    expect(page.locator("#message")).not_to_contain_text("Left out")


def give(page: Page, hands: dict[str, Packed], folder: Path, counts: dict[int, int]) -> None:
    """Picture files of drawn hands, as many of each class."""
    split = hands["train"]
    for label, count in counts.items():
        before = int(page.locator(f"#count-{label}").inner_text())
        paths = []
        for number in np.flatnonzero(split.labels == label)[:count]:
            path = folder / f"{label}-{number}.png"
            Image.fromarray(split.images[number]).resize((160, 120)).save(path)
            paths.append(str(path))
        page.locator(f"input[type=file][data-class='{label}']").set_input_files(paths)
        expect(page.locator(f"#count-{label}")).to_have_text(str(before + count))
        expect(page.locator("#train")).to_be_visible()


def test_pictures_are_taken_out_one_by_one_and_recordings_undone(opened, hands, tmp_path):
    page = opened()
    give(page, hands, tmp_path, {0: 3, 1: 2})
    thumbs = page.locator("li[data-class='0'] .thumb")
    expect(thumbs).to_have_count(3)
    thumbs.nth(1).focus()
    page.keyboard.press("Enter")
    expect(thumbs).to_have_count(2)
    expect(page.locator("#count-0")).to_have_text("2")
    assert page.evaluate("document.activeElement.className") == "thumb"
    undo, message = page.locator("#undo"), page.locator("#message")
    undo.click()
    expect(message).to_have_text("1 sample put back.")
    expect(page.locator("#count-0")).to_have_text("3")
    assert page.evaluate(SHOWN_OF, 0) == [3, 2, 1]
    undo.click()
    expect(message).to_have_text("2 samples taken back.")
    expect(page.locator("#count-1")).to_have_text("0")
    undo.press("Enter")
    expect(page.locator("#count-0")).to_have_text("0")
    expect(undo).to_be_disabled()
    expect(message).to_be_focused()
    expect(page.locator("#have")).to_have_text("No samples yet.")


SHOWN_OF = """(label) => [...document.querySelectorAll(`li[data-class="${label}"] .thumbs li`)]
  .map((item) => Number(item.dataset.id))"""
"""The numbers of the pictures of a class that are in sight."""


def test_of_many_pictures_the_newest_are_shown_and_older_ones_come_back(opened):
    page = opened()
    page.evaluate(
        """async () => {
  const { collection, pair } = prebake.booth;
  const side = pair.base.manifest.inputs[0].shape[1];
  const canvas = new OffscreenCanvas(side, side);
  canvas.getContext('2d');
  const picture = await canvas.convertToBlob({ type: 'image/png' });
  const data = new Uint8Array(side * side * 3);
  const image = { width: side, height: side, channels: 3, data };
  const [features] = await pair.features([image]);
  const recording = collection.begin();
  for (let i = 0; i < 1000; i++) {
    collection.add({ label: 2, features, picture, sum: i }, recording);
  }
}"""
    )
    thumbs = page.locator("li[data-class='2'] .thumb")
    expect(page.locator("#count-2")).to_have_text("1,000")
    expect(thumbs).to_have_count(48)
    page.evaluate("(ids) => ids.forEach((id) => prebake.booth.collection.remove(id))", [951, 970])
    left = [i for i in range(1000, 900, -1) if i not in (951, 970)]
    assert page.evaluate(SHOWN_OF, 2) == left[:48]
    thumbs.first.click()
    assert page.evaluate(SHOWN_OF, 2) == left[1:49]
    for _ in range(3):
        page.locator("#undo").click()
    expect(page.locator("#count-2")).to_have_text("1,000")
    assert page.evaluate(SHOWN_OF, 2) == list(range(1000, 952, -1))
    page.evaluate("prebake.booth.collection.remove(1000)")
    assert page.evaluate(SHOWN_OF, 2) == list(range(999, 951, -1))
    page.locator("#undo").click()
    page.locator("#undo").click()
    expect(thumbs).to_have_count(0)
    expect(page.locator("#count-2")).to_have_text("0")


def test_a_file_that_is_no_picture_is_said_and_the_rest_goes_on(opened, hands, tmp_path):
    page = opened()
    (tmp_path / "notes.png").write_text("no picture")
    Image.fromarray(hands["train"].images[0]).save(tmp_path / "good.png")
    paths = [str(tmp_path / name) for name in ("notes.png", "good.png")]
    page.locator("input[type=file][data-class='2']").set_input_files(paths)
    expect(page.locator("#message")).to_contain_text("1 picture added. notes.png is no image")
    expect(page.locator("#count-2")).to_have_text("1")


def test_network_and_samples_go_into_a_file_and_come_back(opened, hands, tmp_path, watch):
    page = opened()
    give(page, hands, tmp_path, dict.fromkeys(range(5), 4))
    train(page)
    before = page.evaluate(JUDGE)
    with page.expect_download() as download:
        page.locator("#save-all").click()
    saved = tmp_path / download.value.suggested_filename
    download.value.save_as(saved)
    assert saved.name == "rpsls.zip"
    with zipfile.ZipFile(saved) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        with archive.open(names[0]) as first:
            assert Image.open(first).size == (96, 96)
    assert len([name for name in names if name.startswith("Spock/")]) == 4
    assert {"network/model.json", "network/weights.bin"} < set(names)
    other = opened()
    other.locator("#archive").set_input_files(str(saved))
    expect(other.locator("#message")).to_have_text("Taken: 20 pictures and the network.")
    np.testing.assert_allclose(other.evaluate(JUDGE), before, atol=1e-5)
    damage(saved, tmp_path / "bad.zip")
    other.locator("#archive").set_input_files(str(tmp_path / "bad.zip"))
    expect(other.locator("#message")).to_contain_text("That model answers with other classes: a, b")
    expect(other.locator("#message")).to_contain_text('The folder "well" is called as no class')
    (tmp_path / "no.zip").write_bytes(b"no archive")
    other.locator("#archive").set_input_files(str(tmp_path / "no.zip"))
    expect(other.locator("#message")).to_contain_text("This is no ZIP file")
    forget(watch, "This is no ZIP file")


def damage(saved: Path, target: Path) -> None:
    """The same with another list of classes, and a folder of none of them."""
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "network/model.json":
                data = data.replace(b'"rock","paper"', b'"a","b"')
            new.writestr(name, data)
        picture = io.BytesIO()
        Image.new("RGB", (9, 9)).save(picture, "PNG")
        new.writestr("well/1.png", picture.getvalue())


def revisit(page: Page) -> None:
    page.reload()
    ready(page)


def test_samples_and_network_are_back_at_the_next_visit_until_they_are_forgotten(
    opened, hands, tmp_path
):
    page = opened()
    give(page, hands, tmp_path, dict.fromkeys(range(5), 3))
    page.locator("li[data-class='1'] .thumb").first.click()
    page.locator("#undo").click()
    page.locator("li[data-class='2'] .thumb").first.click()
    train(page)
    expect(page.locator("#kept")).to_contain_text("14 samples")
    before = page.evaluate(KEPT)
    revisit(page)
    said = "14 samples and the network of your last visit are back."
    expect(page.locator("#message")).to_have_text(said)
    assert page.evaluate(KEPT) == before
    expect(page.locator("#count-2")).to_have_text("2")
    expect(page.locator("#undo")).to_be_disabled()
    expect(page.locator("li[data-class='4'] .thumb img").first).to_have_js_property(
        "naturalWidth", 96
    )
    page.locator("#ask-stock").click()
    expect(page.locator("#sees")).to_contain_text("I see")
    page.locator("#forget").click()
    expect(page.locator("#kept")).to_have_text("No network is kept in this browser.")
    expect(page.locator("#message")).to_be_focused()
    revisit(page)
    expect(page.locator("#predict")).to_be_disabled()
    expect(page.locator("#have")).to_have_text("No samples yet.")
    expect(page.locator("#forget")).to_be_disabled()


KEPT = """() => prebake.booth.collection.samples.map(({ label, picture, features }) =>
  [label, picture.size, features.length, ...features.slice(0, 40)])"""

RECORDS = """async (change) => {
  const ask = (request) => new Promise((done, fail) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
  const database = await ask(indexedDB.open('prebake-samples-rpsls'));
  const store = database.transaction('samples', 'readwrite').objectStore('samples');
  const records = await ask(store.getAll());
  for (const [i, record] of records.entries()) {
    if (change === 'broken' && i === 0) {
      await ask(store.put({ ...record, base: 'old', picture: new Blob(['no picture']) }));
    }
    if (change === 'class' && i === 1) await ask(store.put({ ...record, name: 'gun' }));
  }
  database.close();
  return records.length;
}"""
"""Changes what is kept, as another version of the page would have left it."""


def test_kept_pictures_are_looked_at_again_where_another_base_made_their_features(
    opened, hands, tmp_path
):
    page = opened()
    give(page, hands, tmp_path, dict.fromkeys(range(5), 2))
    train(page)
    before = page.evaluate(KEPT)

    def another(route) -> None:
        manifest = {**route.fetch().json(), "digest": "0" * 16}
        route.fulfill(json=manifest)

    page.route(re.compile("models/rpsls-base/.*manifest.json"), another)
    revisit(page)
    said = "10 samples of your last visit are back. That model was trained upon another base"
    expect(page.locator("#message")).to_contain_text(said)
    expect(page.locator("#predict")).to_be_disabled()
    for found, expected in zip(page.evaluate(KEPT), before, strict=True):
        assert found[:3] == expected[:3]
        np.testing.assert_allclose(found[3:], expected[3:], atol=1e-4)
    # Samples of a class that is no longer there, and pictures that cannot be read, are left out.
    page.evaluate(RECORDS, "class")
    page.evaluate(RECORDS, "broken")
    revisit(page)
    expect(page.locator("#message")).to_have_text("8 samples of your last visit are back.")
    assert [label for label, *_ in page.evaluate(KEPT)] == [1, 1, 2, 2, 3, 3, 4, 4]
    assert page.evaluate(RECORDS, "") == 9


def test_where_the_browser_keeps_nothing_it_is_said_and_the_page_works(
    new_page, site_url, hands, tmp_path, watch
):
    page = new_page()
    page.add_init_script(
        "IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError'); }"
    )
    page.goto(f"{site_url}rpsls/{FAST}")
    ready(page)
    expect(page.locator("#not-kept")).to_be_visible()
    give(page, hands, tmp_path, dict.fromkeys(range(5), 2))
    page.locator("#train").click()
    said = re.compile("Trained. There were too few .*allows no storage here")
    expect(page.locator("#message")).to_have_text(said, timeout=120_000)
    expect(page.locator("#predict")).to_be_enabled()
    expect(page.locator("#train")).to_be_visible()
    forget(watch, "SecurityError")


def test_nothing_is_left_behind(opened, hands, tmp_path):
    page = opened()
    give(page, hands, tmp_path, dict.fromkeys(range(5), 3))
    train(page)
    held = page.evaluate("prebake.memory().numTensors")
    page.evaluate("async () => { for (let i = 0; i < 100; i++) await prebake.action(); }")
    assert page.evaluate("prebake.memory().numTensors") == held
    train(page)
    assert page.evaluate("prebake.memory().numTensors") == held


def test_photographs_of_hands_are_told_apart(opened, hands, tmp_path):
    """Of the three gestures of which there are photographs; the others are drawn."""
    folder = ROOT.parent / "shared" / "data" / "hands"
    if not folder.is_dir():
        pytest.skip("shared/data/hands is not there")
    page = opened()
    held = []
    for label, name in enumerate(CLASSES[:3]):
        photographs = [str(path) for path in sorted((folder / name).glob("*.png"))]
        page.locator(f"input[type=file][data-class='{label}']").set_input_files(photographs[6:])
        expect(page.locator(f"#count-{label}")).to_have_text(str(len(photographs) - 6))
        expect(page.locator("#train")).to_be_visible()
        held += [(label, path) for path in photographs[:6]]
    give(page, hands, tmp_path, {3: 14, 4: 14})
    train(page)
    # The held ones are added only now, to be asked about.
    learned = page.evaluate("prebake.booth.collection.size")
    for label in range(3):
        page.locator(f"input[type=file][data-class='{label}']").set_input_files(
            [path for own, path in held if own == label]
        )
        expect(page.locator("#have")).to_contain_text(f"{learned + 6 * (label + 1)} samples")
        expect(page.locator("#train")).to_be_visible()
    shares = np.array(page.evaluate(JUDGE))[learned:]
    right = sum(row.argmax() == own for row, (own, _) in zip(shares, held, strict=True))
    assert right >= 14


# -- with a camera -------------------------------------------------------------------------


def film(path: Path, gestures: list[list[Image.Image]]) -> Path:
    """Every gesture for some seconds, by hands that change; a strip at the left, which the page
    cuts off, tells by its brightness which one it is."""
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{RATE}:1 Ip A1:1 C420jpeg\n".encode())
        for label, pictures in enumerate(gestures):
            for i in range(SECONDS * RATE):
                frame = Image.new("RGB", (WIDTH, HEIGHT), (40 + 40 * label,) * 3)
                hand = ImageOps.fit(pictures[i // 2 % len(pictures)], (HEIGHT, HEIGHT))
                frame.paste(hand, ((WIDTH - HEIGHT) // 2, 0))
                y, cb, cr = frame.convert("YCbCr").split()
                half = (WIDTH // 2, HEIGHT // 2)
                planes = [y, cb.resize(half), cr.resize(half)]
                file.write(b"FRAME\n" + b"".join(plane.tobytes() for plane in planes))
    return path


def drawings(split: Packed, label: int) -> list[Image.Image]:
    return [Image.fromarray(split.images[i]) for i in np.flatnonzero(split.labels == label)]


@pytest.fixture(scope="session")
def clip(hands, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "hands.y4m"
    return film(path, [drawings(hands["train"], label) for label in range(5)])


@pytest.fixture(scope="session")
def photographs(hands, tmp_path_factory) -> Path:
    """The same with photographs of the three gestures of which there are some."""
    folder = ROOT.parent / "shared" / "data" / "hands"
    if not folder.is_dir():
        pytest.skip("shared/data/hands is not there")
    photos = [
        [Image.open(path).convert("RGB") for path in sorted((folder / name).glob("*.png"))]
        for name in CLASSES[:3]
    ]
    drawn = [drawings(hands["train"], label) for label in (3, 4)]
    return film(tmp_path_factory.mktemp("photographs") / "hands.y4m", photos + drawn)


SHOWN = """() => {
  const video = document.querySelector('#video');
  const canvas = new OffscreenCanvas(1, 1);
  const context = canvas.getContext('2d');
  context.drawImage(video, 4, 100, 8, 8, 0, 0, 1, 1);
  return Math.round((context.getImageData(0, 0, 1, 1).data[0] - 40) / 40);
}"""


def wait_until(page: Page, label: int) -> None:
    """Until the clip has just begun to show a gesture."""
    before = page.evaluate(SHOWN)
    for _ in range(10 * 5 * SECONDS * 2):
        now = page.evaluate(SHOWN)
        if now == label and before != label:
            return
        before = now
        page.wait_for_timeout(50)
    raise AssertionError(f"the clip never shows {CLASSES[label]}")


@pytest.fixture
def watching(playwright, watch):
    """Pages in browsers whose cameras show a clip."""
    browsers = []

    def make(clip: Path) -> Page:
        browsers.append(launch(playwright, camera=clip))
        context = browsers[-1].new_context(
            service_workers="block", viewport={"width": 1280, "height": 900}
        )
        context.set_default_timeout(60_000)
        page = context.new_page()
        watch.attach(page)
        return page

    yield make
    for browser in browsers:
        browser.close()


@pytest.fixture
def filmed(watching, clip):
    return watching(clip)


def record_all(page: Page) -> list[int]:
    """Records every gesture while the clip shows it, with the keys 1 to 5; how many of each."""
    page.locator("#camera-start").click()
    expect(page.locator("#camera-stop")).to_be_visible()
    return [record(page, label) for label in range(5)]


def record(page: Page, label: int) -> int:
    """Holds a key each time the clip shows the gesture, until there are enough samples.

    A machine that is busy with something else takes few of them at a time, or lets go of the key
    too late, when the clip shows the next gesture: those are taken back.
    """
    item = page.locator(f"li[data-class='{label}']")
    taken = 0
    for _ in range(20):
        wait_until(page, label)
        page.wait_for_timeout(200)
        page.keyboard.down(str(label + 1))
        page.wait_for_timeout(1000 * SECONDS - 900)
        page.keyboard.up(str(label + 1))
        late = page.evaluate(SHOWN) != label
        expect(item).to_have_attribute("data-recording", "false")
        count = int(page.locator(f"#count-{label}").inner_text())
        if late and count > taken:
            page.locator("#undo").click()
            expect(page.locator(f"#count-{label}")).to_have_text(str(taken))
        elif count >= ENOUGH:
            return count
        else:
            taken = count
    raise AssertionError(f"only {taken} samples of {CLASSES[label]} in 20 turns of the clip")


def see_all(page: Page) -> None:
    """Each gesture is told while the clip shows it."""
    page.locator("#predict").click()
    for label in range(5):
        wait_until(page, label)
        expect(page.locator("#sees")).to_have_text(f"I see {CLASSES[label]}.")


def test_photographs_before_the_camera_are_learned_and_told_apart(opened, watching, photographs):
    page = opened(page=watching(photographs))
    record_all(page)
    train(page)
    see_all(page)


def test_gestures_are_recorded_learned_told_apart_and_played_with(opened, filmed):
    page = opened(page=filmed)
    expect(page.locator("li[data-class='0'] .hold")).to_be_disabled()
    counts = record_all(page)
    page.locator("li[data-class='4'] .single").click()
    expect(page.locator("#count-4")).to_have_text(str(counts[4] + 1))
    page.locator("#undo").click()
    expect(page.locator("#count-4")).to_have_text(str(counts[4]))
    train(page)
    page.evaluate("prebake.action()")
    held = page.evaluate("prebake.memory().numTensors")
    see_all(page)
    page.wait_for_function("prebake.booth.sight.frames >= 100")
    page.locator("#predict").click()
    expect(page.locator("#predict")).to_have_text("Start predicting")
    # As soon as the frame under way is answered.
    page.wait_for_function("(held) => prebake.memory().numTensors === held", arg=held)
    page.locator("#play").click()
    expect(page.locator("#play")).to_be_disabled()
    demand_verdict(page)
    score = page.evaluate("prebake.booth.score")
    assert sum(score.values()) == 1
    expect(page.locator("#tally")).to_contain_text(f"You {score['won']}, the computer")
    page.locator("#camera-stop").click()
    assert page.evaluate("document.querySelector('#video').srcObject") is None
    page.reload()
    ready(page)
    expect(page.locator("#message")).to_contain_text("and the network of your last visit are back")
    page.locator("#predict").click()
    wait_until(page, 2)
    expect(page.locator("#sees")).to_have_text("I see scissors.")
    page.locator("#predict").click()
    # It was started only to see.
    assert page.evaluate("document.querySelector('#video').srcObject") is None
    expect(page.locator("#camera-start")).to_be_visible()
    page.locator("#predict").click()
    expect(page.locator("#sees")).to_contain_text("I see")
    page.evaluate(TAKE_AWAY)
    expect(page.locator("#predict")).to_have_text("Start predicting")
    expect(page.locator("#sees")).to_have_text("Stopped.")
    expect(page.locator("#camera-off")).to_be_visible()
    # A round starts the camera, and its light goes off after it.
    page.locator("#play").click()
    demand_verdict(page)
    expect(page.locator("#camera-off")).to_be_visible()
    assert page.evaluate("document.querySelector('#video').srcObject") is None


WINS = {
    "scissors": ("paper", "lizard"),
    "paper": ("rock", "Spock"),
    "rock": ("lizard", "scissors"),
    "lizard": ("Spock", "paper"),
    "Spock": ("scissors", "rock"),
}


def demand_verdict(page: Page) -> None:
    """A round ends as the rules say."""
    said = re.compile(
        "You show (\\w+), the computer (\\w+). .*(You win!|The computer wins.|A tie.)"
    )
    expect(page.locator("#verdict")).to_have_text(said, timeout=15_000)
    mine, theirs, result = said.search(page.locator("#verdict").inner_text()).groups()
    if mine == theirs:
        assert result == "A tie."
    else:
        assert (result == "You win!") == (theirs in WINS[mine])
        assert (result == "The computer wins.") == (mine in WINS[theirs])


TAKE_AWAY = """() => {
  const [track] = document.querySelector('#video').srcObject.getTracks();
  track.dispatchEvent(new Event('ended'));
}"""
"""What Chromium does where the camera is pulled out."""


def test_a_camera_that_is_taken_away_ends_the_recording(opened, filmed):
    page = opened(page=filmed)
    page.locator("#camera-start").click()
    item, count = page.locator("li[data-class='1']"), page.locator("#count-1")
    expect(item.locator(".hold")).to_be_enabled()
    page.keyboard.down("2")
    expect(item).to_have_attribute("data-recording", "true")
    expect(count).not_to_have_text("0")
    page.evaluate(TAKE_AWAY)
    expect(item).to_have_attribute("data-recording", "false")
    expect(item.locator(".hold")).to_be_disabled()
    taken = count.inner_text()
    page.keyboard.up("2")
    page.locator("#camera-start").click()
    expect(item.locator(".hold")).to_be_enabled()
    page.wait_for_timeout(400)
    expect(count).to_have_text(taken)


def test_the_camera_goes_off_when_the_page_is_hidden_or_it_is_taken_away(opened, filmed):
    page = opened(page=filmed)
    for end in (
        "Object.defineProperty(document, 'hidden', { value: true, configurable: true });"
        "document.dispatchEvent(new Event('visibilitychange'))",
        "delete document.hidden;"
        "const [track] = document.querySelector('#video').srcObject.getTracks();"
        "track.dispatchEvent(new Event('ended'))",
    ):
        page.evaluate("delete document.hidden")
        page.locator("#camera-start").click()
        expect(page.locator("#camera-stop")).to_be_visible()
        tracks = page.evaluate_handle("document.querySelector('#video').srcObject.getTracks()")
        page.evaluate(f"() => {{ {end} }}")
        expect(page.locator("#camera-start")).to_be_visible()
        expect(page.locator("#camera-off")).to_be_visible()
        expect(page.locator("li[data-class='0'] .hold")).to_be_disabled()
        if "hidden" in end:
            assert page.evaluate("(all) => all.map((t) => t.readyState)", tracks) == ["ended"]


def test_a_button_records_while_it_is_held_and_stops_when_it_is_let_go(opened, filmed):
    page = opened(page=filmed)
    page.locator("#camera-start").click()
    hold = page.locator("li[data-class='3'] .hold")
    expect(hold).to_be_enabled()
    hold.hover()
    page.mouse.down()
    expect(page.locator("li[data-class='3']")).to_have_attribute("data-recording", "true")
    expect(page.locator("#count-3")).to_have_text(re.compile("[3-9]"))
    page.mouse.up()
    expect(page.locator("li[data-class='3']")).to_have_attribute("data-recording", "false")
    count = int(page.locator("#count-3").inner_text())
    # For as long as three more would take.
    page.wait_for_timeout(400)
    expect(page.locator("#count-3")).to_have_text(str(count))
    page.locator("#undo").click()
    expect(page.locator("#count-3")).to_have_text("0")
    # From one class to the next without a pause.
    page.keyboard.down("1")
    expect(page.locator("#count-0")).not_to_have_text("0")
    page.keyboard.up("1")
    page.keyboard.down("2")
    expect(page.locator("#count-1")).to_have_text(re.compile("[3-9]"))
    page.keyboard.up("2")
    expect(page.locator("li[data-class='1']")).to_have_attribute("data-recording", "false")


def test_without_a_camera_there_is_a_sentence_and_another_way(opened, watch):
    page = opened()
    for name, said in (
        ("NotAllowedError", "The camera was not allowed. Allow it beside the address."),
        ("NotFoundError", "There is no camera on this device."),
        ("NotReadableError", "perhaps another program has it"),
    ):
        page.evaluate(
            "(name) => { navigator.mediaDevices.getUserMedia = async () => {"
            " throw new DOMException('no', name); }; }",
            name,
        )
        page.locator("#camera-start").click()
        expect(page.locator("#message")).to_contain_text(said)
        expect(page.locator("#message")).to_contain_text("use the built-in ones")
        expect(page.locator("#use-stock")).to_be_enabled()
        forget(watch, "amera")


# -- for everybody -------------------------------------------------------------------------


def test_all_ten_rules_are_on_the_page(opened):
    page = opened()
    rules = page.locator("#rules li")
    expect(rules).to_have_count(10)
    assert page.evaluate("prebake.booth.score") == {"won": 0, "lost": 0, "tie": 0}
    expect(page.locator("#private")).to_contain_text("nothing is uploaded")


def test_it_fits_and_is_accessible_after_training(opened, axe, hands, tmp_path):
    page = opened()
    give(page, hands, tmp_path, dict.fromkeys(range(5), 3))
    train(page)
    page.locator("#ask-stock").click()
    expect(page.locator("#sees")).to_contain_text("I see")
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert axe(page) == [], width
