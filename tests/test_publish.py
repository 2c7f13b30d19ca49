import errno
import shutil
from pathlib import Path

import pytest

from prebake.draft import Draft
from prebake.errors import UsageError
from prebake.graph.tree import hash_tree
from prebake.place import MARK
from prebake.publish import clean


def test_the_site_holds_exactly_what_belongs(project):
    project.page("two", "Two", "S", "Text.")
    project.build()
    assert (project.out / "two" / "index.html").is_file()
    (project.root / "site" / "two" / "index.md").unlink()
    (project.out / "left.txt").write_text("from somebody else")
    built = project.build()
    assert not (project.out / "two").exists()
    assert not (project.out / "left.txt").exists()
    assert built.published.removed == 3


def test_unchanged_files_keep_their_place_on_the_disk(project):
    project.build()
    picture = next((project.out / "one").glob("picture-*.png"))
    before = picture.stat().st_ino
    project.page("one", "One", "The first", "Other.", datasets="[dots]", picture="dots")
    project.build()
    assert picture.stat().st_ino == before


def test_nothing_to_do_writes_nothing_but_the_report(project):
    project.build()
    before = {p: p.stat().st_mtime_ns for p in project.out.rglob("*") if p.name != "report.json"}
    folder = project.out.stat().st_ino
    built = project.build()
    assert (built.published.written, built.published.removed) == (0, 0)
    assert folder == project.out.stat().st_ino
    after = {p: p.stat().st_mtime_ns for p in project.out.rglob("*") if p.name != "report.json"}
    assert before == after


@pytest.mark.parametrize("damage", ["alter", "remove", "empty"])
def test_a_damaged_site_is_repaired(project, damage):
    project.build()
    whole = hash_tree(project.out)
    page = project.out / "one" / "index.html"
    if damage == "remove":
        page.unlink()
    else:
        page.write_text("" if damage == "empty" else "altered")
    project.build()
    repaired = hash_tree(project.out)
    del whole["report.json"], repaired["report.json"]
    assert repaired == whole


def test_an_artifact_that_is_damaged_when_it_is_needed_is_made_again(project):
    built = project.build()
    whole = hash_tree(project.out)
    record = built.outcomes["render one"].record
    store = project.store / "v1" / "artifacts" / record.digest[:2] / record.digest
    (store / "site" / "one" / "index.html").write_text("altered")
    (project.out / "one" / "index.html").unlink()
    project.build()
    assert any("is damaged" in text for text in project.effects.warnings)
    assert hash_tree(project.out)["one/index.html"] == whole["one/index.html"]


@pytest.mark.parametrize(
    ("step", "path"),
    [("data-card dots", "card.json"), ("render one", "site/one/index.html")],
)
@pytest.mark.parametrize("text", [None, "", "{}"])
def test_what_the_report_reads_is_verified_and_made_again(project, step, path, text):
    record = project.build().outcomes[step].record
    file = project.store / "v1" / "artifacts" / record.digest[:2] / record.digest / path
    whole = file.read_bytes()
    if text is None:
        file.unlink()
    else:
        file.write_text(text)
    project.build()
    assert any("is damaged" in warning for warning in project.effects.warnings)
    assert file.read_bytes() == whole


def test_two_builds_into_one_folder_do_not_meet_in_the_report(project):
    project.page("two", "Two", "S", "Text.")
    processes = [project.start("build", "--only", name) for name in ("one", "two", "one", "two")]
    outputs = [process.communicate(timeout=60) for process in processes]
    assert [p.returncode for p in processes] == [0, 0, 0, 0], outputs


def test_a_failed_build_leaves_the_old_site(project):
    project.build()
    whole = hash_tree(project.out)
    project.page("one", "One", "S", "{{ broken")
    assert project.run("build").returncode == 1
    assert hash_tree(project.out) == whole


def test_a_folder_of_something_else_is_not_touched(project):
    project.write("precious/file.txt", "mine")
    done = project.run("build", "--out", "precious")
    assert done.returncode == 2
    assert "files that prebake did not make" in done.stderr
    assert (project.root / "precious" / "file.txt").read_text() == "mine"
    with pytest.raises(UsageError):
        clean(project.root / "precious")


def test_what_a_killed_build_left_is_swept_away(project):
    draft = Draft(project.out)
    (draft.begin() / "half.html").write_text("half")
    project.build()
    assert sorted(p.name for p in project.root.glob("*_site*")) == ["._site.lock", "_site"]


def test_a_site_that_was_put_aside_comes_back(project):
    project.build()
    whole = hash_tree(project.out)
    draft = Draft(project.out)
    project.out.rename(draft.aside(draft.begin()))
    Draft(project.out).sweep()
    assert hash_tree(project.out) == whole


@pytest.mark.parametrize(
    "name", ["_site.new-0123", "_site.new-" + "0" * 32, "_site.new-canary", "_site2"]
)
def test_what_lies_beside_the_site_stays(project, name):
    canary = project.write(f"{name}/canary.txt", "mine")
    project.build()
    assert canary.read_text() == "mine"
    assert project.run("clean").returncode == 0
    assert canary.read_text() == "mine"


@pytest.mark.parametrize("noted", ["..", "../precious", "precious", "/", "", "_site.new-x", "\xff"])
def test_a_note_of_somebody_else_removes_nothing(project, noted):
    canary = project.write("precious/canary.txt", "mine")
    project.write("._site.draft", noted)
    project.build()
    assert canary.read_text() == "mine"


def test_a_second_site_does_not_remove_the_first(project):
    other = project.root / "_site.new-second"
    project.build(out=other)
    whole = hash_tree(other)
    project.build()
    assert hash_tree(other) == whole
    project.build(out=other)
    assert (project.out / "index.html").is_file()


@pytest.mark.parametrize(
    ("out", "problem"),
    [
        ("_site/inner", "lies inside the site"),
        ("/proc/nothing/here", "cannot be put there"),
        ("site.file/x", "site.file is a file, expected a folder"),
        ("/dev/null", "expected a folder"),
    ],
)
def test_a_place_where_no_site_can_be_is_refused_before_anything_is_built(project, out, problem):
    project.build()
    project.write("site.file", "")
    whole = hash_tree(project.out)
    shutil.rmtree(project.store)
    done = project.run("build", "--out", out)
    assert done.returncode == 2
    assert f"--out {(project.root / out).resolve()}: " in done.stderr
    assert problem in done.stderr
    assert not project.store.exists()
    assert hash_tree(project.out) == whole


def test_the_site_and_the_store_do_not_lie_in_one_another(project):
    project.build()
    for out, store in (("_site", "_site/store"), ("s/out", "s")):
        done = project.run("build", "--out", out, "--store", str(project.root / store))
        assert done.returncode == 2
        assert "must not lie inside one another" in done.stderr
    assert (project.out / "index.html").is_file()


def test_a_mount_point_is_refused_by_name(project, monkeypatch):
    monkeypatch.setattr("os.path.ismount", lambda path: path == project.out)
    done = project.run("build")
    assert done.returncode == 2
    assert "a file system is mounted there" in done.stderr
    assert f"--out {project.out / 'site'}" in done.stderr


def test_a_repository_in_place_of_the_site_is_kept(project):
    project.build()
    project.write("_site/.git/HEAD", "ref: refs/heads/main\n")
    done = project.run("build")
    assert done.returncode == 2
    assert "is a Git repository" in done.stderr
    assert (project.out / ".git" / "HEAD").is_file()


@pytest.mark.parametrize("name", ["report.json", ".prebake-site"])
def test_a_static_file_with_the_name_of_one_of_prebakes_own_is_refused(project, name):
    project.write(f"site/static/{name}", "{}")
    done = project.run("build")
    assert done.returncode == 1
    assert f"error: {name}: " in done.stderr


def test_a_full_disk_leaves_the_old_site(project, monkeypatch):
    project.build()
    whole = hash_tree(project.out)

    writing = Path.write_bytes

    def full(self, data):
        if project.out.name not in str(self.relative_to(project.root.parent)):
            return writing(self, data)
        writing(self, data[:2])
        raise OSError(errno.ENOSPC, "No space left on device")

    project.page("one", "One", "S", "Other text.")
    monkeypatch.setattr(Path, "write_bytes", full)
    done = project.run("build")
    assert done.returncode == 1
    assert f"--out {project.out}: the disk is full" in done.stderr
    assert hash_tree(project.out) == whole
    assert sorted(p.name for p in project.root.glob("*_site*")) == ["._site.lock", "_site"]


def test_the_mark_says_whose_folder_it_is(project):
    project.build()
    assert "prebake" in (project.out / MARK).read_text()
