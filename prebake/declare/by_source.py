"""A value that depends on which source of a dataset is used."""

from __future__ import annotations

from typing import Any

from ..errors import DeclarationError


class BySource:
    """For each source of a model's dataset a value: ``BySource(npm=0.8, google=0.92)``.

    Thousands of drawings want other settings, and allow other expectations, than a hundred.

    Args:
        values: by the names of the dataset's sources; at least one.
    """

    def __init__(self, **values: Any) -> None:
        if not values:
            raise DeclarationError("BySource(): expected a value for at least one source.")
        self.values = values

    def __repr__(self) -> str:
        listed = ", ".join(f"{name}={value!r}" for name, value in self.values.items())
        return f"BySource({listed})"

    def of(self, source: str, otherwise: Any) -> Any:
        """The value for ``source``; ``otherwise`` if none is declared."""
        return self.values.get(source, otherwise)

    @property
    def first(self) -> Any:
        return next(iter(self.values.values()))


def values_of(declared: Any) -> list[Any]:
    """All values that a declaration may take."""
    return list(declared.values.values()) if isinstance(declared, BySource) else [declared]
