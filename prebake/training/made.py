"""What the steps that make a Keras model hand on: the model, its marks, drawings, golden samples.

A folder with ``keras/`` (the model), ``made.json`` (what a card says about it) and ``golden.npz``
(raw samples). Nothing is drawn here: a change of a drawing must not train a model again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.at_once import samples_at_once
from ..errors import ModelError
from ..tfjs.keras_folder import save_keras
from .base import answering
from .evaluation import Evaluation, evaluate
from .fitting import last_activation
from .remaining import Report, counting
from .samples import Samples

if TYPE_CHECKING:
    import keras

NOISE_SEED = 2718
GOLDEN_BYTES = 1 << 20
"""Golden samples travel with the page: at most a megabyte of raw pixels, at least three."""


def predict(
    model: keras.Model, inputs: np.ndarray, count: Callable[[int], None] | None = None
) -> np.ndarray:
    """The model's one answer for many samples, float32 ``[n, …]``.

    Args:
        inputs: float32 ``[n, …]``, of which only a batch at a time is copied.
        count: is told how many are done.
    """
    size = samples_at_once(inputs.shape[1:])
    answer = answering(model)
    answers = []
    for start in range(0, len(inputs), size):
        answers.append(answer(inputs[start : start + size]))
        if count is not None:
            count(min(start + size, len(inputs)))
    return np.concatenate(answers)


def evaluate_splits(
    model: keras.Model, samples: Samples, report: Report | None = None
) -> dict[str, Evaluation]:
    """The metrics on every split, with the weights as they were trained."""
    activation = last_activation(model)
    found, before = {}, 0
    total = sum(len(split) for split in samples.splits.values())
    counted = None if report is None else counting(report, total, "samples evaluated")
    for name, split in samples.splits.items():

        def count(done: int, before: int = before) -> None:
            if counted is not None:
                counted(before + done)

        answers = predict(model, split.inputs, count)
        found[name] = evaluate(answers, split.targets, samples.classes, activation)
        before += len(split)
    return found


def describe_layers(model: keras.Model) -> list[dict[str, Any]]:
    """A row for each layer: name, class, output shape, parameters."""
    rows = []
    for layer in model.layers:
        output = getattr(layer, "output", None)
        shape = getattr(output[0] if isinstance(output, list) else output, "shape", None)
        rows.append(
            {
                "name": layer.name,
                "class": type(layer).__name__,
                "shape": [] if shape is None else [x if x is None else int(x) for x in shape],
                "parameters": int(layer.count_params()),
            }
        )
    return rows


def write_model(out: Path, model: keras.Model) -> dict[str, Any]:
    """Stores the model and returns what ``made.json`` says about its architecture."""
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise ModelError(
            f"the model has {len(model.inputs)} inputs and {len(model.outputs)} outputs; golden "
            "samples are made for one of each.",
            where=f"model {model.name!r}",
            remedy="Declare one model for each pair that the page uses.",
        )
    save_keras(model, out / "keras")
    trained = sum(int(np.prod(w.shape)) for w in model.trainable_weights)
    return {
        "parameters": int(model.count_params()),
        "trainable_parameters": trained,
        "layers": describe_layers(model),
        "activation": last_activation(model),
        "inputs": [_tensor(t) for t in model.inputs],
        "outputs": [_tensor(t) for t in model.outputs],
    }


def _tensor(tensor: Any) -> dict[str, Any]:
    shape = [x if x is None else int(x) for x in tensor.shape]
    return {"name": tensor.name, "shape": shape, "dtype": str(tensor.dtype)}


def write_made(out: Path, described: dict[str, Any]) -> None:
    text = json.dumps(described, ensure_ascii=False, indent=1)
    (out / "made.json").write_text(text, "utf-8")


def marks_json(marks: dict[str, Evaluation]) -> dict[str, Any]:
    return {name: asdict(evaluation) for name, evaluation in marks.items()}


def choose_golden(samples: Samples, count: int) -> dict[str, np.ndarray]:
    """Raw golden samples of the held-out split, as many of each class as can be.

    Returns:
        ``raw``: ``uint8 [n, h, w, c]`` images, or the float32 inputs where there are none.
    """
    split = samples.splits[samples.judged]
    source = split.inputs if split.raw is None else split.raw
    each = max(1, source[:1].nbytes)
    count = min(len(split), max(3, min(count, GOLDEN_BYTES // each)))
    if not samples.classes:
        picked = np.linspace(0, len(split) - 1, count).astype(int)
        return {"raw": np.ascontiguousarray(source[picked])}
    queues = [list(np.flatnonzero(split.targets == i)) for i in range(len(samples.classes))]
    numbers: list[int] = []
    while len(numbers) < count:
        for queue in queues:
            if queue and len(numbers) < count:
                numbers.append(int(queue.pop(0)))
    return {"raw": np.ascontiguousarray(source[numbers])}


def noise_golden(shape: tuple[int, ...], count: int, images: bool) -> dict[str, np.ndarray]:
    """Seeded noise, for a model that comes without any samples."""
    random = np.random.default_rng(NOISE_SEED)
    count = max(3, min(count, GOLDEN_BYTES // max(1, int(np.prod(shape)))))
    if images:
        return {"raw": random.integers(0, 256, (count, *shape), dtype=np.uint8)}
    return {"raw": random.normal(size=(count, *shape)).astype(np.float32)}


def index_golden(
    shape: tuple[int | None, ...], count: int, words: int, where: str
) -> dict[str, np.ndarray]:
    """Seeded numbers of words, for a model with an Embedding that comes without any samples.

    Args:
        shape: of one input, without the batch.
        words: how many words there are.

    Raises:
        ModelError: if a size of the input is open.
    """
    if any(size is None for size in shape):
        raise ModelError(
            f"its input has the shape {list(shape)}, so that no golden sample can be made.",
            where=where,
            remedy="Name a dataset, give samples=… to the declaration, or fix the size of the "
            "input.",
        )
    random = np.random.default_rng(NOISE_SEED)
    size = (max(3, count), *(int(each or 0) for each in shape))
    return {"raw": random.integers(0, words, size).astype(np.float32)}


def write_golden(out: Path, golden: dict[str, np.ndarray]) -> None:
    np.savez(out / "golden.npz", **golden)
