import os

import pytest

from prebake.errors import DamagedArtifact, StoreError
from prebake.graph.key import Ingredients
from prebake.graph.store import Store

EMPTY = Ingredients({}, {}, {}, {})


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def put(store, key="ab" * 32, **files):
    folder = store.begin()
    for name, text in (files or {"a": "1"}).items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return store.commit(folder, key, "pack x", EMPTY, 1.5, ["careful"])


def test_what_is_put_in_comes_out(store):
    record = put(store, a="1", sub__b="2")
    found = store.find("ab" * 32)
    assert found == record
    assert (store.verified(found) / "sub" / "b").read_text() == "2"
    assert found.warnings == ("careful",)
    assert list((store.home / "tmp").iterdir()) == []


def test_the_same_content_is_kept_once(store):
    one, two = put(store, "aa" * 32), put(store, "bb" * 32)
    assert one.digest == two.digest
    assert len(list((store.home / "artifacts").glob("*/*"))) == 1


def test_a_part_has_a_digest_of_its_own(store):
    one = put(store, "aa" * 32, a="1", sub__b="2")
    two = put(store, "bb" * 32, a="changed", sub__b="2")
    assert one.part("sub") == two.part("sub") != ""
    assert one.part("sub/b") == two.part("sub/b")
    assert one.part("a") != two.part("a")
    assert one.part("") != two.part("")
    assert one.part("nothing") == ""


@pytest.mark.parametrize(
    ("damage", "detail"),
    [
        (lambda f: (f / "a").write_text("2"), "a was altered"),
        (lambda f: (f / "a").write_text(""), "a was altered"),
        (lambda f: (f / "a").unlink(), "a is missing"),
        (lambda f: (f / "new").write_text("x"), "new does not belong"),
    ],
)
def test_damage_is_found(store, damage, detail):
    record = put(store)
    damage(store.folder(record.digest))
    with pytest.raises(DamagedArtifact, match=detail):
        store.verified(record)


def test_putting_sound_content_over_damaged_repairs_it(store):
    record = put(store, "aa" * 32)
    (store.folder(record.digest) / "a").write_text("broken")
    put(store, "bb" * 32)
    store.verified(record)


def test_a_missing_artifact_is_a_miss(store):
    record = put(store)
    store.evict(record.digest)
    assert store.find(record.key) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"key": "x"}', "null"])
def test_a_half_written_record_is_a_miss_with_a_warning(tmp_path, text):
    warnings = []
    store = Store(tmp_path / "store", warnings.append)
    record = put(store)
    (store.home / "keys" / "ab" / f"{record.key}.json").write_text(text)
    assert store.find(record.key) is None
    assert list(store.records()) == []
    assert "cannot be read; its step runs again" in warnings[0]


def test_a_record_under_a_foreign_key_is_a_miss(store):
    record = put(store)
    path = store.home / "keys" / "ab" / f"{record.key}.json"
    path.rename(path.with_name("ab" + "cd" * 31 + ".json"))
    assert store.find("ab" + "cd" * 31) is None


def test_sweep_removes_only_what_dead_builds_left(store):
    mine = store.begin()
    dead = mine.with_name(mine.name.replace(f"-{os.getpid()}-", "-999999999-"))
    dead.mkdir()
    store.sweep()
    assert mine.is_dir()
    assert not dead.exists()


def test_a_store_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"cannot be written.*--store or PREBAKE_STORE"):
        Store(tmp_path / "file").begin()
