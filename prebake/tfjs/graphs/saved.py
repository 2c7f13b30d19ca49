"""A SavedModel: one of its signatures as a function."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...declare.schema import suggest
from ...errors import ModelError, UnsupportedLayer
from .chatter import first_line
from .names import unique
from .node import place_of_node
from .port import Port


def signature_of(
    path: Path, signature: str, output: str = ""
) -> tuple[Callable[..., Any], list[Port], list[str]]:
    """A signature of a SavedModel as a function, its inputs and the names of its outputs.

    Args:
        output: the one that is asked for; empty for all, in the order of their names.
    """
    import tensorflow as tf

    if not (path / "saved_model.pb").is_file():
        raise ModelError(
            "there is no SavedModel.",
            where=str(path),
            remedy="Name the folder that holds saved_model.pb, as model.export(folder) writes it.",
        )
    try:
        loaded = tf.saved_model.load(str(path))
    except Exception as error:
        raise ModelError(
            f"TensorFlow cannot load the SavedModel: {first_line(error)}",
            where=str(path),
            remedy="Export it again with model.export(folder).",
        ) from error
    if signature not in loaded.signatures:
        raise ModelError(
            f"the SavedModel has no signature {signature!r}.",
            where=str(path),
            remedy=suggest(signature, loaded.signatures),
        )
    _demand_constant(loaded.signatures[signature].graph.as_graph_def(), path)
    specs = dict(sorted(loaded.signatures[signature].structured_input_signature[1].items()))
    outputs = [output] if output else sorted(loaded.signatures[signature].structured_outputs)
    inputs = [
        Port(name, tf.TensorSpec(spec.shape, spec.dtype, name=node))
        for (name, spec), node in zip(specs.items(), unique(specs), strict=True)
    ]

    def predict(*tensors: Any) -> list[Any]:
        # By way of what was loaded: the variables live no longer than it does.
        answers = loaded.signatures[signature](**dict(zip(specs, tensors, strict=True)))
        return [answers[name] for name in outputs]

    return predict, inputs, outputs


def _demand_constant(definition: Any, path: Path) -> None:
    for node in definition.node:
        if node.op in ("Variable", "VariableV2"):
            raise ModelError(
                f"TensorFlow 1 wrote it, whose variables ({node.name!r}) cannot be frozen here.",
                where=str(path),
                remedy="Freeze it with convert_variables_to_constants of TensorFlow 1 and declare "
                "the frozen graph.",
            )
    for node in [node for function in definition.library.function for node in function.node_def]:
        if node.op.startswith("Assign") and node.op.endswith("VariableOp"):
            raise UnsupportedLayer(
                f"it changes its state when it predicts (node {node.name!r}), as random "
                "augmentation does for its seed; a tfjs graph model has no state.",
                where=f"{path}: {place_of_node(node.name)}",
                remedy="Export the model without it, or give the Keras file.",
            )
