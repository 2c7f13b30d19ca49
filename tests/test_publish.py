import pytest

from prebake.errors import UsageError
from prebake.graph.store import hash_tree
from prebake.publish import MARK, clean


def test_the_site_holds_exactly_what_belongs(project):
    project.page("two", "Two", "S", "Text.")
    project.build()
    assert (project.out / "two" / "index.html").is_file()
    (project.root / "site" / "two" / "index.md").unlink()
    (project.out / "left.txt").write_text("from somebody else")
    built = project.build()
    assert not (project.out / "two").exists()
    assert not (project.out / "left.txt").exists()
    assert built.published.removed == 2


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
    project.write("_site.new-0123/half.html", "half")
    project.build()
    assert [p.name for p in project.root.glob("_site*")] == ["_site"]


def test_the_mark_says_whose_folder_it_is(project):
    project.build()
    assert "prebake" in (project.out / MARK).read_text()
