"""Recurrent layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..lowering import Use, tensor_name
from ..network import Ref
from .activation import SAME, name_of
from .common import demand_channels_last, demand_no_mask, plain, training_config, weights

_RNN = ("return_sequences", "return_state", "go_backwards", "stateful", "unroll")
_CELLS = {"LSTM": "LSTMCell", "GRU": "GRUCell", "SimpleRNN": "SimpleRNNCell"}
_WEIGHTS = ("kernel", "recurrent_kernel", "bias")


def recurrent(use: Use) -> list[Ref]:
    return emit_recurrent(use, use.class_name, recurrent_config(use, use.layer), _cell_weights(use))


def rnn(use: Use) -> list[Ref]:
    """RNN around a cell of Keras, or around several."""
    cell = use.layer.cell
    if use.trainable:
        _demand_no_dropout(use, getattr(cell, "cells", [cell]))
    if type(cell).__name__ == "StackedRNNCells":
        cells = [_cell_json(use, each) for each in cell.cells]
        config = {"cell": {"class_name": "StackedRNNCells", "config": {"cells": cells}}}
        arrays = {
            f"RNNCell_{i}/{name}": value
            for i, each in enumerate(cell.cells)
            for name, value in weights(use, *_WEIGHTS, holder=each).items()
        }
        if use.layer.return_state or use.layer.stateful or "initial_state" in use.kwargs():
            raise use.refuse("the states of stacked cells stand in another order in tfjs.")
    else:
        config = {"cell": _cell_json(use, cell)}
        arrays = weights(use, *_WEIGHTS, holder=cell)
    return emit_recurrent(use, "RNN", {**config, **_rnn_config(use, use.layer)}, arrays)


def _demand_no_dropout(use: Use, cells: list[Any]) -> None:
    """tfjs's RNN keeps what it dropped for the first batch, also for a batch of another size."""
    if any(getattr(c, "dropout", 0) or getattr(c, "recurrent_dropout", 0) for c in cells):
        raise use.refuse(
            "its cells drop out, which tfjs does the same way for all batches.",
            "Use LSTM, GRU or SimpleRNN, or declare Export(trainable=False).",
        )


def conv_lstm(use: Use) -> list[Ref]:
    demand_channels_last(use)
    demand_no_mask(use)
    config = use.layer.get_config()
    names = ("filters", "kernel_size", "strides", "padding", "dilation_rate")
    fields = {
        **{name: plain(config[name]) for name in names},
        **recurrent_config(use, use.layer, units=False),
    }
    return emit_recurrent(use, "ConvLSTM2D", fields, _cell_weights(use))


def emit_recurrent(use: Use, name: str, config: dict, arrays: dict[str, np.ndarray]) -> list[Ref]:
    """Emits it with all of its outputs: the sequence or its end, and the states."""
    use.reads_mask()
    if use.masked and len(use.inputs) > 1:
        raise use.refuse("tfjs handles a mask together with an initial state in another way.")
    if config.get("stateful") and use.shape[0] is None:
        raise use.refuse(
            "it is stateful and its batch size is not known.",
            "Give keras.Input(batch_shape=…).",
        )
    first = use.emit(name, config, arrays)
    count = len(use.node.output_tensors)
    return [Ref(first.call, i) for i in range(count)]


def recurrent_config(use: Use, layer: Any, *, units: bool = True) -> dict[str, Any]:
    """The configuration of LSTM, GRU, SimpleRNN or ConvLSTM2D."""
    return {**_cell_config(use, layer, units=units), **_rnn_config(use, layer)}


def _rnn_config(use: Use, layer: Any) -> dict[str, Any]:
    config = layer.get_config()
    if config.get("zero_output_for_mask") and use.masked:
        raise use.refuse("tfjs repeats the last output where a step is masked.")
    return {name: bool(config[name]) for name in _RNN if name in config}


def _cell_config(use: Use, cell: Any, *, units: bool = True) -> dict[str, Any]:
    config = cell.get_config()
    if config.get("reset_after"):
        raise use.refuse(
            "tfjs has GRU with reset_after=False only; Keras's default is True.",
            "Build it with reset_after=False, or export with format='graph'.",
        )
    names = [n for n in ("units", "use_bias", "unit_forget_bias") if n in config]
    fields = {n: plain(config[n]) for n in names if units or n != "units"}
    # tfjs would begin with Orthogonal, which needs more of tfjs than a page has to load.
    fields["recurrent_initializer"] = {"class_name": "Zeros", "config": {}}
    for key in ("dropout", "recurrent_dropout"):
        fields[key] = float(config.get(key, 0)) if use.trainable else 0.0
    for key in ("activation", "recurrent_activation"):
        if key in config:
            fields[key] = _spelled(use, getattr(cell, key))
    if "reset_after" in config:
        fields["reset_after"] = False
    return {**fields, **training_config(use, "kernel", "recurrent", "bias", holder=cell)}


def _spelled(use: Use, function: Any) -> str:
    name = name_of(use, function)
    if name not in SAME:
        raise use.refuse(
            f"tfjs's recurrent layers have no activation that computes {name!r}.",
            "Choose another one, or export with format='graph'.",
        )
    return SAME[name]


def _cell_json(use: Use, cell: Any) -> dict[str, Any]:
    name = type(cell).__name__
    if name not in _CELLS.values():
        raise use.refuse(f"tfjs has no cell {name}.")
    return {
        "class_name": name,
        "config": {"name": tensor_name(cell.name), **_cell_config(use, cell)},
    }


def _cell_weights(use: Use) -> dict[str, np.ndarray]:
    return weights(use, *_WEIGHTS, holder=use.layer.cell)


RULES = {
    "LSTM": recurrent,
    "GRU": recurrent,
    "SimpleRNN": recurrent,
    "RNN": rnn,
    "ConvLSTM2D": conv_lstm,
}
