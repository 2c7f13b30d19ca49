"""docs/conformance.md: what the suite found, case by case.

``python -m tests.conformance.table`` writes it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.metadata import version

from .cases import FAMILIES
from .suite import ROOT, TOLERANCE, Outcome, Result, results

PAGE = ROOT / "docs" / "conformance.md"

HEAD = """\
# Conformance of the layers models

This page is written by `scripts/conformance`; a test fails when it is out of date.

Each case is a Keras {keras} model with seeded weights, written as a layers model by prebake and
by tensorflowjs {tensorflowjs}, and loaded by tfjs-layers {layers} on its cpu backend (TensorFlow
{tensorflow}, Node). Both are given the same inputs, mostly two batches one after the other. They
**agree** if no output differs by more than {tolerance}, relative to the largest expected
number if that is above one; the bounds in the table are those of the machine that wrote it. A
model is **refused** if an exception names what cannot be done, or if tfjs does not load what was
written. **Wrong** would be a model that loads and answers something else; **crashed**, one that
prebake writes and tfjs does not load.

{totals}
"""


def page(found: Sequence[Result]) -> str:
    by_name = {result.case.name: result for result in found}
    parts = [HEAD.format(**_versions(), tolerance=_power(TOLERANCE), totals=_totals(found))]
    for family, cases in FAMILIES.items():
        parts.append(f"## {family}\n\n{_table(by_name[case.name] for case in cases)}")
    return "\n".join(parts)


def _versions() -> dict[str, str]:
    package = ROOT / "node_modules" / "@tensorflow" / "tfjs-layers" / "package.json"
    names = ("keras", "tensorflow", "tensorflowjs")
    return {
        **{name: version(name) for name in names},
        "layers": json.loads(package.read_text())["version"],
    }


def _totals(found: Sequence[Result]) -> str:
    lines = ["| | agrees | refused | wrong | crashed |", "|---|---|---|---|---|"]
    for writer in ("prebake", "tensorflowjs"):
        count = Counter(getattr(result, writer).state for result in found)
        cells = [str(count[state]) for state in ("agrees", "refused", "wrong", "crashed")]
        lines.append(f"| {writer} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _table(found: Iterable[Result]) -> str:
    lines = ["| layer | case | prebake | tensorflowjs |", "|---|---|---|---|"]
    for each in found:
        about = each.case.name.removeprefix(f"{each.case.layer} ")
        cells = (f"`{each.case.layer}`", about, _in_words(each.prebake), each.tensorflowjs.state)
        lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(lines) + "\n"


def _in_words(outcome: Outcome) -> str:
    if outcome.state == "agrees":
        return f"agrees, {_bound(outcome.error)}"
    if outcome.state == "refused":
        return f"refused: {outcome.problem} {outcome.remedy}"
    return outcome.state


def _bound(error: float) -> str:
    """A power of ten that the error does not exceed."""
    if error == 0:
        return "exactly"
    return next(f"≤ {_power(limit)}" for limit in (1e-7, 1e-6, 1e-5) if error <= limit)


def _power(number: float) -> str:
    return f"{number:.0e}".replace("e-0", "e-")


if __name__ == "__main__":
    PAGE.write_text(page(results()), "utf-8")
