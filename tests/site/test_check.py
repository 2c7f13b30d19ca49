"""``build.py check`` on this project's own site: every model on every backend, every page."""

import json
import subprocess
import sys

from tests.conftest import ROOT


def test_all_models_and_pages_hold(built_site):
    done = subprocess.run(
        [sys.executable, "build.py", "check"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    report = json.loads((built_site / "report.json").read_text())
    assert f"{len(report['models'])} models, {len(report['pages'])} pages checked" in done.stdout
    for model in report["models"].values():
        # A large model may leave out the slow backend, none the other two.
        assert {"node", "webgl", "wasm"} <= set(model["parity"])
        assert all(parity["max_abs_error"] <= 1e-4 for parity in model["parity"].values())
        assert set(model["latency_ms"]) == set(model["parity"]) - {"node"}
    assert "cpu" in report["models"]["digits"]["parity"]
