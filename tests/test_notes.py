import json

import pytest

from prebake import notes
from prebake.notes import read_note, recall, remember, write_note


def test_a_note_is_read_as_it_was_written(tmp_path):
    write_note(tmp_path / "deep" / "note.json", {"ä": [1]})
    assert recall(tmp_path / "deep" / "note.json") == {"ä": [1]}
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["note.json"]


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[" * 100_000, b'{"a":' * 100_000])
def test_what_is_no_json_is_a_value_error(tmp_path, data):
    path = tmp_path / "note.json"
    path.write_bytes(data)
    with pytest.raises(ValueError):
        read_note(path)
    assert recall(path) == {}


def test_a_file_that_is_too_large_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(notes, "LARGEST", 10)
    path = tmp_path / "note.json"
    path.write_text(json.dumps("a" * 9))
    with pytest.raises(ValueError, match="too large"):
        read_note(path)


@pytest.mark.parametrize("value", [[], "text", None, 7])
def test_only_an_object_is_recalled(tmp_path, value):
    write_note(tmp_path / "note.json", value)
    assert recall(tmp_path / "note.json") == {}


def test_what_cannot_be_written_leaves_the_old_note(tmp_path):
    path = tmp_path / "note.json"
    path.mkdir()
    with pytest.raises(OSError):
        write_note(path, {})
    remember(path, {})
    assert [p.name for p in tmp_path.iterdir()] == ["note.json"]
    assert recall(path) == {} == recall(None)
