import io
import tarfile
import zipfile

import pytest

from prebake.errors import SourceError
from prebake.sources.archive import extract


def tarred(path, **files):
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            info = tarfile.TarInfo(name.replace("__", "/"))
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    return path


def zipped(path, **files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/"), text)
    return path


@pytest.mark.parametrize("make", [tarred, zipped])
def test_only_what_was_named_comes_out(tmp_path, make):
    archive = make(tmp_path / "a", package__data__x="1", package__data__y="2", package__setup="3")
    out = tmp_path / "out"
    extract(archive, ["data/*"], out, "a", strip=1)
    assert sorted(p.name for p in out.rglob("*") if p.is_file()) == ["x", "y"]
    assert (out / "data" / "x").read_text() == "1"


@pytest.mark.parametrize("make", [tarred, zipped])
def test_a_path_that_leaves_the_folder_is_passed_over(tmp_path, make):
    archive = make(tmp_path / "a", **{"p__..__..__evil": "x", "p__good": "y"})
    extract(archive, ["*"], tmp_path / "out" / "in", "a", strip=1)
    assert not (tmp_path / "evil").exists()
    assert (tmp_path / "out" / "in" / "good").exists()


def test_links_are_passed_over(tmp_path):
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as archive:
        link = tarfile.TarInfo("p/link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    with pytest.raises(SourceError, match="it holds no file 'link'"):
        extract(path, ["link"], tmp_path / "out", "a", strip=1)


def test_a_missing_member_is_named(tmp_path):
    with pytest.raises(SourceError, match=r"npm package x@1: it holds no file 'z'"):
        extract(
            tarred(tmp_path / "a", p__x="1"), ["x", "z"], tmp_path / "o", "npm package x@1", strip=1
        )


@pytest.mark.parametrize("data", [b"", b"no archive", b"\x1f\x8b\x08broken"])
def test_what_is_no_archive_is_a_sentence(tmp_path, data):
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(SourceError):
        extract(tmp_path / "a", ["x"], tmp_path / "out", "a")
