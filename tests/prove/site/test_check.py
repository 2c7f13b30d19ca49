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
    for name, model in report["models"].items():
        (manifest,) = built_site.glob(f"models/{name}/*/manifest.json")
        backends = set(json.loads(manifest.read_text())["backends"])
        assert {"webgl", "wasm"} <= backends  # only the slow one may be left out
        assert set(model["parity"]) == {"node", *backends}
        assert all(parity["max_abs_error"] <= 1e-4 for parity in model["parity"].values())
        assert set(model["latency_ms"]) == backends
    left_out = {name for name, m in report["models"].items() if "cpu" not in m["parity"]}
    assert left_out == {"solar"}
