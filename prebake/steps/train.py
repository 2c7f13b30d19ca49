"""The step that builds and fits a model."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.packed import read_manifest, read_split
from ..declare.fit import Fit
from ..declare.model import Trained
from ..declare.module import author_error, load_declaration
from ..errors import ModelError, PrebakeError
from ..training import quiet
from ..training.evaluation import probabilities
from ..training.samples import TEST, TRAIN, Samples, Split, held_numbers, of_arrays, of_dataset

if TYPE_CHECKING:
    import keras

    from ..graph.step import Context
    from ..training.fitting import Fitted

KERAS, DESCRIBED = "keras", "features.json"
"""What the step of a base leaves beside the features themselves."""
DRAFT_SAMPLES = 2000
"""What a draft learns from, and is judged on: enough to fill a page within a minute."""


def run(context: Context) -> None:
    """Builds, fits and marks a model; writes what :mod:`prebake.training.made` describes."""
    where = context.params["module"]
    path = context.root / where
    quiet.settings()
    trained = load_declaration(context.root, path, Trained)
    draft = bool(context.params["draft"])
    fit = trained.fit_on(context.params["source"])
    fit = drafted(fit) if draft else fit

    quiet.prepare(fit.seed)

    from ..training import made
    from ..training.build import built, demand_classes, demand_input

    samples = (
        read_samples(context, trained, draft)
        if trained.base is None
        else read_features(context, draft)
    )
    model = built(trained.build, context.root, path)
    what = f"the dataset {samples.source!r}" if trained.dataset else "samples()"
    what = f"what the Base makes of {what}" if trained.base else what
    demand_input(model, samples.splits[TRAIN].inputs.shape[1:], what, where)
    if samples.classes:
        demand_classes(model, samples.classes, where)
    pretrained = _pretrained(context, model)
    fitted = fitted_model(context, model, fit, samples)
    marks = made.evaluate_splits(model, samples, context.progress)

    decision = _decision(trained, model, fit, samples, where)
    if trained.base is not None:
        from ..tfjs.keras_folder import load_keras
        from ..training.base import joined

        base = load_keras(context.inputs["features"] / KERAS)
        base.trainable = False
        model = joined(base, model)
    described = made.write_model(context.out, model)
    made.write_golden(context.out, made.choose_golden(samples, trained.golden))
    made.write_made(
        context.out,
        {
            "kind": "trained",
            "kind_of_source": "keras",
            "draft": draft,
            **described,
            "classes": list(samples.classes),
            "judged": samples.judged,
            "metrics": made.marks_json(marks),
            "fit": _fit_card(fit, fitted),
            "pretrained": pretrained,
            "base": _base(context),
            "decision": decision,
            "history": fitted.history,
        },
    )


def fitted_model(context: Context, model: keras.Model, fit: Fit, samples: Samples) -> Fitted:
    """Trains ``model`` in place, going on where a killed build stopped.

    Raises:
        ModelError: if Keras cannot train it, in a sentence.
    """
    from ..training.fitting import fit_model

    where = context.params["module"]
    try:
        return fit_model(model, fit, samples, context.scratch / "fit", context.progress, where)
    except PrebakeError:
        raise
    except (ValueError, TypeError, RuntimeError, KeyError) as error:
        raise _untrainable(error, where) from None


def _pretrained(context: Context, model: keras.Model) -> dict[str, Any] | None:
    """Gives ``model`` the features that the step before learned, if the declaration asks for
    it; what a card says about it."""
    folder = context.inputs.get("pretrained")
    if folder is None:
        return None
    from ..training.transfer import load_features

    load_features(model, folder, context.params["module"])
    return dict(json.loads((folder / "pretrained.json").read_text("utf-8")))


def _base(context: Context) -> dict[str, Any] | None:
    folder = context.inputs.get("features")
    return None if folder is None else dict(json.loads((folder / DESCRIBED).read_text("utf-8")))


def _decision(
    trained: Trained, model: keras.Model, fit: Fit, samples: Samples, where: str
) -> dict[str, Any] | None:
    """The threshold, chosen by the samples that training held back."""
    if trained.decision is None:
        return None
    from ..training import made
    from ..training.fitting import divided, last_activation
    from ..training.threshold import decide

    _, held = divided(samples.splits[TRAIN], fit, len(samples.classes))
    if held is None:
        raise ModelError("too few samples to hold some back for the Decision.", where=where)
    shares = probabilities(made.predict(model, held.inputs), last_activation(model))
    return decide(trained.decision, shares, held.targets, samples.classes, where)


def _untrainable(error: Exception, where: str) -> ModelError:
    """What Keras or TensorFlow says against loss, metrics or shapes, as a sentence."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = (lines or [type(error).__name__])[0][:200]
    return ModelError(
        f"Keras cannot train it: {said}",
        where=where,
        remedy="Check Fit's loss and metrics, and that the model's output fits the targets.",
    )


def drafted(fit: Fit) -> Fit:
    """One short epoch with the same settings."""
    return replace(fit, epochs=1, schedule=None, stop=None)


def read_samples(context: Context, model: Any, draft: bool, judged: bool = False) -> Samples:
    """The samples that a model declares: a packed dataset's, or its own function's.

    Args:
        judged: only the split of a dataset that models are judged on is needed.

    Raises:
        AuthorError: if that function raises.
    """
    if model.samples is not None:
        path = context.root / context.params["module"]
        try:
            made = model.samples()
        except PrebakeError:
            raise
        except Exception as error:
            raise author_error(context.root, path, error, "samples() raised") from None
        samples = of_arrays(made, context.params["module"])
    else:
        held = judged and TEST in read_manifest(context.inputs["dataset"])["splits"]
        return read_packed(context, model, (TEST,) if held else (TRAIN, TEST), draft)
    return _draft(samples) if draft else samples


def read_packed(context: Context, model: Any, splits: tuple[str, ...], draft: bool) -> Samples:
    """The preprocessed samples of the packed dataset among the step's inputs."""
    cache = context.scratch / "samples"
    samples = of_dataset(context.inputs["dataset"], model, splits, cache, context.progress)
    return _draft(samples) if draft else samples


def read_features(context: Context, draft: bool) -> Samples:
    """What the base made of the packed dataset's samples, in place of their pixels."""
    artifact, folder = context.inputs["dataset"], context.inputs["features"]
    manifest = read_manifest(artifact)
    splits = {}
    for name in (TRAIN, TEST):
        if name not in manifest["splits"]:
            continue
        packed = read_split(artifact, name)
        split = Split(packed.images, packed.labels, packed.images, groups=packed.groups)
        split = _part(split, len(manifest["classes"])) if draft else split
        views = np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
        splits[name] = replace(split, inputs=views[0], views=views)
    return Samples(splits, tuple(manifest["classes"]), manifest["name"])


def _draft(samples: Samples) -> Samples:
    """A part of each split, every class in proportion."""
    splits = {name: _part(split, len(samples.classes)) for name, split in samples.splits.items()}
    return replace(samples, splits=splits)


def _part(split: Split, classes: int) -> Split:
    part = min(1.0, DRAFT_SAMPLES / len(split))
    return split if part == 1 else split.take(held_numbers(split.targets, part, 0, classes))


def _fit_card(fit: Fit, fitted: Any) -> dict[str, Any]:
    return {
        "epochs": fitted.epochs,
        "best_epoch": fitted.best_epoch,
        "trained_on": fitted.trained_on,
        "validated_on": fitted.validated_on,
        "batch_size": fit.batch_size,
        "optimizer": fit.optimizer,
        "learning_rate": fit.learning_rate,
        "schedule": repr(fit.schedule) if fit.schedule else "constant",
        "augment": repr(fit.augment) if fit.augment else "none",
        "seed": fit.seed,
        "stop": repr(fit.stop) if fit.stop else "",
    }
