import json

import pytest

from prebake.graph.key import Ingredients
from prebake.graph.record import Record, digest_tree, is_digest, read_record, write_record

FILES = {"a.txt": "1" * 64, "sub/b.txt": "2" * 64}
RECORD = Record(
    "ab" * 32,
    "pack x",
    digest_tree(FILES),
    FILES,
    Ingredients({"m.py": "d"}, {"n": 1}, {"in": "d"}, {"numpy": "2"}),
    1.5,
    ("careful",),
)


def written():
    return json.loads(json.dumps(write_record(RECORD)))


def test_a_record_is_read_as_it_was_written():
    assert read_record(written()) == RECORD


@pytest.mark.parametrize(
    "text", ["../../..", "/etc", "", "AB" * 32, "g" * 64, "a" * 63, "a" * 64 + "\n", None, 7]
)
def test_what_is_no_digest(text):
    assert not is_digest(text)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("digest", "../../.."),
        ("digest", "/etc"),
        ("digest", "0" * 64),  # a digest, but not that of the files
        ("digest", 7),
        ("key", "../../../key"),
        ("key", None),
        ("step", ["pack"]),
        ("files", None),
        ("files", []),
        ("files", {"a.txt": 7}),
        ("files", {"a.txt": "../x"}),
        ("seconds", "1"),
        ("seconds", -1),
        ("seconds", True),
        ("seconds", float("nan")),
        ("warnings", "careful"),
        ("warnings", [7]),
        ("ingredients", None),
        ("ingredients", {}),
        ("ingredients", {"code": {}, "parameters": [], "inputs": {}, "versions": {}}),
        ("ingredients", {"code": {"m": 1}, "parameters": {}, "inputs": {}, "versions": {}}),
        ("more", 1),
    ],
)
def test_a_record_of_another_shape_is_none(name, value):
    with pytest.raises(ValueError, match=r"."):
        read_record({**written(), name: value})


@pytest.mark.parametrize("path", ["../a", "/etc/passwd", "a/../../b", "", "\ud800", "a\0b", ".."])
def test_a_path_outside_the_artifact_is_none_though_its_digest_fits(path):
    files = {path: "1" * 64}
    digest = "0" * 64 if path == "\ud800" else digest_tree(files)
    with pytest.raises(ValueError, match="inside its artifact"):
        read_record({**written(), "files": files, "digest": digest})


@pytest.mark.parametrize("value", [None, [], 7, "record", {}])
def test_what_is_no_record_at_all(value):
    with pytest.raises(ValueError, match="other fields"):
        read_record(value)
