import json
import os
import socket
from pathlib import Path

import pytest

from prebake.errors import DamagedArtifact, StoreError
from prebake.graph.key import Ingredients
from prebake.graph.record import digest_tree
from prebake.graph.store import Store
from prebake.graph.upkeep import prune, verify

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


@pytest.fixture
def canary(tmp_path):
    """A file beside the store that must outlive whatever a record says."""
    precious = tmp_path / "precious" / "canary"
    precious.parent.mkdir()
    precious.write_text("mine")
    yield precious
    assert precious.read_text() == "mine"


def record_path(store, key="ab" * 32):
    return store.home / "keys" / key[:2] / f"{key}.json"


def change_record(store, **fields):
    path = record_path(store)
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


HOSTILE = ["../../../precious", "../../..", "..", "", "a/../../../../precious"]


@pytest.mark.parametrize("digest", [*HOSTILE, "absolute"])
def test_a_digest_that_is_a_path_removes_nothing(store, canary, digest):
    put(store)
    digest = str(canary.parent) if digest == "absolute" else digest
    change_record(store, digest=digest)
    assert store.find("ab" * 32) is None
    assert list(verify(store)) == []
    prune(store, -1)
    for call in (store.folder, store.evict, store.scratch, store.lock_path, store.find):
        with pytest.raises(ValueError, match="is no digest"):
            call(digest)


@pytest.mark.parametrize("path", ["../../../../../precious/canary", "/precious"])
def test_a_file_outside_its_artifact_makes_a_record_a_miss(store, canary, path):
    put(store)
    files = {path: "0" * 64}
    change_record(store, files=files, digest=digest_tree(files))
    assert store.find("ab" * 32) is None
    assert list(store.records()) == []


@pytest.mark.parametrize("value", [b"[" * 200_000, b"\xff\xfe", b'{"files": NaN}'])
def test_a_record_that_cannot_be_parsed_is_a_miss(store, value):
    put(store)
    record_path(store).write_bytes(value)
    assert store.find("ab" * 32) is None


def test_a_folder_in_place_of_a_record_makes_way(store):
    record = put(store)
    record_path(store).unlink()
    (record_path(store) / "inner").mkdir(parents=True)
    assert store.find(record.key) is None
    put(store)
    assert store.find(record.key) == record


@pytest.mark.parametrize("room", ["keys", "artifacts"])
@pytest.mark.parametrize("what", ["file", "link"])
def test_something_else_in_place_of_a_folder_makes_way(store, canary, room, what):
    record = put(store)
    shard = (record_path(store) if room == "keys" else store.folder(record.digest)).parent
    shard.rename(shard.with_name("aside"))
    if what == "file":
        shard.write_text("")
    else:
        shard.symlink_to(canary.parent)
    assert store.find(record.key) is None
    put(store)
    assert store.find(record.key) == record
    store.verified(record)


def test_an_artifact_behind_a_link_is_not_removed(store, canary):
    record = put(store)
    shard = store.folder(record.digest).parent
    (canary.parent / record.digest).mkdir()
    shard.rename(shard.with_name("aside"))
    shard.symlink_to(canary.parent)
    with pytest.raises(StoreError, match="does not lie inside"):
        store.evict(record.digest)
    prune(store, -1)
    assert (canary.parent / record.digest).is_dir()


@pytest.mark.parametrize(
    ("damage", "detail"),
    [
        (lambda path: path.symlink_to("/dev/zero"), "a is no file"),
        (lambda path: path.mkdir(), "a is missing"),
        (lambda path: os.mkfifo(path), "a is no file"),
    ],
)
def test_something_else_in_place_of_a_file_is_damage(store, damage, detail):
    record = put(store)
    path = store.folder(record.digest) / "a"
    path.unlink()
    damage(path)
    with pytest.raises(DamagedArtifact, match=detail):
        store.verified(record)
    put(store, "bb" * 32)
    store.verified(record)


def unreadable(monkeypatch, name):
    """As if a file belonged to somebody else (tests may run as root, who reads all)."""
    opening = Path.open

    def refuse(self, *args, **kwargs):
        if self.name == name:
            raise PermissionError(13, "Permission denied", str(self))
        return opening(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refuse)


def test_what_cannot_be_read_is_damage_and_is_replaced(store, monkeypatch):
    record, other = put(store), put(store, "cc" * 32, b="2")
    with monkeypatch.context() as patch:
        unreadable(patch, "a")
        with pytest.raises(DamagedArtifact, match="a cannot be read"):
            store.verified(record)
        with pytest.raises(DamagedArtifact, match="a cannot be read: Permission denied"):
            store.read(record, "a")
        found = {each.key: problem for each, problem in verify(store)}
    assert found == {record.key: "a cannot be read", other.key: ""}
    assert store.find(record.key) is None
    put(store)
    assert store.find(record.key) == record


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all")
def test_a_folder_without_rights_is_damage_and_is_replaced(store):
    record = put(store)
    store.folder(record.digest).chmod(0)
    with pytest.raises(DamagedArtifact, match="it cannot be read"):
        store.verified(record)
    put(store)
    store.verified(record)


def test_what_cannot_be_replaced_is_said(store, monkeypatch):
    record = put(store)

    def refuse(self, target):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(StoreError, match="damaged and cannot be replaced: Permission denied"):
        store.evict(record.digest)
    (store.folder(record.digest) / "a").write_text("x")
    assert [problem for _, problem in verify(store)] == [
        f"a was altered; {record.digest[:12]} is damaged and cannot be replaced: Permission denied."
    ]


def test_a_store_that_may_only_be_read_serves_what_it_has(store, monkeypatch):
    record = put(store)

    def refuse(self, *args, **kwargs):
        raise OSError(30, "Read-only file system", str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)
    store.prepare()
    assert store.find(record.key) == record
    store.verified(record)
    with pytest.raises(StoreError, match="cannot be written: Read-only file system"):
        store.begin()
    with pytest.raises(StoreError, match="cannot be written"):
        Store(store.root.with_name("other")).prepare()


def test_a_full_disk_names_the_store(store, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("prebake.graph.store.write_note", full)
    with pytest.raises(StoreError, match=r"the store .*: the disk is full\. Free some space"):
        put(store)


@pytest.mark.parametrize("name", ["HOST-1x-a", "HOST--a", "other-999999999-a", "mine"])
def test_sweep_leaves_what_no_build_here_made(store, name):
    left = store.begin().with_name(name.replace("HOST", socket.gethostname()))
    left.mkdir()
    store.sweep()
    assert left.is_dir()
