"""The step that computes once what an existing network makes of the samples."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from ..declare.model import Trained
from ..declare.module import load_declaration
from ..training.samples import TEST, TRAIN
from .train import DESCRIBED, KERAS, read_packed

if TYPE_CHECKING:
    import keras

    from ..graph.step import Context
    from ..training.base import Answer


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
    answer = _as_stored(context, base, trained.base.quantize)
    for name, split in samples.splits.items():
        views = trained.base.views if name == TRAIN else trained.base.views[:1]
        total = len(views) * len(split)

        def report(done: int, total: int = total, name: str = name) -> None:
            context.progress(done, total, f"{name} images")

        write_features(answer, split.inputs, views, context.out / f"{name}.npy", report)
    save_keras(base, context.out / KERAS)
    described = {
        "weights": trained.base.weights.describe(),
        "cut": trained.base.cut,
        "quantize": trained.base.quantize,
        "parameters": int(base.count_params()),
        "views": len(trained.base.views),
        "shape": [int(x) for x in base.outputs[0].shape[1:]],
    }
    (context.out / DESCRIBED).write_text(json.dumps(described, indent=1), "utf-8")


def _as_stored(context: Context, base: keras.Model, quantize: str) -> Answer:
    """What the base makes of a batch: with the weights as the page gets them, when they are
    stored in less than float32."""
    from ..training.base import answering

    if quantize == "none":
        return answering(base)
    from ..tfjs.graph import requantize, write_graph_model
    from ..tfjs.graph_reader import read_graph_model
    from ..tfjs.quantize import SCHEMES

    plain, stored = context.out / "plain", context.out / "stored"
    write_graph_model(base, plain)
    requantize(plain, stored, SCHEMES[quantize][-1].stored_of)
    answer = read_graph_model(stored)
    shutil.rmtree(plain)
    shutil.rmtree(stored)
    return answer
