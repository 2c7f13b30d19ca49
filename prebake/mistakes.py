"""Many mistakes of one kind as one message."""

from __future__ import annotations

from collections.abc import Sequence

MOST = 20
"""How many are listed by name."""


def listed(mistakes: Sequence[str]) -> str:
    """The first mistakes, and how many more there are."""
    more = len(mistakes) - MOST
    return "; ".join(mistakes[:MOST]) + (f"; and {more:,} more" if more > 0 else "")
