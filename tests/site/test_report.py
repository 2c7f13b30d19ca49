"""The report page."""

import re

import pytest
from playwright.sync_api import expect


@pytest.mark.quick
def test_it_shows_what_the_report_says(new_page, site_url, axe):
    page = new_page(viewport={"width": 390, "height": 844})
    # As it is hosted: the built site's own gets more rows when it is checked.
    report = page.request.get(f"{site_url}report.json").json()
    page.goto(f"{site_url}report/")
    page.locator("body[data-ready='true']").wait_for(state="attached")
    for name in report["models"]:
        expect(page.locator("#models-table")).to_contain_text(name)
    expect(page.locator("#models-table tbody tr")).to_have_count(
        sum(len(model["parity"]) for model in report["models"].values())
    )
    expect(page.locator("#build-table tbody tr")).to_have_count(len(report["build"]["steps"]))
    expect(page.locator("#pages-table")).to_contain_text("mnist")
    assert axe(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("name", ["malaria", "rpsls"])
def test_cards_of_both_parts_tell_what_was_measured_in_browsers(new_page, site_url, name):
    page = new_page()
    report = page.request.get(f"{site_url}report.json").json()
    measured = {"max_abs_error": 3e-6, "top1_agreement": None, "samples": 4}
    model = report["models"][f"{name}-base"]
    model["parity"] = {"node": model["parity"]["node"], "wasm": measured}
    model["latency_ms"] = {"wasm": 12.5}
    page.route("**/report.json", lambda route: route.fulfill(json=report))
    page.goto(f"{site_url}{name}/?backend=wasm")
    row = page.locator(f"[data-parity={name}-base] tbody tr").nth(1)
    expect(row).to_have_text(re.compile("wasm.*3.0e-6.*–.*4.*12.5 ms"))
    page.locator("body[data-ready='true']").wait_for(state="attached", timeout=120_000)


def test_what_has_no_classes_is_not_said_to_agree_on_them(new_page, site_url):
    page = new_page()
    page.goto(f"{site_url}rpsls/?backend=wasm")
    for name, shown in (("rpsls-base", "–"), ("rpsls", "100 %")):
        cell = page.locator(f"[data-parity={name}] tbody tr").first.locator("td").nth(1)
        expect(cell).to_have_text(shown)
    page.locator("body[data-ready='true']").wait_for(state="attached", timeout=120_000)
    page.goto(f"{site_url}report/")
    row = page.locator("#models-table tr", has_text="rpsls-base").first
    expect(row.locator("td").filter(has_text=re.compile("^–$"))).to_have_count(1)


def test_a_missing_report_gets_a_sentence(new_page, site_url, watch):
    page = new_page()
    page.route("**/report.json", lambda route: route.fulfill(status=404, body=""))
    page.goto(f"{site_url}report/")
    expect(page.locator("#models-text")).to_contain_text("could not be fetched")
    watch.problems.clear()  # the 404 is what this test asks for
