"""The names of classes."""

from __future__ import annotations

from typing import Any

from ..errors import DeclarationError


def check_classes(classes: Any) -> None:
    """Two names or more, each once.

    Raises:
        DeclarationError: saying what was found.
    """
    if isinstance(classes, str) or not all(isinstance(name, str) and name for name in classes):
        raise DeclarationError(f"classes={classes!r}: expected a list of names.")
    if len(classes) < 2:
        raise DeclarationError(f"classes={classes!r}: expected at least two classes.")
    twice = sorted({name for name in classes if list(classes).count(name) > 1})
    if twice:
        raise DeclarationError(f"classes name {', '.join(twice)} more than once.")
