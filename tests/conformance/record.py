"""What tensorflowjs makes of each case, kept in a file: it changes only with the versions.

``scripts/conformance`` writes the file, and ``make prove`` compares it with what comes of the
cases now.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from .cases import CASES
from .suite import ROOT, Result, State

FILE = Path(__file__).with_name("tensorflowjs.json")


class OutOfDate(Exception):
    """The record is of other versions or of other cases."""


def versions() -> dict[str, str]:
    """Those that decide what comes of a case."""
    package = ROOT / "node_modules" / "@tensorflow" / "tfjs-layers" / "package.json"
    names = ("keras", "tensorflow", "tensorflowjs")
    return {
        **{name: version(name) for name in names},
        "tfjs_layers": json.loads(package.read_text())["version"],
    }


def read(file: Path = FILE) -> dict[str, State]:
    """By the name of a case its state with tensorflowjs.

    Raises:
        OutOfDate: if the record is of other versions, or lacks a case.
    """
    kept = json.loads(file.read_text("utf-8"))
    present = versions()
    if kept["versions"] != present:
        raise OutOfDate(
            f"{file.name} was made with {_listed(kept['versions'])}; installed is "
            f"{_listed(present)}. Run scripts/conformance."
        )
    names = {case.name for case in CASES}
    if names != set(kept["states"]):
        differing = ", ".join(sorted(names ^ set(kept["states"])))
        raise OutOfDate(f"{file.name} is of other cases ({differing}). Run scripts/conformance.")
    return dict(kept["states"])


def write(found: Sequence[Result], file: Path = FILE) -> None:
    states = {each.case.name: each.outcomes["tensorflowjs"].state for each in found}
    kept = {"versions": versions(), "states": states}
    file.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _listed(found: dict[str, str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in found.items())
