"""The steps for models that are not trained here: converted ones, and blank ones."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import numpy as np

from ..declare.model import Blank, Converted, Model, with_weights
from ..declare.module import load_declaration
from ..declare.weights import FrozenGraph, KerasFile, SavedModel
from ..errors import ModelError
from ..training.samples import Samples

if TYPE_CHECKING:
    import keras

    from ..graph.step import Context


def run(context: Context) -> None:
    """Reads a model whose weights exist; writes what :mod:`prebake.training.made` describes."""
    path = context.root / context.params["module"]
    declared = load_declaration(context.root, path, Converted)
    declared = with_weights(declared, context.params["weights"])

    from ..training import quiet

    quiet.prepare(0)

    if isinstance(declared.origin, SavedModel | FrozenGraph):
        _graph(context, declared)
        return
    from ..training.existing import read_model

    model = read_model(declared.origin, context.root, context.inputs.get("weights"))
    if isinstance(declared.origin, KerasFile) and declared.origin.allow_lambda:
        _with_code(context, declared, model)
        return
    _write(context, declared, model, "converted", tuple(declared.classes))


def run_blank(context: Context) -> None:
    """Builds an architecture with its initial weights."""
    path = context.root / context.params["module"]
    declared = load_declaration(context.root, path, Blank)

    from ..training import quiet

    quiet.prepare(declared.seed)
    from ..training.build import built

    _write(context, declared, built(declared.build, context.root, path), "blank", ())


def _write(
    context: Context, declared: Model, model: keras.Model, kind: str, classes: tuple[str, ...]
) -> None:
    from ..training import made
    from ..training.build import demand_classes, demand_input, demand_unscaled
    from ..training.inputs import word_indices

    where = context.params["module"]
    samples = _samples(context, declared)
    marks: dict[str, Any] = {}
    if samples is not None:
        what = f"the dataset {samples.source!r}"
        demand_input(model, samples.splits[samples.judged].inputs.shape[1:], what, where)
        if samples.classes:
            demand_classes(model, samples.classes, where)
        classes = samples.classes
    elif classes:
        demand_classes(model, classes, where)
    if declared.dataset and declared.preprocess is None and kind == "converted":
        demand_unscaled(model, where)
    described = made.write_model(context.out, model)
    if samples is not None and kind == "converted":
        marks = made.marks_json(made.evaluate_splits(model, samples))
    words = word_indices(model)
    if samples is None and words:
        golden = made.index_golden(model.inputs[0].shape[1:], declared.golden, words, where)
    else:
        golden = _golden(declared, samples, model.inputs[0].shape[1:], where)
    made.write_golden(context.out, golden)
    made.write_made(
        context.out,
        {
            "kind": kind,
            "kind_of_source": "keras",
            "draft": bool(context.params["draft"]),
            **described,
            "classes": list(classes),
            "judged": samples.judged if samples else "",
            "metrics": marks,
            "fit": None,
            "history": {},
            "origin": declared.origin.describe() if isinstance(declared, Converted) else "",
        },
    )


def _samples(context: Context, declared: Model) -> Samples | None:
    from .train import read_samples

    if not declared.dataset and declared.samples is None:
        return None
    return read_samples(context, declared, bool(context.params["draft"]))


def _golden(
    declared: Model, samples: Samples | None, shape: Any, where: str
) -> dict[str, np.ndarray]:
    from ..training import made

    if samples is not None:
        return made.choose_golden(samples, declared.golden)
    if any(size is None for size in shape):
        raise ModelError(
            f"its input has the shape {list(shape)}, so that no golden sample can be made.",
            where=where,
            remedy="Name a dataset, or fix the size of the input.",
        )
    return made.noise_golden(tuple(shape), declared.golden, declared.preprocess is not None)


def _graph(context: Context, declared: Converted) -> None:
    """A SavedModel or a frozen graph: kept as it is, and marked when it is exported."""
    from ..tfjs.describe import describe_frozen_graph, describe_saved_model
    from ..training.existing import existing

    weights = declared.origin
    source = existing(context.root, weights.path)
    target = context.out / "source"
    if isinstance(weights, SavedModel):
        shutil.copytree(source, target)
        try:
            tensors = describe_saved_model(target, weights.signature, weights.output)
        except ModelError as error:
            error.where = weights.folder  # not that of the copy
            raise
        origin: dict[str, Any] = {"kind": "saved_model", "signature": weights.signature}
        origin["output"] = tensors["outputs"][0]["name"]
    else:
        assert isinstance(weights, FrozenGraph)
        target.mkdir()
        shutil.copyfile(source, target / source.name)
        named = {"inputs": list(weights.inputs), "outputs": list(weights.outputs)}
        origin = {"kind": "frozen_graph", "file": source.name, **named}
        tensors = describe_frozen_graph(target / source.name, weights.inputs, weights.outputs)
    _write_graph(context, declared, origin, tensors)


def _with_code(context: Context, declared: Converted, model: keras.Model) -> None:
    """A model with allowed Lambdas goes on as a SavedModel: its code runs here, once, and none of
    it lies in the store.

    Raises:
        ModelError: if the declaration asks for layers.
    """
    from ..tfjs.describe import describe_saved_model

    if declared.export.format == "layers" or declared.export.trainable:
        raise ModelError(
            "a Lambda cannot become a layer of TensorFlow.js.",
            where=context.params["module"],
            remedy="Use Export(format='graph').",
        )
    target = context.out / "source"
    model.export(target, verbose=False)
    signature = "serving_default"
    tensors = describe_saved_model(target, signature)
    output = tensors["outputs"][0]["name"]
    origin = {"kind": "saved_model", "signature": signature, "output": output}
    _write_graph(context, declared, origin, tensors)


def _write_graph(
    context: Context, declared: Converted, origin: dict[str, Any], tensors: dict[str, Any]
) -> None:
    from ..training import made
    from ..training.build import demand_units

    where = context.params["module"]
    samples = _samples(context, declared)
    classes = samples.classes if samples else declared.classes
    if classes and tensors["outputs"][0]["shape"]:
        demand_units(tensors["outputs"][0]["shape"][-1], tuple(classes), where)
    if samples is None and not tensors["inputs"][0]["dtype"].startswith("float"):
        raise ModelError(
            "its input takes whole numbers, of which a graph does not say how large they may be, "
            "so that no golden sample can be made.",
            where=where,
            remedy="Name a dataset, or give samples=… to the declaration.",
        )
    golden = _golden(declared, samples, tensors["inputs"][0]["shape"][1:], where)
    made.write_golden(context.out, golden)
    made.write_made(
        context.out,
        {
            "kind": "converted",
            "kind_of_source": "graph",
            "graph_source": origin,
            "draft": bool(context.params["draft"]),
            "parameters": tensors["parameters"],
            "trainable_parameters": 0,
            "layers": [],
            "activation": tensors["activation"],
            "inputs": tensors["inputs"],
            "outputs": tensors["outputs"],
            "classes": list(classes),
            "judged": samples.judged if samples else "",
            "metrics": {},
            "fit": None,
            "history": {},
            "origin": declared.origin.describe(),
        },
    )
