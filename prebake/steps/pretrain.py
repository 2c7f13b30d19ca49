"""The step that trains a network on other classes first."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from ..declare.model import Trained
from ..declare.module import load_declaration
from ..training import quiet
from .train import drafted, fitted_model, read_packed

if TYPE_CHECKING:
    from ..graph.step import Context


def run(context: Context) -> None:
    """Writes what was learned, and ``pretrained.json`` for the card."""
    where = context.params["module"]
    path = context.root / where
    quiet.settings()
    trained = load_declaration(context.root, path, Trained)
    first = trained.pretrain
    assert first is not None
    draft = bool(context.params["draft"])
    fit = drafted(first.fit) if draft else first.fit

    quiet.prepare(fit.seed)

    from ..training.build import built, demand_input
    from ..training.samples import TRAIN
    from ..training.transfer import save_features, with_head

    if first.preprocess is not None:
        trained = replace(trained, preprocess=first.preprocess)
    samples = read_packed(context, trained, (TRAIN,), draft)
    model = built(first.build or trained.build, context.root, path)
    what = f"the dataset {samples.source!r}"
    demand_input(model, samples.splits[TRAIN].inputs.shape[1:], what, where)
    fitted = fitted_model(context, with_head(model, len(samples.classes), where), fit, samples)
    save_features(model, context.out, where)
    described = {
        "dataset": samples.source,
        "classes": len(samples.classes),
        "trained_on": fitted.trained_on,
        "epochs": fitted.epochs,
        "history": fitted.history,
    }
    (context.out / "pretrained.json").write_text(json.dumps(described, indent=1))
