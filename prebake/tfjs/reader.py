"""Reading a TensorFlow.js layers model back into Keras 3.

Whoever wrote it: this project, tensorflowjs_converter, or ``tf.LayersModel.save`` in the browser
of a visitor who trained it. What counts is what tfjs answers with it; Keras answers the same.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ModelError, UnsupportedLayer
from .reading.activations import register
from .reading.document import read_document
from .reading.network import Reading
from .reading.weights import assign

if TYPE_CHECKING:
    import keras


def read_layers_model(folder: Path) -> keras.Model:
    """Reads a folder with ``model.json`` (or one other JSON file) and its weight files.

    How it was trained (``trainingConfig``, the optimizer's weights) is not read; which layers
    are frozen, and their regularisers and constraints, are.

    Returns:
        A Sequential or Functional model that is not compiled.

    Raises:
        ModelError: if the folder holds no layers model; if a file is missing, damaged or of
            another model; if Keras does not compute a layer as tfjs does.
    """
    register()
    document = read_document(folder)
    reading = Reading(document.where)
    model = reading.model(document.topology)
    assign(document, reading.layers)
    _demand_same_masks(model, reading)
    return model


def _demand_same_masks(model: keras.Model, reading: Reading) -> None:
    """tfjs hands masks on in ways of its own; the writer knows where Keras does the same."""
    from .lowering import lower

    if not any(_makes_mask(read.layer) for read in reading.layers):
        return
    try:
        lower(model)
    except UnsupportedLayer as error:
        raise ModelError(
            f"it masks its input, and Keras may answer otherwise: {error.problem}",
            where=f"{reading.where}: {error.where}",
            remedy="Build the model without Masking and mask_zero.",
        ) from None


def _makes_mask(layer: object) -> bool:
    return type(layer).__name__ == "Masking" or bool(getattr(layer, "mask_zero", False))
