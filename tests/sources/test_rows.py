"""The first rows of NumPy files, from a loopback server that honours, refuses and breaks ranges.

The files are in the format of Quick, Draw!'s bitmaps: `uint8 [n, 784]` behind NumPy's header.
"""

from __future__ import annotations

import hashlib
import io
import json

import numpy as np
import pytest

from prebake.declare.source import NumpyRows
from prebake.errors import DatasetError, DeclarationError, DownloadError, HashMismatch
from prebake.sources.rows import HEADER, fetch_rows
from tests.file_server import FileServer

ROWS, ALL = 40, 3000


def bitmaps(seed: int, rows: int = ALL) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (rows, 784), dtype=np.uint8)


def as_file(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


@pytest.fixture
def server():
    names = ["cat", "hot%20dog"]
    server = FileServer({f"/{name}.npy": as_file(bitmaps(i)) for i, name in enumerate(names)})
    yield server
    server.close()


def source(server, **given):
    values = {"files": ["cat.npy", "hot dog.npy"], "rows": ROWS, "row_shape": (784,), **given}
    return NumpyRows(server.url, **values)


def fetch(server, folder, **given):
    out = folder / "out"
    out.mkdir(exist_ok=True)
    fetch_rows(source(server, **given), folder / "cache", out, pause=lambda _: None)
    return {path.name: np.load(path, allow_pickle=False) for path in out.iterdir()}


def test_only_the_first_rows_are_asked_for(server, tmp_path):
    found = fetch(server, tmp_path)
    np.testing.assert_array_equal(found["cat.npy"], bitmaps(0)[:ROWS])
    np.testing.assert_array_equal(found["hot dog.npy"], bitmaps(1)[:ROWS])
    most = HEADER + ROWS * 784
    assert set(server.requests) == {f"bytes=0-{most - 1}"}
    assert server.sent == 2 * most


def test_a_server_that_ignores_ranges_is_cut_off_after_the_rows(server, tmp_path):
    server.honours_ranges = False
    server.files["/cat.npy"] = as_file(bitmaps(0, 60_000))  # 47 MB
    found = fetch(server, tmp_path, files=["cat.npy"])
    np.testing.assert_array_equal(found["cat.npy"], bitmaps(0, 60_000)[:ROWS])
    assert server.sent < 12_000_000  # the buffers of two sockets


def test_a_server_that_shortens_every_range_is_asked_for_the_rest(server, tmp_path):
    server.shortens_to = 7000
    found = fetch(server, tmp_path, files=["cat.npy"])
    np.testing.assert_array_equal(found["cat.npy"], bitmaps(0)[:ROWS])
    assert len(server.requests) == -(-(HEADER + ROWS * 784) // 7000)
    assert server.requests[1].startswith("bytes=7000-")


@pytest.mark.parametrize("status", [400, 416, 501])
def test_a_server_that_refuses_ranges_is_asked_without_one(server, tmp_path, status):
    server.refuses_with = status
    found = fetch(server, tmp_path, files=["cat.npy"])
    np.testing.assert_array_equal(found["cat.npy"], bitmaps(0)[:ROWS])
    assert [bool(asked) for asked in server.requests] == [True, False]


def test_what_broke_off_is_continued_and_what_is_there_not_asked_for_again(server, tmp_path):
    server.breaks_after = 9000
    with pytest.raises(DownloadError, match=r"cat.npy could not be downloaded .* broke off"):
        fetch(server, tmp_path, files=["cat.npy"])
    server.breaks_after = None
    server.requests.clear()
    found = fetch(server, tmp_path, files=["cat.npy"])
    np.testing.assert_array_equal(found["cat.npy"], bitmaps(0)[:ROWS])
    (asked,) = server.requests
    assert asked.startswith("bytes=") and not asked.startswith("bytes=0-")
    assert server.conditions[-1] == '"one"'
    server.requests.clear()
    fetch(server, tmp_path, files=["cat.npy"])
    assert server.requests == []


def test_a_file_that_was_replaced_meanwhile_is_started_again(server, tmp_path):
    server.breaks_after = 9000
    with pytest.raises(DownloadError):
        fetch(server, tmp_path, files=["cat.npy"])
    server.breaks_after, server.tag = None, '"two"'
    server.files["/cat.npy"] = as_file(bitmaps(7))
    found = fetch(server, tmp_path, files=["cat.npy"])
    np.testing.assert_array_equal(found["cat.npy"], bitmaps(7)[:ROWS])


def test_more_rows_than_before_fetch_only_the_rest(server, tmp_path):
    fetch(server, tmp_path, files=["cat.npy"])
    server.sent = 0
    found = fetch(server, tmp_path, files=["cat.npy"], rows=2 * ROWS)
    np.testing.assert_array_equal(found["cat.npy"], bitmaps(0)[: 2 * ROWS])
    assert server.sent == ROWS * 784


def test_a_file_with_fewer_rows_is_named_with_both_numbers(server, tmp_path):
    server.files["/cat.npy"] = as_file(bitmaps(0, 30))
    with pytest.raises(DatasetError, match=r"cat.npy has 30 rows, but 40 of each file"):
        fetch(server, tmp_path)


def test_a_file_that_is_cut_off_is_told_from_one_with_fewer_rows(server, tmp_path):
    server.files["/cat.npy"] = as_file(bitmaps(0))[: 80 + 20 * 784]
    with pytest.raises(DownloadError, match=r"its header says 3,000 rows, but it ends in row 20"):
        fetch(server, tmp_path)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"<html>sign in</html>" * 2000, "cat.npy is no NumPy file"),
        (as_file(np.zeros((50, 28, 28), np.uint8)), r"rows of the shape \[28, 28\], expected"),
        (as_file(np.zeros((50, 784), np.float32)), "holds float32 rows"),
        (as_file(np.asfortranarray(np.zeros((50, 784), np.uint8))), "row by row"),
    ],
)
def test_a_file_of_another_kind_is_refused_in_a_sentence(server, tmp_path, body, problem):
    server.files["/cat.npy"] = body
    with pytest.raises(DatasetError, match=problem):
        fetch(server, tmp_path)


def test_objects_are_never_unpickled(server, tmp_path):
    file = io.BytesIO()
    np.save(file, np.array([{"a": 1}] * 50, object), allow_pickle=True)
    server.files["/cat.npy"] = file.getvalue() + bytes(40 * 784)
    with pytest.raises(DatasetError, match="no NumPy file"):
        fetch(server, tmp_path)


def test_a_missing_file_is_named(server, tmp_path):
    with pytest.raises(DownloadError, match=r"dog.npy could not be downloaded .*404"):
        fetch(server, tmp_path, files=["dog.npy"])


def test_pinned_rows_are_compared(server, tmp_path):
    digest = hashlib.sha256(bitmaps(0)[:ROWS].tobytes()).hexdigest()
    fetch(server, tmp_path, files=["cat.npy"], sha256={"cat.npy": digest})
    with pytest.raises(HashMismatch, match="the first 40 rows of cat.npy"):
        fetch(server, tmp_path, files=["cat.npy"], sha256={"cat.npy": "0" * 64})
    # What was refused is not kept: the next build asks again.
    server.requests.clear()
    fetch(server, tmp_path, files=["cat.npy"], sha256={"cat.npy": digest})
    assert len(server.requests) == 1


def test_a_part_of_a_file_without_a_tag_is_not_continued(server, tmp_path):
    server.tag, server.breaks_after = "", 9000
    with pytest.raises(DownloadError):
        fetch(server, tmp_path, files=["cat.npy"])
    server.breaks_after = None
    server.files["/cat.npy"] = as_file(bitmaps(7))
    found = fetch(server, tmp_path, files=["cat.npy"])
    np.testing.assert_array_equal(found["cat.npy"], bitmaps(7)[:ROWS])


def test_an_empty_file_is_no_numpy_file(server, tmp_path):
    server.files["/cat.npy"] = b""
    with pytest.raises(DatasetError, match="no NumPy file"):
        fetch(server, tmp_path, files=["cat.npy"])


def test_progress_adds_up_over_files(server, tmp_path):
    told = []
    (tmp_path / "out").mkdir()
    fetch_rows(
        source(server),
        tmp_path / "cache",
        tmp_path / "out",
        lambda done, total, unit: told.append((done, total, unit)),
    )
    most = 2 * (HEADER + ROWS * 784)
    assert told[-1] == (most, most, "bytes")
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"base_url": "http://example.org/x"}, "expected an 'https://host/folder'"),
        ({"base_url": "ftp://example.org"}, "expected an 'https://host/folder'"),
        ({"rows": 0}, "expected 1 or more"),
        ({"dtype": "uint9"}, "Did you mean 'uint8'"),
        ({"files": ["../cat.npy"]}, "leaves the package"),
        ({"sha256": {"dog.npy": "0" * 64}}, "Known|Did you mean"),
    ],
)
def test_a_declaration_that_cannot_be_is_refused(given, problem):
    values = {"base_url": "https://x.org", "files": ["cat.npy"], "rows": 1, "row_shape": (784,)}
    with pytest.raises(DeclarationError, match=problem):
        NumpyRows(**{**values, **given})


def test_the_key_depends_on_the_rows_and_on_the_address_unless_all_are_pinned():
    def identity(url, **given):
        return json.dumps(
            NumpyRows(url, files=["a.npy"], rows=2, row_shape=(784,), **given).identity()
        )

    assert identity("https://a.org") != identity("https://b.org")
    pins = {"sha256": {"a.npy": "0" * 64}}
    assert identity("https://a.org", **pins) == identity("https://b.org", **pins)
