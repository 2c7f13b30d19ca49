"""Which unit tests read what changed against the main branch.

``python -m tests.affected`` prints them for pytest, one a line, and nothing if no unit test reads
what changed. A test reads the modules that it imports, what those import, and so on; imports are
read, not run. Many tests build a small site, and with it read nearly everything: a few of them
stand for all, so that the answer comes soon.
"""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

ALL = ("tests", "--ignore", "tests/site")
"""What pytest is given where it cannot be told what a change affects."""
NODE = "tests/runtime/test_runtime.py"
"""The file that runs the tests of browser modules, each of which is one of its cases."""
CONFTEST = "tests/conftest.py"
CODE = (".py", ".js", ".mjs")
BUILDS = {"tests/test_build.py", "tests/test_golden.py"}
"""The tests that stand for all that build a site."""
BY_PATH = {
    r"docs/|[^/]*\.md$": "tests/test_documentation.py",
    r"templates/|tests/golden/": "tests/test_golden.py",
    r"Makefile$|scripts/|\.ci/|\.github/|firebase\.json$|build\.py$": "tests/test_setup.py",
    r"benchmarks/|site/|tests/site/|tests/prove/|\.gitignore$": "",
}
"""For files that no test imports, the tests of them; none where only pages have them."""

_JS_IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*['"](\.[^'"]+)['"]""")
_STEP = re.compile(r"(prebake(?:\.\w+)+):\w+")
_FILE = re.compile(r"[\w./-]+\.m?js")


def affected(root: Path, changed: Iterable[str]) -> list[str]:
    """Arguments for pytest.

    Args:
        root: the project's folder.
        changed: paths relative to it, of files that were changed, added or removed.
    """
    tree = Tree(root)
    found: set[str] = set()
    for path in changed:
        tests = _tests_of(tree, path)
        if tests is None:
            return list(ALL)
        found |= tests
    # A file that runs as a whole needs no case of its own.
    return sorted(each for each in found if each.partition("::")[0] == each or NODE not in found)


def _tests_of(tree: Tree, path: str) -> set[str] | None:
    """The tests that read a file; None if that cannot be told."""
    if path.endswith("conftest.py"):
        return None
    by_path = next((test for rule, test in BY_PATH.items() if re.match(rule, path)), None)
    found = {test for test in tree.tests if path in tree.read_by(test)} | tree.mirror(path)
    if by_path:
        found.add(by_path)
    if path in tree.read_by(CONFTEST):
        found |= BUILDS
    if not found and by_path is None:
        return None
    return {_argument(test) for test in found}


def _argument(test: str) -> str:
    if test.endswith(".test.js"):
        return f"{NODE}::test_module[{Path(test).name.removesuffix('.test.js')}]"
    return test


@dataclass
class Tree:
    """The files of a project and what each reads."""

    root: Path
    _known: dict[str, set[str]] = field(default_factory=dict)

    @cached_property
    def files(self) -> set[str]:
        folders = ("prebake", "datasets", "models", "site", "tests", "benchmarks")
        found = (path for each in folders for path in (self.root / each).rglob("*"))
        return {p.relative_to(self.root).as_posix() for p in found if p.suffix in CODE}

    @cached_property
    def tests(self) -> list[str]:
        """Unit tests, of Python and of browser modules."""
        unit = re.compile(r"tests/(?!site/|prove/)(.*/)?(test_\w+\.py|[\w-]+\.test\.js)$")
        return sorted(path for path in self.files if unit.match(path))

    @cached_property
    def named(self) -> dict[str, list[str]]:
        """By file name the scripts that Python starts."""
        found: dict[str, list[str]] = {}
        for path in self.files:
            if not path.endswith(".py"):
                found.setdefault(Path(path).name, []).append(path)
        return found

    def mirror(self, path: str) -> set[str]:
        """The test of a module; of one that has none, those of its package."""
        if not path.startswith("prebake/"):
            return set()
        home = Path("tests") / Path(path).relative_to("prebake").parent
        own = (home / f"test_{Path(path).stem}.py").as_posix()
        package = {test for test in self.tests if Path(test).parent == home}
        return {own} if own in self.tests else package if home != Path("tests") else set()

    def read_by(self, start: str) -> set[str]:
        """The file itself, and all that it imports, directly or through others; what the fixtures
        of ``conftest.py`` import is not followed from a test."""
        found: set[str] = set()
        waiting = [start]
        while waiting:
            path = waiting.pop()
            if path not in found and (path != CONFTEST or path == start):
                found.add(path)
                waiting += self._imports(path)
        return found

    def _imports(self, path: str) -> set[str]:
        if path not in self._known:
            source = (self.root / path).read_text("utf-8")
            read = self._of_python if path.endswith(".py") else self._of_script
            self._known[path] = set(read(path, source)) & self.files
        return self._known[path]

    def _of_script(self, path: str, source: str) -> Iterator[str]:
        for name in _JS_IMPORT.findall(source):
            yield _joined(Path(path).parent / name)

    def _of_python(self, path: str, source: str) -> Iterator[str]:
        tree = ast.parse(source)
        package = path.split("/")[:-1]
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield from _modules(alias.name.split("."))
            elif isinstance(node, ast.ImportFrom):
                base = package[: len(package) - node.level + 1] if node.level else []
                module = [*base, *(node.module.split(".") if node.module else [])]
                yield from (x for a in node.names for x in _modules([*module, a.name]))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield from self._of_text(node.value)

    def _of_text(self, text: str) -> Iterator[str]:
        """The step or the script that a text names."""
        for module in _STEP.findall(text):
            yield from _modules(module.split("."))
        if _FILE.fullmatch(text):
            named = self.named.get(Path(text).name, [])
            # What many files are called is a kind of file.
            yield from (path for path in named if len(named) == 1 and path.endswith(text))


def _modules(dotted: list[str]) -> Iterator[str]:
    """The files that importing a module runs, whether they exist or not."""
    for length in range(1, len(dotted) + 1):
        path = "/".join(dotted[:length])
        yield f"{path}/__init__.py"
        yield f"{path}.py"


def _joined(path: Path) -> str:
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            del parts[-1:]
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def changed_files(root: Path, branch: str = "main") -> Collection[str] | None:
    """What differs from the commit at which this branch left the main one, whether it was
    committed or not; None if there is no such commit."""

    def git(*words: str) -> list[str] | None:
        done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True)
        return done.stdout.splitlines() if done.returncode == 0 else None

    for name in (branch, f"origin/{branch}"):
        base = git("merge-base", name, "HEAD")
        if base:
            differing = git("diff", "--name-only", "--no-renames", base[0])
            unknown = git("ls-files", "--others", "--exclude-standard")
            return None if differing is None or unknown is None else {*differing, *unknown}
    return None


def main() -> None:
    changed = changed_files(ROOT)
    print("\n".join(ALL if changed is None else affected(ROOT, changed)))


if __name__ == "__main__":
    main()
