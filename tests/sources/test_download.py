"""Downloads from a loopback server that honours, ignores and breaks ranges."""

import hashlib

import pytest

from prebake.errors import DownloadError, HashMismatch
from prebake.sources.download import Pin, download
from tests.file_server import FileServer

BODY = bytes(range(256)) * 4096
SHA = hashlib.sha256(BODY).hexdigest()


@pytest.fixture
def server():
    server = FileServer({"/data.bin": BODY})
    yield server
    server.close()


def url(server):
    return f"{server.url}/data.bin"


def get(tmp_path, *urls, sha=SHA, progress=lambda *_: None, **more):
    return download(urls, Pin(sha), tmp_path, "the file", progress, pause=lambda _: None, **more)


def test_a_download_is_kept_and_not_fetched_again(tmp_path, server):
    told = []
    path = get(tmp_path, url(server), progress=lambda *each: told.append(each))
    assert path.read_bytes() == BODY
    assert told[-1] == (len(BODY), len(BODY), "bytes")
    get(tmp_path, url(server))
    assert len(server.requests) == 1


def test_what_broke_off_is_continued(tmp_path, server):
    server.breaks_after = 400_000
    assert get(tmp_path, url(server)).read_bytes() == BODY
    assert server.requests == ["", "bytes=400000-", "bytes=800000-"]


def test_a_later_build_goes_on_where_the_last_ended(tmp_path, server):
    server.breaks_after = 100_000
    with pytest.raises(DownloadError, match=r"it broke off after 300,000 of 1,048,576 bytes"):
        get(tmp_path, url(server))
    server.breaks_after = None
    server.requests.clear()
    assert get(tmp_path, url(server)).read_bytes() == BODY
    assert server.requests == ["bytes=300000-"]


def test_a_server_without_ranges_sends_it_all_again(tmp_path, server):
    server.breaks_after = 100_000
    with pytest.raises(DownloadError):
        get(tmp_path, url(server))
    server.breaks_after, server.honours_ranges = None, False
    assert get(tmp_path, url(server)).read_bytes() == BODY


def test_a_download_that_was_whole_but_not_yet_named_is_taken(tmp_path, server):
    (tmp_path / f"{Pin(SHA).name}.part").write_bytes(BODY)
    assert get(tmp_path, url(server)).read_bytes() == BODY


def test_too_much_from_before_is_thrown_away(tmp_path, server):
    (tmp_path / f"{Pin(SHA).name}.part").write_bytes(BODY + b"more")
    assert get(tmp_path, url(server)).read_bytes() == BODY


def test_other_bytes_than_were_pinned_are_refused_and_not_kept(tmp_path, server):
    server.files["/data.bin"] = b"something else"
    with pytest.raises(
        HashMismatch, match=r"the file: the bytes from 127.0.0.1:\d+ have the sha256"
    ):
        get(tmp_path, url(server))
    assert not list(tmp_path.glob("*.part"))
    server.files["/data.bin"] = BODY
    assert get(tmp_path, url(server)).read_bytes() == BODY


def test_a_mirror_serves_where_the_first_has_other_bytes(tmp_path, server):
    stale = FileServer({"/data.bin": b"a captive portal"})
    assert get(tmp_path, url(stale), url(server)).read_bytes() == BODY
    stale.close()


def test_an_answer_without_a_length_that_breaks_off_is_continued(tmp_path, server):
    server.chunks_after = 100_000
    with pytest.raises(DownloadError, match=r"it broke off after 100,000 bytes"):
        get(tmp_path, url(server))
    server.chunks_after = None
    server.requests.clear()
    assert get(tmp_path, url(server)).read_bytes() == BODY
    assert server.requests == ["bytes=100000-"]


def test_a_kept_file_that_was_altered_is_fetched_again(tmp_path, server):
    path = get(tmp_path, url(server))
    path.write_bytes(b"altered")
    assert get(tmp_path, url(server)).read_bytes() == BODY


def test_a_mirror_serves_where_the_first_fails(tmp_path, server):
    assert get(tmp_path, "http://127.0.0.1:9/x", url(server)).read_bytes() == BODY


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("http://127.0.0.1:9/x", "127.0.0.1:9: it refused the connection"),
        ("http://nowhere.invalid/x", "nowhere.invalid: its name is not known here"),
    ],
)
def test_a_host_out_of_reach_is_a_sentence(tmp_path, address, problem):
    with pytest.raises(DownloadError) as caught:
        get(tmp_path, address)
    assert str(caught.value).startswith("the file: could not be downloaded")
    assert problem in str(caught.value)
    assert "--data" in str(caught.value)


@pytest.mark.parametrize(("status", "tries"), [(404, 1), (403, 1), (503, 3)])
def test_only_what_may_pass_is_tried_again(tmp_path, server, status, tries):
    server.status = status
    with pytest.raises(DownloadError, match=f"it answered {status}"):
        get(tmp_path, url(server))
    assert len(server.requests) == tries


@pytest.mark.parametrize("length", [True, False])
def test_more_than_is_allowed_is_refused_and_not_kept(tmp_path, server, length):
    server.chunks_after = None if length else len(BODY)
    most = len(BODY) - 1
    with pytest.raises(DownloadError, match=f"more than the {most:,} bytes.*set max_bytes"):
        get(tmp_path, url(server), most=most)
    assert not list(tmp_path.glob("*.part"))
    assert len(server.requests) == 1
    server.chunks_after = None
    assert get(tmp_path, url(server), most=len(BODY)).read_bytes() == BODY


def test_an_npm_integrity_is_a_pin():
    pin = Pin(
        "sha512-yNMiXGBeeSNgm/OnD4v/Ag2GCQ46Vs3oOqGtpztUpgs3MuGNzjZMDB2CmUITeAV2dvI7FhuWpBGkAw/k3RGoUw=="
    )
    assert pin.algorithm == "sha512"
    assert len(pin.expected) == 64
