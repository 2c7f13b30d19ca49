"""The step that cuts a backbone into a frozen base and a tail that a page trains."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.preprocess import apply
from ..declare.by_source import BySource
from ..declare.model import Converted, with_weights
from ..declare.module import load_declaration
from ..declare.transfer import Transfer, with_backbone
from ..training.samples import preprocess_of
from .train import KERAS, read_samples

if TYPE_CHECKING:
    import keras

    from ..graph.step import Context
    from ..training.samples import Samples

PARTS = ("base", "tail")
JUDGED = "judged.npz"
MOST_JUDGED = 64
"""Images of the held-out split on which ways of storing the base are compared."""


def run(context: Context) -> None:
    """Writes ``base/`` and ``tail/``, each as :mod:`prebake.training.made` describes."""
    where = context.params["module"]
    transfer, backbone = declared(context)

    from ..training import made, quiet

    quiet.prepare(transfer.seed)
    from ..tfjs.keras_folder import load_keras
    from ..training.build import built, demand_classes, demand_input
    from ..training.split import split, trains_on

    whole = load_keras(context.inputs["backbone"] / KERAS)
    path = context.root / where

    def head(shape: tuple[int, ...]) -> keras.Model:
        return built(lambda: transfer.build(shape), context.root, path)

    cut, end, patterns = _places(transfer)
    base, tail = split(whole, cut, end, patterns, head, where)
    samples = _samples(context, transfer)
    classes = samples.classes if samples else tuple(transfer.classes)
    demand_classes(tail, classes, where)
    raw = _raw(transfer, samples, base)
    inputs = apply(preprocess_of(transfer), raw["raw"])
    demand_input(base, inputs.shape[1:], "its Preprocess", where)
    features = made.predict(base, inputs)
    origin = f"{backbone.origin.describe()}, up to {transfer.cut}"
    told: dict[str, Any] = {
        "judged": "",
        "metrics": {},
        "fit": None,
        "history": {},
        "kind_of_source": "keras",
    }
    told |= {"draft": bool(context.params["draft"]), "origin": origin}
    _write(context.out / "base", base, raw, {**told, "kind": "base", "classes": []})
    if samples:
        judged = made.choose_golden(samples, MOST_JUDGED)
        np.savez(context.out / "base" / JUDGED, **judged)
    backends = trains_on(tail, transfer.export.backends)
    described = {**told, "kind": "tail", "classes": list(classes), "trains_on": backends}
    _write(context.out / "tail", tail, {"raw": features}, described)


def declared(context: Context) -> tuple[Transfer, Converted]:
    """The Transfer and its backbone, for the source of weights that was chosen."""
    root, source = context.root, str(context.params["weights"])
    transfer = load_declaration(root, root / context.params["module"], Transfer)
    backbone = load_declaration(root, root / context.params["backbone"], Converted)
    chosen = with_weights(backbone, source)
    return with_backbone(with_weights(transfer, source), chosen), chosen


def _places(transfer: Transfer) -> tuple[str, str, list[str]]:
    """Cut, end and patterns, of which one source is chosen by now."""
    cut, end, patterns = transfer.cut, transfer.end, transfer.trainable
    assert isinstance(cut, str)
    assert isinstance(end, str)
    assert not isinstance(patterns, BySource)
    return cut, end, list(patterns)


def _samples(context: Context, transfer: Transfer) -> Samples | None:
    if not transfer.dataset:
        return None
    return read_samples(context, transfer, draft=False, judged=True)


def _raw(transfer: Transfer, samples: Samples | None, base: keras.Model) -> dict[str, np.ndarray]:
    """Raw images for the golden samples of the base; what it makes of them is the tail's."""
    from ..training import made

    if samples is not None:
        return made.choose_golden(samples, transfer.golden)
    return made.noise_golden(base.inputs[0].shape[1:], transfer.golden, images=True)


def _write(
    out: Path, model: keras.Model, golden: dict[str, np.ndarray], described: dict[str, Any]
) -> None:
    from ..training import made

    out.mkdir()
    made.write_golden(out, golden)
    made.write_made(out, {**made.write_model(out, model), **described})
