"""The layers-model writer against tfjs: it agrees with Keras or refuses, and never lies."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from . import record, table
from .cases import CASES
from .suite import ROOT, Result, results

LIST = Path(__file__).with_name("registered.mjs")

NOT_IN_KERAS_3 = {
    "ThresholdedReLU": "ReLU(threshold=…) is what Keras 3 has for it",
    "ConvLSTM2DCell": "inside ConvLSTM2D only",
    "RandomWidth": "Keras 3 dropped it",
    "Model": "a Functional model by another name",
}


@pytest.fixture(scope="module")
def by_name() -> dict[str, Result]:
    return {result.case.name: result for result in results("prebake")}


@pytest.mark.parametrize("name", [case.name for case in CASES])
def test_agrees_or_is_refused_as_expected(name: str, by_name: dict[str, Result]) -> None:
    result = by_name[name]
    assert result.prebake.state == result.case.expect, result.prebake
    if result.prebake.state == "refused":
        assert any(f"'{layer}'" in result.prebake.where for layer in result.suspects), result
        assert result.prebake.problem and result.prebake.remedy


def test_nothing_is_wrong_and_nothing_crashes() -> None:
    bad = [r for r in results("prebake") if r.prebake.state in ("wrong", "crashed")]
    assert not bad, "\n".join(f"{r.case.name}: {r.prebake}" for r in bad)


def test_names_are_unique() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)


def test_every_layer_of_tfjs_is_covered() -> None:
    covered = {case.layer for case in CASES}
    assert registered() - covered == set(NOT_IN_KERAS_3)


def registered() -> set[str]:
    """The layer classes that tfjs-layers can load from a file."""
    done = subprocess.run(
        [os.environ.get("NODE", "node"), str(LIST)], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout))


def test_the_page_is_what_the_suite_writes() -> None:
    written = (ROOT / "docs" / "conformance.md").read_text("utf-8")
    made = table.page(results("prebake"), record.read())
    assert _without_bounds(written) == _without_bounds(made), "run scripts/conformance"


def _without_bounds(page: str) -> str:
    """Rounding differs between processors, and with it the last bound."""
    return re.sub(r"agrees, (exactly|≤ 1e-\d)", "agrees", page)


@pytest.mark.parametrize(
    ("part", "name", "said"),
    [("versions", "keras", "was made with .*keras 0"), ("states", "no such case", "other cases")],
)
def test_a_record_of_something_else_is_not_used(
    tmp_path: Path, part: str, name: str, said: str
) -> None:
    kept = json.loads(record.FILE.read_text("utf-8"))
    kept[part][name] = "0"
    changed = tmp_path / "tensorflowjs.json"
    changed.write_text(json.dumps(kept), "utf-8")
    with pytest.raises(record.OutOfDate, match=f"{said}.*Run scripts/conformance"):
        record.read(changed)
