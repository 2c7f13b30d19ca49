"""Whole sites in tests/golden: what ``input`` gives must be what lies in ``expected``.

After a change that is meant, PREBAKE_UPDATE_GOLDEN=1 writes ``expected`` anew; read the
difference before it is committed.
"""

import os
import shutil
from pathlib import Path

import pytest

from prebake.build import Options, build
from prebake.effects import SilentEffects
from prebake.graph.tree import list_tree
from tests.executor import in_process

ROOT = Path(__file__).resolve().parents[1]
CASES = sorted(path.parent for path in ROOT.glob("tests/golden/*/input"))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_site(case, tmp_path):
    root = tmp_path / "project"
    shutil.copytree(case / "input", root)
    (root / "node_modules").symlink_to(ROOT / "node_modules")
    if not (root / "templates").is_dir():
        shutil.copytree(ROOT / "templates", root / "templates")
    out = tmp_path / "site"
    with in_process(root):
        build(Options(root=root, out=out, store=tmp_path / "store"), SilentEffects())
    (out / "report.json").unlink()
    expected = case / "expected"
    if os.environ.get("PREBAKE_UPDATE_GOLDEN"):
        shutil.rmtree(expected, ignore_errors=True)
        shutil.copytree(out, expected)
    assert list_tree(out) == list_tree(expected)
    for name in list_tree(out):
        assert (out / name).read_text() == (expected / name).read_text(), name
