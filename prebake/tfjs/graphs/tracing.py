"""A Keras model as a function that TensorFlow can trace, its inputs and its outputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ...errors import ModelError, UnsupportedLayer
from ..lowering import place_of
from .names import unique
from .port import Port

if TYPE_CHECKING:
    import keras


def interface(model: keras.Model) -> tuple[list[Port], list[str]]:
    """The inputs and the names of the outputs."""
    import tensorflow as tf

    try:
        tensors, results = list(model.inputs), list(model.outputs)
    except (AttributeError, TypeError, ValueError):
        raise ModelError(
            "its inputs are not known.",
            where=f"model {model.name!r}",
            remedy="Start a Sequential model with keras.Input(shape); wrap one of your own class: "
            "keras.Model(inputs, model(inputs)).",
        ) from None
    names = unique(tensor._keras_history.operation.name for tensor in tensors + results)
    for tensor, name in zip(tensors, names, strict=False):
        if getattr(tensor, "sparse", False) or getattr(tensor, "ragged", False):
            raise UnsupportedLayer(
                "it takes sparse or ragged tensors, and tfjs has dense ones.",
                where=f"input {name!r}",
                remedy="Declare it with keras.Input(…, sparse=False).",
            )
    inputs = [
        Port(name, tf.TensorSpec(tensor.shape, tensor.dtype, name=name))
        for tensor, name in zip(tensors, names, strict=False)
    ]
    return inputs, names[len(tensors) :]


def predictor(model: keras.Model) -> Callable[..., list[Any]]:
    import keras

    def predict(*tensors: Any) -> list[Any]:
        # Given as the model was declared, or Keras warns that the structure differs.
        structure = getattr(model, "_inputs_struct", None)  # Sequential has none, and one input
        given = tensors[0]
        if structure is not None:
            given = keras.tree.pack_sequence_as(structure, list(tensors))
        return list(keras.tree.flatten(model(given, training=False)))

    return predict


def check_precision(model: keras.Model) -> None:
    for layer in model._flatten_layers():
        compute = str(getattr(layer, "compute_dtype", "float32"))
        if compute in ("float16", "bfloat16"):
            raise UnsupportedLayer(
                f"it computes in {compute}, and tfjs computes in float32.",
                where=place_of(layer, ""),
                remedy="Build the model with keras.config.set_dtype_policy('float32').",
            )


@contextmanager
def traceable(model: keras.Model, notes: list[str]) -> Iterator[None]:
    """Gives nodes the names of their layers, and unrolls recurrent layers, for one trace.

    A clone would need every class of the author's to be cloneable, and the weights twice.
    """
    import keras

    layers = [each for each in model._flatten_layers() if isinstance(each, keras.layers.RNN)]
    scope = keras.Layer._open_name_scope
    keras.Layer._open_name_scope = _scope
    for layer in layers:
        layer.inner_loop = _unrolled_loop(layer, notes)
    try:
        yield
    finally:
        keras.Layer._open_name_scope = scope
        for layer in layers:
            del layer.inner_loop


def _scope(layer: Any) -> Any:
    """The name scope of a layer; Keras opens it twice, and the second becomes ``name_1``."""
    import tensorflow as tf

    (name,) = unique([layer.name])
    return tf.name_scope(f"{tf.get_current_name_scope()}/{name}/".lstrip("/"))


def _unrolled_loop(layer: Any, notes: list[str]) -> Callable[..., Any]:
    import keras

    loop = layer.inner_loop

    def unrolled(sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
        _demand_unrollable(layer, sequences.shape[1])
        note = f"{layer.name} ({type(layer).__name__}): unrolled over {sequences.shape[1]} steps."
        if note not in notes:
            notes.append(note)
        before = layer.unroll, layer.go_backwards
        layer.unroll = True
        if layer.go_backwards and mask is not None:
            # Keras's unrolled loop zeroes masked outputs by a mask that it did not reverse.
            sequences, mask = keras.ops.flip(sequences, 1), keras.ops.flip(mask, 1)
            layer.go_backwards = False
        try:
            return loop(sequences, initial_state, mask, training)
        finally:
            layer.unroll, layer.go_backwards = before

    return unrolled


def _demand_unrollable(layer: Any, length: int | None) -> None:
    error = None
    if layer.stateful:
        error = UnsupportedLayer(
            "it is stateful, and a tfjs graph model forgets everything between two calls.",
            where=place_of(layer, ""),
            remedy="Use stateful=False, and give it the whole sequence.",
        )
    elif length is None:
        error = UnsupportedLayer(
            "its sequences have no fixed length, and without loops, which tfjs runs only "
            "asynchronously, each step has to be in the graph.",
            where=place_of(layer, ""),
            remedy="Declare the length, keras.Input((length, …)), and pad to it; or export with "
            "format='layers'.",
        )
    if error is not None:
        # Keras wraps whatever its layers raise, except what it believes to have wrapped.
        error.__dict__["_keras_call_info_injected"] = True
        raise error


def left_out(model: keras.Model) -> list[str]:
    """Notes on the layers of Keras that only change what is trained on."""
    notes = []
    for layer in model._flatten_layers():
        kind, of_keras = type(layer).__name__, type(layer).__module__.startswith("keras.")
        named = kind.startswith("Random") or kind in ("MixUp", "CutMix", "RandAugment", "AugMix")
        if of_keras and named:
            notes.append(f"{layer.name} ({kind}): left out, it only acts in training.")
    return notes
