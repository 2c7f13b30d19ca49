"""What a network learns before what it is for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..errors import DeclarationError
from .fit import Fit
from .preprocess import Preprocess


@dataclass(frozen=True)
class Pretrain:
    """A first training, on classes that the model does not answer with.

    The network that ``build()`` returns is given another last layer with a unit for each of
    those classes, and trained; then its own last layer is put back, and ``Trained.fit`` goes on
    from the features that were learned. It is a step of its own: a change of what follows does
    not repeat it.

    Args:
        dataset: the name of a dataset in ``datasets/``, whose split ``train`` is learned from.
            Nothing of the split that the model is judged on may be in it.
        fit: how it is trained.
        build: a network for samples of another size, if they are: the same layers with the same
            weights as ``Trained.build()``.
        preprocess: from their pixels to what that network is given, if it is another.
    """

    dataset: str
    fit: Fit
    build: Callable[[], Any] | None = None
    preprocess: Preprocess | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.dataset, str) or not self.dataset:
            raise DeclarationError(
                f"Pretrain(dataset={self.dataset!r}): expected the name of a dataset."
            )
        if not isinstance(self.fit, Fit):
            raise DeclarationError(f"Pretrain(fit={self.fit!r}): expected Fit(…).")
        if self.build is not None and not callable(self.build):
            raise DeclarationError(f"Pretrain(build={self.build!r}): expected a function.")
        if self.preprocess is not None and not isinstance(self.preprocess, Preprocess):
            raise DeclarationError(
                f"Pretrain(preprocess={self.preprocess!r}): expected Preprocess(…)."
            )
