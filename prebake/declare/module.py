"""Running an author's module and finding the declaration in it."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from pathlib import Path
from types import ModuleType, TracebackType
from typing import TypeVar

from ..errors import AuthorError, DeclarationError, PrebakeError

T = TypeVar("T")


def load_declaration(root: Path, path: Path, kind: type[T]) -> T:
    """The one ``kind`` that the module at ``path`` declares.

    Raises:
        DeclarationError: if it declares none or several, or one that does not fit.
        AuthorError: if running the module raises anything else.
    """
    shown = path.relative_to(root).as_posix()
    module = load_module(root, path)
    found = {name: v for name, v in vars(module).items() if isinstance(v, kind)}
    if len({id(value) for value in found.values()}) != 1:
        listed = ", ".join(found) or "none"
        raise DeclarationError(
            f"expected one {kind.__name__} at the top level, found {listed}.",
            where=shown,
            remedy=f"Declare it as 'name = {kind.__name__}(…)', one to a file.",
        )
    return next(iter(found.values()))


def load_module(root: Path, path: Path) -> ModuleType:
    """Runs the module at ``path`` with the project's folder importable, as ``datasets.mnist``."""
    shown = path.relative_to(root).as_posix()
    name = ".".join(path.relative_to(root).with_suffix("").parts)
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        with _no_bytecode():
            spec.loader.exec_module(module)
    except SyntaxError as error:
        file = error.filename or str(path)
        raise AuthorError(
            f"Python cannot read it: {error.msg}.", where=f"{_shown(root, file)}:{error.lineno}"
        ) from None
    except DeclarationError as error:
        if not error.where:
            line = author_line(error.__traceback__, path)
            error.where = f"{shown}:{line}"
        raise
    except PrebakeError:
        raise
    except SystemExit as error:
        raise AuthorError(
            f"it called sys.exit({'' if error.code is None else repr(error.code)}) as it was read.",
            where=f"{shown}:{author_line(error.__traceback__, path)}",
            remedy="Raise an exception that says what is wrong, or leave the module importable.",
        ) from None
    except Exception as error:
        raise author_error(root, path, error, "it raised") from None
    return module


def author_error(root: Path, path: Path, error: Exception, did: str) -> AuthorError:
    """An exception of the author's code as a sentence with its file and line."""
    line = author_line(error.__traceback__, path)
    return AuthorError(
        f"{did} {type(error).__name__}: {error}.",
        where=f"{path.relative_to(root).as_posix()}:{line}",
        remedy="Run with --verbose for the whole traceback.",
        details="".join(traceback.format_exception(error)),
    )


def author_line(trace: TracebackType | None, path: Path) -> int:
    """The innermost line of ``path`` in ``trace``; 1 if it is not there."""
    lines = [f.lineno for f in traceback.extract_tb(trace) if Path(f.filename) == path]
    return lines[-1] if lines and lines[-1] else 1


def _shown(root: Path, file: str) -> str:
    path = Path(file)
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else file


class _no_bytecode:
    """An author's folder is not littered with ``__pycache__`` by a build."""

    def __enter__(self) -> None:
        self.before = sys.dont_write_bytecode
        sys.dont_write_bytecode = True

    def __exit__(self, *_: object) -> None:
        sys.dont_write_bytecode = self.before
