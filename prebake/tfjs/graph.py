"""Writing a model as a TensorFlow.js graph model: one frozen graph that only predicts.

The way is that of tensorflowjs's converter (tf_saved_model_conversion_v2.py): freeze, simplify
with TensorFlow's own optimizer (Grappler), write ``model.json`` and shards. Three of its passes
are not used: the fusion of Grappler depends on the machine and makes activations that tfjs lacks
(Dense with tanh), ``normalize_bias_add`` takes any sum for a bias, which the WASM backend
refuses, and ``fold_batch_norms`` scales a convolution for all of its readers. What stands in
their place is in :mod:`prebake.tfjs.graphs.decompose` and :mod:`prebake.tfjs.graphs.fuse`.

Format: tensorflow/tfjs, tfjs-core/src/io/types.ts (``ModelJSON``) and the GraphDef as protobuf's
JSON mapping writes it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import ModelError
from .graphs.chatter import quiet
from .graphs.freezing import freeze
from .graphs.frozen import imported
from .graphs.heat import with_heat
from .graphs.saved import signature_of
from .graphs.tracing import check_precision, interface, left_out, predictor, traceable
from .graphs.writing import write, write_json
from .weights import Stored, encode, read_shards

if TYPE_CHECKING:
    import keras


def write_graph_model(
    model: keras.Model,
    folder: Path,
    *,
    backends: Sequence[str] = ("webgl", "wasm", "cpu"),
    heat: tuple[str, int] | None = None,
) -> list[str]:
    """Writes ``model.json`` and shards of what the model computes with ``training=False``.

    Inputs and outputs keep Keras's names and order; a character that TensorFlow does not allow
    becomes ``_``. Recurrent layers are unrolled.

    Args:
        model: a built Sequential or Functional model; it is left as it was.
        folder: is made if it is not there.
        backends: those a page may use; what they lack is found by ``check_operators``.
        heat: for a second output ``heat``, the layer whose maps are pooled and the class that it
            speaks for: see :mod:`prebake.tfjs.graphs.heat`.

    Returns:
        Notes on what was changed, for the model card.

    Raises:
        UnsupportedLayer: for a stateful recurrent layer, one over sequences of any length, and
            a layer that computes in half precision or with the channels first.
        ModelError: if the model has no known inputs or TensorFlow cannot trace it.
    """
    with quiet():
        inputs, names = interface(model)
        check_precision(model)
        notes: list[str] = []
        where = f"model {model.name!r}"
        predict = predictor(model) if heat is None else with_heat(model, *heat, where)
        names = names if heat is None else [*names, "heat"]
        with traceable(model, notes):
            graph, outputs = freeze(predict, inputs, names, where)
        write(graph, inputs, outputs, folder)
    return notes + left_out(model)


def write_saved_model(
    path: Path,
    folder: Path,
    *,
    backends: Sequence[str] = ("webgl", "wasm", "cpu"),
    signature: str = "serving_default",
    output: str = "",
) -> list[str]:
    """The same from a SavedModel folder; inputs and outputs are named by its signature.

    Args:
        output: the one that is asked for; empty for all.

    Raises:
        ModelError: if there is no such SavedModel, signature or output.
    """
    with quiet():
        function, inputs, names = signature_of(path, signature, output)
        graph, outputs = freeze(function, inputs, names, str(path))
        write(graph, inputs, outputs, folder)
    return []


def write_frozen_graph(
    path: Path,
    inputs: Sequence[str],
    outputs: Sequence[str],
    folder: Path,
    *,
    backends: Sequence[str] = ("webgl", "wasm", "cpu"),
) -> list[str]:
    """The same from a GraphDef file whose variables were made constants.

    Args:
        inputs: names of the nodes that the page feeds; what they read is cut off.
        outputs: names of the nodes it asks for, ``name`` or ``name:1``.

    Raises:
        ModelError: if it is no such file, or has no such node.
    """
    with quiet():
        function, ports = imported(path, inputs, outputs)
        graph, made = freeze(function, ports, list(outputs), str(path))
        write(graph, ports, made, folder)
    return []


def requantize(folder: Path, out: Path, stored_of: Callable[[str, np.ndarray], Stored]) -> None:
    """Copies a model folder of either format with its weights stored otherwise.

    Args:
        stored_of: how to store a weight, from its name and values; integers stay as they are.

    Raises:
        ModelError: if ``folder`` holds no model, or a weight does not fit its type.
    """
    try:
        document = json.loads((folder / "model.json").read_text("utf-8"))
        manifest = document["weightsManifest"]
    except (OSError, ValueError, KeyError, TypeError):
        raise ModelError(
            "it holds no model.json of a tfjs model.",
            where=str(folder),
            remedy="Name the folder that a model was written to.",
        ) from None
    weights = read_shards(manifest, folder)
    encoded = [encode(name, values, stored_of(name, values)) for name, values in weights.items()]
    write_json(document, encoded, out)
