"""Whole builds of a small project: what runs again, and why."""

import multiprocessing
import os
import subprocess
import sys

import pytest

from prebake.build import build
from prebake.effects import SilentEffects
from prebake.errors import PrebakeError
from prebake.graph.executor import Inline
from prebake.graph.tree import hash_tree

from .conftest import DOTS

EVERYTHING = {
    "pack dots",
    "data-card dots",
    "bundle scripts",
    "style site",
    "picture one",
    "render home",
    "render one",
    "links site",
    "extras site",
    "copy static",
}


def rebuilt(project, **given):
    built = project.build(**given)
    return {name: o.reason for name, o in built.outcomes.items() if o.status != "fresh"}


def test_the_first_build_runs_everything_and_the_second_nothing(project):
    assert set(rebuilt(project)) == EVERYTHING
    assert rebuilt(project) == {}


def test_editing_one_pages_markdown_runs_its_render_and_nothing_else(project):
    project.page("two", "Two", "S", "Text.")
    project.build()
    project.page("two", "Two", "S", "Other text.")
    assert rebuilt(project) == {"render two": "site/two/index.md changed"}


def test_a_changed_summary_reaches_the_gallery(project):
    project.build()
    project.page("one", "One", "Another summary", "Some *text*.", datasets="[dots]", picture="dots")
    assert set(rebuilt(project)) == {"render one", "render home"}


def test_editing_a_datasets_module_runs_what_depends_on_it(project):
    project.build()
    text = (project.root / "datasets/dots.py").read_text()
    project.write("datasets/dots.py", text.replace("+= 100", "+= 120"))
    reasons = rebuilt(project)
    assert reasons["pack dots"] == "datasets/dots.py changed"
    assert reasons["picture one"] == "pack dots changed"
    assert "style site" not in reasons


def test_editing_a_comment_or_a_docstring_runs_nothing(project):
    project.build()
    text = (project.root / "datasets/dots.py").read_text()
    project.write("datasets/dots.py", '"""New."""\n# A comment.\n' + text)
    assert rebuilt(project) == {}


def test_a_module_that_a_dataset_imports_counts(project):
    text = (project.root / "datasets/dots.py").read_text().replace("+= 100", "+= LIGHT")
    project.write("datasets/dots.py", "from datasets._shades import LIGHT\n" + text)
    project.write("datasets/_shades.py", "LIGHT = 100\n")
    project.build()
    project.write("datasets/_shades.py", "LIGHT = 110\n")
    assert rebuilt(project)["pack dots"] == "datasets/_shades.py changed"


def test_time_stamps_decide_nothing(project):
    project.build()
    for path in project.root.rglob("*"):
        if path.is_file() and "_site" not in path.parts and "node_modules" not in path.parts:
            path.touch()
    assert rebuilt(project) == {}


def test_going_back_restores_from_the_store(project):
    project.build()
    project.page("one", "One", "The first", "Other.", datasets="[dots]", picture="dots")
    project.build()
    project.page("one", "One", "The first", "Some *text*.", datasets="[dots]", picture="dots")
    assert project.statuses(project.build())["render one"] == "restored"


def test_another_checkout_shares_the_store(project, tmp_path):
    project.build()
    import shutil

    other = tmp_path / "elsewhere"
    shutil.copytree(
        project.root, other, symlinks=True, ignore=shutil.ignore_patterns("_site", ".prebake")
    )
    project.root, project.out = other, other / "_site"
    assert set(project.statuses(project.build()).values()) == {"restored"}


def test_two_builds_of_the_same_give_the_same_bytes(project, tmp_path):
    project.build()
    first = hash_tree(project.out)
    project.store, project.out = tmp_path / "other store", project.root / "_other"
    project.build()
    second = hash_tree(project.out)
    del first["report.json"], second["report.json"]
    assert first == second


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("site/bad/index.md", "no front matter at all"),
        ("site/Bad Name/index.md", "---\ntitle: T\nsummary: S\n---\n"),
        ("site/bad/index.md", "---\ntitle: T\nsummary: S\ndatasets: [broken]\n---\n"),
        ("site/bad/index.md", "---\ntitle: T\nsummary: S\nmodels: [broken]\n---\n"),
        ("site/bad/index.md", "---\ntitle: T\nsummary: S\nscript: nowhere.js\n---\n"),
        ("site/bad/index.md", "---\ntitle: T\nsummary: S\n---\n{{ nonsense }}\n"),
        ("site/bad/index.md", "---\ntitle: T\nsummary: S\ntemplate: none\n---\n"),
    ],
)
def test_only_reads_and_checks_what_its_page_needs(project, path, text):
    """A mistake in another page, dataset or model stops nothing."""
    project.write("datasets/broken.py", "1 / 0\n")
    project.write("models/broken.py", "import nothing_of_this_name\n")
    project.write("site/bad/page.js", "import './nowhere.js'; {\n")
    project.write(path, text)
    with pytest.raises(PrebakeError):
        project.build()
    built = project.build(only=["one"])
    assert set(built.outcomes) == EVERYTHING
    assert "<em>text</em>" in (project.out / "one" / "index.html").read_text()


def test_only_builds_the_pages_that_are_named(project):
    project.page("two", "Two", "S", "Text.")
    built = project.build(only=["two"])
    assert "render two" in built.outcomes
    assert "render home" in built.outcomes
    assert not {"render one", "pack dots"} & set(built.outcomes)
    assert (project.out / "index.html").read_text().startswith("1 cards")


def test_strict_lets_a_warning_fail(project):
    project.write("site/site.toml", '[site]\ntitle = "T"\n')
    with pytest.raises(PrebakeError, match=r"1 warning\(s\), and --strict allows none"):
        project.build(strict=True)
    assert not project.out.exists()


def test_nothing_to_do_imports_nothing_heavy(project):
    project.build()
    code = (
        "import sys\n"
        "from prebake.cli import main\n"
        "try:\n    main(['build'])\n"
        "except SystemExit as ending:\n    assert ending.code == 0, ending.code\n"
        "heavy = ('tensorflow', 'numpy', 'PIL', 'jinja2', 'markdown', 'pygments', 'rich', "
        "'requests', 'playwright', 'concurrent.futures.process')\n"
        "print([name for name in heavy if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=project.root,
        env=project.environment(),
        capture_output=True,
        text=True,
    )
    assert done.stdout.splitlines()[-1] == "[]", done.stdout + done.stderr


def test_a_build_can_be_given_a_place_for_its_steps(project):
    """No worker process is started, and what is given serves the next build as well."""
    inline = Inline()
    pids = set()
    submit = inline.submit

    def noting(*call):
        pids.add(os.getpid())
        return submit(*call)

    inline.submit = noting
    built = build(project.options(), SilentEffects(), inline)
    assert built.outcomes["pack dots"].status == "built"
    project.write("datasets/dots.py", DOTS.replace("seed=3", "seed=4"))
    built = build(project.options(), SilentEffects(), inline)
    assert built.outcomes["pack dots"].status == "built"
    assert pids == {os.getpid()}
    assert multiprocessing.active_children() == []
