"""Which tests ``make unit`` runs, in a small project."""

from __future__ import annotations

import subprocess

import pytest

from tests.affected import ALL, Tree, affected, changed_files
from tests.conftest import ROOT

FILES = {
    "prebake/__init__.py": "",
    "prebake/build.py": "STEPS = ['prebake.steps.pack:run', 'prebake.steps.train:run']",
    "prebake/data/__init__.py": "",
    "prebake/data/png.py": "",
    "prebake/data/sheet.py": "def encode():\n    from .png import x",
    "prebake/steps/__init__.py": "",
    "prebake/steps/pack.py": "from ..data import sheet",
    "prebake/steps/train.py": "SCRIPT = 'fit.mjs'",
    "prebake/steps/fit.mjs": "import '../../site/runtime/random.js';",
    "site/runtime/random.js": "",
    "site/runtime/shuffle.js": "import { random } from './random.js';",
    "site/one/page.js": "import '../runtime/shuffle.js';",
    "tests/__init__.py": "",
    "tests/conftest.py": "from prebake import build",
    "tests/test_build.py": "def test_it(project): ...",
    "tests/test_golden.py": "",
    "tests/data/test_sheet.py": "from prebake.data.sheet import encode",
    "tests/steps/test_pack.py": "from prebake.steps import pack",
    "tests/steps/test_models.py": "",
    "tests/runtime/test_runtime.py": "",
    "tests/runtime/shuffle.test.js": "import { a } from '../../site/runtime/shuffle.js';",
    "tests/site/test_one.py": "from prebake.data import png",
    "docs/x.md": "",
}
BUILDS = ["tests/test_build.py", "tests/test_golden.py"]


@pytest.fixture
def root(tmp_path):
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("changed", "tests"),
    [
        # What imports it, through others too, and the builds that stand for all of them.
        ("prebake/data/png.py", ["tests/data/test_sheet.py", "tests/steps/test_pack.py", *BUILDS]),
        ("prebake/steps/pack.py", ["tests/steps/test_pack.py", *BUILDS]),
        # A module without a test of its own: those of its package.
        (
            "prebake/steps/train.py",
            ["tests/steps/test_models.py", "tests/steps/test_pack.py", *BUILDS],
        ),
        ("tests/data/test_sheet.py", ["tests/data/test_sheet.py"]),
        ("site/runtime/shuffle.js", ["tests/runtime/test_runtime.py::test_module[shuffle]"]),
        (
            "site/runtime/random.js",
            ["tests/runtime/test_runtime.py::test_module[shuffle]", *BUILDS],
        ),
        ("docs/x.md", ["tests/test_documentation.py"]),
        ("templates/page.html", ["tests/test_golden.py"]),
        # Pages have no unit tests.
        ("site/one/index.md", []),
        ("tests/site/test_one.py", []),
        # What cannot be told is all of them.
        ("tests/conftest.py", list(ALL)),
        ("pyproject.toml", list(ALL)),
    ],
)
def test_the_tests_that_read_a_file(root, changed, tests):
    assert affected(root, [changed]) == tests


def test_several_changes_and_a_file_that_runs_as_a_whole(root):
    changed = ["tests/runtime/test_runtime.py", "site/runtime/shuffle.js", "docs/x.md"]
    assert affected(root, changed) == [
        "tests/runtime/test_runtime.py",
        "tests/test_documentation.py",
    ]


def test_what_differs_from_the_main_branch(root):
    def git(*words):
        who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *who, *words], cwd=root, check=True, capture_output=True)

    git("init", "--initial-branch", "main")
    assert changed_files(root) is None
    git("add", ".")
    git("commit", "-m", "first")
    git("checkout", "-b", "work")
    (root / "docs/x.md").write_text("committed")
    git("commit", "-a", "-m", "second")
    git("checkout", "main")
    (root / "prebake/build.py").write_text("of the others")
    git("commit", "-a", "-m", "third")
    git("checkout", "work")
    (root / "prebake/data/png.py").unlink()
    (root / "new.py").write_text("")
    assert changed_files(root) == {"docs/x.md", "prebake/data/png.py", "new.py"}


def test_what_it_names_in_this_project_is_there():
    tree = Tree(ROOT)
    named = affected(ROOT, ["prebake/data/png.py", "docs/commands.md", "site/runtime/png.js"])
    assert {*BUILDS, "tests/data/test_png.py"} <= set(named)
    assert all((ROOT / name.partition("::")[0]).is_file() for name in named)
    assert len(named) < len(tree.tests) / 2
