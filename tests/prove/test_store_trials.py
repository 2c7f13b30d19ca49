"""Each kind of result in a store is damaged in each way, and each record; the next build mends it."""

import json
import os
import shutil
from pathlib import Path

import pytest

from prebake.graph.store import Store
from prebake.graph.tree import hash_tree
from prebake.graph.upkeep import prune, verify
from tests.steps.test_models import TINY, with_models

STEPS = [
    "pack dots",
    "data-card dots",
    "picture one",
    "train tiny",
    "export tiny",
    "model-card tiny",
    "prove tiny",
    "style site",
    "extras site",
    "render home",
    "render one",
]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A project whose every result lies in its store, which no trial changes."""
    folder = tmp_path_factory.mktemp("trials")
    model = TINY.replace("EXPORT", 'format="layers"')
    project = with_models(folder / "project", folder / "store", tiny=model)
    project.page("one", "One", "S", "T.", datasets="[dots]", models="[tiny]", picture="dots")
    outcomes = project.build().outcomes
    assert set(STEPS) <= outcomes.keys()
    return project, outcomes, site_of(project)


def site_of(project):
    found = hash_tree(project.out)
    del found["report.json"]  # it says how long steps took
    return found


@pytest.fixture
def trial(built, tmp_path):
    """The project with a copy of the store, beside which lies a canary."""
    project, outcomes, whole = built
    kept, project.store = project.store, tmp_path / "store"
    shutil.copytree(kept, project.store)
    canary = tmp_path / "precious" / "canary"
    canary.parent.mkdir()
    canary.write_text("mine")
    yield project, outcomes, whole
    project.store = kept
    assert canary.read_text() == "mine"


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path):
    path.write_bytes(b"")


def become_a_folder(path):
    path.unlink()
    path.mkdir()


def become_a_link(path):
    path.unlink()
    path.symlink_to("/dev/zero")


def vanish(path):
    path.unlink()


def lose_its_rights(path):
    path.chmod(0)


DAMAGES = [flip, cut, empty, become_a_folder, become_a_link, vanish, lose_its_rights]


def everything_is_wanted(project, outcomes, step):
    """So that the build reads the result: what was made of it is gone, and the site too."""
    shutil.rmtree(project.out, ignore_errors=True)
    for other in outcomes.values():
        if step in other.step.needs():
            record = project.store / "v1" / "keys" / other.record.key[:2]
            (record / f"{other.record.key}.json").unlink()


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("step", STEPS)
def test_a_damaged_result_is_made_again(trial, step, damage):
    project, outcomes, whole = trial
    store, record = Store(project.store), outcomes[step].record
    files = [store.folder(record.digest) / path for path in record.files]
    damage(max(files, key=lambda path: path.stat().st_size))
    everything_is_wanted(project, outcomes, step)
    project.build()
    assert site_of(project) == whole
    if damage is not lose_its_rights or os.geteuid() != 0:
        list(verify(store))  # what nothing reads is found here
        assert {problem for _, problem in verify(store)} == {""}


@pytest.mark.parametrize("step", STEPS)
def test_results_that_were_swapped_are_made_again(trial, step):
    project, outcomes, whole = trial
    store = Store(project.store)
    other = STEPS[STEPS.index(step) - 1]
    one, two = (store.folder(outcomes[each].record.digest) for each in (step, other))
    one.rename(one.with_name("aside"))
    two.rename(one)
    one.with_name("aside").rename(two)
    for each in (step, other):
        if project.out.exists():
            everything_is_wanted(project, outcomes, each)
    project.build()
    assert site_of(project) == whole


def as_json(**fields):
    return lambda text: json.dumps({**json.loads(text), **fields})


RECORDS = {
    "empty": lambda text: "",
    "cut": lambda text: text[: len(text) // 2],
    "deep": lambda text: "[" * 100_000,
    "list": lambda text: "[]",
    "null": lambda text: "null",
    "digest is a path": as_json(digest="../../../precious"),
    "digest is absolute": lambda text: as_json(digest="PRECIOUS")(text),
    "digest of another": as_json(digest="0" * 64),
    "key is a path": as_json(key="../../../precious"),
    "files are a list": as_json(files=[]),
    "files are null": as_json(files=None),
    "file outside": as_json(files={"../../../../../precious/canary": "0" * 64}),
    "step is a number": as_json(step=7),
    "seconds are text": as_json(seconds="long"),
    "warnings are null": as_json(warnings=None),
    "ingredients are null": as_json(ingredients=None),
}


@pytest.mark.parametrize("change", RECORDS)
@pytest.mark.parametrize("step", ["pack dots", "train tiny", "render one"])
def test_a_damaged_record_is_a_miss_and_removes_nothing(trial, step, change):
    project, outcomes, whole = trial
    precious = project.store.parent / "precious"
    key = outcomes[step].record.key
    path = project.store / "v1" / "keys" / key[:2] / f"{key}.json"
    text = RECORDS[change](path.read_text()).replace("PRECIOUS", str(precious))
    path.write_text(text)
    list(verify(Store(project.store)))
    prune(Store(project.store), 3600)
    built = project.build()
    assert built.outcomes[step].status == "built"
    assert site_of(project) == whole
    assert (precious / "canary").is_file()


@pytest.mark.parametrize("name", ["state.json", "code.json", "seconds.json", "sizes.json"])
@pytest.mark.parametrize(
    "text", ["", "[]", '{"render one": []}', '{"a": {"key": "../.."}}', "[" * 9999]
)
def test_damaged_notes_of_the_last_build_are_no_fault(trial, name, text):
    project, _, whole = trial
    (project.root / ".prebake" / name).write_text(text)
    project.build()
    assert site_of(project) == whole


def test_a_folder_in_place_of_the_notes_is_no_fault(trial):
    project, _, whole = trial
    for path in (project.root / ".prebake").iterdir():
        path.unlink()
        Path(path).mkdir()
    try:
        project.build()
    finally:
        shutil.rmtree(project.root / ".prebake")
    assert site_of(project) == whole
