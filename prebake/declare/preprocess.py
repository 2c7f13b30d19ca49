"""How images become what a model takes: a list of operations, declared once.

:mod:`prebake.data.preprocess` carries it out for training and ``site/runtime/preprocess.js`` in
the browser, both from the same JSON and in float64.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from ..errors import DeclarationError
from .operations import OPERATIONS, Known, Operation
from .schema import describe, suggest
from .values import choice, is_whole, number, wrong

Layout = Literal["hwc", "chw"]


@dataclass(frozen=True, init=False)
class Preprocess:
    """Operations in the order in which they are done.

    Images are uint8 with 1 (grey), 3 (RGB) or 4 channels (RGBA). Transparency is laid over the
    background before the first operation, unrounded.

    Args:
        operations: for instance ``Grey(), Resize(28, 28), Scale(1 / 255)``.
        layout: of one image of the result, ``hwc`` (TensorFlow) or ``chw`` (PyTorch).
        background: grey value under transparent pixels, 0 to 255.

    Raises:
        DeclarationError: if an operation cannot follow on those before it.
    """

    operations: tuple[Operation, ...]
    layout: Layout
    background: float

    def __init__(
        self, *operations: Operation, layout: Layout = "hwc", background: float = 255
    ) -> None:
        for operation in operations:
            _demand_operation(operation)
        choice(layout, "Preprocess", "layout", ("hwc", "chw"))
        background = number(background, "Preprocess", "background", 0, 255)
        object.__setattr__(self, "operations", operations)
        object.__setattr__(self, "layout", layout)
        object.__setattr__(self, "background", background)
        self.after(Known())

    def after(self, known: Known) -> Known:
        """What is known of the result, before its axes are put into the layout.

        Raises:
            DeclarationError: if an operation does not fit the image.
        """
        for operation in self.operations:
            known = operation.after(known)
        return known

    def output_shape(self, tile: tuple[int, int, int]) -> tuple[int, int, int]:
        """The shape of one image of the result, in the declared layout.

        Args:
            tile: height, width and channels (1, 3 or 4) of the images given.

        Raises:
            DeclarationError: if the size depends on the picture, or an operation does not fit.
        """
        known = self.after(_known_of(tile))
        if known.height is None or known.width is None or known.channels is None:
            raise DeclarationError(
                "Preprocess: the size of the result depends on the picture.",
                remedy="Put Resize(height, width) after CropToInk().",
            )
        if self.layout == "chw":
            return known.channels, known.height, known.width
        return known.height, known.width, known.channels

    def to_json(self) -> dict[str, Any]:
        """JSON values from which :meth:`from_json` and the browser make the same again."""
        return {
            "layout": self.layout,
            "background": self.background,
            "operations": [operation.to_json() for operation in self.operations],
        }

    @classmethod
    def from_json(cls, values: Any) -> Preprocess:
        """The reverse of :meth:`to_json`.

        Raises:
            DeclarationError: naming the key that is missing, unknown or has a wrong value.
        """
        _demand_keys(values, ("layout", "background", "operations"), "Preprocess")
        if not isinstance(values["operations"], list):
            raise wrong("Preprocess", "operations", values["operations"], "a list")
        operations = [_operation(each) for each in values["operations"]]
        return cls(*operations, layout=values["layout"], background=values["background"])


def _operation(values: Any) -> Operation:
    name = values.get("name") if isinstance(values, Mapping) else None
    kind = OPERATIONS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise DeclarationError(
            f"Preprocess has no operation {name!r}.", remedy=suggest(str(name), OPERATIONS)
        )
    keys = [field.name for field in fields(kind)]
    _demand_keys(values, ("name", *keys), kind.__name__)
    return kind(**{key: values[key] for key in keys})


def _known_of(tile: Any) -> Known:
    whole = isinstance(tile, tuple) and len(tile) == 3 and all(is_whole(x) for x in tile)
    if not whole or min(tile) < 1 or tile[2] not in (1, 3, 4):
        raise DeclarationError(
            f"tile={tile!r}: expected (height, width, channels) with sides of at least 1 px and "
            "1 (grey), 3 (RGB) or 4 channels (RGBA)."
        )
    return Known(tile[0], tile[1], 3 if tile[2] == 4 else tile[2])


def _demand_operation(operation: Any) -> None:
    if type(operation) not in OPERATIONS.values():
        kinds = ", ".join(f"{kind.__name__}(…)" for kind in OPERATIONS.values())
        raise DeclarationError(
            f"Preprocess: {operation!r} is no operation.", remedy=f"Operations are {kinds}."
        )


def _demand_keys(values: Any, expected: Collection[str], what: str) -> None:
    if not isinstance(values, Mapping) or set(values) != set(expected):
        found = ", ".join(map(str, values)) if isinstance(values, Mapping) else describe(values)
        raise DeclarationError(
            f"{what}: expected the keys {', '.join(expected)}; found {found or 'none'}.",
            remedy="Write it with Preprocess(…).to_json().",
        )
