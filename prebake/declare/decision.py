"""From which probability on a sample counts as what one looks for."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import DeclarationError


@dataclass(frozen=True)
class Decision:
    """The rule that turns probabilities of two classes into verdicts.

    The threshold is the highest at which the samples that training held back to watch reach
    ``recall``; it ships in the manifest, with the probabilities of the held-out split, so that a
    page can show what another threshold would do.

    Args:
        positive: the class that one looks for: what must not be missed.
        recall: the part of it that must be found, above 0 to 1.
    """

    positive: str
    recall: float = 0.99

    def __post_init__(self) -> None:
        if not isinstance(self.positive, str) or not self.positive:
            raise DeclarationError(
                f"Decision(positive={self.positive!r}): expected the name of a class."
            )
        number = isinstance(self.recall, int | float) and not isinstance(self.recall, bool)
        if not number or not 0 < self.recall <= 1:
            raise DeclarationError(
                f"Decision(recall={self.recall!r}): expected a part, above 0 to 1."
            )
