"""The step that brings a Keras model to the page: format, storage of weights, golden samples."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..cards.confusion import confused_pairs
from ..cards.draw import draw_charts
from ..data.packed import read_twins
from ..data.preprocess import apply
from ..declare.export import Export
from ..declare.model import Model, smaller_is_better, with_weights
from ..declare.module import load_declaration
from ..declare.transfer import base_of, tail_of
from ..errors import ModelError, ToolError, UnsupportedLayer
from ..tfjs import quantize, replay
from ..tfjs.manifest import file_entries, write_golden, write_manifest
from ..tfjs.trial import Answered, Judge, stored_in_all_ways, try_schemes
from ..training.evaluation import (
    evaluate,
    probabilities,
    worst_mistakes,
)
from ..training.samples import Samples, preprocess_of
from .split import JUDGED
from .split import declared as declared_transfer

if TYPE_CHECKING:
    from ..graph.step import Context

FACTS = "facts.json"
AGREES = 1e-4
"""The largest absolute error between Python and the page in float32, on any backend."""
MISTAKES = 30
"""How many of the surest mistakes a card shows."""
CONFUSED = 5
"""How many pairs of classes a card names for a text to quote."""
SOMETIMES = ("base", "decision", "pretrained", "without_twins")
"""What only some models have; a card knows that others have none."""
FEATURE_ERROR = "error of the features"
SIMILAR = 1.05
"""Formats whose downloads differ by no more than this factor are told apart by speed."""


@dataclass
class Exporting:
    """What all parts of the step need.

    Args:
        raw: the golden samples, ``uint8 [n, h, w, c]`` or float32 ``[n, …]``.
        inputs: the same as the model takes them, float32 ``[n, …]``.
        samples: the split that candidates are marked on; None if there is none.
    """

    context: Context
    declared: Model
    made: dict[str, Any]
    source: Path
    raw: np.ndarray
    inputs: np.ndarray
    samples: Samples | None

    @property
    def where(self) -> str:
        return str(self.context.params["module"])

    @property
    def export(self) -> Export:
        return self.declared.export


@dataclass(frozen=True)
class Written:
    """A model in one format, in float32.

    Args:
        kernels: how many kernels tfjs runs for one prediction.
    """

    format: str
    folder: Path
    kernels: int
    compressed: int
    notes: list[str]


def run(context: Context) -> None:
    """Writes ``site/models/NAME/DIGEST/``, and ``facts.json`` with what was measured."""
    from ..training import quiet

    quiet.prepare(0)
    task = _prepared(context)
    written, refused = _formats(task)
    best = _choose_format(written)
    context.progress(1, 3, "parts: format chosen")
    candidates, chosen, answers = _candidates(task, best)
    context.progress(2, 3, "parts: weights stored")
    facts = _ship(task, best, candidates, chosen, answers, refused)
    facts["formats"] = [
        {"format": each.format, "compressed": each.compressed, "kernels": each.kernels}
        for each in written
    ]
    (context.out / FACTS).write_text(json.dumps(facts, ensure_ascii=False, indent=1), "utf-8")
    context.progress(3, 3, "parts: done")


# -- what there is -------------------------------------------------------------------------


def _prepared(context: Context) -> Exporting:
    from .train import read_samples

    path = context.root / context.params["module"]
    declared = _declared(context, path)
    source = context.inputs["made"]
    made = json.loads((source / "made.json").read_text("utf-8"))
    with np.load(source / "golden.npz", allow_pickle=False) as golden:
        raw = golden["raw"]
    image = raw.dtype == np.uint8
    inputs = apply(preprocess_of(declared), raw) if image else raw.astype(np.float32)
    has_samples = bool(declared.dataset) or declared.samples is not None
    draft = bool(made["draft"])
    samples = read_samples(context, declared, draft, judged=True) if has_samples else None
    return Exporting(context, declared, made, source, raw, inputs, samples)


def _declared(context: Context, path: Path) -> Model:
    """What the module declares, or of a Transfer the part that is exported."""
    part = context.params.get("part")
    if part is None:
        declared = load_declaration(context.root, path, Model)
        return with_weights(declared, context.params.get("weights", ""))
    transfer, _ = declared_transfer(context)
    return (base_of if part == "base" else tail_of)(context.params["name"], transfer)


# -- formats -------------------------------------------------------------------------------


def _formats(task: Exporting) -> tuple[list[Written], list[str]]:
    """The model in every format that may be used and agrees with Python, and why others not."""
    wanted = _wanted_formats(task)
    written: list[Written] = []
    refused: list[str] = []
    for format in wanted:
        try:
            written.append(_write(task, format))
        except UnsupportedLayer as error:
            if len(wanted) == 1:
                raise
            refused.append(f"{format}: {error}")
    if not written:
        raise ModelError(f"no format can hold it. {' '.join(refused)}", where=task.where)
    return written, refused


def _wanted_formats(task: Exporting) -> list[str]:
    if task.made["kind_of_source"] == "graph":
        return ["graph"]
    if task.export.trainable:
        return ["layers"]
    return ["layers", "graph"] if task.export.format == "auto" else [task.export.format]


def _write(task: Exporting, format: str) -> Written:
    """One format in float32, compared with Python in Node.

    Raises:
        UnsupportedLayer: if it cannot hold the model, or answers otherwise than Python.
    """
    folder = task.context.out / "formats" / format
    notes = _write_layers(task, folder) if format == "layers" else _write_graph(task, folder)
    try:
        answered = replay.answers(task.context.root, folder, task.inputs, _replayed_on(task))
    except (ModelError, ToolError) as problem:
        raise UnsupportedLayer(
            f"as a {format} model it does not run in TensorFlow.js: {problem.problem}",
            where=task.where,
            remedy="Please report the model; until then use the other format.",
        ) from None
    expected = _original(task)(task.inputs)
    if answered.outputs.size != expected.size:
        raise UnsupportedLayer(
            f"as a {format} model it answers with the shape {list(answered.outputs.shape)}, "
            f"expected {list(expected.shape)}.",
            where=task.where,
            remedy="Please report the model; until then use the other format.",
        )
    error = float(np.max(np.abs(answered.outputs.reshape(expected.shape) - expected)))
    if not error <= agreeing(expected):
        raise UnsupportedLayer(
            f"as a {format} model its answers differ from Python's by {error:.2g}, expected at "
            f"most {agreeing(expected):.2g}.",
            where=task.where,
            remedy="Please report the model; until then use the other format.",
        )
    _, compressed = quantize.sizes(folder)
    return Written(format, folder, answered.kernels, compressed, notes)


def agreeing(expected: np.ndarray) -> float:
    """How far answers may be from what Python computed: ``AGREES``, or as a part of the largest
    answer where that is more than one. float32 has no more than seven digits of it."""
    return AGREES * max(1.0, float(np.max(np.abs(expected), initial=0.0)))


def _original(task: Exporting) -> Any:
    """What the model answers in Python: by Keras, or of a graph by TensorFlow."""
    from ..tfjs.original import answers_of_frozen_graph, answers_of_saved_model

    origin = task.made.get("graph_source")
    if origin is None:
        return _python(task, None)
    source = task.source / "source"
    if origin["kind"] == "saved_model":
        return answers_of_saved_model(source, origin["signature"], origin["output"])
    return answers_of_frozen_graph(source / origin["file"], origin["inputs"], origin["outputs"])


def _replayed_on(task: Exporting) -> str:
    """The backend of Node on which a model is compared with Python: WASM takes a thirtieth of the
    time, but lacks kernels that a layers model may need; a graph model was checked for them. Where
    two formats are compared by their kernels, both are counted on the same backend."""
    quick = _wanted_formats(task) == ["graph"] and "wasm" in task.export.backends
    return "wasm" if quick else "cpu"


def _write_layers(task: Exporting, folder: Path) -> list[str]:
    from ..tfjs.keras_folder import load_keras
    from ..tfjs.layers import write_layers_model

    model = load_keras(task.source / "keras")
    return write_layers_model(model, folder, trainable=task.export.trainable)


def _write_graph(task: Exporting, folder: Path) -> list[str]:
    from ..tfjs.graph import write_frozen_graph, write_graph_model, write_saved_model
    from ..tfjs.keras_folder import load_keras
    from ..tfjs.operators import check_operators

    backends = task.export.backends
    origin = task.made.get("graph_source")
    if origin is None:
        model = load_keras(task.source / "keras")
        notes = write_graph_model(model, folder, backends=backends, heat=_heat(task))
    elif origin["kind"] == "saved_model":
        path = task.source / "source"
        named = {"signature": origin["signature"], "output": origin["output"]}
        notes = write_saved_model(path, folder, backends=backends, **named)
    else:
        path = task.source / "source" / origin["file"]
        notes = write_frozen_graph(
            path, origin["inputs"], origin["outputs"], folder, backends=backends
        )
    check_operators(folder, task.context.root, backends)
    return notes


def _heat(task: Exporting) -> tuple[str, int] | None:
    """The layer that says where the model looked, and the class that is looked for.

    Raises:
        ModelError: if there are not two classes.
    """
    layer, classes = task.export.heat, _classes(task)
    if not layer:
        return None
    if len(classes) != 2:
        raise ModelError(
            f"Export(heat={layer!r}) is for two classes, and there are {len(classes)}.",
            where=task.where,
            remedy="Leave it out.",
        )
    decision = task.made.get("decision")
    return layer, int(decision["index"]) if decision else 1


def _choose_format(written: list[Written]) -> Written:
    """The smaller download; of two that are about as large, the one with less to compute.

    The number of kernels stands for speed: it is the same on every machine, and so are the
    bytes that are built.
    """
    smallest = min(each.compressed for each in written)
    similar = [each for each in written if each.compressed <= smallest * SIMILAR]
    return min(similar, key=lambda each: (each.kernels, each.compressed))


# -- storage -------------------------------------------------------------------------------


def _candidates(
    task: Exporting, best: Written
) -> tuple[list[quantize.Candidate], quantize.Candidate, Answered]:
    """Every way of storing the weights with its marks, the one chosen, and its function from
    inputs to answers."""
    judged, targets = _judged(task)
    mark = _mark(task, targets) if targets is not None else None
    metric = task.export.metric if task.samples and task.samples.classes else "loss"
    if task.made["kind"] == "base":
        mark, metric = _likeness, FEATURE_ERROR
    judge = Judge(judged, mark, metric, smaller_is_better(metric), task.export.tolerance)
    folders = stored_in_all_ways(best.folder, task.export.quantize)

    def answering(folder: Path) -> Any:
        return _answering(task, best.format, folder)

    return try_schemes(folders, task.export.quantize, judge, answering, task.where)


def _judged(task: Exporting) -> tuple[np.ndarray, np.ndarray | None]:
    held = task.source / JUDGED
    if held.is_file():
        with np.load(held, allow_pickle=False) as stored:
            return apply(preprocess_of(task.declared), stored["raw"]), None
    if task.samples is None:
        return task.inputs, None
    split = task.samples.splits[task.samples.judged]
    return split.inputs, split.targets


def _mark(task: Exporting, targets: np.ndarray) -> quantize.Mark:
    assert task.samples is not None
    classes = task.samples.classes
    name = task.export.metric if classes else "loss"

    def mark(answers: np.ndarray, baseline: np.ndarray) -> float:
        metrics = evaluate(answers, targets, classes, task.made["activation"]).metrics
        if name not in metrics:
            raise ModelError(
                f"Export(metric={name!r}) is not measured; measured are {', '.join(metrics)}.",
                where=task.where,
            )
        return metrics[name]

    return mark


def _likeness(answers: np.ndarray, baseline: np.ndarray) -> float:
    """How far features are from those of the float32 weights: the length of the difference, as a
    part of theirs. What follows on a base is trained in the page, so that nothing else can say
    what storing its weights in less costs."""
    length = float(np.linalg.norm(baseline.astype(np.float64))) or 1.0
    return float(np.linalg.norm(answers.astype(np.float64) - baseline)) / length


def _answering(task: Exporting, format: str, folder: Path) -> Any:
    from ..tfjs.graph_reader import read_graph_model

    return _python(task, folder) if format == "layers" else read_graph_model(folder)


def _python(task: Exporting, folder: Path | None) -> Any:
    """Keras's answers: of the original, or of the layers model in ``folder``, read back."""
    from ..tfjs.keras_folder import load_keras
    from ..tfjs.reader import read_layers_model
    from ..training.made import predict

    model = load_keras(task.source / "keras") if folder is None else read_layers_model(folder)
    return lambda inputs: predict(model, inputs)


# -- what ships ----------------------------------------------------------------------------


def _ship(
    task: Exporting,
    best: Written,
    candidates: list[quantize.Candidate],
    chosen: quantize.Candidate,
    answer: Any,
    refused: list[str],
) -> dict[str, Any]:
    name = task.context.params["name"]
    mistakes, tiles = _marked(task, answer)
    filling = task.context.out / "filling"
    shutil.copytree(chosen.folder, filling)
    classes = _classes(task)
    # Python's own answers, with the very weights that ship.
    outputs = answer(task.inputs)
    names = []
    if classes:
        likeliest = probabilities(outputs, task.made["activation"]).argmax(1)
        names = [classes[i] for i in likeliest]
    golden = write_golden(filling, task.raw, outputs, names, agreeing(outputs))
    preprocess = preprocess_of(task.declared).to_json() if task.raw.dtype == np.uint8 else None
    manifest = {
        "name": name,
        "kind": task.made["kind"],
        "draft": task.made["draft"],
        "model_format": best.format,
        "files": file_entries(filling),
        "inputs": task.made["inputs"],
        "outputs": [*task.made["outputs"], *_heat_output(best.folder, task)],
        "answer": _answer(task.made["activation"], classes),
        "classes": list(classes),
        "preprocess": preprocess,
        "golden": golden,
        "backends": list(task.export.backends),
        "parameters": task.made["parameters"],
        "dataset": task.declared.dataset,
        **({"trains_on": task.made["trains_on"]} if "trains_on" in task.made else {}),
        **_decision(task, answer),
    }
    digest = write_manifest(filling, manifest)
    charts = draw_charts(task.made, mistakes, tiles, filling / "charts")
    home = task.context.out / "site" / "models" / name / digest
    home.parent.mkdir(parents=True)
    filling.rename(home)
    shutil.rmtree(task.context.out / "formats", ignore_errors=True)
    return {
        **dict.fromkeys(SOMETIMES),
        **{k: v for k, v in task.made.items() if k != "graph_source"},
        "charts": charts,
        **{k: manifest[k] for k in ("name", "model_format", "classes", "dataset")},
        **{k: manifest[k] for k in ("answer", "backends", "preprocess")},
        "digest": digest,
        "path": f"models/{name}/{digest}",
        "bytes": sum(entry["bytes"] for entry in manifest["files"]),
        "compressed": chosen.compressed,
        "float32_bytes": candidates[0].bytes,
        "stored": chosen.scheme.name,
        "quantization": [{**each.row(), "chosen": each is chosen} for each in candidates],
        "tolerance": task.export.tolerance,
        "quantize": task.export.quantize,
        "measured": FEATURE_ERROR if task.made["kind"] == "base" else task.export.metric,
        "trainable": task.export.trainable,
        "notes": best.notes,
        "refused_formats": refused,
        "golden": {"samples": len(task.raw), "bound": agreeing(outputs)},
        "module": task.where,
        "confused": _confused(task, classes),
    }


def _marked(task: Exporting, answer: Any) -> tuple[list[dict[str, Any]], np.ndarray | None]:
    """Evaluates what ships, with its weights as they are stored, on the held-out split; the card
    shows these metrics. Returns the surest mistakes and their images."""
    if task.samples is None or task.made["kind"] == "blank":
        return [], None
    name, classes = task.samples.judged, task.samples.classes
    split = task.samples.splits[name]
    answers, activation = answer(split.inputs), task.made["activation"]
    marks = evaluate(answers, split.targets, classes, activation)
    task.made["metrics"] = {**task.made["metrics"], name: asdict(marks)}
    task.made["without_twins"] = _without_twins(task, answers)
    if not classes:
        return [], None
    worst = worst_mistakes(answers, split.targets, activation, MISTAKES)
    numbers = [each["number"] for each in worst]
    return worst, None if split.raw is None else split.raw[numbers]


def _heat_output(folder: Path, task: Exporting) -> list[dict[str, Any]]:
    """How the manifest describes the second output."""
    if not task.export.heat:
        return []
    document = json.loads((folder / "model.json").read_text("utf-8"))
    described = document["signature"]["outputs"]["heat"]
    sizes = [int(each["size"]) for each in described["tensorShape"]["dim"]]
    shape = [None if size < 0 else size for size in sizes]
    return [{"name": "heat", "shape": shape, "dtype": "float32"}]


def _decision(task: Exporting, answer: Any) -> dict[str, Any]:
    """The threshold, and the probabilities of the held-out split that a page shows it on: in
    packed order, with the weights as they ship."""
    decision = task.made.get("decision")
    if decision is None or task.samples is None:
        return {}
    split = task.samples.splits[task.samples.judged]
    shares = probabilities(answer(split.inputs), task.made["activation"])[:, decision["index"]]
    held = {
        "split": task.samples.judged,
        "positive": "".join("1" if t == decision["index"] else "0" for t in split.targets),
        "probabilities": [round(float(share), 5) for share in shares],
    }
    return {"decision": {**decision, "held_out": held}}


def _without_twins(task: Exporting, answers: np.ndarray) -> dict[str, Any] | None:
    """The same marks on held-out samples alone of which nothing was learned; None if that is all
    of them."""
    assert task.samples is not None
    split = task.samples.splits[task.samples.judged]
    twins = read_twins(task.context.inputs["dataset"]) if task.declared.dataset else {}
    places = np.array(twins.get(task.samples.judged, []), np.int64)
    if not places.size or task.made["draft"] or places.size >= len(split):
        return None
    clean = np.setdiff1d(np.arange(len(split)), places)
    marks = evaluate(
        answers[clean], split.targets[clean], task.samples.classes, task.made["activation"]
    )
    return {"samples": len(clean), "metrics": marks.metrics}


def _confused(task: Exporting, classes: tuple[str, ...]) -> list[dict[str, Any]]:
    marks = task.made["metrics"].get(task.made["judged"], {})
    return confused_pairs(marks.get("confusion", []), classes, CONFUSED)


def _classes(task: Exporting) -> tuple[str, ...]:
    if task.samples is not None:
        return task.samples.classes
    return tuple(task.made["classes"])


def _answer(activation: str, classes: tuple[str, ...]) -> str:
    if not classes:
        return "values"
    return activation if activation in ("softmax", "sigmoid") else "logits"
