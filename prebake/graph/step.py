"""A step: one piece of work, from inputs to a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True)
class Output:
    """An input that another step made: its whole folder, or one path inside it.

    Naming a path keeps a step fresh while other parts of that folder change.
    """

    step: str
    path: str = ""


@dataclass(frozen=True)
class Files:
    """An input that lies in the project (or, for a user's own data, anywhere on the machine).

    Args:
        root: what the paths are relative to; the step is given this folder.
        paths: the files, relative to ``root``. Each one's content goes into the key.
        label: how a reason names ``root``; empty for the project's own folder.
    """

    root: Path
    paths: tuple[str, ...]
    label: str = ""


@dataclass(frozen=True)
class Tree:
    """A folder of which only the running step can say which files it reads.

    It tells them with :meth:`Context.read`; their contents count from then on, as those of
    ``Files`` do. A path that was looked for and not found counts as well: the step runs again
    when it appears.

    Args:
        root: what the paths are relative to; the step is given this folder.
        label: how a reason names ``root``; empty for the project's own folder.
    """

    root: Path
    label: str = ""


Input = Output | Files | Tree


@dataclass(frozen=True)
class Step:
    """What is done, and all that its result may depend on.

    Args:
        kind: ``fetch``, ``pack``, ``render``, …
        target: what it is done to: the name of a dataset, a model or a page.
        run: the function, as ``package.module:function``; it is called with a
            :class:`Context`.
        params: JSON values; they go into the key.
        inputs: by the name under which the function finds them.
        code: files, relative to the project, of which the function runs code.
        unread: keywords of the declarations in ``code`` that the function does not read, so that
            a change of one is no reason to run.
        libraries: the distributions whose versions go into the key.
        where: ``worker`` for work, ``inline`` for what takes less time than a process does,
            ``thread`` for what another program does (esbuild): it waits for no worker.
        hints: what the function may know but its result may not depend on.
    """

    kind: str
    target: str
    run: str
    params: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Input] = field(default_factory=dict)
    code: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    where: Literal["worker", "inline", "thread"] = "worker"
    hints: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.kind} {self.target}"

    @property
    def module(self) -> str:
        return self.run.partition(":")[0]

    @property
    def discovers(self) -> bool:
        """Whether it says itself, as it runs, which files it reads."""
        return any(isinstance(each, Tree) for each in self.inputs.values())

    def needs(self) -> list[str]:
        """The names of the steps whose outputs this one reads."""
        return [x.step for x in self.inputs.values() if isinstance(x, Output)]


@dataclass
class Context:
    """What a running step is given."""

    name: str
    params: Mapping[str, Any]
    inputs: Mapping[str, Path]
    out: Path
    """An empty folder; what lies in it when the function returns is the step's result."""
    root: Path
    """The project's folder, for running the author's modules named in ``Step.code``."""
    hints: Mapping[str, Any]
    warnings: list[str]
    report: Callable[[float, float, str], None]
    scratch: Path
    """A folder (which may not exist yet) that outlives a killed build: for long work to go on
    where it stopped. It belongs to this step's key and goes when the step succeeds."""

    digests: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """For each input that another step made, the SHA-256 of every file of its artifact, by path:
    they were compared before the step began."""
    found: dict[str, set[str]] = field(default_factory=dict)
    """For each input that is a :class:`Tree` the paths in it that the step has read."""

    def progress(self, done: float, total: float, unit: str = "") -> None:
        self.report(done, total, unit)

    def read(self, name: str, paths: Iterable[str]) -> None:
        """Notes paths that the step has read, or looked for, in the Tree among its inputs that
        is called ``name``; relative to its root, with ``/``."""
        self.found.setdefault(name, set()).update(paths)

    def warn(self, text: str) -> None:
        """A warning that stays with the result: later builds that reuse it repeat it."""
        self.warnings.append(text)
