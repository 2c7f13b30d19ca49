"""What the server knows of a build, event by event."""

import pytest

from prebake.serve.view import View
from prebake.serve.waiting import fragment, line


def step(name, *needs, where="worker", known=None, expected=1.0):
    return {"name": name, "needs": needs, "where": where, "known": known, "expected": expected}


def plan(steps, problems=None, **pages):
    """A plan with a page for each word, with the names of its steps."""
    return {
        "event": "plan",
        "title": "Site",
        "language": "en",
        "jobs": 2,
        "pages": [
            {
                "name": name,
                "url": "" if name == "home" else f"{name}/",
                "title": name.title(),
                "summary": f"About {name} & more",
                "steps": names,
            }
            for name, names in pages.items()
        ],
        "steps": steps,
        "problems": problems or {},
    }


DIGITS = [
    step("pack mnist", known=20.0, expected=20.0),
    step("train digits", "pack mnist", known=250.0, expected=250.0),
    step("render digits", "train digits", where="inline", expected=0.1),
]
NAMES = [each["name"] for each in DIGITS]


class Site:
    """A view with a store in which results can be put."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "out").mkdir()
        self.view = View(lambda digest: folder / "store" / digest, folder / "out")

    def done(self, name, digest="", **files):
        digest = digest or name.replace(" ", "-")
        paths = {name.replace("__", "/").replace("_", "."): text for name, text in files.items()}
        for path, text in paths.items():
            file = self.folder / "store" / digest / "site" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        self.view.apply(
            {"event": "done", "step": name, "key": digest, "digest": digest, "files": list(paths)}
        )

    def tell(self, event, name, **given):
        self.view.apply({"event": event, "step": name, "key": "k", **given})

    def text(self, path):
        file = self.view.file(path)
        return file.read_text() if file else None


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


def test_a_page_appears_when_all_that_it_needs_is_there(site):
    site.view.apply(plan(DIGITS, digits=NAMES))
    page = site.view.page_at("digits/")
    site.done("render digits", digits__index_html="<p>")
    site.done("pack mnist", data__sheet_png="x")
    assert site.text("data/sheet.png") == "x"
    assert not site.view.shows("digits/")
    site.done("train digits")
    assert site.text("digits/index.html") == "<p>"
    assert site.view.news == {"digits/"}
    assert not page.lacks


def test_the_last_good_version_stays_until_then(site):
    (site.folder / "out" / "digits").mkdir()
    (site.folder / "out" / "digits" / "index.html").write_text("old")
    site.view.apply(plan(DIGITS, digits=NAMES))
    site.done("render digits", digits__index_html="new")
    assert site.text("digits/index.html") == "old"
    site.done("pack mnist")
    site.done("train digits")
    assert site.text("digits/index.html") == "new"


def test_the_same_page_again_is_no_news(site):
    (site.folder / "out" / "digits").mkdir()
    (site.folder / "out" / "digits" / "index.html").write_text("same")
    site.view.apply(plan([step("render digits")], digits=["render digits"]))
    site.done("render digits", digits__index_html="same")
    assert site.view.news == set()


def test_a_preview_is_shown_as_long_as_the_page_waits(site):
    site.view.apply(plan(DIGITS, digits=NAMES))
    site.done("preview digits", digits__index_html="early")
    assert site.text("digits/index.html") == "early"
    for name in ("pack mnist", "train digits"):
        site.done(name)
    site.done("render digits", digits__index_html="whole")
    site.done("preview digits", digest="late", digits__index_html="late")
    assert site.text("digits/index.html") == "whole"


def test_what_happens_is_said_with_what_is_known(site):
    site.view.apply(plan(DIGITS, digits=NAMES))
    page = site.view.page_at("digits/")
    assert line(site.view, page) == (
        "Waits for its turn: packing mnist; then training digits. Ready in about 5 min"
    )
    site.tell("started", "pack mnist")
    site.tell("progress", "pack mnist", done=5, total=10, unit="train images")
    assert site.view.text(page).startswith("Packing mnist: 5 of 10 train images, 0:20 left")
    site.done("pack mnist")
    site.tell("elsewhere", "train digits")
    assert site.view.text(page) == "Training digits: 4:10 left"


def test_no_time_is_said_that_nobody_measured(site):
    new = [{**each, "known": None} for each in DIGITS]
    site.view.apply(plan(new, digits=NAMES))
    page = site.view.page_at("digits/")
    assert line(site.view, page) == "Waits for its turn: packing mnist; then training digits"
    html = fragment(site.view, "digits/")
    assert "min" not in html
    assert "Training digits" in html
    assert "About digits &amp; more" in html


def test_a_step_that_goes_on_from_build_to_build_keeps_its_start(site):
    site.view.apply(plan(DIGITS, digits=NAMES))
    site.done("pack mnist")
    site.tell("started", "train digits")
    site.view.steps["train digits"].since -= 100
    site.tell("progress", "train digits", done=4, total=10, unit="epochs")
    site.view.apply(plan(DIGITS, digits=NAMES))
    site.done("pack mnist")
    site.tell("elsewhere", "train digits")
    page = site.view.page_at("digits/")
    assert site.view.text(page) == "Training digits: 4 of 10 epochs, 2:30 left"


def test_errors_stay_until_they_are_mended(site):
    site.view.apply(plan(DIGITS, {"other": "site/other/index.md:1: wrong."}, digits=NAMES))
    site.tell("failed", "train digits", message="models/digits.py:3: it raised E.")
    assert site.view.error() == (
        "site/other/index.md:1: wrong.\ntrain digits: models/digits.py:3: it raised E."
    )
    page = site.view.page_at("digits/")
    assert site.view.text(page) == "Could not be built"
    assert "it raised E." in fragment(site.view, "digits/")
    site.view.apply(plan(DIGITS, digits=NAMES))
    assert site.view.error() == "train digits: models/digits.py:3: it raised E."
    site.done("train digits")
    assert site.view.error() == ""


def test_an_error_of_a_preview_is_that_of_the_page(site):
    site.view.apply(plan(DIGITS, digits=NAMES))
    site.tell("failed", "preview digits", message="nonsense")
    assert site.view.error() == "render digits: nonsense"
    assert site.view.steps["render digits"].status == "waiting"
    site.done("preview digits", digits__index_html="mended")
    assert site.view.error() == ""


def test_a_build_that_ends_early_leaves_what_others_run(site):
    site.view.apply(plan(DIGITS, digits=NAMES))
    site.done("pack mnist")
    site.tell("started", "train digits")
    site.view.ended("site/site.toml: wrong.", ["train digits"])
    page = site.view.page_at("digits/")
    assert site.view.text(page).startswith("Training digits")
    assert site.view.error() == "site/site.toml: wrong."
    site.view.ended("")
    assert site.view.text(page) == "Was not built"


def test_a_whole_site_takes_the_place_of_all_pieces(site):
    site.view.apply(plan(DIGITS, digits=NAMES))
    for name in NAMES[:2]:
        site.done(name)
    site.done("render digits", digits__index_html="piece")
    site.view.asked("report.json", "digits/")
    site.view.news.clear()
    site.view.apply({"event": "built", "summary": ""})
    assert not site.view.shows("digits/")  # it is what the folder holds, which is empty here
    assert site.view.news == {"digits/"}
    assert not site.view.building


def test_nothing_outside_the_site_is_served(site):
    (site.folder / "secret").write_text("x")
    assert site.view.file("../secret") is None
    assert site.view.file("/etc/passwd") is None


def test_the_gallery_of_what_waits_has_every_page(site):
    assert "Reading the project" in fragment(site.view, "")
    site.view.apply(plan(DIGITS, home=NAMES, digits=NAMES, done=[]))
    html = fragment(site.view, "")
    assert '<a href="digits/">Digits</a>' in html
    assert "training digits" in html
    assert "Ready" in html
