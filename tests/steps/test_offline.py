"""What each page needs offline, in a small project."""

from __future__ import annotations

import hashlib
import json
import re
import shutil

import pytest

from tests.conftest import ROOT

TEMPLATE = """
    <html><head><meta name="version" content="PAGE-VERSION">{{ offline_script }}</head>
    <h1>{{ page.title }}</h1>{{ content }}
"""


@pytest.fixture
def offline(project):
    """The small project with the worker, and a page that says its version."""
    for name in ("offline", "dom.js"):
        source = ROOT / "site" / "runtime" / name
        target = project.root / "site" / "runtime" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copyfile)(source, target)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(ROOT / name, project.root / name)
    project.write("templates/page.html", TEMPLATE)
    project.build()
    return project


def listing(project):
    return json.loads((project.out / "offline.json").read_text())


def sizes(files):
    return {path: size for path, size, _ in files}


def worker_version(project):
    text = (project.out / "offline-worker.js").read_text()
    return re.search(r"version = '([0-9a-f]{16})'", text)[1]


def test_a_page_is_listed_with_its_hash_version_and_files(offline):
    page = listing(offline)["pages"]["one/"]
    html = (offline.out / "one" / "index.html").read_bytes()
    assert page["sha256"] == hashlib.sha256(html).hexdigest()
    assert page["bytes"] == len(html)
    assert f'content="{page["version"]}"'.encode() in html
    own = sizes(page["own"])
    assert any(path.startswith("assets/offline-") for path in own)
    assert any(path.startswith("assets/site-") for path in own)
    assert any(path.endswith("/manifest.json") for path in own)
    data = sizes(page["data"])
    assert data and all(path.startswith("data/dots/") for path in data)
    for path, size in {**own, **data}.items():
        assert (offline.out / path).stat().st_size == size


def test_every_file_is_listed_with_its_checksum(offline):
    offline.page("one", "One", "S", "![P](plot.png) [T](table.csv)", datasets="[dots]")
    offline.write("site/one/plot.png", "picture")
    offline.write("site/one/table.csv", "a,b")
    offline.write("site/static/favicon.svg", "<svg/>")
    offline.build()
    found = listing(offline)
    page = found["pages"]["one/"]
    every = [*page["own"], *page["data"], *found["beside"]]
    for path, size, checksum in every:
        content = (offline.out / path).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()[:32]) == (size, checksum)
    assert {path for path, _, _ in found["beside"]} == {"favicon.svg", "site.webmanifest"}
    assert any(path.endswith("/plot.png") for path, _, _ in page["own"])
    assert any(path.endswith("/table.csv") for path, _, _ in page["data"])


def test_the_home_page_has_the_pictures_of_its_cards(offline):
    own = sizes(listing(offline)["pages"][""]["own"])
    assert any(re.fullmatch(r"one/picture-[0-9a-f]{8}\.png", path) for path in own)


def test_another_text_is_another_version_of_the_page_and_of_the_worker(offline):
    before, worker = listing(offline), worker_version(offline)
    assert before["version"] == worker
    offline.page("one", "One", "The first", "Other text.", datasets="[dots]", picture="dots")
    offline.build()
    after = listing(offline)
    assert after["pages"]["one/"]["version"] != before["pages"]["one/"]["version"]
    assert after["pages"][""]["version"] == before["pages"][""]["version"]
    assert worker_version(offline) == after["version"] != worker


def test_the_manifest_of_the_application_is_relative(offline):
    manifest = json.loads((offline.out / "site.webmanifest").read_text())
    assert manifest["name"] == "Test"
    assert (manifest["scope"], manifest["start_url"]) == ("./", "./")


def test_a_project_without_the_worker_is_built_without_it(project):
    project.build()
    assert not (project.out / "offline.json").exists()
    assert not (project.out / "offline-worker.js").exists()
