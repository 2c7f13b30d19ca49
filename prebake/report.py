"""``report.json``: what was built, from what, and how large it is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from . import __version__
from .declare.project import Project
from .graph.runner import Outcome
from .graph.store import Store
from .plan import BUNDLE, CHECK, OFFLINE, WEIGH, model_step, models_of


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
        "pages": _pages(project, outcomes, store),
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
    card = _artifact_json(outcomes[f"data-card {name}"], store, "card.json")
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
    card = _artifact_json(outcomes[f"model-card {name}"], store, "card.json")
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
    project: Project,
    outcomes: Mapping[str, Outcome],
    store: Store,
    name: str,
    sizes: Mapping[str, Mapping[str, int]],
    aside: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """What a page is.

    Args:
        sizes: of scripts, by their addresses.
        aside: of the scripts that are on every page what they load.
    """
    page = project.pages[name]
    html = store.read(outcomes[f"render {name}"].record, f"site/{page.url}index.html")
    scripts = [*aside]
    if page.script:
        scripts.append(_artifact_json(outcomes[BUNDLE], store, f"pages/{name}.json"))
    at_once = [sizes[path] for script in scripts for path in script["at_once"]]
    on_demand = [sizes[path] for script in scripts for path in script["on_demand"]]
    return {
        "url": page.url,
        "bytes": len(html) + sum(each["raw"] for each in at_once),
        "js_bytes": sum(each["raw"] for each in at_once),
        "js_gzip_bytes": sum(each["gzip"] for each in at_once),
        "js_brotli_bytes": sum(each["brotli"] for each in at_once),
        "lazy_js_brotli_bytes": sum(each["brotli"] for each in on_demand),
        "models": models_of(project, page),
        "datasets": list(page.front.datasets),
    }


def _pages(
    project: Project, outcomes: Mapping[str, Outcome], store: Store
) -> dict[str, dict[str, Any]]:
    """Every page; what they share is read once."""
    weighed = outcomes.get(WEIGH)
    sizes = _artifact_json(weighed, store, "sizes.json") if weighed else {}
    offline = outcomes.get(OFFLINE)
    aside = [_artifact_json(offline, store, "pages/offline.json")] if offline else []
    return {name: _page(project, outcomes, store, name, sizes, aside) for name in project.pages}


def _artifact_json(outcome: Outcome, store: Store, path: str) -> dict[str, Any]:
    return dict(json.loads(store.read(outcome.record, path)))
