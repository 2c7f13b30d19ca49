"""Downloads from a loopback server that honours, ignores and breaks ranges."""

import hashlib
import http.server
import threading

import pytest

from prebake.errors import DownloadError, HashMismatch
from prebake.sources.download import Pin, download

BODY = bytes(range(256)) * 4096
SHA = hashlib.sha256(BODY).hexdigest()


class Server(http.server.ThreadingHTTPServer):
    """Serves BODY in ways that a test chooses."""

    def __init__(self):
        self.honours_ranges = True
        self.breaks_after = None
        self.status = None
        self.chunks_after = None
        self.body = BODY
        self.requests = []
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/data.bin"


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        server = self.server
        asked = self.headers.get("Range", "")
        server.requests.append(asked)
        if server.status:
            self.send_error(server.status)
            return
        start = int(asked[6:-1]) if asked and server.honours_ranges else 0
        if asked and server.honours_ranges and start >= len(server.body):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(server.body)}")
            self.end_headers()
            return
        if server.chunks_after:
            self.protocol_version = "HTTP/1.1"
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            part = server.body[: server.chunks_after]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.close_connection = True
            return
        self.send_response(206 if asked and server.honours_ranges else 200)
        part = server.body[start:]
        self.send_header("Content-Length", str(len(part)))
        if asked and server.honours_ranges:
            end = len(server.body) - 1
            self.send_header("Content-Range", f"bytes {start}-{end}/{len(server.body)}")
        self.end_headers()
        if server.breaks_after is not None:
            part = part[: server.breaks_after]
            self.close_connection = True
        self.wfile.write(part)


@pytest.fixture
def server():
    server = Server()
    yield server
    server.shutdown()
    server.server_close()


def get(tmp_path, *urls, sha=SHA, progress=lambda *_: None):
    return download(urls, Pin(sha), tmp_path, "the file", progress, pause=lambda _: None)


def test_a_download_is_kept_and_not_fetched_again(tmp_path, server):
    told = []
    path = get(tmp_path, server.url, progress=lambda *each: told.append(each))
    assert path.read_bytes() == BODY
    assert told[-1] == (len(BODY), len(BODY), "bytes")
    get(tmp_path, server.url)
    assert len(server.requests) == 1


def test_what_broke_off_is_continued(tmp_path, server):
    server.breaks_after = 400_000
    assert get(tmp_path, server.url).read_bytes() == BODY
    assert server.requests == ["", "bytes=400000-", "bytes=800000-"]


def test_a_later_build_goes_on_where_the_last_ended(tmp_path, server):
    server.breaks_after = 100_000
    with pytest.raises(DownloadError, match=r"it broke off after 300,000 of 1,048,576 bytes"):
        get(tmp_path, server.url)
    server.breaks_after = None
    server.requests.clear()
    assert get(tmp_path, server.url).read_bytes() == BODY
    assert server.requests == ["bytes=300000-"]


def test_a_server_without_ranges_sends_it_all_again(tmp_path, server):
    server.breaks_after = 100_000
    with pytest.raises(DownloadError):
        get(tmp_path, server.url)
    server.breaks_after, server.honours_ranges = None, False
    assert get(tmp_path, server.url).read_bytes() == BODY


def test_a_download_that_was_whole_but_not_yet_named_is_taken(tmp_path, server):
    (tmp_path / f"{Pin(SHA).name}.part").write_bytes(BODY)
    assert get(tmp_path, server.url).read_bytes() == BODY


def test_too_much_from_before_is_thrown_away(tmp_path, server):
    (tmp_path / f"{Pin(SHA).name}.part").write_bytes(BODY + b"more")
    assert get(tmp_path, server.url).read_bytes() == BODY


def test_other_bytes_than_were_pinned_are_refused_and_not_kept(tmp_path, server):
    server.body = b"something else"
    with pytest.raises(
        HashMismatch, match=r"the file: the bytes from 127.0.0.1:\d+ have the sha256"
    ):
        get(tmp_path, server.url)
    assert not list(tmp_path.glob("*.part"))
    server.body = BODY
    assert get(tmp_path, server.url).read_bytes() == BODY


def test_a_mirror_serves_where_the_first_has_other_bytes(tmp_path, server):
    stale = Server()
    stale.body = b"a captive portal"
    assert get(tmp_path, stale.url, server.url).read_bytes() == BODY
    stale.shutdown()


def test_an_answer_without_a_length_that_breaks_off_is_continued(tmp_path, server):
    server.chunks_after = 100_000
    with pytest.raises(DownloadError, match=r"it broke off after 100,000 bytes"):
        get(tmp_path, server.url)
    server.chunks_after = None
    server.requests.clear()
    assert get(tmp_path, server.url).read_bytes() == BODY
    assert server.requests == ["bytes=100000-"]


def test_a_kept_file_that_was_altered_is_fetched_again(tmp_path, server):
    path = get(tmp_path, server.url)
    path.write_bytes(b"altered")
    assert get(tmp_path, server.url).read_bytes() == BODY


def test_a_mirror_serves_where_the_first_fails(tmp_path, server):
    assert get(tmp_path, "http://127.0.0.1:9/x", server.url).read_bytes() == BODY


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://127.0.0.1:9/x", "127.0.0.1:9: it refused the connection"),
        ("http://nowhere.invalid/x", "nowhere.invalid: its name is not known here"),
    ],
)
def test_a_host_out_of_reach_is_a_sentence(tmp_path, url, problem):
    with pytest.raises(DownloadError) as caught:
        get(tmp_path, url)
    assert str(caught.value).startswith("the file: could not be downloaded")
    assert problem in str(caught.value)
    assert "--data" in str(caught.value)


@pytest.mark.parametrize(("status", "tries"), [(404, 1), (403, 1), (503, 3)])
def test_only_what_may_pass_is_tried_again(tmp_path, server, status, tries):
    server.status = status
    with pytest.raises(DownloadError, match=f"it answered {status}"):
        get(tmp_path, server.url)
    assert len(server.requests) == tries


def test_an_npm_integrity_is_a_pin():
    pin = Pin(
        "sha512-yNMiXGBeeSNgm/OnD4v/Ag2GCQ46Vs3oOqGtpztUpgs3MuGNzjZMDB2CmUITeAV2dvI7FhuWpBGkAw/k3RGoUw=="
    )
    assert pin.algorithm == "sha512"
    assert len(pin.expected) == 64
