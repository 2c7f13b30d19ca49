"""A network that others trained, to build upon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from ..errors import DeclarationError
from .fit import Flip
from .schema import suggest
from .weights import FrozenGraph, SavedModel, Weights

Quantize = Literal["none", "float16", "uint16", "uint8"]


@dataclass(frozen=True)
class Base:
    """The first layers of a network whose weights exist; they are not trained.

    What they make of the samples is computed once, in a step of its own, and trained on from
    there: a change of what follows, or of how it is trained, does not repeat it. The page gets
    both as one model.

    Args:
        weights: where the network comes from; one of those with layers.
        cut: the name of the layer whose output ``build()`` goes on from.
        flips: which mirror images of the samples to learn from are computed too: each epoch
            learns from one of them, at random.
        quantize: how its weights are stored, as in ``Export``: what follows is trained on what
            they make of the samples when they are stored so, and makes up for most of the loss.
    """

    weights: Weights
    cut: str
    flips: Flip = ""
    quantize: Quantize = "none"

    def __post_init__(self) -> None:
        layers = isinstance(self.weights, Weights)
        if not layers or isinstance(self.weights, SavedModel | FrozenGraph):
            raise DeclarationError(
                f"Base(weights={self.weights!r}): expected Application(…), KerasFile(…), "
                "TorchFile(…) or TfjsModel(…)."
            )
        if not isinstance(self.cut, str) or not self.cut:
            raise DeclarationError(f"Base(cut={self.cut!r}): expected the name of a layer.")
        if self.flips not in get_args(Flip):
            raise DeclarationError(
                f"Base(flips={self.flips!r}).",
                remedy=suggest(str(self.flips), [flip for flip in get_args(Flip) if flip]),
            )

        if self.quantize not in get_args(Quantize):
            raise DeclarationError(
                f"Base(quantize={self.quantize!r}).",
                remedy=suggest(str(self.quantize), get_args(Quantize)),
            )

    @property
    def views(self) -> tuple[tuple[bool, bool], ...]:
        """The mirror images, the plain one first: whether it is upside down, and left to right."""
        down = (False, True) if self.flips in ("vertical", "both") else (False,)
        across = (False, True) if self.flips in ("horizontal", "both") else (False,)
        return tuple((d, a) for d in down for a in across)
