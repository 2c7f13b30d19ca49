import os
import time

import pytest

from prebake.graph.store import Store
from prebake.graph.upkeep import prune, verify

from .test_store import put


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def test_verify_drops_what_is_damaged(store):
    good = put(store, "aa" * 32, a="1")
    bad = put(store, "bb" * 32, a="2")
    (store.folder(bad.digest) / "a").write_text("x")
    assert {r.key: problem for r, problem in verify(store)} == {
        good.key: "",
        bad.key: "a was altered",
    }
    assert store.find(bad.key) is None
    assert store.find(good.key) is not None


def test_prune_removes_what_was_not_used_for_long(store):
    old, new = put(store, "aa" * 32, a="1"), put(store, "bb" * 32, a="2")
    past = time.time() - 1000
    os.utime(store.home / "keys" / "aa" / f"{old.key}.json", (past, past))
    os.utime(store.folder(old.digest), (past, past))
    assert prune(store, 500) == (1, 1)
    assert store.find(old.key) is None
    assert store.find(new.key) is not None
