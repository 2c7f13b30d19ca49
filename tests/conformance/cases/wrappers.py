"""Layers around layers."""

from ..case import agrees, chain, graph, keras, layers, refused

_SEQUENCE = (4, 3)
_INNER = {
    "LSTM": lambda **config: layers.LSTM(2, **config),
    "SimpleRNN": lambda **config: layers.SimpleRNN(2, **config),
    "GRU": lambda **config: layers.GRU(2, reset_after=False, **config),
}


def _both(inner, merge_mode="concat", **config):
    return lambda: chain(
        _SEQUENCE, layers.Bidirectional(_INNER[inner](**config), merge_mode=merge_mode)
    )


def _two_outputs(**config):
    def wire(x):
        both = layers.Bidirectional(layers.LSTM(2, **config), merge_mode=None)
        return both(x)

    return lambda: graph(wire, _SEQUENCE)


def _with_states():
    def wire(x, *states):
        return layers.Bidirectional(layers.LSTM(2))(x, initial_state=list(states))

    return graph(wire, _SEQUENCE, *[(2,)] * 4)


def _own_backward_layer():
    return chain(
        _SEQUENCE,
        layers.Bidirectional(layers.LSTM(2), backward_layer=layers.SimpleRNN(3, go_backwards=True)),
    )


def _same_kind_of_backward_layer():
    return chain(
        _SEQUENCE,
        layers.Bidirectional(
            layers.LSTM(2, activation="tanh"),
            backward_layer=layers.LSTM(2, activation="relu", go_backwards=True),
        ),
    )


def _backwards_first():
    back, forth = layers.LSTM(2, go_backwards=True), layers.LSTM(2)
    return chain(_SEQUENCE, layers.Bidirectional(back, backward_layer=forth))


def _named():
    inner = layers.LSTM(2, name="wordsInner.the_lstm")
    return chain(_SEQUENCE, layers.Bidirectional(inner, name="both.ways"), layers.Dense(2))


def _same_inner_names():
    def both():
        return layers.Bidirectional(layers.LSTM(2, return_sequences=True, name="words"))

    return chain(_SEQUENCE, both(), both(), layers.LSTM(2, name="words"))


def _stack():
    return chain(
        _SEQUENCE,
        layers.Bidirectional(layers.LSTM(2, return_sequences=True)),
        layers.Bidirectional(_INNER["GRU"](return_sequences=True)),
        layers.Bidirectional(layers.SimpleRNN(2)),
    )


_BIDIRECTIONAL = (
    *(agrees("Bidirectional", f"{inner}", _both(inner)) for inner in _INNER),
    *(
        agrees("Bidirectional", f"{inner} of every step", _both(inner, return_sequences=True))
        for inner in _INNER
    ),
    *(
        agrees("Bidirectional", f"merged by {mode}", _both("LSTM", mode, return_sequences=True))
        for mode in ("sum", "mul", "ave")
    ),
    agrees("Bidirectional", "not merged", _two_outputs()),
    agrees("Bidirectional", "not merged, every step", _two_outputs(return_sequences=True)),
    agrees("Bidirectional", "of the states too", _both("LSTM", return_state=True)),
    agrees("Bidirectional", "of every step and the states",
           _both("GRU", return_state=True, return_sequences=True)),
    agrees("Bidirectional", "without bias, unrolled", _both("LSTM", use_bias=False, unroll=True)),
    agrees("Bidirectional", "of a layer that runs backwards", _backwards_first),
    refused("Bidirectional", "given its first states", _with_states),
    agrees("Bidirectional", "under names with dots and capitals", _named),
    agrees("Bidirectional", "around layers of the same name", _same_inner_names),
    agrees("Bidirectional", "three in a stack", _stack),
    refused("Bidirectional", "around a GRU with reset_after",
            lambda: chain(_SEQUENCE, layers.Bidirectional(layers.GRU(2)))),
    refused("Bidirectional", "of two different layers", _own_backward_layer),
    refused("Bidirectional", "of two layers that differ in one setting",
            _same_kind_of_backward_layer),
    refused("Bidirectional", "around a RNN of a cell",
            lambda: chain(_SEQUENCE, layers.Bidirectional(layers.RNN(layers.LSTMCell(2))))),
)  # fmt: skip


def _each(shape, make):
    return lambda: chain(shape, layers.TimeDistributed(make()))


def _shared_inner():
    dense = layers.Dense(3, name="shared")
    return chain((4, 3), layers.TimeDistributed(dense), dense, layers.TimeDistributed(dense))


def _same_names_in_time():
    def make():
        return layers.TimeDistributed(layers.Dense(3, name="inner"))

    return chain((4, 3), make(), layers.Dense(3, name="inner"), make())


def _one_wrapper_twice():
    each = layers.TimeDistributed(layers.Dense(3))
    return graph(lambda a, b: [each(each(a)), each(b)], (4, 3), (4, 3))


def _small_model():
    inputs = keras.Input((2, 2, 3))
    x = layers.Conv2D(2, 2, activation="relu", name="eye")(inputs)
    return keras.Model(inputs, layers.Dense(2)(layers.Flatten()(x)), name="frame")


_TIME_DISTRIBUTED = (
    agrees("TimeDistributed", "Dense", _each((4, 3), lambda: layers.Dense(2, activation="relu"))),
    agrees("TimeDistributed", "Dense on images", _each((4, 2, 3), lambda: layers.Dense(2))),
    agrees("TimeDistributed", "Conv2D", _each((3, 4, 4, 2), lambda: layers.Conv2D(2, 3))),
    agrees("TimeDistributed", "BatchNormalization",
           _each((3, 4), lambda: layers.BatchNormalization())),
    agrees("TimeDistributed", "Flatten", _each((3, 2, 2), lambda: layers.Flatten())),
    agrees("TimeDistributed", "GlobalAveragePooling2D",
           _each((3, 2, 2, 4), lambda: layers.GlobalAveragePooling2D())),
    agrees("TimeDistributed", "Dropout", _each((3, 4), lambda: layers.Dropout(0.5))),
    agrees("TimeDistributed", "an LSTM", _each((3, 4, 2), lambda: layers.LSTM(2))),
    refused("TimeDistributed", "a Sequential",
            _each((3, 4), lambda: chain((4,), layers.Dense(3), layers.ReLU(), layers.Dense(2)))),
    refused("TimeDistributed", "a functional model", _each((3, 2, 2, 3), _small_model)),
    agrees("TimeDistributed", "a TimeDistributed",
           _each((2, 3, 4), lambda: layers.TimeDistributed(layers.Dense(2)))),
    agrees("TimeDistributed", "around a layer that is used outside too", _shared_inner),
    agrees("TimeDistributed", "around layers of the same name", _same_names_in_time),
    agrees("TimeDistributed", "called three times", _one_wrapper_twice),
    agrees("TimeDistributed", "on any length",
           lambda: chain((None, 3), layers.TimeDistributed(layers.Dense(2)))),
    agrees("TimeDistributed", "then an LSTM",
           lambda: chain((3, 4, 4, 2), layers.TimeDistributed(layers.Conv2D(2, 3)),
                         layers.TimeDistributed(layers.Flatten()), layers.LSTM(2))),
    refused("TimeDistributed", "a GroupNormalization",
            _each((3, 4), lambda: layers.GroupNormalization(2))),
    refused("TimeDistributed", "hard_silu", _each((3, 4), lambda: layers.Activation("hard_silu"))),
)  # fmt: skip

CASES = (*_BIDIRECTIONAL, *_TIME_DISTRIBUTED)
