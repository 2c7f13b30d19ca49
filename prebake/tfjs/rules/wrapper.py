"""Layers around layers."""

from __future__ import annotations

from typing import Any

from ..lowering import Lowering, Use, tensor_name
from ..network import LayerSpec, Ref
from .common import demand_no_mask, weights
from .masks import READERS
from .recurrent import emit_recurrent, recurrent_config

_INNER = ("LSTM", "GRU", "SimpleRNN")


def bidirectional(use: Use) -> list[Ref]:
    """tfjs builds the backward layer itself, out of the forward one's configuration."""
    layer = use.layer
    forward, backward = layer.forward_layer, layer.backward_layer
    name = type(forward).__name__
    if name not in _INNER or type(backward).__name__ != name:
        raise use.refuse(f"tfjs turns LSTM, GRU and SimpleRNN into two, not {name}.")
    if _comparable(forward) != _comparable(backward):
        raise use.refuse("its two layers are configured differently, and tfjs has only one.")
    if forward.stateful or len(use.inputs) > 1:
        raise use.refuse("tfjs does not keep or take the states of both directions.")
    if use.masked and forward.return_sequences:
        raise use.refuse("a mask reaches it, which tfjs turns around in another way than Keras.")
    inner = tensor_name(forward.name.removeprefix("forward_"))
    config = {
        "layer": {
            "class_name": name,
            "config": {"name": inner, **recurrent_config(use, forward)},
        },
        "merge_mode": layer.merge_mode,
    }
    arrays = {
        f"{side}_{inner}/{key}": value
        for side, each in (("forward", forward), ("backward", backward))
        for key, value in weights(
            use, "kernel", "recurrent_kernel", "bias", holder=each.cell
        ).items()
    }
    return emit_recurrent(use, "Bidirectional", config, arrays)


def time_distributed(use: Use) -> list[Ref]:
    """The inner layer is lowered on its own; it must become exactly one tfjs layer."""
    inner = _inner_spec(use)
    if inner is None:
        return list(use.inputs)
    if inner.class_name in READERS:
        demand_no_mask(use)
        use.reads_mask()
    config = {
        "layer": {
            "class_name": inner.class_name,
            "config": {"name": inner.name, **inner.config},
        }
    }
    return [use.emit("TimeDistributed", config, inner.weights)]


def _inner_spec(use: Use) -> LayerSpec | None:
    """The layer that the inner one becomes; None if it does nothing at inference."""
    import keras

    layer = use.layer.layer
    if isinstance(layer, keras.Model):
        raise use.refuse("tfjs cannot repeat a whole model over time.")
    shape = (use.shape[0], *use.shape[2:])
    held = keras.Input(batch_shape=shape, dtype=use.tensors[0].dtype)
    alone = keras.Model(held, layer(held))
    lowering = Lowering(use.trainable)
    network = lowering.network(alone, use.layer.name)
    specs = [spec for spec in network.layers() if spec.class_name != "InputLayer"]
    if not specs:
        return None
    if len(specs) != 1:
        raise use.refuse(f"{type(layer).__name__} becomes {len(specs)} layers in tfjs, not one.")
    return specs[0]


def _comparable(layer: Any) -> dict[str, Any]:
    config = layer.get_config()
    return {k: v for k, v in config.items() if k not in ("name", "go_backwards", "seed")}


RULES = {"Bidirectional": bidirectional, "TimeDistributed": time_distributed}
