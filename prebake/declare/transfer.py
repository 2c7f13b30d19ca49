"""A model that a page goes on training, upon the first layers of one that exists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from ..errors import DeclarationError
from .by_source import BySource, values_of
from .classes import check_classes
from .export import Export
from .model import Converted, Model
from .preprocess import Preprocess
from .values import number

BASE = "-base"
"""Behind the name of a Transfer: the name of the model that its frozen part becomes."""


@dataclass(frozen=True, kw_only=True)
class Transfer(Model):
    """A backbone that is cut in two: a frozen *base*, which a page computes once for each image,
    and a *tail* with the layers that it trains.

    It is compiled to two models, ``NAME-base`` and ``NAME``; a page that names the second gets
    both. Training the tail on what the base makes of the images is training the whole network
    with the base frozen and in inference mode; only that it is not computed again for every
    epoch.

    Args:
        backbone: the name of a :class:`Converted` model in ``models/``.
        cut: the layer of it whose output the base ends with. Every path must lead through it.
        end: the layer behind which ``build()`` goes on; the cut itself if it is empty.
        trainable: shell patterns of the layers between the two that the page trains; all others
            stay as they are (batch norms then work as in inference).
        build: ``build(shape) -> keras.Model``, from the output of ``end``, a sample of which has
            ``shape``, to the answers; all of its layers are trained. It imports keras itself.
        classes: the names of its outputs, if no dataset gives them.
        seed: of the initial weights of ``build()``.
        preprocess: as the backbone has it, unless it is given.
        tolerance: how far what the base makes of images may be from what it makes of them in
            float32 when its weights are stored in less: the relative error, 0 or more (0.01 is a
            hundredth of their size).

    ``cut``, ``end``, ``trainable`` and ``preprocess`` may be given for each source of the
    backbone's weights (:class:`BySource`).
    """

    backbone: str
    cut: str | BySource
    end: str | BySource = ""
    trainable: Sequence[str] | BySource = ()
    build: Callable[[tuple[int, ...]], Any]
    classes: Sequence[str] = ()
    seed: int = 0
    tolerance: float = 0.01
    several: ClassVar[bool] = True
    export: Export = field(
        default_factory=lambda: Export(format="layers", quantize="none", trainable=True)
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        what = f"Transfer {self.title!r}"
        if self.classes:
            check_classes(self.classes)
        object.__setattr__(self, "classes", tuple(self.classes))
        if not isinstance(self.seed, int) or isinstance(self.seed, bool):
            raise DeclarationError(f"{what}: seed={self.seed!r}: expected a whole number.")
        if not isinstance(self.backbone, str) or not self.backbone:
            raise DeclarationError(f"{what}: backbone={self.backbone!r}: expected a model's name.")
        if not callable(self.build):
            raise DeclarationError(f"{what}: build={self.build!r}: expected a function.")
        for name, least in (("cut", 1), ("end", 0)):
            for value in values_of(getattr(self, name)):
                if not isinstance(value, str) or len(value) < least:
                    raise DeclarationError(
                        f"{what}: {name}={value!r}: expected the name of a layer."
                    )
        for value in values_of(self.trainable):
            listed = isinstance(value, list | tuple)
            if not listed or not all(isinstance(each, str) for each in value):
                raise DeclarationError(
                    f"{what}: trainable={value!r}: expected a list of names or patterns."
                )
        if not self.export.trainable:
            raise DeclarationError(
                f"{what} is there to be trained in a page.", remedy="Use Export(trainable=True)."
            )
        if bool(self.dataset) == bool(self.classes) or self.samples is not None:
            raise DeclarationError(
                f"{what} takes its classes from a dataset or from classes=[…].",
                remedy="Give one of the two, and no samples.",
            )
        number(self.tolerance, what, "tolerance", 0)


@dataclass(frozen=True, kw_only=True)
class Part(Model):
    """One of the two models that a :class:`Transfer` becomes, as the steps behind the cut see it:
    a frozen base that answers with features, or a tail that takes them."""

    of: str


def base_of(name: str, transfer: Transfer) -> Part:
    """The frozen part of a Transfer whose preprocessing is settled."""
    return Part(
        of=name,
        title=f"{transfer.title}: the frozen base",
        description=f"The layers of {transfer.backbone} up to {transfer.cut}. The page computes "
        "them once for each image, and does not train them.",
        preprocess=transfer.preprocess,
        export=Export(
            quantize="auto", tolerance=transfer.tolerance, backends=transfer.export.backends
        ),
        golden=transfer.golden,
    )


def tail_of(name: str, transfer: Transfer) -> Part:
    """The part that a page trains."""
    return Part(
        of=name,
        title=transfer.title,
        description=transfer.description,
        export=transfer.export,
        golden=transfer.golden,
    )


def with_backbone(transfer: Transfer, backbone: Converted) -> Transfer:
    """The declaration with what it takes over from its backbone."""
    if transfer.preprocess is not None:
        return transfer
    given = backbone.preprocess
    assert given is None or isinstance(given, Preprocess)
    return replace(transfer, preprocess=given)
