import os
import sys
from pathlib import Path

import pytest

from prebake.declare.modules import find_modules
from prebake.errors import DeclarationError


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "project"
    (root / "datasets").mkdir(parents=True)
    (root / "shared.py").write_text("")
    for name in ("cells.py", "my_cells.py", "_private.py", ".#cells.py", "._cells.py", "data.csv"):
        (root / "datasets" / name).write_text("")
    return root


def test_modules_have_the_names_that_pages_use(root):
    assert list(find_modules(root, "datasets")) == ["cells", "my-cells"]
    assert find_modules(root, "models") == {}


@pytest.mark.parametrize("name", ["my-cells.py", "My_Cells.py"])
def test_two_modules_of_one_name_are_refused(root, name):
    (root / "datasets" / name).write_text("")
    with pytest.raises(DeclarationError, match=r"datasets/my.cells\.py: datasets/M?m?y.C?c?ells"):
        find_modules(root, "datasets")


@pytest.mark.parametrize("name", ["my cells.py", "zellé.py", "zelle\u0301.py", "a.b.py", "-x.py"])
def test_a_name_that_is_no_part_of_an_address_is_refused(root, name):
    (root / "datasets" / name).write_text("")
    with pytest.raises(DeclarationError, match="may only have letters"):
        find_modules(root, "datasets")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are Unicode")
def test_a_name_that_is_not_utf_8_is_refused_and_shown(root):
    Path(os.fsdecode(os.fsencode(root / "datasets") + b"/caf\xe9.py")).write_text("")
    with pytest.raises(DeclarationError) as refused:
        find_modules(root, "datasets")
    assert refused.value.where == r"datasets/caf\udce9.py"
    str(refused.value).encode()


def test_a_link_is_followed_inside_the_project_only(root, tmp_path):
    link = root / "datasets" / "linked.py"
    link.symlink_to(root / "shared.py")
    assert find_modules(root, "datasets")["linked"] == link
    link.unlink()
    (tmp_path / "outside.py").write_text("")
    link.symlink_to(tmp_path / "outside.py")
    with pytest.raises(DeclarationError, match="the link leads out of the project"):
        find_modules(root, "datasets")
    link.unlink()
    link.symlink_to(root / "nothing.py")
    with pytest.raises(DeclarationError, match="a link to nothing"):
        find_modules(root, "datasets")
