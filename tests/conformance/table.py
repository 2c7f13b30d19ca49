"""docs/conformance.md: what the suite found, case by case.

``python -m tests.conformance.table`` runs both writers, and writes the page and the record of
tensorflowjs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from . import record
from .cases import FAMILIES
from .suite import ROOT, TOLERANCE, WRITERS, Outcome, Result, State, results

PAGE = ROOT / "docs" / "conformance.md"

HEAD = """\
# Conformance of the layers models

This page is written by `scripts/conformance`; a test fails when it is out of date.

Each case is a Keras {keras} model with seeded weights, written as a layers model by prebake and
by tensorflowjs {tensorflowjs}, and loaded by tfjs-layers {tfjs_layers} on its cpu backend (TensorFlow
{tensorflow}, Node). Both are given the same inputs, mostly two batches one after the other. They
**agree** if no output differs by more than {tolerance}, relative to the largest expected
number if that is above one; the bounds in the table are those of the machine that wrote it. A
model is **refused** if an exception names what cannot be done, or if tfjs does not load what was
written. **Wrong** would be a model that loads and answers something else; **crashed**, one that
prebake writes and tfjs does not load.

{totals}
"""


def page(found: Sequence[Result], theirs: Mapping[str, State]) -> str:
    """The page's text.

    Args:
        found: what came of each case with prebake.
        theirs: by the name of a case its state with tensorflowjs.
    """
    by_name = {result.case.name: result for result in found}
    totals = _totals({"prebake": [r.prebake.state for r in found], "tensorflowjs": theirs.values()})
    parts = [HEAD.format(**record.versions(), tolerance=_power(TOLERANCE), totals=totals)]
    for family, cases in FAMILIES.items():
        parts.append(f"## {family}\n\n{_table((by_name[c.name] for c in cases), theirs)}")
    return "\n".join(parts)


def _totals(states: Mapping[str, Iterable[State]]) -> str:
    lines = ["| | agrees | refused | wrong | crashed |", "|---|---|---|---|---|"]
    for writer, found in states.items():
        count = Counter(found)
        cells = [str(count[state]) for state in ("agrees", "refused", "wrong", "crashed")]
        lines.append(f"| {writer} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _table(found: Iterable[Result], theirs: Mapping[str, State]) -> str:
    lines = ["| layer | case | prebake | tensorflowjs |", "|---|---|---|---|"]
    for each in found:
        about = each.case.name.removeprefix(f"{each.case.layer} ")
        cells = (f"`{each.case.layer}`", about, _in_words(each.prebake), theirs[each.case.name])
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


def main() -> None:
    found = results(*WRITERS)
    record.write(found)
    PAGE.write_text(page(found, record.read()), "utf-8")


if __name__ == "__main__":
    main()
