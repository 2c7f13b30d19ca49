"""What a model learns from and is judged on, as float32 arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..data.order import hold_out
from ..data.packed import read_manifest, read_split
from ..data.preprocess import apply
from ..declare.arrays import Arrays
from ..declare.by_source import BySource
from ..declare.model import Model
from ..declare.operations import Scale
from ..declare.preprocess import Preprocess
from ..errors import DatasetError, ModelError
from .remaining import Report, counting

TRAIN, TEST = "train", "test"
CHUNK = 256
"""Images preprocessed between two reports."""


@dataclass(frozen=True)
class Split:
    """Samples of one split.

    Args:
        inputs: float32 ``[n, …]``, preprocessed.
        targets: int32 ``[n]`` class indices, or float32 ``[n, …]``.
        raw: for images the ``uint8 [n, h, w, c]`` they come from.
        groups: int32 ``[n]``, what each shares with others, or None.
        views: for features of a base those of the mirror images too, float32 ``[v, n, …]``.
    """

    inputs: np.ndarray
    targets: np.ndarray
    raw: np.ndarray | None = None
    views: np.ndarray | None = None
    groups: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.inputs)

    def take(self, numbers: np.ndarray) -> Split:
        raw = None if self.raw is None else self.raw[numbers]
        groups = None if self.groups is None else self.groups[numbers]
        return Split(self.inputs[numbers], self.targets[numbers], raw, groups=groups)


@dataclass(frozen=True)
class Samples:
    """All splits, and what the targets are.

    ``judged`` names the split that metrics are about: the held-out one, if there is one.
    """

    splits: dict[str, Split]
    classes: tuple[str, ...]
    source: str
    tile: tuple[int, int, int] | None = None
    preprocess: Preprocess | None = None
    card: dict[str, Any] = field(default_factory=dict)

    @property
    def judged(self) -> str:
        return TEST if TEST in self.splits else TRAIN


def of_dataset(
    artifact: Path,
    model: Model,
    splits: tuple[str, ...],
    cache: Path,
    report: Report | None = None,
) -> Samples:
    """The samples of a packed dataset; preprocessed ones lie in memory maps below ``cache``."""
    manifest = read_manifest(artifact)
    tile = tuple(manifest["tile"][key] for key in ("height", "width", "channels"))
    preprocess = preprocess_of(model)
    present = [name for name in splits if name in manifest["splits"]]
    if TRAIN in splits and TRAIN not in present:
        raise DatasetError(
            f"it has no split 'train', only {', '.join(manifest['splits'])}.",
            where=f"dataset {manifest['name']!r}",
        )
    made = {name: _split(artifact, name, preprocess, cache, report) for name in present}
    return Samples(
        made,
        tuple(manifest["classes"]),
        manifest["name"],
        tile,
        preprocess,
    )


def preprocess_of(model: Model) -> Preprocess:
    """How its images are preprocessed; of several sources of weights one is chosen by now."""
    assert not isinstance(model.preprocess, BySource)
    return model.preprocess or Preprocess(Scale(1 / 255))


def _split(
    artifact: Path, name: str, preprocess: Preprocess, cache: Path, report: Report | None
) -> Split:
    packed = read_split(artifact, name)
    first = apply(preprocess, packed.images[:1])
    cache.mkdir(parents=True, exist_ok=True)
    shape = (len(packed.images), *first.shape[1:])
    inputs = np.lib.format.open_memmap(cache / f"{name}.npy", "w+", np.float32, shape)
    count = None if report is None else counting(report, len(inputs), f"{name} images preprocessed")
    for start in range(0, len(inputs), CHUNK):
        inputs[start : start + CHUNK] = apply(preprocess, packed.images[start : start + CHUNK])
        if count is not None:
            count(min(start + CHUNK, len(inputs)))
    return Split(inputs, packed.labels, packed.images, groups=packed.groups)


def of_arrays(made: Any, where: str) -> Samples:
    """The samples that a model's own function returned.

    Raises:
        ModelError: if they do not fit each other.
    """
    if not isinstance(made, Arrays):
        raise ModelError(
            f"samples() returned {type(made).__name__}, expected Arrays(inputs, targets).",
            where=where,
        )
    classes = tuple(made.classes)
    inputs = _numbers(made.inputs, np.float32, "inputs", where)
    targets = _numbers(made.targets, np.float32, "targets", where)
    if len(inputs) != len(targets) or len(inputs) == 0:
        raise ModelError(
            f"samples() returned {len(inputs)} inputs and {len(targets)} targets, expected as many "
            "of each, at least one.",
            where=where,
        )
    if not np.isfinite(inputs).all() or not np.isfinite(targets).all():
        raise ModelError("samples() returned numbers that are not finite.", where=where)
    if classes:
        targets = _labels(targets, classes, where)
    everything = Split(inputs, targets)
    if made.test is None:
        return Samples({TRAIN: everything}, classes, "samples()")
    held = np.asarray(made.test, bool)
    if len(held) != len(inputs) or held.all() or not held.any():
        raise ModelError(
            f"samples() holds out {int(held.sum())} of {len(inputs)} samples, expected some but "
            "not all.",
            where=where,
        )
    splits = {
        TRAIN: everything.take(np.flatnonzero(~held)),
        TEST: everything.take(np.flatnonzero(held)),
    }
    return Samples(splits, classes, "samples()")


def _numbers(values: Any, dtype: Any, what: str, where: str) -> np.ndarray:
    try:
        return np.asarray(values, dtype)
    except (TypeError, ValueError):
        raise ModelError(
            f"the {what} of samples() are no array of numbers, or rows of different lengths.",
            where=where,
        ) from None


def _labels(targets: np.ndarray, classes: tuple[str, ...], where: str) -> np.ndarray:
    labels = targets.astype(np.int32)
    whole = targets.ndim == 1 and bool((labels == targets).all())
    if not whole or labels.min() < 0 or labels.max() >= len(classes):
        raise ModelError(
            f"with classes, targets are their indices, 0 to {len(classes) - 1}, one a sample; "
            f"found are {list(targets.shape)} values from {targets.min():g} to {targets.max():g}.",
            where=where,
        )
    return labels


def held_numbers(
    targets: np.ndarray, part: float, seed: int, classes: int, groups: np.ndarray | None = None
) -> np.ndarray:
    """Numbers of a part of the samples, in proportion for each class, sorted; whole groups, where
    there are any: none is watched of which something is learned."""
    if groups is not None:
        kinds = targets if classes else np.zeros(len(targets), np.int32)
        return np.flatnonzero(hold_out(kinds, groups, part, seed))
    random = np.random.default_rng([seed, 11])
    kinds = targets if classes else np.zeros(len(targets), np.int32)
    held = []
    for kind in np.unique(kinds):
        members = random.permutation(np.flatnonzero(kinds == kind))
        # One at least, but never the last of its kind: it would not be learned from.
        held.append(members[: min(max(1, round(len(members) * part)), len(members) - 1)])
    return np.sort(np.concatenate(held))
