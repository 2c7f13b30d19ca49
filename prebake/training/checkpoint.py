"""The state of a training after an epoch, so that a killed build goes on from there."""

from __future__ import annotations

import json
import os
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import keras


@dataclass
class Progress:
    """What has happened so far.

    Args:
        epoch: how many epochs are done.
        history: for each metric its value after each epoch.
        best: the best value of the watched metric.
        best_epoch: when it was reached, counted from 1; 0 for never.
        waited: epochs since then.
        stopped: whether early stopping has ended the training.
        seconds: spent on the epochs done.
    """

    epoch: int = 0
    history: dict[str, list[float]] = field(default_factory=dict)
    best: float | None = None
    best_epoch: int = 0
    waited: int = 0
    stopped: bool = False
    seconds: float = 0.0


class Checkpoint:
    """Keeps the last finished epoch in a folder, replaced in one move.

    Args:
        folder: made when first needed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(self, model: keras.Model, best: list[np.ndarray] | None, progress: Progress) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        arrays = {f"v{i}": np.asarray(v) for i, v in enumerate(_state(model))}
        arrays |= {f"b{i}": v for i, v in enumerate(best or [])}
        temporary = self.folder / f".epoch-{os.getpid()}.npz"
        note = np.frombuffer(json.dumps(vars(progress)).encode(), np.uint8)
        with temporary.open("wb") as file:
            np.savez(file, progress=note, **arrays)
        temporary.replace(self.folder / "epoch.npz")

    def load(self, model: keras.Model) -> tuple[Progress, list[np.ndarray] | None] | None:
        """Brings ``model`` and its optimizer to the saved state; None if there is none that
        fits."""
        try:
            with np.load(self.folder / "epoch.npz", allow_pickle=False) as saved:
                arrays = {name: saved[name] for name in saved.files}
            progress = Progress(**json.loads(arrays.pop("progress").tobytes()))
        except (OSError, ValueError, EOFError, KeyError, TypeError, zipfile.BadZipFile):
            return None  # none, or one that was cut off: the training starts again
        state = _state(model)
        values = [arrays.get(f"v{i}") for i in range(len(state))]
        if any(v is None or v.shape != tuple(s.shape) for v, s in zip(values, state, strict=True)):
            return None
        for variable, value in zip(state, values, strict=True):
            variable.assign(value)
        best = [arrays[f"b{i}"] for i in range(len(model.weights)) if f"b{i}" in arrays]
        return progress, best or None


def _state(model: keras.Model) -> list[Any]:
    """Weights, the state of random layers, and the optimizer's variables."""
    metrics = {id(v) for metric in model.metrics for v in metric.variables}
    own = [v for v in model.variables if id(v) not in metrics]
    return [*own, *model.optimizer.variables]
