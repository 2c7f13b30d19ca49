"""The inspection page of castings: drawn ones, and labelled so. What the page can do with any files is
tested with solar cells."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from datasets._impeller import KINDS, Part, Workshop
from models.casting import casting
from prebake.data.preprocess import apply
from tests.site.test_inspection import (
    COLOURED,
    FAST,
    ROWS,
    demand_nothing_left,
    demand_shipped,
    finished,
    give,
)


@pytest.fixture(scope="session")
def model(built_site) -> dict:
    return json.loads((built_site / "report.json").read_text())["models"]["casting"]


@pytest.fixture(scope="session")
def manifest(built_site) -> dict:
    (path,) = (built_site / "models" / "casting").glob("*/manifest.json")
    return {**json.loads(path.read_text()), "folder": path.parent}


@pytest.fixture
def page(new_page, site_url) -> Page:
    page = new_page()
    page.goto(f"{site_url}casting/{FAST}")
    page.locator("body[data-ready='true']").wait_for(state="attached", timeout=120_000)
    return page


@pytest.fixture(scope="session")
def castings(tmp_path_factory) -> dict[str, np.ndarray]:
    """Photographs of parts that are in no dataset, sound ones and ones with each defect."""
    folder = tmp_path_factory.mktemp("castings")
    workshop, made = Workshop(77), {}
    for seed, defects in enumerate(((), *((kind,) for kind in KINDS), ())):
        image = workshop.photograph(Part(1000 + seed, defects, 0.95), 0)
        path = folder / f"{seed} {'-'.join(defects) or 'sound'}.png"
        Image.fromarray(image).save(path)
        made[str(path)] = image
    return made


@pytest.mark.quick
def test_the_model_is_as_good_and_as_small_as_promised(model):
    assert model["metrics"]["test"]["accuracy"] >= 0.985
    assert model["parameters"] <= 100_000
    assert model["bytes"] <= 250_000
    assert model["decision"]["recall"] >= 0.99
    assert model["parity"]["node"]["max_abs_error"] <= 1e-4


@pytest.mark.quick
def test_samples_are_inspected_and_nothing_is_left_behind(new_page, site_url, manifest):
    page = new_page()
    page.goto(f"{site_url}casting/?backend=webgl")
    page.locator("body[data-ready='true']").wait_for(state="attached", timeout=120_000)
    assert page.evaluate("() => prebake.getBackend()") == "webgl"
    page.get_by_role("button", name="Six def_front").click()
    finished(page, 6)
    demand_shipped(page, manifest["decision"])
    demand_nothing_left(page)


def test_verdicts_are_pythons_for_castings_of_no_dataset(page, castings, manifest):
    from prebake.tfjs.graph_reader import read_graph_model

    assert page.evaluate("() => prebake.getBackend()") == "wasm"
    give(page, *(Path(path) for path in castings))
    finished(page, len(castings))
    answer = read_graph_model(manifest["folder"])
    images = np.stack(list(castings.values()))[..., None]
    expected = answer(apply(casting.preprocess, images))[:, 1]
    shown = page.evaluate(
        "() => document.querySelector('results-table').results.map((r) => r.result.probability)"
    )
    np.testing.assert_allclose(shown, expected, atol=2e-3)
    called = [text.split(",")[0] for text in page.locator(f"{ROWS} .verdict").all_inner_texts()]
    threshold = manifest["decision"]["threshold"]
    assert called == ["def_front" if p >= threshold else "ok_front" for p in expected]
    # What a model for inspection is for: it tells the sound ones from the broken ones.
    broken = np.array(["sound" not in path for path in castings])
    assert expected[broken].min() > expected[~broken].max()


def test_it_says_that_they_were_drawn(page):
    expect(page.locator("main")).to_contain_text("These castings are not real.")
    expect(page.locator("#intake")).to_contain_text("drawn by a program")
    expect(page.locator(".notice", has_text="These images are generated")).to_be_visible()


def test_it_shows_where_it_looked(page):
    page.get_by_role("button", name="Six def_front").click()
    finished(page, 6)
    page.get_by_role("button", name="Probability").click()
    page.locator(f"{ROWS} button.look").first.click()
    assert page.locator("#look-canvas").evaluate(COLOURED) > 60


def test_it_fits_and_is_accessible(page, axe):
    page.get_by_role("button", name="Six ok_front").click()
    finished(page, 6)
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        assert axe(page) == [], width
