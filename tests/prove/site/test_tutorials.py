"""What the documents tell an author to write is written, built and opened."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.conftest import ROOT, build_copy, copy_of_this_project

BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.S)
PAGES = ("hello", "model", "cells")


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The built site of this project with a page for each tutorial, and no other."""
    copy = copy_of_this_project(tmp_path_factory.mktemp("tutorial") / "project")
    write_first_page(copy)
    write_model(copy)
    write_dataset(copy)
    return build_copy(copy, *(word for name in PAGES for word in ("--only", name)))


def write_first_page(copy: Path) -> None:
    text = (ROOT / "README.md").read_text().partition("## Your first page")[2]
    files = re.findall(r"`(site/hello/[\w.]+)` .*?:\n\n```\w+\n(.*?)```", text, re.S)
    assert [name for name, _ in files] == [
        "site/hello/index.md",
        "site/hello/digits.html",
        "site/hello/page.js",
    ]
    for name, content in files:
        (copy / name).parent.mkdir(exist_ok=True)
        (copy / name).write_text(content)


def write_model(copy: Path) -> None:
    blocks = dict(BLOCK.findall((ROOT / "docs/authoring-models.md").read_text()))
    (copy / "models" / "small.py").write_text(blocks["python"])
    folder = copy / "site" / "model"
    folder.mkdir()
    (folder / "index.md").write_text(
        "---\ntitle: M\nsummary: S\nmodels: [small]\n---\n\n## M\n\n<model-status></model-status>\n"
    )
    (folder / "page.js").write_text(
        f"const bytes = new Uint8Array(784);\n{blocks['js']}\n"
        "globalThis.result = { classes: model.classes, probabilities: [...probabilities] };\n"
        "document.body.dataset.ready = 'true';\n"
    )


def write_dataset(copy: Path) -> None:
    script = dict(BLOCK.findall((ROOT / "docs/authoring-datasets.md").read_text()))["python"]
    (copy / "datasets" / "cells.py").write_text(script)
    for name, colour in (("Healthy", "white"), ("infected", "red")):
        for number in range(4):
            path = copy / "cell_images" / name / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (90 + number, 70), colour).save(path)
    folder = copy / "site" / "cells"
    folder.mkdir()
    (folder / "index.md").write_text("---\ntitle: C\nsummary: S\ndatasets: [cells]\n---\n\n## C\n")


@pytest.fixture
def page(site, serve_folder, new_page, watch):
    page = new_page()
    url = serve_folder(site)
    watch.host = url.split("/")[2]
    page.goto(url)
    return page


def test_the_first_page_of_the_readme(page):
    page.get_by_role("link", name="Hello, digits").click()
    page.locator("body[data-ready]").wait_for()
    expect(page.locator("#digits canvas")).to_have_count(10)
    expect(page.get_by_text("There are 70,000 in all")).to_be_visible()
    expect(page.locator("figure.listing")).to_contain_text("dataset.load({ test: 10 })")


def test_the_model_of_the_document_is_compiled_and_answers(page):
    page.goto(f"{page.url}model/")
    page.locator("body[data-ready]").wait_for()
    result = page.evaluate("result")
    assert result["classes"] == [str(n) for n in range(10)]
    assert abs(sum(result["probabilities"]) - 1) < 1e-4
    expect(page.locator("model-status")).to_contain_text("Computed on")


def test_the_dataset_of_the_document_is_packed(site):
    assert "a folder of image files" in (site / "cells" / "index.html").read_text()
    sheets = [*site.glob("data/cells/*/t*-*.png"), *site.glob("data/cells/*/t*-*.webp")]
    assert len(sheets) == 2
