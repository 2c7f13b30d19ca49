import contextlib
import io
import tarfile
import zipfile

import pytest

from prebake.errors import SourceError
from prebake.sources import archive as archive_module
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


@pytest.mark.parametrize("make", [tarred, zipped])
def test_more_than_is_allowed_is_refused_whatever_the_archive_says(tmp_path, make):
    archive = make(tmp_path / "a", p__x="0" * 600, p__y="0" * 600, p__z="0" * 5000)
    extract(archive, ["x", "y"], tmp_path / "out", "a", strip=1, most=1200)
    with pytest.raises(SourceError, match=r"a: it holds more than the 1,199 bytes.*max_bytes"):
        extract(archive, ["x", "y"], tmp_path / "more", "a", strip=1, most=1199)
    written = sum(path.stat().st_size for path in (tmp_path / "more").iterdir())
    assert written <= 1200


@pytest.mark.parametrize("make", [tarred, zipped])
def test_more_members_than_is_allowed(tmp_path, make, monkeypatch):
    monkeypatch.setattr(archive_module, "MOST_MEMBERS", 2)
    with pytest.raises(SourceError, match="more than 2 files"):
        extract(make(tmp_path / "a", x="1", y="2", z="3"), ["x"], tmp_path / "out", "a")


@pytest.mark.parametrize("make", [tarred, zipped])
def test_a_name_that_is_a_file_and_a_folder_is_a_sentence(tmp_path, make):
    with pytest.raises(SourceError, match="it cannot be unpacked: .* is a file and a folder in it"):
        extract(make(tmp_path / "a", x="1", x__y="2"), ["*"], tmp_path / "out", "a")


@pytest.mark.parametrize("make", [tarred, zipped])
def test_a_name_that_is_too_long_is_a_sentence(tmp_path, make):
    with pytest.raises(SourceError, match="cannot be unpacked: the name .* is too long"):
        extract(make(tmp_path / "a", **{"x" * 300: "1"}), ["*"], tmp_path / "out", "a")


@pytest.mark.parametrize("make", [tarred, zipped])
@pytest.mark.parametrize("at", [0.2, 0.5, 0.8])
def test_damage_is_a_sentence(tmp_path, make, at):
    archive = make(tmp_path / "a", **{f"f{i}": str(i) * 500 for i in range(40)})
    data = bytearray(archive.read_bytes())
    middle = int(len(data) * at)
    data[middle : middle + 40] = bytes(40)
    archive.write_bytes(data)
    with contextlib.suppress(SourceError):
        extract(archive, ["*"], tmp_path / "out", "a")
    archive.write_bytes(data[:middle])
    with pytest.raises(SourceError, match=r"a: it cannot be unpacked|a: it holds no file"):
        extract(archive, ["*", "f39"], tmp_path / "cut", "a")


def test_a_file_behind_a_password_is_a_sentence(tmp_path):
    archive = zipped(tmp_path / "a", x="1")
    data = archive.read_bytes()
    local, central = data.index(b"PK\x03\x04"), data.index(b"PK\x01\x02")
    locked = bytearray(data)
    locked[local + 6] |= 1
    locked[central + 8] |= 1
    archive.write_bytes(locked)
    with pytest.raises(SourceError, match="cannot be unpacked: .*encrypted"):
        extract(archive, ["x"], tmp_path / "out", "a")
