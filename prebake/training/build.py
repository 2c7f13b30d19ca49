"""Running an author's ``build()`` and checking that its model fits what it learns from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..declare.module import author_error
from ..errors import ModelError, PrebakeError
from .inputs import scaling_layer

if TYPE_CHECKING:
    import keras


def built(build: Callable[[], Any], root: Path, path: Path) -> keras.Model:
    """What ``build()`` returns.

    Raises:
        AuthorError: if it raises.
        ModelError: if it returns no built model.
    """
    import keras

    where = path.relative_to(root).as_posix()
    try:
        model = build()
    except PrebakeError:
        raise
    except Exception as error:
        raise author_error(root, path, error, "build() raised") from None
    if not isinstance(model, keras.Model):
        raise ModelError(
            f"build() returned {type(model).__name__}, expected a keras.Model.", where=where
        )
    if not model.built or not model.inputs:
        raise ModelError(
            "build() returned a model without an input shape.",
            where=where,
            remedy="Start it with keras.Input(shape).",
        )
    return model


def demand_input(model: keras.Model, shape: tuple[int, ...], what: str, where: str) -> None:
    """The model's one input must take samples of ``shape``.

    Raises:
        ModelError: naming both shapes.
    """
    if len(model.inputs) != 1:
        raise ModelError(
            f"the model has {len(model.inputs)} inputs, expected one for {what}.", where=where
        )
    wanted = tuple(model.inputs[0].shape[1:])
    fits = len(wanted) == len(shape) and all(
        w in (None, s) for w, s in zip(wanted, shape, strict=True)
    )
    if not fits:
        raise ModelError(
            f"the model takes samples of shape {_spell(wanted)}, but {what} gives {_spell(shape)}.",
            where=where,
            remedy=f"Use keras.Input({_spell(shape)}), or a Preprocess that resizes.",
        )


def demand_classes(model: keras.Model, classes: tuple[str, ...], where: str) -> None:
    """The model's output must have a number for each class (one is enough for two classes).

    Raises:
        ModelError: naming both counts.
    """
    if len(model.outputs) != 1:
        raise ModelError(f"the model has {len(model.outputs)} outputs, expected one.", where=where)
    demand_units(model.outputs[0].shape[-1], classes, where)


def demand_units(units: int | None, classes: tuple[str, ...], where: str) -> None:
    """The same, of the last size of an output; one that is not known passes.

    Raises:
        ModelError: naming both counts.
    """
    if units in (None, len(classes)) or (units == 1 and len(classes) == 2):
        return
    raise ModelError(
        f"the model answers with {units} numbers, but there are {len(classes)} classes.",
        where=where,
        remedy=f"Let its last layer have {len(classes)} units.",
    )


def demand_unscaled(model: keras.Model, where: str) -> None:
    """A model that scales its pixels itself must not be given what the default preprocessing has
    divided by 255 already.

    Raises:
        ModelError: naming the layer.
    """
    layer = scaling_layer(model)
    if layer:
        raise ModelError(
            f"its layer {layer!r} scales the pixels, which the default preprocessing has divided "
            "by 255 already.",
            where=where,
            remedy="Give preprocess=Preprocess() for pixels from 0 to 255, with Resize(…) and the "
            "like if need be; or the operations that the model expects.",
        )


def _spell(shape: tuple[Any, ...]) -> str:
    return "(" + ", ".join(str(x) for x in shape) + ("," if len(shape) == 1 else "") + ")"
