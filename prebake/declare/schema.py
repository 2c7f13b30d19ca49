"""Turning an untrusted mapping into a typed declaration, once, at the edge.

A declaration is a frozen dataclass whose fields are made by :func:`key`; its annotations
are the types and its help texts the documentation.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any, TypeVar

from ..errors import DeclarationError

T = TypeVar("T")
Place = Callable[[str], str]
"""From the name of a key to where the author wrote it (``site/mnist/index.md:3``)."""


def key(help: str, *, default: Any = dataclasses.MISSING) -> Any:
    """A field of a declaration: a sentence of help, and a default unless it is required."""
    if default is dict:
        return dataclasses.field(default_factory=dict, metadata={"help": help})
    return dataclasses.field(default=default, metadata={"help": help})


@cache
def _hints(declaration: type) -> dict[str, Any]:
    """Read once for a class: a site has many pages."""
    return typing.get_type_hints(declaration)


def typed(declaration: type[T], values: Mapping[str, Any], place: Place, noun: str) -> T:
    """Builds ``declaration`` from ``values``.

    Raises:
        DeclarationError: for an unknown key (with the nearest known one), a wrong type or a
            missing required key.
    """
    fields = {f.name: f for f in dataclasses.fields(declaration)}  # type: ignore[arg-type]
    hints = _hints(declaration)  # type: ignore[arg-type]
    for name in values:
        if name not in fields:
            raise DeclarationError(
                f"{noun} has no key {name!r}.", where=place(name), remedy=suggest(name, fields)
            )
    arguments: dict[str, Any] = {}
    for name, field in fields.items():
        if name in values:
            arguments[name] = _coerce(values[name], hints[name], name, place(name), noun)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise DeclarationError(
                f"{noun} needs the key {name!r}: {field.metadata['help']}",
                where=place(name),
                remedy=f"Add a line '{name}: …'.",
            )
    return declaration(**arguments)


def suggest(name: str, known: Iterable[str]) -> str:
    """The remedy for a misspelt name: the nearest known one, or all of them."""
    known = list(known)
    near = get_close_matches(str(name), known, n=1, cutoff=0.6)
    if near:
        return f"Did you mean {near[0]!r}?"
    listed = ", ".join(known) or "none yet"
    return f"Known are: {listed}."


def _coerce(value: Any, hint: Any, name: str, where: str, noun: str) -> Any:
    if not _fits(value, hint):
        raise DeclarationError(
            f"{noun}: {name!r} is {describe(value)}, expected {_spell(hint)}.",
            where=where,
            remedy=f"Write {name} as {_spell(hint)}.",
        )
    if typing.get_origin(hint) is tuple:
        return tuple(value)
    if hint is float:
        return float(value)
    return value


def _fits(value: Any, hint: Any) -> bool:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is types.UnionType or origin is typing.Union:
        return any(_fits(value, each) for each in arguments)
    if origin is tuple:
        return isinstance(value, list | tuple) and all(_fits(v, arguments[0]) for v in value)
    if origin is dict:
        return isinstance(value, dict) and all(
            isinstance(k, arguments[0]) and _fits(v, arguments[1]) for k, v in value.items()
        )
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, hint)


_WORDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


def describe(value: Any) -> str:
    """A value as an error message shows it."""
    word = _WORDS.get(type(value), "a list" if isinstance(value, list) else type(value).__name__)
    return f"{value!r} ({word})"


def _spell(hint: Any) -> str:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is types.UnionType or origin is typing.Union:
        return " or ".join(_spell(each) for each in arguments if each is not type(None))
    if origin is tuple:
        return f"a list of {_plural(arguments[0])}, such as [a, b]"
    if origin is dict:
        return "a table of names and values"
    return _WORDS.get(hint, hint.__name__)


def _plural(hint: Any) -> str:
    return {str: "names", int: "whole numbers", float: "numbers"}.get(hint, "values")
