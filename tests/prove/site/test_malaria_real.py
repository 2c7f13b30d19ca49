"""The malaria page built with the photographs of the NIH and the weights of Keras Applications, as
far as they are at hand."""

from __future__ import annotations

import json
import re
import shutil

import pytest
from playwright.sync_api import expect

from tests.conftest import ROOT, build_copy, copy_of_this_project

SHARED = ROOT.parent / "shared" / "data"


def test_real_cells_and_another_backbone_work_end_to_end(page_of, tmp_path, monkeypatch):
    for needed in ("malaria", "keras"):
        if not (SHARED / needed).is_dir():
            pytest.skip(f"shared/data/{needed} is not there")
    shutil.copytree(SHARED / "keras", tmp_path / "home" / "models")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    copy = copy_of_this_project(tmp_path / "copy")
    shutil.copytree(SHARED / "malaria", copy / "cell_images")
    site = build_copy(
        copy, "--only", "malaria", "--data", "malaria=folder", "--weights", "mobilenet=keras"
    )
    report = json.loads((site / "report.json").read_text())
    assert report["datasets"]["malaria"]["source"] == "folder"
    assert report["datasets"]["malaria"]["samples"] == 48
    for name in ("malaria-base", "malaria"):
        assert report["models"][name]["parity"]["node"]["max_abs_error"] <= 1e-4
    page = page_of(site, "malaria/?backend=wasm&images=24&epochs=3&batch=8")
    assert page.evaluate("prebake.state.pair.shape") == [7, 7, 256]
    # Each class of this small set is of one patient: that is said, and nothing else claimed.
    expect(page.locator("main")).to_contain_text("Cells of one slide are on both sides")
    expect(page.locator("main")).not_to_contain_text("These cells are not real")
    page.locator("#train").click()
    page.locator("#train").wait_for(state="visible", timeout=300_000)
    said = re.compile(
        r"% right: \d+ of 12 held-out cells of slides of which it may have seen others"
    )
    expect(page.locator("#score")).to_have_text(said)
