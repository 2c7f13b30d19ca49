"""Steps that find out as they run which files they read."""

import json

import pytest

from prebake.errors import BuildFailed
from prebake.graph.step import Step, Tree
from prebake.graph.trace import ABSENT, is_inside, read_trace
from tests.graph.test_runner import HERE, Bench


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path)
    for name, text in {"main.txt": "see a.txt", "a.txt": "A", "b.txt": "B"}.items():
        (tmp_path / name).write_text(text)
    return bench


def follow(bench, label="", **given):
    return Step(
        "follow",
        "x",
        f"{HERE}:follow",
        {"start": "main.txt"},
        {"tree": Tree(bench.folder, label)},
        where="inline",
        **given,
    )


def look(bench, **given):
    (outcome,) = bench.run(follow(bench, **given)).values()
    return outcome.status, outcome.reason


def test_only_what_was_read_counts(bench):
    assert look(bench)[0] == "built"
    (bench.folder / "b.txt").write_text("other")
    assert look(bench) == ("fresh", "")
    (bench.folder / "a.txt").write_text("other")
    assert look(bench) == ("built", "a.txt changed")
    assert look(bench) == ("fresh", "")


def test_what_is_read_from_now_on_counts_from_now_on(bench):
    look(bench)
    (bench.folder / "main.txt").write_text("see b.txt")
    assert look(bench) == ("built", "main.txt changed")
    (bench.folder / "a.txt").write_text("other")
    assert look(bench) == ("fresh", "")
    (bench.folder / "b.txt").write_text("other")
    assert look(bench) == ("built", "b.txt changed")


def test_a_file_that_was_missing_counts_when_it_appears(bench):
    (bench.folder / "main.txt").write_text("see later.txt")
    look(bench)
    (bench.folder / "later.txt").write_text("here")
    assert look(bench) == ("built", "later.txt changed")


def test_what_changes_back_is_found_again(bench):
    look(bench)
    (bench.folder / "main.txt").write_text("see b.txt")
    look(bench)
    (bench.folder / "main.txt").write_text("see a.txt")
    assert look(bench)[0] == "restored"


def test_another_checkout_finds_it_in_the_same_store(bench, tmp_path):
    look(bench)
    other = tmp_path / "other"
    other.mkdir()
    for name in ("main.txt", "a.txt"):
        (other / name).write_text((bench.folder / name).read_text())
    second = Bench(other)
    second.store = bench.store
    assert look(second)[0] == "restored"


def test_a_new_label_or_parameter_is_the_only_reason(bench):
    look(bench)
    step = follow(bench)
    changed = Step(
        step.kind, step.target, step.run, {"start": "a.txt"}, step.inputs, where="inline"
    )
    (outcome,) = bench.run(changed).values()
    assert outcome.reason == 'start "main.txt" → "a.txt"'


@pytest.mark.parametrize(
    "damage",
    [
        "{not json",
        "null",
        "[3]",
        '[{"tree": ["a"]}]',
        '[{"tree": {"../../etc/passwd": "absent"}}]',
        '[{"tree": {"/etc/passwd": "absent"}}]',
        '[{"tree": {"a.txt": "../x"}}]',
        '[{"tree": {"a.txt": 7}}]',
    ],
)
def test_a_damaged_trace_is_a_miss(bench, damage):
    look(bench)
    (path,) = (bench.store.home / "traces").glob("*/*.json")
    path.write_text(damage)
    assert look(bench)[0] == "built"
    assert json.loads(path.read_text())[0]["tree"].keys() == {"main.txt", "a.txt"}


def test_of_many_traces_the_last_are_kept(bench):
    for number in range(12):
        (bench.folder / "a.txt").write_text(str(number))
        look(bench)
    (path,) = (bench.store.home / "traces").glob("*/*.json")
    assert len(json.loads(path.read_text())) == 8


def test_a_path_outside_is_refused(bench):
    (bench.folder / "main.txt").write_text("see ../secret.txt")
    with pytest.raises(BuildFailed, match=r"reads '\.\./secret.txt', which lies outside"):
        look(bench)


def test_a_file_that_is_written_while_it_is_read_is_not_kept_under_its_old_content(bench):
    step = Step(
        "edit",
        "x",
        f"{HERE}:follow_and_edit",
        {"start": "main.txt"},
        {"tree": Tree(bench.folder)},
        where="inline",
        hints={"edit": str(bench.folder / "a.txt")},
    )
    (outcome,) = bench.run(step).values()
    assert bench.text(outcome) == "edited"
    assert any("a.txt was changed meanwhile" in text for text in bench.effects.messages)
    (bench.folder / "a.txt").write_text("A")
    (again,) = bench.run(step).values()
    assert (again.status, bench.text(again)) == ("built", "A")


def test_paths_that_stay_inside():
    assert is_inside("a/b.txt")
    assert not any(is_inside(p) for p in ("", "/a", "../a", "a/../../b", "a\0b"))
    assert read_trace({"tree": {"a": ABSENT}})
