"""What happened to a step's files while it ran: which were edited, which nobody had declared."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from pathlib import Path

from ..errors import PrebakeError
from .code import PACKAGE, Code
from .key import Ingredients, file_digest
from .step import Files, Step
from .trace import Trace


def moved_since(step: Step, ingredients: Ingredients, trace: Trace, began: int, root: Path) -> str:
    """The first file that is not what it was when the key of a step was made, or that was written
    since the step began; empty if there is none.

    Args:
        ingredients: of the key under which the step ran.
        trace: what the step found out that it reads.
        began: nanoseconds since the epoch.
        root: the project's folder.
    """
    for given in step.inputs.values():
        if isinstance(given, Files):
            prefix = f"{given.label}/" if given.label else ""
            for path in given.paths:
                whole, was = given.root / path, ingredients.inputs[prefix + path]
                if not whole.is_file() or file_digest(whole) != was:
                    return prefix + path
    for name, files in trace.items():
        folder = step.inputs[name].root  # type: ignore[union-attr]
        for path in files:
            if _written(folder / path) >= began:
                return path
    if step.where != "worker":
        return ""  # it takes a moment, and its code is prebake's own
    code = Code(root, root / ".prebake" / "code.json")
    try:
        closure = code.closure([step.module, *step.code], step.unread)
    except (PrebakeError, OSError):
        return next(iter(step.code), step.module)
    return next((n for n, d in ingredients.code.items() if closure.get(n) != d), "")


def _written(path: Path) -> int:
    """When a file was last written, nanoseconds since the epoch; 0 if that is no time of this
    machine's past."""
    try:
        time_of_it = path.stat().st_mtime_ns
    except OSError:
        return 0
    return time_of_it if time_of_it <= time.time_ns() else 0


def undeclared(
    step: Step, ingredients: Ingredients, opened: Iterable[str], root: Path, store: Path
) -> list[str]:
    """Of the files below the project that a step opened those that its key does not know.

    Args:
        ingredients: of the step's key.
        opened: paths relative to the project.
        root: the project's folder.
        store: where results lie; what is read there are inputs.
    """
    known = {*ingredients.code, *step.hints.get("declared", ())}
    for given in step.inputs.values():
        if isinstance(given, Files):
            known |= {_relative(given.root / path, root) for path in given.paths}
    beside = [store, PACKAGE, Path(sys.prefix), Path(sys.base_prefix)]
    skipped = {_relative(folder, root) for folder in beside} - {""}
    return [
        path
        for path in opened
        if path not in known
        and not any(part.startswith(".") or part in _IGNORED for part in Path(path).parts)
        and not any(path.startswith(f"{folder}/") for folder in skipped)
    ]


_IGNORED = {"__pycache__", "node_modules", "site-packages"}


def _relative(path: Path, root: Path) -> str:
    """Below the project with ``/``; empty for what lies elsewhere."""
    path, root = path.resolve(), root.resolve()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else ""
