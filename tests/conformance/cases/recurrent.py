"""Recurrent layers and their cells."""

from ..case import Case, agrees, alone, chain, graph, keras, layers, refused

_SEQUENCE = (4, 3)
_PLAIN = {"SimpleRNN": {}, "LSTM": {}, "GRU": {"reset_after": False}}

_VARIANTS = (
    ("of the last step", {}),
    ("of every step", {"return_sequences": True}),
    ("of the state too", {"return_state": True}),
    ("of every step and the state", {"return_sequences": True, "return_state": True}),
    ("backwards", {"go_backwards": True}),
    ("backwards, every step", {"go_backwards": True, "return_sequences": True}),
    ("unrolled", {"unroll": True}),
    ("without bias", {"use_bias": False}),
    ("with dropout", {"dropout": 0.5}),
    ("with recurrent dropout", {"dropout": 0.2, "recurrent_dropout": 0.5}),
    ("of one unit", {"units": 1}),
    (
        "regularised and constrained",
        {"kernel_regularizer": "l2", "recurrent_constraint": "max_norm", "bias_regularizer": "l1"},
    ),
)


def _variants(layer):
    for about, config in _VARIANTS:
        yield alone(layer, about, _SEQUENCE, **{"units": 2, **_PLAIN[layer], **config})
    yield alone(layer, "on any length", (None, 3), units=2, **_PLAIN[layer])
    yield agrees(layer, "two in a stack", _stack(layer))
    yield agrees(layer, "given its first state", _with_state(layer))
    yield Case(f"{layer} stateful", layer, _stateful(layer), "agrees", batches=(2, 2))
    yield Case(f"{layer} stateful, every step", layer, _stateful(layer, return_sequences=True),
               "agrees", batches=(2, 2))  # fmt: skip


def _make(layer, units, **config):
    return getattr(layers, layer)(units, **_PLAIN[layer], **config)


def _stack(layer):
    return lambda: chain(
        _SEQUENCE, _make(layer, 3, return_sequences=True), _make(layer, 2), layers.Dense(2)
    )


def _stateful(layer, **config):
    return lambda: chain(_SEQUENCE, _make(layer, 2, stateful=True, **config), batch_size=2)


def _with_state(layer):
    states = 2 if layer == "LSTM" else 1

    def wire(x, *first):
        return _make(layer, 2)(x, initial_state=list(first))

    return lambda: graph(wire, _SEQUENCE, *[(2,)] * states)


_SETTINGS = (
    alone("GRU", "reset_after", _SEQUENCE, "refused", units=2, reset_after=True),
    alone("GRU", "of the defaults", _SEQUENCE, "refused", units=2),
    alone("GRU", "recurrent_activation tanh", _SEQUENCE, units=2, reset_after=False,
          recurrent_activation="tanh"),
    alone("GRU", "recurrent_activation hard_sigmoid", _SEQUENCE, "refused", units=2,
          reset_after=False, recurrent_activation="hard_sigmoid"),
    alone("LSTM", "recurrent_activation hard_sigmoid", _SEQUENCE, "refused", units=2,
          recurrent_activation="hard_sigmoid"),
    alone("LSTM", "recurrent_activation silu", _SEQUENCE, units=2, recurrent_activation="silu"),
    alone("LSTM", "unit_forget_bias off", _SEQUENCE, units=2, unit_forget_bias=False),
    alone("LSTM", "of float16", _SEQUENCE, "refused", units=2, dtype="float16"),
    agrees("LSTM", "on whole numbers",
           lambda: chain(_SEQUENCE, layers.LSTM(2), dtype="int32")),
    alone("SimpleRNN", "activation relu", _SEQUENCE, units=2, activation="relu"),
    alone("SimpleRNN", "activation None", _SEQUENCE, units=2, activation=None),
)  # fmt: skip


def _cell(name, **config):
    return getattr(layers, name)(2, **config)


def _of_cell(name, rnn=None, **config):
    return lambda: chain(_SEQUENCE, layers.RNN(_cell(name, **config), **(rnn or {})))


def _of_cells(*names, listed=False, **rnn):
    def build():
        cells = [_cell(name, **({"reset_after": False} if name == "GRUCell" else {}))
                 for name in names]  # fmt: skip
        return chain(
            _SEQUENCE, layers.RNN(cells if listed else layers.StackedRNNCells(cells), **rnn)
        )

    return build


def _own_cell():
    class Sum(keras.layers.Layer):
        state_size = 3

        def call(self, inputs, states):
            return inputs + states[0], [inputs + states[0]]

    return chain(_SEQUENCE, layers.RNN(Sum(name="summing_cell")))


_CELLS = (
    agrees("SimpleRNNCell", "in RNN", _of_cell("SimpleRNNCell")),
    agrees("LSTMCell", "in RNN", _of_cell("LSTMCell")),
    agrees("GRUCell", "in RNN", _of_cell("GRUCell", reset_after=False)),
    refused("GRUCell", "in RNN with reset_after", _of_cell("GRUCell"), blames="RNN"),
    agrees("RNN", "of every step and the state",
           _of_cell("LSTMCell", {"return_sequences": True, "return_state": True})),
    agrees("RNN", "backwards", _of_cell("SimpleRNNCell", {"go_backwards": True})),
    agrees("RNN", "of a cell with dropout", _of_cell("LSTMCell", dropout=0.5)),
    agrees("RNN", "of a list of cells", _of_cells("LSTMCell", "LSTMCell", listed=True)),
    agrees("StackedRNNCells", "of two LSTM cells", _of_cells("LSTMCell", "LSTMCell")),
    agrees("StackedRNNCells", "of different cells",
           _of_cells("SimpleRNNCell", "LSTMCell", "GRUCell")),
    agrees("StackedRNNCells", "of every step",
           _of_cells("GRUCell", "SimpleRNNCell", return_sequences=True)),
    refused("StackedRNNCells", "of the state too",
            _of_cells("LSTMCell", "LSTMCell", return_state=True), blames="RNN"),
    refused("RNN", "of the author's cell", _own_cell),
)  # fmt: skip

_FILM = (3, 4, 4, 2)


def _film(about, shape=_FILM, expect="agrees", **config):
    config = {"filters": 2, "kernel_size": 2, **config}
    return alone("ConvLSTM2D", about, shape, expect, **config)


_CONVOLUTIONAL = (
    _film("of the last frame"),
    _film("of every frame, same", return_sequences=True, padding="same"),
    _film("at stride 2", strides=2),
    _film("dilation 2", dilation_rate=2),
    _film("backwards without bias", go_backwards=True, use_bias=False),
    _film("of the state too", return_state=True),
    _film("with dropout", dropout=0.3, recurrent_dropout=0.3),
    _film("channels first", (3, 2, 4, 4), "refused", data_format="channels_first"),
    _film("activation relu", activation="relu"),
    _film("recurrent_activation hard_sigmoid", expect="refused",
          recurrent_activation="hard_sigmoid"),
    alone("ConvLSTM1D", "of the last frame", (3, 4, 2), "refused", filters=2, kernel_size=2),
    alone("ConvLSTM3D", "of the last frame", (2, 3, 3, 3, 1), "refused", filters=2,
          kernel_size=2),
)  # fmt: skip

CASES = (
    *(case for layer in _PLAIN for case in _variants(layer)),
    *_SETTINGS,
    *_CELLS,
    *_CONVOLUTIONAL,
)
