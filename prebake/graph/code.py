"""Which code a step runs: the module it names and every local module that imports.

A module counts with its meaning, not its text: comments, docstrings and layout may change
without any step running again. Functions that import lazily are looked into as well;
``if TYPE_CHECKING:`` is not, as it never runs.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

from ..errors import AuthorError

PACKAGE = Path(__file__).resolve().parent.parent

# Only what these modules say differs, never what a step writes; the package itself is a list of
# names, each of which stands in a module that counts.
_WITHOUT_EFFECT = {"prebake/__init__.py", "prebake/errors.py", "prebake/effects.py"}

# What a module may hold on its top level whose keywords are read one by one.
_DECLARATIONS = {"Trained", "Converted", "Blank", "Transfer"}


class Code:
    """Reads closures of modules; remembers what it read by content, on disk if told where.

    Args:
        root: the project's folder, in which the author's modules lie.
        memory: a JSON file that keeps the digests of sources already parsed. It is a cache by
            content and can be deleted at any time.
    """

    def __init__(self, root: Path, memory: Path | None = None) -> None:
        self.root = root
        self._memory_path = memory
        self._memory: dict[str, list] = _read_json(memory)
        self._used: dict[str, list] = {}
        self._found: dict[str, str | None] = {}
        self._modules: dict[tuple[str, tuple[str, ...]], tuple[str, list[str]]] = {}

    def closure(self, starts: Iterable[str], unread: Iterable[str] = ()) -> dict[str, str]:
        """From ``prebake/steps/pack.py`` or ``datasets/mnist.py`` to the digest of its code.

        Args:
            starts: module names (``prebake.steps.pack``) or paths below the project's folder.
            unread: keywords of a declaration that do not count in the paths among ``starts``:
                with ``title``, ``Trained(title="A")`` is the same code as ``Trained(title="B")``.
        """
        starts = tuple(starts)
        declared = {start for start in starts if start.endswith(".py")}
        found: dict[str, str] = {}
        waiting = [self._name(start) for start in starts]
        while waiting:
            name = waiting.pop()
            if name is None or name in found or name in _WITHOUT_EFFECT:
                continue
            digest, imports = self._read(name, tuple(unread) if name in declared else ())
            found[name] = digest
            waiting.extend(imports)
        return dict(sorted(found.items()))

    def save(self) -> None:
        """Writes what was parsed, if anything new was."""
        if self._memory_path and self._used.keys() - self._memory.keys():
            self._memory_path.parent.mkdir(parents=True, exist_ok=True)
            temporary = self._memory_path.with_suffix(f".{os.getpid()}")
            temporary.write_text(json.dumps({**self._memory, **self._used}))
            temporary.replace(self._memory_path)

    def _name(self, start: str) -> str | None:
        return start if start.endswith(".py") else self._local(start)

    def _path(self, name: str) -> Path:
        return PACKAGE.parent / name if name.startswith("prebake/") else self.root / name

    def _read(self, name: str, unread: tuple[str, ...]) -> tuple[str, list[str]]:
        if (name, unread) not in self._modules:
            source = self._path(name).read_bytes()
            content = " ".join((hashlib.sha256(source).hexdigest(), *unread))
            if content not in self._used:
                known = self._memory.get(content)
                self._used[content] = known or list(_parse(source, name, unread))
            digest, imports = self._used[content]
            self._modules[name, unread] = (digest, self._resolve(name, imports))
        return self._modules[name, unread]

    def _resolve(self, name: str, imports: list[list]) -> list[str]:
        package = name.removesuffix(".py").split("/")[:-1]
        found = []
        for level, module, names in imports:
            base = package[: len(package) - level + 1] if level else []
            dotted = ".".join([*base, *([module] if module else [])])
            for candidate in (dotted, *(f"{dotted}.{n}" for n in names)):
                local = self._local(candidate)
                if local:
                    found.append(local)
        return found

    def _local(self, dotted: str) -> str | None:
        if dotted not in self._found:
            self._found[dotted] = self._find(dotted)
        return self._found[dotted]

    def _find(self, dotted: str) -> str | None:
        if not dotted:
            return None
        relative = dotted.replace(".", "/")
        base = PACKAGE.parent if relative.split("/")[0] == "prebake" else self.root
        for name in (f"{relative}.py", f"{relative}/__init__.py"):
            if (base / name).is_file():
                return name
        return None


def _parse(source: bytes, name: str, unread: tuple[str, ...]) -> tuple[str, list[list]]:
    """The digest of a module's meaning, and its imports as (level, module, names)."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        message = getattr(error, "msg", None) or str(error)
        raise AuthorError(f"Python cannot read it: {message}.", where=f"{name}:{line}") from None
    imports: list[list] = []
    for node in _running_nodes(tree):
        if isinstance(node, ast.Import):
            imports.extend([0, alias.name, []] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            imports.append([node.level, node.module or "", [a.name for a in node.names]])
    for node in ast.walk(tree):
        _drop_docstring(node)
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    read = {name.id for name in names if isinstance(name.ctx, ast.Load)}
    dropped = [word for node in tree.body for word in _drop_keywords(node, unread, read)]
    _drop_functions(tree, dropped)
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest(), imports


def _running_nodes(node: ast.AST) -> Iterable[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        yield child
        yield from _running_nodes(child)


def _drop_docstring(node: ast.AST) -> None:
    if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return
    node.body = [x for x in node.body if not _is_text(x)] or [ast.Pass()]


def _drop_keywords(node: ast.AST, unread: tuple[str, ...], read: set[str]) -> list[ast.keyword]:
    """Takes from ``name = Trained(…)`` the keywords that do not count, and returns them; all
    count where other code of the module reads ``name``, and with it whatever it holds."""
    if not isinstance(node, ast.Assign | ast.AnnAssign) or not isinstance(node.value, ast.Call):
        return []
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    if any(getattr(target, "id", "") in read for target in targets):
        return []
    called = node.value.func
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    if name not in _DECLARATIONS:
        return []
    words = node.value.keywords
    node.value.keywords = [word for word in words if word.arg not in unread]
    return [word for word in words if word.arg in unread]


def _drop_functions(tree: ast.Module, dropped: list[ast.keyword]) -> None:
    """The functions that only such keywords name: ``build=build`` goes with ``build``."""
    named = {n.id for word in dropped for n in ast.walk(word) if isinstance(n, ast.Name)}
    for node in [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name in named]:
        rest = [other for other in tree.body if other is not node]
        names = {n.id for other in rest for n in ast.walk(other) if isinstance(n, ast.Name)}
        if node.name not in names:
            tree.body.remove(node)


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _read_json(path: Path | None) -> dict[str, list]:
    try:
        value = json.loads(path.read_text()) if path else {}
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
