"""``report.json``: what was built, from what, and how large it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from . import __version__
from .declare.project import Project
from .graph.runner import Outcome
from .graph.store import Store
from .plan import BUNDLE, CHECK, OFFLINE, model_step, models_of


def make_report(
    project: Project,
    outcomes: Mapping[str, Outcome],
    store: Store,
    seconds: float,
    before: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The report on a build; its keys are described in docs/formats.md.

    Args:
        before: the report in place, whose checks in browsers still hold for models that did not
            change, if the scripts that replayed them did not either.

    Raises:
        DamagedArtifact: if what it reads in the store is not what a step put there.
    """
    return {
        "prebake": __version__,
        "datasets": {name: _dataset(outcomes, store, name) for name in project.datasets},
        "models": {
            name: _model(project, outcomes, store, name, before or {}) for name in project.models
        },
        "pages": {name: _page(project, outcomes, store, name) for name in project.pages},
        "build": {
            "seconds": round(seconds, 3),
            "steps": [
                {
                    "name": name,
                    "status": outcome.status,
                    "reason": outcome.reason,
                    "seconds": outcome.seconds,
                }
                for name, outcome in outcomes.items()
            ],
        },
    }


def _dataset(outcomes: Mapping[str, Outcome], store: Store, name: str) -> dict[str, Any]:
    card = _artifact_json(outcomes[f"pack {name}"], store, "card.json")
    return {
        "source": card["source"]["name"],
        "samples": card["samples"],
        "classes": len(card["classes"]),
        "splits": card["splits"],
        "sheets": card["sheets"],
        "bytes": card["bytes"],
        "licence": card["licence"],
        "digest": card["digest"],
    }


def _model(
    project: Project,
    outcomes: Mapping[str, Outcome],
    store: Store,
    name: str,
    before: Mapping[str, Any],
) -> dict[str, Any]:
    card = _artifact_json(outcomes[f"export {name}"], store, "card.json")
    parity = _artifact_json(outcomes[f"prove {name}"], store, "parity.json")
    known = before.get("models", {}).get(name, {})
    replayed = outcomes[CHECK].record.digest
    same = known.get("digest") == card["digest"] and known.get("checked_with") == replayed
    made = outcomes[model_step(project, name)]
    return {
        "kind": card["kind"],
        "draft": card["draft"],
        "format": card["model_format"],
        "parameters": card["parameters"],
        "bytes": card["bytes"],
        "compressed_bytes": card["compressed"],
        "float32_bytes": card["float32_bytes"],
        "quantization": card["stored"],
        "metrics": {split: marks["metrics"] for split, marks in card["metrics"].items()},
        "parity": {**(known.get("parity", {}) if same else {}), **parity},
        "latency_ms": known.get("latency_ms", {}) if same else {},
        "dataset": card["dataset"],
        "base": card.get("base"),
        "decision": card.get("decision"),
        "without_twins": card.get("without_twins"),
        "made_in_seconds": made.record.seconds,
        "checked_with": replayed if same else "",
        "digest": card["digest"],
    }


def _page(
    project: Project, outcomes: Mapping[str, Outcome], store: Store, name: str
) -> dict[str, Any]:
    page = project.pages[name]
    html = store.read(outcomes[f"render {name}"].record, f"site/{page.url}index.html")
    report: dict[str, Any] = {
        "url": page.url,
        "bytes": len(html),
        "js_bytes": 0,
        "js_gzip_bytes": 0,
        "js_brotli_bytes": 0,
        "lazy_js_brotli_bytes": 0,
        "models": models_of(project, page),
        "datasets": list(page.front.datasets),
    }
    scripts = [(BUNDLE, name)] if page.script else []
    scripts += [(OFFLINE, "offline")] if OFFLINE in outcomes else []
    for step, entry in scripts:
        script = _artifact_json(outcomes[step], store, f"pages/{entry}.json")
        report["bytes"] += script["bytes"]["raw"]
        report["js_bytes"] += script["bytes"]["raw"]
        report["js_gzip_bytes"] += script["bytes"]["gzip"]
        report["js_brotli_bytes"] += script["bytes"]["brotli"]
        report["lazy_js_brotli_bytes"] += script["lazy_bytes"]["brotli"]
    return report


def _artifact_json(outcome: Outcome, store: Store, path: str) -> dict[str, Any]:
    return dict(json.loads(store.read(outcome.record, path)))
