"""Checks of single values, for declarations that an author calls with Python values."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import Any

from ..errors import DeclarationError
from .schema import describe, suggest

Numbers = float | Sequence[float]
"""One number for all channels, or a list with one for each."""


def number(
    value: Any, what: str, key: str, low: float = -math.inf, high: float = math.inf
) -> float:
    """``value`` as a float.

    Args:
        what: the declaration that has the value, as an error calls it.
        key: the name of the value there.
        low: the least number allowed.
        high: the greatest.

    Raises:
        DeclarationError: if it is no finite number, or lies outside.
    """
    if not is_number(value) or not low <= value <= high:
        bounded = "" if high == math.inf else f" from {low} to {high}"
        raise wrong(what, key, value, f"a number{bounded}")
    return float(value)


def numbers(value: Any, what: str, key: str) -> Numbers:
    """Likewise one number, or a tuple with one for each channel (1 or 3)."""
    if is_number(value):
        return float(value)
    if isinstance(value, list | tuple) and len(value) in (1, 3) and all(map(is_number, value)):
        return tuple(float(each) for each in value)
    raise wrong(what, key, value, "a number, or a list of 1 or 3 numbers, one for each channel")


def listed(value: Numbers) -> Sequence[float]:
    """All numbers of what :func:`numbers` gave."""
    return (value,) if isinstance(value, float | int) else value


def whole(value: Any, what: str, key: str, low: int, high: int) -> int:
    """Likewise a whole number."""
    if not is_whole(value) or not low <= value <= high:
        raise wrong(what, key, value, f"a whole number from {low} to {high}")
    return int(value)


def choice(value: Any, what: str, key: str, known: Sequence[str]) -> None:
    """Demands that ``value`` is one of the known words."""
    if value not in known:
        raise DeclarationError(f"{what}: {key}={value!r}.", remedy=suggest(str(value), known))


def wrong(what: str, key: str, value: Any, expected: str) -> DeclarationError:
    """The error for a value of the wrong kind."""
    return DeclarationError(f"{what}: {key} is {describe(value)}, expected {expected}.")


def is_whole(value: Any) -> bool:
    """Whether it is an int, which True and False are not."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    """Whether it is a finite number; JSON cannot carry NaN or an infinity."""
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return plain and abs(value) <= sys.float_info.max
