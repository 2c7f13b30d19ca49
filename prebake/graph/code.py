"""Which code a step runs: the module it names and every local module that imports.

A module counts with its meaning, not its text: comments, docstrings and layout may change
without any step running again. Functions that import lazily are looked into as well;
``if TYPE_CHECKING:`` is not, as it never runs.

Of a declaration (``name = Trained(…)``) the keywords that a step does not read do not count, as
long as nothing else in the code takes the declaration itself.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TypeGuard

from ..errors import AuthorError
from ..notes import recall, remember

PACKAGE = Path(__file__).resolve().parent.parent

# Only what these modules say differs, never what a step writes; the package itself is a list of
# names, each of which stands in a module that counts.
_WITHOUT_EFFECT = {"prebake/__init__.py", "prebake/errors.py", "prebake/effects.py"}

# What a module may hold on its top level whose keywords are read one by one.
_DECLARATIONS = {"Trained", "Converted", "Blank", "Transfer", "Dataset"}
# Inside a Dataset's sources the same words mean the same.
_SOURCES = {"Npm", "Pypi", "Url", "NumpyRows", "Folder", "Synthetic", "Kaggle"}


@dataclass(frozen=True)
class _Module:
    """What is known of a module's source.

    Args:
        whole: the digest of all of it.
        lean: the digest without the keywords that do not count.
        declared: the names of the declarations that lost keywords.
        imports: each as (level, module, names).
    """

    whole: str
    lean: str
    declared: list[str]
    imports: list[list]


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
        self._memory: dict[str, list] = recall(memory)
        self._used: dict[str, list] = {}
        self._found: dict[str, str | None] = {}
        self._modules: dict[tuple[str, tuple[str, ...]], _Module] = {}
        self._closures: dict[tuple[tuple[str, ...], tuple[str, ...]], dict[str, str]] = {}

    def closure(self, starts: Iterable[str], unread: Iterable[str] = ()) -> dict[str, str]:
        """From ``prebake/steps/pack.py`` or ``datasets/mnist.py`` to the digest of its code.

        Args:
            starts: module names (``prebake.steps.pack``) or paths below the project's folder.
            unread: keywords of declarations that do not count: with ``title``,
                ``Trained(title="A")`` is the same code as ``Trained(title="B")``.
        """
        asked = tuple(starts), tuple(unread)
        if asked not in self._closures:
            self._closures[asked] = self._closure(*asked)
        return self._closures[asked]

    def _closure(self, starts: tuple[str, ...], unread: tuple[str, ...]) -> dict[str, str]:
        found: dict[str, _Module] = {}
        taken: set[str] = set()
        waiting = [self._name(start) for start in starts]
        while waiting:
            name = waiting.pop()
            if name is None or name in found or name in _WITHOUT_EFFECT:
                continue
            found[name] = self._read(name, () if name.startswith("prebake/") else unread)
            for imported, names in self._imported(name, found[name].imports):
                waiting.append(imported)
                if not imported.startswith("prebake/"):
                    declared = self._read(imported, unread).declared
                    if names is None or not names.isdisjoint({*declared, "*"}):
                        taken.add(imported)
        return {
            name: module.whole if name in taken else module.lean
            for name, module in sorted(found.items())
        }

    def forget(self) -> None:
        """Reads modules again from now on: one was edited."""
        self._found.clear()
        self._modules.clear()
        self._closures.clear()

    def save(self) -> None:
        """Writes what was parsed, if anything new was."""
        if self._memory_path and self._used.keys() - self._memory.keys():
            remember(self._memory_path, {**self._memory, **self._used})

    def _name(self, start: str) -> str | None:
        return start if start.endswith(".py") else self._local(start)

    def _path(self, name: str) -> Path:
        return PACKAGE.parent / name if name.startswith("prebake/") else self.root / name

    def _read(self, name: str, unread: tuple[str, ...]) -> _Module:
        if (name, unread) not in self._modules:
            source = self._path(name).read_bytes()
            content = " ".join((hashlib.sha256(source).hexdigest(), *unread))
            known = self._used.get(content) or self._memory.get(content)
            if not _is_module(known):
                known = list(astuple(_parse(source, name, unread)))
            self._used[content] = known
            self._modules[name, unread] = _Module(*known)
        return self._modules[name, unread]

    def _imported(self, name: str, imports: list[list]) -> Iterable[tuple[str, set[str] | None]]:
        """The local modules that a module imports, each with the names that it takes from it;
        None where it takes the module as a whole."""
        package = name.removesuffix(".py").split("/")[:-1]
        for level, module, names in imports:
            base = package[: len(package) - level + 1] if level else []
            dotted = ".".join([*base, *([module] if module else [])])
            local = self._local(dotted)
            if local:
                yield local, set(names) if names else None
            for each in names:
                inner = self._local(f"{dotted}.{each}")
                if inner:
                    yield inner, None

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


def _parse(source: bytes, name: str, unread: tuple[str, ...]) -> _Module:
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
    whole = _digest(tree)
    declared = _declared(tree) if unread else {}
    if not declared:
        return _Module(whole, whole, [], imports)
    lean = deepcopy(tree)
    dropped = [word for call in _declared(lean).values() for word in _drop_keywords(call, unread)]
    _drop_named(lean, dropped)
    return _Module(whole, _digest(lean), sorted(declared), imports)


def _digest(tree: ast.AST) -> str:
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


def _declared(tree: ast.Module) -> dict[str, ast.Call]:
    """The declarations ``name = Trained(…)`` of a module, by name, but for those that other code
    of the module reads, and with them whatever they hold."""
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    read = {name.id for name in names if isinstance(name.ctx, ast.Load)}
    found = {}
    for node in tree.body:
        if not isinstance(node, ast.Assign | ast.AnnAssign):
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        name = getattr(targets[0], "id", "")
        if len(targets) > 1 or not name or name in read or not isinstance(node.value, ast.Call):
            continue
        if _called(node.value) in _DECLARATIONS:
            found[name] = node.value
    return found


def _called(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


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


def _drop_keywords(call: ast.Call, unread: tuple[str, ...]) -> list[ast.keyword]:
    """Takes from a declaration the keywords that do not count, and returns them; also from its
    sources, where they mean the same."""
    inner = [node for node in ast.walk(call) if isinstance(node, ast.Call)]
    calls = [call, *(node for node in inner if _called(node) in _SOURCES)]
    dropped = [word for each in calls for word in each.keywords if word.arg in unread]
    for each in calls:
        each.keywords = [word for word in each.keywords if word.arg not in unread]
    return dropped


def _drop_named(tree: ast.Module, dropped: list[ast.keyword]) -> None:
    """The functions and constants that only such keywords name: ``build=build`` goes with
    ``build``."""
    named = {n.id for word in dropped for n in ast.walk(word) if isinstance(n, ast.Name)}
    for node in [n for n in tree.body if _defined(n) in named]:
        rest = [other for other in tree.body if other is not node]
        names = {n.id for other in rest for n in ast.walk(other) if isinstance(n, ast.Name)}
        if _defined(node) not in names:
            tree.body.remove(node)


def _defined(node: ast.stmt) -> str | None:
    """The name of a function, or of a constant whose value is written out."""
    if isinstance(node, ast.FunctionDef):
        return node.name
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        plain = all(not isinstance(n, ast.Call | ast.Name) for n in ast.walk(node.value))
        return getattr(node.targets[0], "id", None) if plain else None
    return None


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _is_module(value: object) -> TypeGuard[list]:
    """Whether it has the shape of a :class:`_Module`: the memory is a file like any other."""
    if not isinstance(value, list) or len(value) != 4 or not isinstance(value[3], list):
        return False
    whole, lean, declared, imports = value
    return (
        isinstance(whole, str)
        and isinstance(lean, str)
        and _are_texts(declared)
        and all(_is_import(each) for each in imports)
    )


def _is_import(value: object) -> bool:
    if not isinstance(value, list) or len(value) != 3:
        return False
    level, module, names = value
    return isinstance(level, int) and isinstance(module, str | None) and _are_texts(names)


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
