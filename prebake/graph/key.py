"""The key of a step, what went into it, and the reason when it differs from last time."""

from __future__ import annotations

import hashlib
import json
import re
import sys
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from ..errors import DeclarationError
from .code import Code
from .step import Files, Output, Step

FORMAT = 2
"""Raised when the meaning of a key or of a stored artifact changes."""


@dataclass(frozen=True)
class Ingredients:
    """All that goes into a key, kept apart so that a change can be named.

    Each is a mapping from a name to a digest, a version, or (``parameters``) a JSON value.
    """

    code: Mapping[str, str]
    parameters: Mapping[str, Any]
    inputs: Mapping[str, str]
    versions: Mapping[str, str]

    def key(self, run: str) -> str:
        """SHA-256 of these ingredients and of the function they are given to."""
        return digest_json({"format": FORMAT, "run": run, **vars(self)})

    def and_found(self, found: Mapping[str, str]) -> Ingredients:
        """With what a step found as it ran: digests by path."""
        return replace(self, inputs={**self.inputs, **found})


def gather(
    step: Step,
    code: Code,
    outputs: Mapping[str, str],
    known: dict[str, str] | None = None,
) -> Ingredients:
    """The ingredients of ``step``, as far as they are known before it runs: not what it finds in
    an input of kind ``Tree``, for which see :mod:`prebake.graph.discovery`.

    Args:
        step: whose key is wanted.
        code: reads the closure of its modules.
        outputs: for each input of kind ``Output``, by its name, the digest of what it holds.
        known: digests of files of this pass, which this adds to: many steps read the same.
    """
    inputs: dict[str, str] = {}
    known = {} if known is None else known
    for name, given in step.inputs.items():
        if isinstance(given, Files):
            prefix = f"{given.label}/" if given.label else ""
            for path in given.paths:
                whole = f"{given.root}/{path}"
                if whole not in known:
                    known[whole] = file_digest(given.root / path)
                inputs[prefix + path] = known[whole]
        elif isinstance(given, Output):
            inputs[given.step + (f" ({given.path})" if given.path else "")] = outputs[name]
    return Ingredients(
        code=code.closure([step.module, *step.code], step.unread),
        parameters=json.loads(json.dumps(dict(step.params))),
        inputs=inputs,
        versions={name: installed_version(name) for name in step.libraries},
    )


def reason(old: Ingredients | None, new: Ingredients) -> str:
    """Why a step with ``new`` ingredients is not what it was with ``old``; empty if it is."""
    if old is None:
        return "not built here before"
    changes = [
        *_changes(old.code, new.code),
        *_parameter_changes(old.parameters, new.parameters),
        *_changes(old.inputs, new.inputs),
        *(
            f"{name} {old.versions.get(name, 'none')} → {version}"
            for name, version in new.versions.items()
            if old.versions.get(name) != version
        ),
    ]
    if len(changes) > 3:
        changes = [*changes[:3], f"and {len(changes) - 3} more"]
    return ", ".join(changes)


def _changes(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    return [
        *(f"{name} changed" for name in new if name in old and old[name] != new[name]),
        *(f"{name} added" for name in new if name not in old),
        *(f"{name} removed" for name in old if name not in new),
    ]


def _parameter_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    names = [n for n in {**old, **new} if old.get(n) != new.get(n)]
    return [f"{n} {_short(old.get(n))} → {_short(new.get(n))}" for n in names]


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:39]}…"


def digest_json(value: Any) -> str:
    """SHA-256 of a JSON value, the same whatever the order of its keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes.

    Raises:
        DeclarationError: if the file is not there or cannot be read.
    """
    try:
        return hash_file(path)
    except OSError as error:
        raise DeclarationError(
            f"the file cannot be read: {error.strerror}.", where=str(path)
        ) from None


def hash_file(path: Path) -> str:
    """SHA-256 of a file's bytes.

    Raises:
        OSError: if the file is not there or cannot be read.
    """
    with path.open("rb") as file:
        if path.stat().st_size < 1 << 18:
            return hashlib.sha256(file.read()).hexdigest()
        digest = hashlib.sha256()
        while block := file.read(1 << 20):
            digest.update(block)
        return digest.hexdigest()


@cache
def installed_version(distribution: str) -> str:
    """The version of an installed distribution; for ``zlib`` that of the linked library."""
    if distribution == "zlib":
        return zlib.ZLIB_RUNTIME_VERSION
    found = _folders().get(_normal(distribution))
    if found is not None:
        return found
    # Imported here: it takes longer than most of what a build with nothing to do does.
    from importlib import metadata

    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "none"


@cache
def _folders() -> dict[str, str]:
    """The versions that the names of ``NAME-VERSION.dist-info`` folders say (PyPA, "Recording
    installed projects"), by normal name; the first on the path counts, as it does for imports."""
    found: dict[str, str] = {}
    for entry in sys.path:
        try:
            names = [path.name for path in Path(entry or ".").glob("*.dist-info")]
        except OSError:
            continue
        for name in names:
            distribution, _, version = name.removesuffix(".dist-info").partition("-")
            found.setdefault(_normal(distribution), version)
    return found


def _normal(name: str) -> str:
    """As PEP 503 has it."""
    return re.sub(r"[-_.]+", "-", name).lower()
