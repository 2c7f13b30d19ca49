"""What a dataset's ``load`` returned, checked against its declaration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from ..declare.dataset import Dataset, Holdout
from ..declare.samples import Samples
from ..errors import DatasetError
from .decoded import decoded
from .order import hold_out, stratified_order
from .tile import to_tile
from .twins import NO_TWINS, Twins, find_twins, without

Report = Callable[[int, int, str], None]
"""Is told how many of how many are done, and of what."""


@dataclass(frozen=True)
class Checked:
    """Samples that fit their declaration.

    ``splits`` gives for each split the numbers of its samples in the order of packing.
    """

    images: Any
    labels: np.ndarray
    splits: dict[str, np.ndarray]
    groups: np.ndarray | None
    names: Sequence[str] | None
    tile: tuple[int, int, int]
    fit: str
    twins: Twins = NO_TWINS
    """Pairs that stood on both sides of a split, whatever was done about them."""
    torn: bool = False
    """Whether groups could not be kept whole, as a class would have been on one side only."""
    uneven: tuple[tuple[int, float], ...] = ()
    """Classes whose held-out share is not what was asked for, as whole groups do not come nearer:
    the class and its share."""

    def name(self, sample: int) -> str:
        return str(self.names[sample]) if self.names is not None else f"sample {sample}"

    @cached_property
    def group_numbers(self) -> np.ndarray | None:
        """``int [n]``: the place of each sample's group among all of them in their order."""
        if self.groups is None:
            return None
        return np.asarray(np.unique(self.groups, return_inverse=True)[1])

    def read(self, sample: int) -> np.ndarray:
        """The tile of a sample, ``uint8 [h, w, c]``."""
        return to_tile(self.images[sample], self.tile, self.fit, self.name(sample))

    def read_many(self, samples: np.ndarray) -> np.ndarray:
        """``uint8 [n, h, w, c]``, without a loop where the images are one array of tiles."""
        images = self.images
        if isinstance(images, np.ndarray) and images.dtype == np.uint8:
            shape = images.shape[1:] if images.ndim == 4 else (*images.shape[1:], 1)
            if shape == self.tile:
                return np.asarray(images[samples]).reshape(len(samples), *self.tile)
        return np.stack([self.read(int(sample)) for sample in samples])


def _nothing(done: int, total: int, unit: str) -> None:
    pass


def check(
    samples: Any,
    dataset: Dataset,
    where: str,
    *,
    cache: Path | None = None,
    report: Report = _nothing,
) -> Checked:
    """Checks lengths, labels, classes and groups, and divides what has no splits.

    Args:
        samples: what ``load`` returned.
        dataset: its declaration.
        where: what a message calls it.
        cache: a file for decoded images, so that each image file is read once.
        report: is told how far reading and comparing are.

    Raises:
        DatasetError: naming what does not fit.
    """
    if not isinstance(samples, Samples):
        raise DatasetError(
            f"load() returned {type(samples).__name__}, expected Samples.", where=where
        )
    count = len(samples.images)
    _check_lengths(samples, count, where)
    labels = _labels(samples, len(dataset.classes), where)
    empty = [n for i, n in enumerate(dataset.classes) if not (labels == i).any()]
    if empty:
        raise DatasetError(
            f"no sample belongs to {', '.join(empty)}.",
            where=where,
            remedy="Check the labels, or take the class out of the Dataset.",
        )
    groups = None if samples.group is None else np.asarray(samples.group).astype(str)
    parts = _parts(samples, labels, groups, dataset.holdout)
    torn = groups is not None and samples.split is None and not _everywhere(parts, labels)
    if torn:
        groups = None
        parts = _parts(samples, labels, None, dataset.holdout)
    if groups is not None:
        _check_groups(parts, groups, where)
    divided = groups is not None and samples.split is None
    uneven = _uneven(parts, labels, dataset) if divided else ()
    splits = {}
    for split in sorted(set(parts.tolist()), key=_train_first):
        members = np.flatnonzero(parts == split)
        splits[str(split)] = members[stratified_order(labels[members], dataset.seed)]
    checked = Checked(
        samples.images,
        labels,
        splits,
        groups,
        samples.names,
        dataset.tile,
        dataset.fit,
        torn=torn,
        uneven=uneven,
    )
    if cache is not None:
        checked = replace(checked, images=decoded(checked, cache, report))
    return _apart(checked, dataset, where, report)


def _apart(checked: Checked, dataset: Dataset, where: str, report: Report) -> Checked:
    """What the declaration says about samples that stand on both sides of a split."""
    twins = find_twins(checked.splits, checked.read_many, dataset.likeness, report)
    if not len(twins) or dataset.duplicates == "warn":
        return replace(checked, twins=twins)
    if dataset.duplicates == "refuse":
        first = int(np.argmax(twins.likeness))
        raise DatasetError(
            f"{len(np.unique(twins.learned))} samples to learn from {_spell(twins)} held-out ones; "
            f"the first is {checked.name(int(twins.learned[first]))}, which goes with "
            f"{checked.name(int(twins.held[first]))}.",
            where=where,
            remedy="Remove them, give them the same group, or set duplicates='drop' or 'move'.",
        )
    if dataset.duplicates == "drop":
        splits = without(checked.splits, np.unique(twins.learned))
    else:
        splits = _moved(checked, twins, dataset.seed)
    _demand_left(checked, splits, dataset, where)
    apart = replace(checked, splits=splits, twins=twins)
    if dataset.duplicates == "drop":
        return apart
    # What was moved may have twins of its own among those that were not.
    again = _apart(apart, dataset, where, report)
    return replace(again, twins=twins.and_more(again.twins))


def _spell(twins: Twins) -> str:
    return "equal" if (twins.likeness == 1).all() else "equal, or nearly equal,"


def _moved(checked: Checked, twins: Twins, seed: int) -> dict[str, np.ndarray]:
    """The splits with each held-out twin, and its whole group, where the other is."""
    splits = dict(checked.splits)
    for name in splits:
        mine = np.unique(twins.held[np.isin(twins.learned, splits[name])])
        if checked.groups is not None:
            mine = np.flatnonzero(np.isin(checked.groups, checked.groups[mine]))
        mine = np.setdiff1d(mine, splits[name])
        if mine.size:
            splits = without(splits, mine)
            members = np.sort(np.concatenate([splits[name], mine]))
            splits[name] = members[stratified_order(checked.labels[members], seed)]
    return splits


def _demand_left(
    checked: Checked, splits: dict[str, np.ndarray], dataset: Dataset, where: str
) -> None:
    kept = np.concatenate(list(splits.values()))
    lost = np.setdiff1d(np.arange(len(dataset.classes)), checked.labels[kept])
    empty = [name for name, members in splits.items() if not len(members)]
    if lost.size or empty:
        name = f"the split {empty[0]}" if empty else f"the class {dataset.classes[int(lost[0])]}"
        raise DatasetError(
            f"without duplicates nothing is left of {name}.",
            where=where,
            remedy="Get other samples, or set duplicates='warn'.",
        )


def _check_lengths(samples: Samples, count: int, where: str) -> None:
    if count == 0:
        raise DatasetError("there are no samples.", where=where)
    for name in ("labels", "split", "group", "names"):
        value = getattr(samples, name)
        if value is not None and len(value) != count:
            raise DatasetError(
                f"there are {count} images but {len(value)} {name}.",
                where=where,
                remedy="Samples needs one for each image.",
            )


def _labels(samples: Samples, classes: int, where: str) -> np.ndarray:
    labels = np.asarray(samples.labels)
    if labels.dtype.kind not in "iu" or labels.ndim != 1:
        raise DatasetError(
            f"labels are {labels.dtype} {list(labels.shape)}, expected whole numbers [n].",
            where=where,
        )
    outside = labels[(labels < 0) | (labels >= classes)]
    if outside.size:
        raise DatasetError(
            f"a label is {outside[0]}, expected 0 to {classes - 1} for {classes} classes.",
            where=where,
        )
    return labels.astype(np.int64)


def _parts(
    samples: Samples, labels: np.ndarray, groups: np.ndarray | None, holdout: Holdout
) -> np.ndarray:
    if samples.split is not None:
        return np.asarray(samples.split).astype(str)
    held = hold_out(labels, groups, holdout.test, holdout.seed)
    return np.where(held, "test", "train")


MOST_OFF = 0.05
"""How far a held-out share may be from what was asked for, before it is said."""


def _uneven(
    parts: np.ndarray, labels: np.ndarray, dataset: Dataset
) -> tuple[tuple[int, float], ...]:
    shares = (
        (label, float((parts[labels == label] == "test").mean())) for label in np.unique(labels)
    )
    asked = dataset.holdout.test
    return tuple((int(label), share) for label, share in shares if abs(share - asked) > MOST_OFF)


def _everywhere(parts: np.ndarray, labels: np.ndarray) -> bool:
    """Whether every class that there is, is in every split."""
    return all(np.isin(labels, labels[parts == part]).all() for part in ("train", "test"))


def _check_groups(parts: np.ndarray, groups: np.ndarray, where: str) -> None:
    pairs = sorted(set(zip(groups.tolist(), parts.tolist(), strict=True)))
    for (group, split), (next_group, next_split) in pairwise(pairs):
        if group == next_group:
            raise DatasetError(
                f"the group {group!r} is in {split} and in {next_split}: a model could "
                "recognise the group in place of the class.",
                where=where,
                remedy="Move it to one side in load(), or leave the split to prebake.",
            )


def _train_first(split: str) -> tuple[int, str]:
    order = {"train": 0, "validation": 1, "test": 2}
    return order.get(split, 3), split
