"""Recurrent layers of tfjs, and the weights of layers that hold other layers."""

from __future__ import annotations

from typing import Any

from .given import Given

_FLAGS = ("return_sequences", "return_state", "go_backwards", "stateful", "unroll")
_TRAINED = ("kernel", "recurrent", "bias")


def gated(given: Given) -> dict[str, Any]:
    return {**gated_cell(given), **_flags(given)}


def simple(given: Given) -> dict[str, Any]:
    return {**simple_cell(given), **_flags(given)}


def conv_lstm(given: Given) -> dict[str, Any]:
    given.channels_last()
    return {
        "filters": given.need("filters"),
        "kernel_size": given.axes("kernel_size"),
        "strides": given.axes("strides", 1),
        "padding": given.padding(),
        "dilation_rate": given.axes("dilation_rate", 1),
        **_gates(given),
        **_flags(given),
    }


def gated_cell(given: Given) -> dict[str, Any]:
    """LSTM and GRU."""
    gru = {}
    if given.class_name.startswith("GRU"):
        if given.get("reset_after", False):
            raise given.refuse("it has reset_after, which tfjs cannot compute.")
        gru = {"reset_after": False}
    return {"units": given.need("units"), **_gates(given), **gru}


def simple_cell(given: Given) -> dict[str, Any]:
    return {"units": given.need("units"), **_common(given)}


def rnn(given: Given) -> dict[str, Any]:
    cell = given.need("cell")
    if cell["class_name"] == "StackedRNNCells" and given.get("return_state", False):
        raise given.refuse("it returns the states of stacked cells, which Keras orders otherwise.")
    return {"cell": given.make(cell), **_flags(given)}


def stacked(given: Given) -> dict[str, Any]:
    return {"cells": [given.make(cell) for cell in given.need("cells")]}


def bidirectional(given: Given) -> dict[str, Any]:
    """tfjs makes the backward layer out of the forward one, running the other way."""
    inner = given.need("layer")
    # Null is a mode of its own: both outputs, one after the other.
    mode = given.config.get("merge_mode", "concat")
    made = {"layer": given.make(inner), "merge_mode": mode}
    if inner["config"].get("go_backwards"):
        # Left to itself, Keras lets the backward layer run backwards in any case.
        turned = {"name": f"backward_{inner['config']['name']}", "go_backwards": False}
        made["backward_layer"] = given.make({**inner, "config": {**inner["config"], **turned}})
    return made


def _gates(given: Given) -> dict[str, Any]:
    forget = {}
    if "LSTM" in given.class_name:
        forget = {"unit_forget_bias": bool(given.get("unit_forget_bias", False))}
    # Unlike Keras 3, tfjs has hard_sigmoid as its default.
    inner = given.activation("recurrent_activation", "hard_sigmoid")
    return {**_common(given), "recurrent_activation": inner, **forget}


def _common(given: Given) -> dict[str, Any]:
    return {
        "activation": given.activation(default="tanh"),
        "use_bias": given.get("use_bias", True),
        "dropout": given.get("dropout", 0.0),
        "recurrent_dropout": given.get("recurrent_dropout", 0.0),
        **given.trained(*_TRAINED),
    }


def _flags(given: Given) -> dict[str, Any]:
    return {name: bool(given.get(name, False)) for name in _FLAGS}


MAKERS = {
    "LSTM": gated,
    "LSTMCell": gated_cell,
    "GRU": gated,
    "GRUCell": gated_cell,
    "SimpleRNN": simple,
    "SimpleRNNCell": simple_cell,
    "RNN": rnn,
    "StackedRNNCells": stacked,
    "ConvLSTM2D": conv_lstm,
    "Bidirectional": bidirectional,
}
TAKE_STATES = ("LSTM", "GRU", "SimpleRNN", "RNN", "ConvLSTM2D", "Bidirectional")
"""Those that take their first state as further inputs."""
