"""What a model declares: trained at build time, converted, or shipped blank."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, TypeVar

from ..errors import DeclarationError
from .base import Base
from .by_source import BySource, values_of
from .decision import Decision
from .export import Export
from .fit import Fit
from .preprocess import Preprocess
from .pretrain import Pretrain
from .schema import suggest
from .weights import FrozenGraph, SavedModel, Weights

Bound = float | tuple[float | None, float | None]
M = TypeVar("M", bound="Model")


@dataclass(frozen=True, kw_only=True)
class Model:
    """What all models declare.

    Args:
        title: the name that a reader sees.
        description: a sentence or two for the model card.
        dataset: the name of a dataset in ``datasets/``, whose classes are the model's outputs and
            whose held-out split it is judged on.
        samples: instead of a dataset, for samples that are no images: ``samples() -> Arrays``.
        preprocess: from the pixels of an image to what the model is given; the page applies the
            same. Without it pixels are divided by 255. Where the weights have several sources, it
            may be given for each (:class:`BySource`).
        export: in which form it goes to the page.
        golden: how many golden samples travel with it, 1 to 64.
        files: what its functions read, relative to the project (``["data/points.csv"]``); a change
            of one makes the model again.
    """

    title: str
    description: str = ""
    dataset: str = ""
    samples: Callable[[], Any] | None = None
    preprocess: Preprocess | BySource | None = None
    export: Export = field(default_factory=Export)
    golden: int = 16
    files: Sequence[str] = ()
    several: ClassVar[bool] = False
    """Whether its weights may have several sources, each with values of its own."""

    def __post_init__(self) -> None:
        kind = type(self).__name__
        if self.dataset and self.samples:
            raise DeclarationError(
                f"{kind} {self.title!r} names a dataset and samples as well.",
                remedy="Give one of them.",
            )
        if self.samples is not None and not callable(self.samples):
            raise DeclarationError(f"{kind}(samples={self.samples!r}): expected a function.")
        if self.samples is not None and self.preprocess is not None:
            raise DeclarationError(
                f"{kind} {self.title!r} preprocesses images, but its samples are none.",
                remedy="Scale them in samples(), or with a Normalization layer.",
            )
        _demand_kind(kind, "export", self.export, Export)
        each = values_of(self.preprocess) if self.several else [self.preprocess]
        for value in each:
            _demand_kind(kind, "preprocess", value, Preprocess)
        demand_mark(self.export.metric, "Export")
        if isinstance(self.files, str):
            raise DeclarationError(f"{kind}(files={self.files!r}): expected a list of paths.")
        object.__setattr__(self, "files", tuple(self.files))
        if not isinstance(self.golden, int) or not 1 <= self.golden <= 64:
            raise DeclarationError(f"{kind}(golden={self.golden!r}): expected 1 to 64.")


@dataclass(frozen=True, kw_only=True)
class Trained(Model):
    """A model built and fitted when the site is built.

    Args:
        build: ``build() -> keras.Model``, which imports keras itself.
        fit: how it is trained, or for each of the dataset's sources how (:class:`BySource`);
            a source that is not named there takes the first.
        pretrain: what it learns first, on other classes.
        base: an existing network whose first layers it builds upon; ``build()`` then returns
            what follows on them.
        decision: of two classes, from which probability on a sample counts as one of them.
        expect: for metrics on the held-out split the least that is accepted (``0.99``), or
            bounds ``(least, most)`` of which either may be None. A miss fails the build. With
            :class:`BySource` nothing is expected of a source that is not named.
    """

    build: Callable[[], Any]
    fit: Fit | BySource
    pretrain: Pretrain | None = None
    base: Base | None = None
    decision: Decision | None = None
    expect: Mapping[str, Bound] | BySource = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        _demand_function("Trained", "build", self.build)
        if not all(isinstance(fit, Fit) for fit in values_of(self.fit)):
            raise DeclarationError(f"Trained(fit={self.fit!r}): expected Fit(…).")
        for name, wanted in (("pretrain", Pretrain), ("base", Base), ("decision", Decision)):
            _demand_kind("Trained", name, getattr(self, name), wanted)
        if self.base is not None:
            self._check_base()
        if self.decision is not None and not all(f.validation for f in values_of(self.fit)):
            raise DeclarationError(
                f"Trained {self.title!r}: a Decision is chosen by samples that training holds "
                "back, and Fit(validation=0) holds none."
            )
        if not self.dataset and self.samples is None:
            raise DeclarationError(
                f"Trained {self.title!r} names no dataset and no samples to learn from."
            )
        _check_expected("Trained", self.expect)

    def _check_base(self) -> None:
        if self.pretrain is not None or not self.dataset:
            raise DeclarationError(
                f"Trained {self.title!r}: a Base needs a dataset, and no Pretrain beside it."
            )
        if any(fit.augment for fit in values_of(self.fit)):
            raise DeclarationError(
                f"Trained {self.title!r}: what a Base makes of the images is computed once, so "
                "that Fit(augment=…) comes too late.",
                remedy="Use Base(flips=…).",
            )

    def fit_on(self, source: str) -> Fit:
        """How it is trained on samples of that source."""
        return self.fit.of(source, self.fit.first) if isinstance(self.fit, BySource) else self.fit


@dataclass(frozen=True, kw_only=True)
class Converted(Model):
    """A model whose weights exist already.

    Args:
        weights: where they come from; of several sources (:class:`BySource`) the first is the
            default, and ``--weights NAME=SOURCE`` takes another.
        classes: the names of its outputs, if no dataset gives them.
        expect: as for :class:`Trained`; needs a dataset or samples.
    """

    weights: Weights | BySource
    classes: Sequence[str] = ()
    several: ClassVar[bool] = True
    expect: Mapping[str, Bound] | BySource = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "classes", tuple(self.classes))
        for weights in values_of(self.weights):
            self._check_weights(weights)
        if self.expect and not self.dataset and self.samples is None:
            raise DeclarationError(
                f"Converted {self.title!r} expects metrics, but names no dataset to measure on."
            )
        _check_expected("Converted", self.expect)

    @property
    def origin(self) -> Weights:
        """Where the weights come from, once one source is chosen (:func:`with_weights`)."""
        assert isinstance(self.weights, Weights)
        return self.weights

    def _check_weights(self, weights: Any) -> None:
        if not isinstance(weights, Weights):
            raise DeclarationError(
                f"Converted(weights={weights!r}): expected Application(…), KerasFile(…), "
                "SavedModel(…), FrozenGraph(…), TfjsModel(…) or TorchFile(…)."
            )
        graph = isinstance(weights, SavedModel | FrozenGraph)
        if graph and (self.export.format == "layers" or self.export.trainable):
            raise DeclarationError(
                f"Converted {self.title!r}: {weights.describe()} holds no layers, so that it "
                "can only become a graph model.",
                remedy="Use Export(format='graph').",
            )


@dataclass(frozen=True, kw_only=True)
class Blank(Model):
    """An architecture whose initial weights ship, for a page to train.

    Args:
        build: ``build() -> keras.Model``; if it compiles the model, its loss, optimizer and
            metrics ship too.
        seed: of the initial weights.
    """

    build: Callable[[], Any]
    seed: int = 0
    export: Export = field(
        default_factory=lambda: Export(format="layers", quantize="none", trainable=True)
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        _demand_function("Blank", "build", self.build)
        if not self.export.trainable:
            raise DeclarationError(
                f"Blank {self.title!r} is there to be trained in a page.",
                remedy="Use Export(trainable=True).",
            )


_BY_WEIGHTS = ("weights", "preprocess", "cut", "end", "trainable")
"""What a declaration may give for each source of weights; fit and expect go by the dataset's."""


def with_weights(model: M, source: str) -> M:
    """The declaration as it is for one source of weights.

    Args:
        source: its name; empty where the weights have one source only.
    """
    given = {each.name: getattr(model, each.name) for each in fields(model)}
    chosen = {
        name: value.of(source, value.first)
        for name, value in given.items()
        if name in _BY_WEIGHTS and isinstance(value, BySource)
    }
    return replace(model, **chosen) if chosen else model


def expected_on(model: Model, source: str) -> Mapping[str, Bound]:
    """What a model expects of itself on samples of that source."""
    expect = getattr(model, "expect", {})
    return expect.of(source, {}) if isinstance(expect, BySource) else expect


def _check_expected(kind: str, expect: Any) -> None:
    for each in values_of(expect):
        if not isinstance(each, Mapping):
            raise DeclarationError(
                f"{kind}(expect={expect!r}): expected bounds by metric, {{'accuracy': 0.9}}."
            )
        for metric, bound in each.items():
            bounds(metric, bound)


MARKS = ("accuracy", "top5", "loss", "mae")
"""What is measured: the first two for classes, the last without, the loss always."""

_ERRORS = ("mae", "mse", "rmse", "mape", "msle", "kl_divergence", "poisson", "hinge")


def smaller_is_better(metric: str) -> bool:
    """Whether a metric falls as a model gets better: losses and errors, ``val_`` or not."""
    name = metric.removeprefix("val_").lower()
    return name in _ERRORS or any(word in name for word in ("loss", "error", "entropy"))


def bounds(metric: str, bound: Any) -> tuple[float | None, float | None]:
    """The least and the most that are accepted.

    A single number is the least for a metric that grows as the model gets better, and the most
    for a loss or an error.

    Raises:
        DeclarationError: if it is neither a number nor a pair, or the metric is not measured.
    """
    demand_mark(metric, "expect")
    if isinstance(bound, int | float) and not isinstance(bound, bool):
        return (None, float(bound)) if smaller_is_better(metric) else (float(bound), None)
    pair = isinstance(bound, tuple) and len(bound) == 2
    if pair and all(x is None or isinstance(x, int | float) for x in bound):
        return bound
    raise DeclarationError(
        f"expect={{{metric!r}: {bound!r}}}: expected a number, or (least, most)."
    )


def demand_mark(metric: str, given: str) -> None:
    """``metric`` must be one that is measured, as far as can be told before there are samples.

    Raises:
        DeclarationError: suggesting near ones.
    """
    if metric not in MARKS:
        raise DeclarationError(
            f"{given} names the metric {metric!r}, which is not measured.",
            remedy=suggest(str(metric), MARKS),
        )


def _demand_kind(kind: str, name: str, value: Any, wanted: type) -> None:
    if value is not None and not isinstance(value, wanted):
        raise DeclarationError(f"{kind}({name}={value!r}): expected {wanted.__name__}(…).")


def _demand_function(kind: str, name: str, value: Any) -> None:
    if not callable(value):
        raise DeclarationError(f"{kind}({name}={value!r}): expected a function.")
