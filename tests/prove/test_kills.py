"""Fifty builds of a project with a training and an export, each killed at another moment."""

import os
import random
import subprocess
from pathlib import Path

import pytest

from prebake.graph.store import Store
from prebake.graph.tree import hash_tree
from prebake.graph.upkeep import verify
from tests.conftest import ROOT
from tests.steps.test_models import TINY, with_models

KILLS = 50
KILLING = Path(__file__).parent / "killing"
# How often at least each changes files until all is done: the build, and its worker.
MOMENTS = {"build": 70, "worker": 55}
EVERYTHING = ("--force", "train", "--force", "export", "--force", "render")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kills")
    model = TINY.replace("EXPORT", 'format="layers"')
    project = with_models(folder / "project", folder / "store", tiny=model)
    (folder / "canary").write_text("mine")
    project.write("_site.new-mine/canary", "mine")
    yield project
    assert (folder / "canary").read_text() == "mine"
    assert (project.root / "_site.new-mine" / "canary").read_text() == "mine"


def build(project, *words, **more):
    """A build in a process of its own."""
    path = f"{KILLING}{os.pathsep}{ROOT}"
    return subprocess.run(
        [os.sys.executable, "-m", "prebake.cli", "build", "--jobs", "1", *words],
        cwd=project.root,
        env={**project.environment(), "PYTHONPATH": path, **more},
        capture_output=True,
        text=True,
        timeout=300,
    )


def site_of(project):
    found = hash_tree(project.out)
    del found["report.json"]  # it says how long steps took
    return found


def test_builds_that_are_killed_lose_nothing_and_leave_nothing(project):
    project.build()
    before = site_of(project)
    store = Store(project.store)
    chosen = random.Random(7)
    for number in range(KILLS):
        role = ("build", "worker")[number % 2]
        when = f"{role}:{chosen.randint(1, MOMENTS[role])}"
        project.page(
            "one", "One", "The first", f"Text {number}.", datasets="[dots]", models="[tiny]"
        )
        done = build(
            project,
            *EVERYTHING,
            PREBAKE_TEST_KILL=when,
            PREBAKE_TEST_KILL_IN=str(project.root.parent),
        )
        assert done.returncode == -9, f"{when}: {done.stderr}"
        found = site_of(project)
        assert [problem for _, problem in verify(store) if problem] == [], when
        project.build()
        after = site_of(project)
        assert after != before
        assert found in (before, after), when
        before = after
    left = [path.name for path in project.root.glob("*_site*")]
    assert sorted(left) == ["._site.lock", "_site", "_site.new-mine"]
    assert list((store.home / "tmp").iterdir()) == []
