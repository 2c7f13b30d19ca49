"""Inputs that a step finds out about as it runs, as compilers write dependency files.

What is known of such a step before it runs gives its first key. Under that key the store keeps
*traces*: lists of the files that runs have read, each with the digest of its content. A trace
whose digests are those of the files here, together with what was known before, gives the key of
the result.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import DeclarationError
from .key import Ingredients, file_digest
from .record import Record
from .step import Step, Tree
from .store import Store
from .trace import ABSENT, Trace, is_inside


@dataclass(frozen=True)
class Found:
    """What the store has for a step.

    Args:
        key: of the result; where there is none the key under which it is to be made.
        ingredients: that go with the key.
        shown: the same for a reader: with what the last run found, as it is now.
        record: None if nothing that is stored fits.
    """

    key: str
    ingredients: Ingredients
    shown: Ingredients
    record: Record | None


def find(store: Store, step: Step, ingredients: Ingredients, known: dict[str, str]) -> Found:
    """Looks for the result of a step.

    Args:
        ingredients: as they are known before it runs.
        known: digests of files of this pass, which this adds to.
    """
    key = ingredients.key(step.run)
    if not step.discovers:
        return Found(key, ingredients, ingredients, store.find(key))
    shown = ingredients
    for number, trace in enumerate(store.traces(key)):
        now = _now(step, trace, known)
        if number == 0:
            shown = ingredients.and_found(as_inputs(step, now))
        if now != trace:
            continue
        whole = ingredients.and_found(as_inputs(step, trace))
        record = store.find(whole.key(step.run))
        if record is not None:
            return Found(record.key, whole, whole, record)
    return Found(key, ingredients, shown, None)


def digest_found(step: Step, found: Mapping[str, set[str]]) -> Trace:
    """What a step has read, with the digests that it has now.

    Raises:
        ValueError: if it names an input that is no Tree, or a path outside it.
    """
    trace: Trace = {}
    for name, given in step.inputs.items():
        if isinstance(given, Tree):
            paths = sorted(found.get(name, ()))
            trace[name] = {path: _digest(given, path, step.name) for path in paths}
    foreign = found.keys() - trace.keys()
    if foreign:
        raise ValueError(f"the step {step.name!r} reads {foreign.pop()!r}, which is no Tree of it.")
    return trace


def _now(step: Step, trace: Trace, known: dict[str, str]) -> Trace:
    """The files of a trace with the digests that they have now; without those of inputs that the
    step no longer has.

    Args:
        known: digests of files of this pass, which this adds to.
    """
    now: Trace = {}
    for name, files in trace.items():
        given = step.inputs.get(name)
        if not isinstance(given, Tree):
            continue
        now[name] = {}
        for path in files:
            whole = f"{given.root}/{path}"
            if whole not in known:
                known[whole] = _digest(given, path, step.name)
            now[name][path] = known[whole]
    return now


def as_inputs(step: Step, trace: Trace) -> dict[str, str]:
    """A trace as ingredients: digests by the paths that a reason names."""
    found: dict[str, str] = {}
    for name, files in trace.items():
        given = step.inputs[name]
        assert isinstance(given, Tree)
        prefix = f"{given.label}/" if given.label else ""
        found |= {prefix + path: digest for path, digest in files.items()}
    return found


def _digest(given: Tree, path: str, step: str) -> str:
    if not is_inside(path):
        raise ValueError(f"the step {step!r} reads {path!r}, which lies outside {given.root}.")
    whole = given.root / path
    if not whole.is_file():
        return ABSENT
    try:
        return file_digest(whole)
    except DeclarationError:
        if whole.exists():
            raise
        return ABSENT  # it was removed just now
