import pytest

from prebake.declare.walk import shown_path, walk
from prebake.errors import DeclarationError


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "project"
    (root / "data" / "inner").mkdir(parents=True)
    for path in ("data/b", "data/a", "data/inner/c", "elsewhere"):
        (root / path).write_text("")
    return root


def names(folder, root):
    return [shown_path(path, root) for path in walk(folder, root)]


def test_files_come_sorted(root):
    assert names(root / "data", root) == ["data/a", "data/b", "data/inner/c"]


def test_links_inside_the_project_are_followed(root):
    (root / "other").mkdir()
    (root / "other" / "d").write_text("")
    (root / "data" / "linked").symlink_to(root / "other")
    (root / "data" / "file").symlink_to("../elsewhere")
    assert names(root / "data", root) == [
        "data/a",
        "data/b",
        "data/file",
        "data/inner/c",
        "data/linked/d",
    ]


@pytest.mark.parametrize("target", ["/etc", "/etc/passwd", "../..", "../../outside"])
def test_links_out_of_the_project_are_refused(root, target):
    (root.parent / "outside").write_text("")
    (root / "data" / "away").symlink_to(target)
    with pytest.raises(DeclarationError, match="data/away: the link leads out of the project"):
        names(root / "data", root)


@pytest.mark.parametrize("target", [".", "..", "inner", "../data"])
def test_a_link_that_leads_round_in_a_circle_is_refused(root, target):
    (root / "data" / "inner" / "round").symlink_to(root / "data" / target)
    with pytest.raises(DeclarationError, match="leads back to a folder around it|leads out"):
        names(root / "data", root)


def test_two_links_that_lead_to_one_another_are_refused(root):
    (root / "one").mkdir()
    (root / "two").mkdir()
    (root / "one" / "x").symlink_to(root / "two")
    (root / "two" / "y").symlink_to(root / "one")
    (root / "data" / "start").symlink_to(root / "one")
    with pytest.raises(DeclarationError, match="leads back to a folder around it"):
        names(root / "data", root)
