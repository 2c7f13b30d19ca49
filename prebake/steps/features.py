"""The step that computes once what an existing network makes of the samples."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..declare.model import Trained
from ..declare.module import load_declaration
from ..training.samples import TEST, TRAIN
from .train import DESCRIBED, KERAS, read_packed

if TYPE_CHECKING:
    from ..graph.step import Context


def run(context: Context) -> None:
    """Writes ``SPLIT.npy`` (float32 ``[views, n, …]``), the network as ``keras/``, and
    ``features.json`` for the card."""
    where = context.params["module"]
    trained = load_declaration(context.root, context.root / where, Trained)
    assert trained.base is not None

    from ..training import quiet

    quiet.prepare(0)
    from ..tfjs.keras_folder import save_keras
    from ..training.base import cut, write_features
    from ..training.build import demand_input
    from ..training.existing import read_model

    files = context.inputs.get("weights")
    whole = read_model(trained.base.weights, context.root, files)
    base = cut(whole, trained.base.cut, where)
    samples = read_packed(context, trained, (TRAIN, TEST), bool(context.params["draft"]))
    what = f"the dataset {samples.source!r}"
    demand_input(base, samples.splits[TRAIN].inputs.shape[1:], what, where)
    for name, split in samples.splits.items():
        views = trained.base.views if name == TRAIN else trained.base.views[:1]
        total = len(views) * len(split)

        def report(done: int, total: int = total, name: str = name) -> None:
            context.progress(done, total, f"{name} images")

        write_features(base, split.inputs, views, context.out / f"{name}.npy", report)
    save_keras(base, context.out / KERAS)
    described = {
        "weights": trained.base.weights.describe(),
        "cut": trained.base.cut,
        "parameters": int(base.count_params()),
        "views": len(trained.base.views),
        "shape": [int(x) for x in base.outputs[0].shape[1:]],
    }
    (context.out / DESCRIBED).write_text(json.dumps(described, indent=1), "utf-8")
