"""The operations of a :class:`~prebake.declare.preprocess.Preprocess`.

What an operation means is written here; :mod:`prebake.data.operations` and
``site/runtime/operations.js`` carry it out. Pixels are 0 to 255 until the first
:class:`Scale`, :class:`Offset` or :class:`Normalise`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Literal

from ..errors import DeclarationError
from .values import Numbers, choice, listed, number, numbers, whole, wrong

Method = Literal["area", "bilinear"]
ResizeFit = Literal["stretch", "contain", "cover"]
MAX_SIDE = 4096
"""Pixels, as for the tiles of a dataset."""


@dataclass(frozen=True)
class Known:
    """What is known of an image before it is there; ``None`` is unknown.

    Args:
        height: px.
        width: px.
        channels: 1 or 3.
        pixels: whether values are still on the scale 0..255.
    """

    height: int | None = None
    width: int | None = None
    channels: int | None = None
    pixels: bool = True


@dataclass(frozen=True)
class Operation:
    """What all operations have."""

    name: ClassVar[str] = ""

    def after(self, known: Known) -> Known:
        """What is known once the operation is done.

        Raises:
            DeclarationError: if the operation cannot follow on what is known.
        """
        return known

    def to_json(self) -> dict[str, Any]:
        """The name and the values, as JSON values."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        lists = {name: list(v) if isinstance(v, tuple) else v for name, v in values.items()}
        return {"name": self.name, **lists}

    def _set(self, **values: Any) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)


@dataclass(frozen=True)
class CropToInk(Operation):
    """Cuts to the smallest rectangle that holds all ink; without ink the image stays whole.

    Ink is a pixel whose grey value (as of :class:`Grey`) differs from the paper by more than
    the threshold; differences under a millionth are rounding, not ink.

    Args:
        threshold: 0 to 255.
        margin: px kept around the ink where the image has them.
        paper: the paper's grey value, 0 black to 255 white.
    """

    threshold: float = 0.0
    margin: int = 0
    paper: int = 0

    name: ClassVar[str] = "crop_to_ink"

    def __post_init__(self) -> None:
        threshold = number(self.threshold, "CropToInk", "threshold", 0, 255)
        margin = whole(self.margin, "CropToInk", "margin", 0, MAX_SIDE)
        paper = whole(self.paper, "CropToInk", "paper", 0, 255)
        self._set(threshold=threshold, margin=margin, paper=paper)

    def after(self, known: Known) -> Known:
        _demand_pixels(self, known)
        return replace(known, height=None, width=None)


@dataclass(frozen=True)
class PadToSquare(Operation):
    """Pads equally on both sides to a square (an odd pixel goes right or down), then all around.

    Args:
        value: of the new pixels, on the scale that the image has at this point.
        margin: the frame's width as a part of the square's side, 0 to 1, rounded half up to px.
    """

    value: float = 0.0
    margin: float = 0.0

    name: ClassVar[str] = "pad_to_square"

    def __post_init__(self) -> None:
        value = number(self.value, "PadToSquare", "value")
        self._set(value=value, margin=number(self.margin, "PadToSquare", "margin", 0, 1))

    def after(self, known: Known) -> Known:
        _demand_fill(self, self.value, known)
        if known.height is None or known.width is None:
            return known
        side = self.side(known.height, known.width)
        return replace(known, height=side, width=side)

    def side(self, height: int, width: int) -> int:
        """Height and width of the result, px."""
        side = max(height, width)
        return side + 2 * math.floor(self.margin * side + 0.5)


@dataclass(frozen=True)
class Resize(Operation):
    """Shrinks or enlarges to a given size.

    Args:
        height: px, 1 to 4096.
        width: px, 1 to 4096.
        method: ``area``: each new pixel is the mean of the area it covers, parts of pixels
            included, in both directions. ``bilinear``: between the four nearest pixels,
            measured from pixel centres, edges repeated, not smoothed before shrinking, as
            ``tf.image.resizeBilinear(alignCorners=false, halfPixelCenters=true)`` and
            ``tf.image.resize(antialias=False)`` do.
        fit: ``stretch`` distorts; ``contain`` keeps the proportions, centres and fills;
            ``cover`` keeps them and crops the centre. The side that gives way is rounded half
            up, to at least 1 px; an odd pixel is filled or cropped right or down.
        value: of filled pixels, on the scale that the image has at this point.
    """

    height: int
    width: int
    method: Method = "area"
    fit: ResizeFit = "stretch"
    value: float = 0.0

    name: ClassVar[str] = "resize"

    def __post_init__(self) -> None:
        whole(self.height, "Resize", "height", 1, MAX_SIDE)
        whole(self.width, "Resize", "width", 1, MAX_SIDE)
        choice(self.method, "Resize", "method", ("area", "bilinear"))
        choice(self.fit, "Resize", "fit", ("stretch", "contain", "cover"))
        self._set(value=number(self.value, "Resize", "value"))

    def after(self, known: Known) -> Known:
        _demand_fill(self, self.value, known)
        return replace(known, height=self.height, width=self.width)


@dataclass(frozen=True)
class Grey(Operation):
    """RGB to one channel, 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), unrounded; grey stays."""

    name: ClassVar[str] = "grey"

    def after(self, known: Known) -> Known:
        return replace(known, channels=1)


@dataclass(frozen=True)
class Rgb(Operation):
    """Grey to three equal channels; RGB stays."""

    name: ClassVar[str] = "rgb"

    def after(self, known: Known) -> Known:
        return replace(known, channels=3)


@dataclass(frozen=True)
class Invert(Operation):
    """``255 - x``."""

    name: ClassVar[str] = "invert"

    def after(self, known: Known) -> Known:
        _demand_pixels(self, known)
        return known


@dataclass(frozen=True)
class Scale(Operation):
    """``x * factor``.

    Args:
        factor: a number other than 0, or a list with one for each channel.
    """

    factor: Numbers

    name: ClassVar[str] = "scale"

    def __post_init__(self) -> None:
        factor = numbers(self.factor, "Scale", "factor")
        if 0 in listed(factor):
            raise DeclarationError(
                "Scale: factor is 0, which leaves nothing of an image.",
                remedy="Write Scale(1 / 255) for values from 0 to 1.",
            )
        self._set(factor=factor)

    def after(self, known: Known) -> Known:
        return _after_arithmetic(self, [self.factor], known)


@dataclass(frozen=True)
class Offset(Operation):
    """``x + value``.

    Args:
        value: a number, or a list with one for each channel.
    """

    value: Numbers

    name: ClassVar[str] = "offset"

    def __post_init__(self) -> None:
        self._set(value=numbers(self.value, "Offset", "value"))

    def after(self, known: Known) -> Known:
        return _after_arithmetic(self, [self.value], known)


@dataclass(frozen=True)
class Normalise(Operation):
    """``(x - mean) / deviation``.

    Args:
        mean: a number, or a list with one for each channel.
        deviation: likewise, above 0.
    """

    mean: Numbers
    deviation: Numbers

    name: ClassVar[str] = "normalise"

    def __post_init__(self) -> None:
        mean = numbers(self.mean, "Normalise", "mean")
        deviation = numbers(self.deviation, "Normalise", "deviation")
        if min(listed(deviation)) <= 0:
            raise DeclarationError(
                f"Normalise: deviation is {self.deviation!r}, expected numbers above 0.",
                remedy="Leave out a channel that never varies, or give it the deviation 1.",
            )
        self._set(mean=mean, deviation=deviation)

    def after(self, known: Known) -> Known:
        return _after_arithmetic(self, [self.mean, self.deviation], known)


OPERATIONS: dict[str, type[Operation]] = {
    kind.name: kind
    for kind in (CropToInk, PadToSquare, Resize, Grey, Rgb, Invert, Scale, Offset, Normalise)
}


def _after_arithmetic(operation: Operation, values: list[Numbers], known: Known) -> Known:
    for value in values:
        if not isinstance(value, tuple):
            continue
        if known.channels not in (None, len(value)):
            raise DeclarationError(
                f"{type(operation).__name__} has {len(value)} numbers for the channels of an "
                f"image that has {known.channels}.",
                remedy="Give one number for all channels, or put Grey() or Rgb() before it.",
            )
        known = replace(known, channels=len(value))
    return replace(known, pixels=False)


def _demand_pixels(operation: Operation, known: Known) -> None:
    if not known.pixels:
        kind = type(operation).__name__
        raise DeclarationError(
            f"{kind} works on pixels from 0 to 255, which the operations before it changed.",
            remedy=f"Put {kind} before Scale, Offset and Normalise.",
        )


def _demand_fill(operation: Operation, value: float, known: Known) -> None:
    if known.pixels and not 0 <= value <= 255:
        raise wrong(type(operation).__name__, "value", value, "a pixel from 0 to 255")
