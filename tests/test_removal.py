import pytest

from prebake.errors import StoreError
from prebake.removal import discard, remove


@pytest.fixture
def home(tmp_path):
    (tmp_path / "canary").write_text("mine")
    home = tmp_path / "home"
    (home / "folder" / "inner").mkdir(parents=True)
    (home / "folder" / "inner" / "file").write_text("x")
    (home / "file").write_text("x")
    yield home
    assert (tmp_path / "canary").read_text() == "mine"


def test_folders_and_files_are_removed(home):
    remove(home / "folder", home)
    remove(home / "file", home)
    remove(home / "nothing", home)
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("path", ["..", "../canary", "folder/../..", ".", "", "folder/.."])
@pytest.mark.parametrize("removing", [remove, discard])
def test_what_lies_elsewhere_is_not_removed(home, path, removing):
    with pytest.raises(StoreError, match="does not lie inside"):
        removing(home / path if path else home, home)
    assert (home / "folder" / "inner" / "file").is_file()


def test_an_absolute_path_is_not_removed(home, tmp_path):
    with pytest.raises(StoreError):
        remove(home / str(tmp_path / "canary"), home)


def test_a_link_is_removed_and_not_what_it_leads_to(home, tmp_path):
    (home / "link").symlink_to(tmp_path)
    (home / "folder" / "link").symlink_to(tmp_path)
    remove(home / "link", home)
    remove(home / "folder", home)
    assert [path.name for path in home.iterdir()] == ["file"]


def test_a_link_on_the_way_leads_nowhere(home, tmp_path):
    (home / "away").symlink_to(tmp_path)
    with pytest.raises(StoreError):
        remove(home / "away" / "canary", home)


def test_a_folder_that_may_not_be_written_is_removed(home):
    (home / "folder" / "inner").chmod(0o500)
    (home / "folder").chmod(0o500)
    remove(home / "folder", home)
    assert not (home / "folder").exists()
