"""How a model is trained."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ..errors import DeclarationError
from .schema import suggest

OPTIMIZERS = ("adam", "sgd", "rmsprop", "adamw")
Flip = Literal["", "horizontal", "vertical", "both"]


@dataclass(frozen=True)
class Augment:
    """Random changes to training images, drawn anew for every image of every epoch.

    Args:
        shift: up to this part of the side, in both directions, 0 to 1.
        rotate: up to this many degrees to either side, 0 to 180.
        zoom: by a factor between 1 - zoom and 1 + zoom, 0 to less than 1.
        flip: ``horizontal``, ``vertical``, ``both`` or nothing.
        stroke: bright lines on dark become thicker or thinner by up to this part of a pixel on
            each side, 0 to 1.
        contrast: the distance of every value from the image's mean is multiplied by a factor
            between 1 / (1 + contrast) and 1 + contrast, 0 or more.
        brightness: up to this much, after preprocessing, is added or taken away.
        fill: the value, after preprocessing, of what comes in from outside.
    """

    shift: float = 0.0
    rotate: float = 0.0
    zoom: float = 0.0
    flip: Flip = ""
    stroke: float = 0.0
    contrast: float = 0.0
    brightness: float = 0.0
    fill: float = 0.0

    def __post_init__(self) -> None:
        _demand(0 <= self.shift <= 1, f"Augment(shift={self.shift})", "a part between 0 and 1")
        _demand(0 <= self.rotate <= 180, f"Augment(rotate={self.rotate})", "degrees, 0 to 180")
        _demand(0 <= self.zoom < 1, f"Augment(zoom={self.zoom})", "a part from 0 to below 1")
        _demand(0 <= self.stroke <= 1, f"Augment(stroke={self.stroke})", "a part between 0 and 1")
        for name in ("contrast", "brightness"):
            value = getattr(self, name)
            _demand(0 <= value < math.inf, f"Augment({name}={value})", "0 or more")
        if self.flip not in ("", "horizontal", "vertical", "both"):
            raise DeclarationError(
                f"Augment(flip={self.flip!r}).",
                remedy=suggest(str(self.flip), ["horizontal", "vertical", "both"]),
            )


@dataclass(frozen=True)
class Cosine:
    """A learning rate that rises over ``warmup`` epochs and falls to ``floor`` times itself along
    half a cosine (Loshchilov and Hutter, "SGDR", 2017)."""

    warmup: float = 0.0
    floor: float = 0.0

    def __post_init__(self) -> None:
        _demand(self.warmup >= 0, f"Cosine(warmup={self.warmup})", "a number of epochs")
        _demand(0 <= self.floor <= 1, f"Cosine(floor={self.floor})", "a part between 0 and 1")


@dataclass(frozen=True)
class Steps:
    """A learning rate multiplied by ``factor`` after each of the named epochs."""

    after: Sequence[int] = ()
    factor: float = 0.1

    def __post_init__(self) -> None:
        object.__setattr__(self, "after", tuple(self.after))
        whole = all(isinstance(epoch, int) and epoch > 0 for epoch in self.after)
        _demand(whole, f"Steps(after={self.after})", "a list of epochs, counted from 1")
        _demand(0 < self.factor < 1, f"Steps(factor={self.factor})", "a part between 0 and 1")


@dataclass(frozen=True)
class EarlyStopping:
    """Stops when ``metric`` has not improved for ``patience`` epochs; the weights of the best
    epoch are kept."""

    metric: str = "val_loss"
    patience: int = 3

    def __post_init__(self) -> None:
        _demand(self.patience >= 1, f"EarlyStopping(patience={self.patience})", "1 or more")


@dataclass(frozen=True)
class Fit:
    """How a model is trained.

    Args:
        epochs: passes over the training split.
        batch_size: samples for each step.
        seed: of the initial weights, the order, the augmentation and dropout.
        optimizer: ``adam``, ``adamw``, ``sgd`` or ``rmsprop``.
        learning_rate: of the optimizer, before the schedule.
        loss: a name that Keras knows; ``auto`` takes the cross-entropy that fits the last
            layer, or the mean squared error for samples without classes.
        label_smoothing: the part of each target that is spread over all classes, 0 to below 1;
            for the cross-entropy that ``auto`` takes.
        metrics: names that Keras knows, beside the loss.
        validation: the part of the training split that is held back to watch the training, 0
            to below 1.
        class_weights: ``balanced``, or a weight for each class by its name.
        augment: random changes to the training images.
        schedule: how the learning rate changes; constant without one.
        stop: when to stop early.
    """

    epochs: int
    batch_size: int = 32
    seed: int = 0
    optimizer: str = "adam"
    learning_rate: float = 0.001
    loss: str = "auto"
    label_smoothing: float = 0.0
    metrics: Sequence[str] = ("accuracy",)
    validation: float = 0.1
    class_weights: Literal["balanced"] | Mapping[str, float] | None = None
    augment: Augment | None = None
    schedule: Cosine | Steps | None = None
    stop: EarlyStopping | None = None

    def __post_init__(self) -> None:
        listed = not isinstance(self.metrics, str) and all(isinstance(m, str) for m in self.metrics)
        _demand(listed, f"Fit(metrics={self.metrics!r})", "a list of names")
        object.__setattr__(self, "metrics", tuple(self.metrics))
        for name in ("epochs", "batch_size"):
            value = getattr(self, name)
            whole = isinstance(value, int) and not isinstance(value, bool)
            _demand(whole and value >= 1, f"Fit({name}={value!r})", "1 or more")
        for name in ("learning_rate", "validation", "label_smoothing"):
            value = getattr(self, name)
            _demand(isinstance(value, int | float), f"Fit({name}={value!r})", "a number")
        _demand(isinstance(self.seed, int), f"Fit(seed={self.seed!r})", "a whole number")
        _demand(self.learning_rate > 0, f"Fit(learning_rate={self.learning_rate})", "more than 0")
        _demand(0 <= self.validation < 1, f"Fit(validation={self.validation})", "0 to below 1")
        part = 0 <= self.label_smoothing < 1
        _demand(part, f"Fit(label_smoothing={self.label_smoothing})", "0 to below 1")
        if self.label_smoothing and self.loss != "auto":
            raise DeclarationError(
                f"Fit(loss={self.loss!r}, label_smoothing={self.label_smoothing}): only the "
                "cross-entropy of loss='auto' is smoothed."
            )
        if self.optimizer not in OPTIMIZERS:
            raise DeclarationError(
                f"Fit(optimizer={self.optimizer!r}).",
                remedy=suggest(str(self.optimizer), OPTIMIZERS),
            )
        self._check_kinds()
        if self.stop and self.stop.metric.startswith("val_") and self.validation == 0:
            raise DeclarationError(
                f"EarlyStopping watches {self.stop.metric!r}, but Fit(validation=0) holds nothing "
                "back.",
                remedy="Set validation, or watch a metric of the training.",
            )

    def _check_kinds(self) -> None:
        kinds: dict[str, tuple[type, ...]] = {
            "augment": (Augment,),
            "schedule": (Cosine, Steps),
            "stop": (EarlyStopping,),
        }
        for name, allowed in kinds.items():
            value = getattr(self, name)
            listed = " or ".join(f"{kind.__name__}(…)" for kind in allowed)
            _demand(value is None or isinstance(value, allowed), f"Fit({name}={value!r})", listed)
        weights = self.class_weights
        fits = weights is None or weights == "balanced" or isinstance(weights, Mapping)
        _demand(fits, f"Fit(class_weights={weights!r})", "'balanced' or a weight for each class")
        if isinstance(weights, Mapping):
            numbers = all(isinstance(value, int | float) for value in weights.values())
            _demand(numbers, f"Fit(class_weights={weights!r})", "a number for each class")


def _demand(holds: Any, given: str, expected: str) -> None:
    if not holds:
        raise DeclarationError(f"{given}: expected {expected}.")
