"""Fitting a model: the loop over epochs, with checkpoints, early stopping and progress."""

from __future__ import annotations

import math
import time
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.at_once import samples_at_once
from ..declare.fit import Fit
from ..declare.model import smaller_is_better
from ..errors import ModelError
from .batches import TrainingBatches, plain_batches
from .checkpoint import Checkpoint, Progress
from .remaining import Report, time_left
from .samples import Samples, Split, held_numbers
from .schedule import rate_at

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Fitted:
    """How a training went.

    Args:
        history: for each metric its value after each epoch.
        best_epoch: whose weights were kept, counted from 1.
        epochs: how many were run.
        seconds: they took.
        trained_on: samples learned from.
        validated_on: samples held back from them.
    """

    history: dict[str, list[float]]
    best_epoch: int
    epochs: int
    seconds: float
    trained_on: int
    validated_on: int


def fit_model(
    model: keras.Model, fit: Fit, samples: Samples, scratch: Path, report: Report, where: str
) -> Fitted:
    """Trains ``model`` in place.

    Args:
        scratch: where each epoch's state is kept until the training is over.
        report: is told the steps done, those to do, and a text.
        where: the model's file, for messages.

    Raises:
        ModelError: if the loss is no longer a number.
    """
    split = samples.splits["train"]
    numbers, validation = divided(split, fit, len(samples.classes))
    compile_model(model, fit, samples)
    weights = class_weights(fit, split.targets[numbers], samples.classes, where)
    checkpoint = Checkpoint(scratch)
    progress, best = checkpoint.load(model) or (Progress(), None)
    size = samples_at_once(split.inputs.shape[1:])
    held = plain_batches(validation, size) if validation is not None else None
    steps = math.ceil(len(numbers) / fit.batch_size)
    with closing(TrainingBatches(split, numbers, fit)) as batches:
        while progress.epoch < fit.epochs and not progress.stopped:
            started = time.monotonic()
            epoch = batches.of_epoch(progress.epoch)
            watcher = _watcher(fit, progress, steps, report)
            history = model.fit(
                epoch, verbose=0, shuffle=False, class_weight=weights, callbacks=[watcher]
            )
            values = {name: float(found[-1]) for name, found in history.history.items()}
            if held is not None:
                answers = model.evaluate(held, verbose=0, return_dict=True)
                values |= {f"val_{name}": float(value) for name, value in answers.items()}
            _demand_finite(values, progress.epoch + 1, where)
            best = _after_epoch(model, fit, progress, values, best, where)
            progress.seconds += time.monotonic() - started
            checkpoint.save(model, best, progress)
    if best is not None:
        model.set_weights(best)
    if fit.label_smoothing:
        # What goes to the page is compiled with a loss that TensorFlow.js has.
        compile_model(model, replace(fit, label_smoothing=0.0), samples)
    return Fitted(
        history=progress.history,
        best_epoch=progress.best_epoch if best is not None else progress.epoch,
        epochs=progress.epoch,
        seconds=round(progress.seconds, 1),
        trained_on=len(numbers),
        validated_on=0 if validation is None else len(validation),
    )


def compile_model(model: keras.Model, fit: Fit, samples: Samples) -> None:
    """Compiles with what ``fit`` says, and makes the optimizer's variables."""
    import keras

    optimizer = keras.optimizers.get(fit.optimizer)
    optimizer.learning_rate = fit.learning_rate
    metrics = [m for m in fit.metrics if m != "accuracy" or samples.classes]
    model.compile(optimizer=optimizer, loss=loss_of(model, fit, samples), metrics=metrics)
    optimizer.build(model.trainable_variables)


def loss_of(model: keras.Model, fit: Fit, samples: Samples) -> Any:
    """The declared loss, or the cross-entropy that fits the last activation."""
    import keras

    if fit.loss != "auto":
        return fit.loss
    if not samples.classes:
        if fit.label_smoothing:
            raise ModelError("label_smoothing needs classes, and the samples have none.")
        return "mean_squared_error"
    units = model.outputs[0].shape[-1]
    logits = last_activation(model) not in ("softmax", "sigmoid")
    smoothing = fit.label_smoothing
    if units == 1:
        return keras.losses.BinaryCrossentropy(from_logits=logits, label_smoothing=smoothing)
    if smoothing:
        return _smoothed(smoothing, units, logits)
    return keras.losses.SparseCategoricalCrossentropy(from_logits=logits)


def _smoothed(smoothing: float, classes: int, logits: bool) -> Any:
    """The cross-entropy for class indices of which a part is spread over all classes (Szegedy et
    al., "Rethinking the Inception Architecture", 2016); Keras has it for one-hot targets only."""
    import keras

    def loss(targets: Any, answers: Any) -> Any:
        wanted = keras.ops.one_hot(keras.ops.reshape(targets, (-1,)), classes)
        return keras.losses.categorical_crossentropy(
            wanted, answers, from_logits=logits, label_smoothing=smoothing
        )

    return loss


def last_activation(model: Any) -> str:
    """The name of the activation that makes the model's answer; ``linear`` if there is none."""
    import keras

    for layer in reversed(model.layers):
        if isinstance(layer, keras.Model):
            return last_activation(layer)
        if type(layer).__name__ == "Softmax":
            return "softmax"
        name = getattr(getattr(layer, "activation", None), "__name__", "linear")
        changes_nothing = type(layer).__name__ in _PASSING and name == "linear"
        if not changes_nothing:
            return name
    return "linear"


_PASSING = ("Activation", "Identity", "Reshape", "Flatten", "Dropout", "ActivityRegularization")
"""Layers that hand on the values they are given."""


def class_weights(
    fit: Fit, targets: np.ndarray, classes: tuple[str, ...], where: str
) -> dict[int, float] | None:
    """A weight for each class by its index.

    Raises:
        ModelError: for an unknown class or for samples without classes.
    """
    if fit.class_weights is None:
        return None
    if not classes:
        raise ModelError("class_weights need classes, and the samples have none.", where=where)
    if fit.class_weights == "balanced":
        counts = np.maximum(np.bincount(targets, minlength=len(classes)), 1)
        return {i: len(targets) / (len(classes) * int(n)) for i, n in enumerate(counts)}
    from ..declare.schema import suggest

    for name in fit.class_weights:
        if name not in classes:
            raise ModelError(
                f"class_weights names the class {name!r}, which the dataset has not.",
                where=where,
                remedy=suggest(name, classes),
            )
    return {i: float(fit.class_weights.get(name, 1.0)) for i, name in enumerate(classes)}


def divided(split: Split, fit: Fit, classes: int) -> tuple[np.ndarray, Split | None]:
    """The numbers of the samples to learn from, and those that are held back to watch."""
    everything = np.arange(len(split))
    if fit.validation == 0 or len(split) < 4:
        return everything, None
    held = held_numbers(split.targets, fit.validation, fit.seed, classes, split.groups)
    if len(held) == 0:
        return everything, None
    return np.setdiff1d(everything, held), split.take(held)


def _after_epoch(
    model: keras.Model,
    fit: Fit,
    progress: Progress,
    values: dict[str, float],
    best: list[np.ndarray] | None,
    where: str,
) -> list[np.ndarray] | None:
    """Notes the epoch; returns the best weights so far if early stopping asks for them."""
    for name, value in values.items():
        progress.history.setdefault(name, []).append(round(value, 6))
    progress.epoch += 1
    if fit.stop is None:
        return None
    if fit.stop.metric not in values:
        known = ", ".join(values)
        raise ModelError(
            f"EarlyStopping watches {fit.stop.metric!r}, but there are only {known}.", where=where
        )
    value = values[fit.stop.metric]
    lower = smaller_is_better(fit.stop.metric)
    if progress.best is None or (value < progress.best if lower else value > progress.best):
        progress.best, progress.best_epoch, progress.waited = value, progress.epoch, 0
        return [np.asarray(w) for w in model.get_weights()]
    progress.waited += 1
    progress.stopped = progress.waited >= fit.stop.patience
    return best


def _demand_finite(values: dict[str, float], epoch: int, where: str) -> None:
    for name, value in values.items():
        if not math.isfinite(value):
            raise ModelError(
                f"in epoch {epoch} the {name} became {value}: the training has diverged.",
                where=where,
                remedy="Lower the learning rate, or check that inputs are scaled.",
            )


def _watcher(fit: Fit, progress: Progress, steps: int, report: Report) -> Any:
    """Sets the learning rate before each step and reports after it; stops at a loss that is
    no number, rather than finishing the epoch."""
    import keras

    started = time.monotonic()
    done = progress.epoch * steps
    total = fit.epochs * steps

    class Watcher(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
            if fit.schedule is not None:
                rate = rate_at(fit, progress.epoch + batch / steps)
                self.model.optimizer.learning_rate.assign(rate)

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            logs = logs or {}
            if not math.isfinite(logs.get("loss", 0.0)):
                self.model.stop_training = True
            spent = progress.seconds + time.monotonic() - started
            now = done + batch + 1
            left = time_left(spent, now, total)
            report(now, total, _text(fit, progress.epoch + 1, logs, left))

    return Watcher()


def _text(fit: Fit, epoch: int, logs: dict[str, float], left: str) -> str:
    shown = ", ".join(f"{name} {float(value):.4f}" for name, value in logs.items())
    return f"steps, epoch {epoch} of {fit.epochs}, {shown}, {left}"
