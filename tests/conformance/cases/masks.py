"""Masks: made by Masking or Embedding, read by what follows, lost on the way."""

import numpy as np

from ..case import (
    agrees,
    alone,
    chain,
    graph,
    keras,
    layers,
    padded,
    padded_words,
    refused,
    whole_numbers,
)

_WORDS = (5,)
_STEPS = (5, 3)


def _words(*stack):
    return lambda: chain(
        _WORDS, layers.Embedding(7, 3, mask_zero=True), *(make() for make in stack)
    )


def _steps(*stack):
    return lambda: chain(_STEPS, layers.Masking(), *(make() for make in stack))


def _lstm(units=2, **config):
    return lambda: layers.LSTM(units, **config)


def _gru(**config):
    return lambda: layers.GRU(2, reset_after=False, **config)


def _dense():
    return layers.Dense(2)


def _read(layer, about, *stack, expect=agrees, front=False):
    """The mask of an Embedding before these layers."""
    return expect(layer, about, _words(*stack), inputs=padded_words(7, _WORDS, front=front))


_MASKING = (
    alone("Masking", "alone", _STEPS),
    agrees("Masking", "of another value", lambda: chain(_STEPS, layers.Masking(0.5), _dense())),
    agrees("Masking", "then Dense", _steps(_dense), inputs=padded(_STEPS)),
    agrees("Masking", "then LSTM", _steps(_lstm()), inputs=padded(_STEPS)),
    agrees("Masking", "at the front, then LSTM", _steps(_lstm()),
           inputs=padded(_STEPS, front=True)),
    agrees("Masking", "then GRU", _steps(_gru()), inputs=padded(_STEPS)),
    agrees("Masking", "then Dense, then LSTM", _steps(_dense, _lstm()), inputs=padded(_STEPS)),
    agrees("Masking", "then Dropout, ReLU and LSTM",
           _steps(lambda: layers.Dropout(0.5), lambda: layers.Activation("tanh"), _lstm()),
           inputs=padded(_STEPS)),
    agrees("Masking", "then BatchNormalization and LSTM",
           _steps(lambda: layers.BatchNormalization(), _lstm()), inputs=padded(_STEPS)),
    agrees("Masking", "then LayerNormalization and LSTM",
           _steps(lambda: layers.LayerNormalization(), _lstm()), inputs=padded(_STEPS)),
    agrees("Masking", "then Flatten", _steps(lambda: layers.Flatten(), _dense),
           inputs=padded(_STEPS)),
    agrees("Masking", "then Conv1D", _steps(lambda: layers.Conv1D(2, 2)), inputs=padded(_STEPS)),
    agrees("Masking", "then TimeDistributed Dense",
           _steps(lambda: layers.TimeDistributed(layers.Dense(2)), _lstm()),
           inputs=padded(_STEPS)),
)  # fmt: skip

_READERS = (
    _read("LSTM", "masked", _lstm()),
    _read("LSTM", "masked at the front", _lstm(), front=True),
    _read("LSTM", "masked, every step", _lstm(return_sequences=True)),
    _read("LSTM", "masked, backwards", _lstm(go_backwards=True)),
    _read("LSTM", "masked, the state too", _lstm(return_state=True)),
    _read("LSTM", "masked, unrolled", _lstm(unroll=True)),
    _read("LSTM", "masked, two in a stack", _lstm(return_sequences=True), _lstm()),
    _read("GRU", "masked", _gru()),
    _read("GRU", "masked, every step", _gru(return_sequences=True)),
    _read("SimpleRNN", "masked", lambda: layers.SimpleRNN(2)),
    _read("RNN", "masked", lambda: layers.RNN(layers.LSTMCell(2))),
    _read("StackedRNNCells", "masked",
          lambda: layers.RNN(layers.StackedRNNCells([layers.LSTMCell(2), layers.LSTMCell(3)]))),
    _read("RNN", "masked, zeros out of masked steps",
          lambda: layers.RNN(layers.LSTMCell(2), zero_output_for_mask=True,
                             return_sequences=True), expect=refused),
    _read("Bidirectional", "masked", lambda: layers.Bidirectional(layers.LSTM(2))),
    _read("Bidirectional", "masked at the front", lambda: layers.Bidirectional(layers.LSTM(2)),
          front=True),
    _read("Bidirectional", "masked, every step",
          lambda: layers.Bidirectional(layers.LSTM(2, return_sequences=True)), expect=refused),
    _read("TimeDistributed", "masked, a Dense",
          lambda: layers.TimeDistributed(layers.Dense(2)), _lstm()),
    _read("GlobalAveragePooling1D", "masked", lambda: layers.GlobalAveragePooling1D(),
          expect=refused),
    _read("GlobalMaxPooling1D", "masked", lambda: layers.GlobalMaxPooling1D()),
    _read("Conv1D", "masked", lambda: layers.Conv1D(2, 2)),
    _read("LSTM", "masked before a convolution and an LSTM that is not",
          _lstm(return_sequences=True), lambda: layers.Conv1D(2, 2), _lstm(), expect=refused),
    _read("LSTM", "masked encoder, decoder that is not",
          _lstm(), lambda: layers.RepeatVector(5), _lstm(return_sequences=True), expect=refused),
    _read("Softmax", "after a masked LSTM has ended the mask",
          _lstm(), lambda: layers.Dense(5), lambda: layers.Softmax(), expect=refused),
)  # fmt: skip


def _two_branches(masked_first):
    def wire(words, steps):
        masked = layers.LSTM(2)(layers.Embedding(7, 3, mask_zero=True)(words))
        bare = layers.LSTM(2, name="bare")(steps)
        return layers.Concatenate()([masked, bare] if masked_first else [bare, masked])

    return lambda: graph(wire, _WORDS, _STEPS)


def _two_masks():
    def wire(one, other):
        embed = layers.Embedding(7, 3, mask_zero=True)
        return [layers.LSTM(2)(embed(one)), layers.LSTM(2)(embed(other))]

    return graph(wire, _WORDS, _WORDS)


def _joined(join):
    def wire(one, other):
        embed = layers.Embedding(7, 3, mask_zero=True)
        return layers.LSTM(2)(join()([embed(one), embed(other)]))

    return lambda: graph(wire, _WORDS, _WORDS)


def _one_masked_input(join):
    def wire(words, steps):
        embedded = layers.Embedding(7, 3, mask_zero=True)(words)
        return layers.LSTM(2)(join()([embedded, steps]))

    return lambda: graph(wire, _WORDS, _STEPS)


def _translation(masked_decoder):
    def wire(source, target):
        _, *states = layers.LSTM(2, return_state=True)(
            layers.Embedding(7, 3, mask_zero=True)(source)
        )
        embedded = layers.Embedding(7, 3, mask_zero=masked_decoder)(target)
        return layers.LSTM(2, return_sequences=True, name="decoder")(embedded, initial_state=states)

    return lambda: graph(wire, _WORDS, _WORDS)


def _given_mask():
    def wire(x, mask):
        return layers.LSTM(2, name="told")(x, mask=mask)

    steps, mask = keras.Input(_STEPS), keras.Input((5,), dtype="bool")
    return keras.Model([steps, mask], wire(steps, mask))


def _nested():
    inner = chain(_WORDS, layers.Embedding(7, 3, mask_zero=True), layers.LSTM(2))
    return chain(_WORDS, inner, layers.Dense(2))


def _into_nested():
    inner = chain(_STEPS, layers.Dense(3), layers.LSTM(2), name="reader")
    return chain(_WORDS, layers.Embedding(7, 3, mask_zero=True), inner)


def _out_of_nested():
    inner = chain(_WORDS, layers.Embedding(7, 3, mask_zero=True), layers.Dense(3))
    return chain(_WORDS, inner, layers.LSTM(2))


def _mask_and_words(random, batch):
    mask = padded_words(2, _WORDS)(random, batch)[0].astype(bool)
    return [random.normal(size=(batch, *_STEPS)), mask]


def _words_and_steps(random, batch):
    return [*padded_words(7, _WORDS)(random, batch), random.normal(size=(batch, *_STEPS))]


def _tenths(random, batch):
    steps = padded(_STEPS)(random, batch)[0]
    return [np.where(steps == 0, 0.1, steps)]


_TWO = padded_words(7, _WORDS, _WORDS)
_GRAPHS = (
    refused("LSTM", "masked, then beside it one that is not", _two_branches(True),
            inputs=_words_and_steps),
    refused("LSTM", "not masked, then beside it one that is", _two_branches(False),
            inputs=_words_and_steps),
    agrees("LSTM", "masked, two of them", _two_masks, inputs=_TWO),
    refused("Add", "of two masked inputs", _joined(lambda: layers.Add()), inputs=_TWO),
    refused("Concatenate", "of two masked inputs", _joined(lambda: layers.Concatenate()),
            inputs=_TWO),
    agrees("Concatenate", "of two masked inputs along time",
           _joined(lambda: layers.Concatenate(axis=1)), inputs=_TWO),
    refused("Concatenate", "of a masked and another input",
            _one_masked_input(lambda: layers.Concatenate()), inputs=_words_and_steps),
    refused("Add", "of a masked and another input", _one_masked_input(lambda: layers.Add()),
            inputs=_words_and_steps),
    refused("LSTM", "masked and given its first state", _translation(True), inputs=_TWO),
    refused("LSTM", "given the state of a masked one", _translation(False), inputs=_TWO),
    refused("LSTM", "given a mask as an argument", _given_mask, inputs=_mask_and_words),
    agrees("Sequential", "nested, with a mask inside", _nested, inputs=padded_words(7, _WORDS)),
    agrees("Sequential", "nested, that a mask enters", _into_nested,
           inputs=padded_words(7, _WORDS)),
    refused("Sequential", "nested, that a mask leaves", _out_of_nested,
            inputs=padded_words(7, _WORDS), blames="LSTM"),
    agrees("Masking", "of a value that float32 rounds",
           lambda: chain(_STEPS, layers.Masking(0.1), _lstm()()), inputs=_tenths),
    agrees("Embedding", "masked, of words without a zero", _words(_lstm()),
           inputs=whole_numbers(7, _WORDS, zeros=False)),
)  # fmt: skip


def _conv():
    return layers.Conv1D(3, 2)


def _nested_dense():
    return chain((5, 3), layers.Dense(3), name="plain")


def _nested_lstm():
    return chain((5, 3), layers.LSTM(2), name="reader")


def _deep_lstm():
    return chain((5, 3), layers.Dense(3), _nested_lstm(), name="outer")


def _mask_and_embedding_inside():
    """A mask enters a model in which another one is made."""

    def wire(a, b):
        inside = layers.LSTM(2, name="first")(a)
        return layers.Concatenate()([inside, layers.LSTM(2)(layers.Masking()(b))])

    inner = graph(wire, _STEPS, _STEPS)

    def outer(words, steps):
        return inner([layers.Embedding(7, 3, mask_zero=True)(words), steps])

    return graph(outer, _WORDS, _STEPS)


def _shared_with_and_without():
    """A nested model that a mask enters at one of its calls."""
    inner = _nested_lstm()

    def wire(words, steps):
        return [inner(layers.Embedding(7, 3, mask_zero=True)(words)), inner(steps)]

    return graph(wire, _WORDS, _STEPS)


def _second_input_masked():
    inner = graph(lambda a, b: [layers.LSTM(2, name="first")(a), layers.LSTM(2)(b)],
                  _STEPS, _STEPS)  # fmt: skip

    def wire(words, steps):
        return inner([steps, layers.Embedding(7, 3, mask_zero=True)(words)])

    return graph(wire, _WORDS, _STEPS)


def _both_masked_alike():
    inner = graph(lambda a, b: [layers.LSTM(2)(a), layers.LSTM(2)(b)], _STEPS, _STEPS)

    def wire(words):
        embedded = layers.Embedding(7, 3, mask_zero=True)(words)
        return inner([embedded, layers.Dense(3)(embedded)])

    return graph(wire, _WORDS)


def _mask_inside_lstm_after():
    """The mask is made in a nested model, and an LSTM comes after it."""
    inner = chain(_WORDS, layers.Embedding(7, 3, mask_zero=True),
                  layers.LSTM(2, return_sequences=True), layers.Conv1D(3, 1))  # fmt: skip
    return chain(_WORDS, inner, layers.LSTM(2, name="after"))


_MORE = (
    _read("LSTM", "after a convolution that ends the mask of an Embedding", _conv, _lstm()),
    refused("LSTM", "after a convolution that ends the mask of Masking", _steps(_conv, _lstm()),
            inputs=padded(_STEPS)),
    _read("LSTM", "masked through LeakyReLU", lambda: layers.LeakyReLU(), _lstm(),
          expect=refused),
    _read("LSTM", "masked through PReLU and ReLU", lambda: layers.PReLU(),
          lambda: layers.ReLU(), _lstm()),
    _read("LSTM", "masked through Rescaling", lambda: layers.Rescaling(2.0), _lstm(),
          expect=refused),
    _read("LSTM", "masked through BatchNormalization on time",
          lambda: layers.BatchNormalization(axis=1), _lstm(), expect=refused),
    _read("LSTM", "masked through hard_sigmoid", lambda: layers.Dense(3, activation="hard_sigmoid"),
          _lstm(), expect=refused),
    _read("Dense", "masked, hard_silu", lambda: layers.Dense(3, activation="hard_silu"),
          lambda: layers.GlobalMaxPooling1D(), expect=refused),
    _read("LSTM", "masked through SpatialDropout1D and noise",
          lambda: layers.SpatialDropout1D(0.5), lambda: layers.GaussianNoise(0.5), _lstm()),
    _read("GRU", "masked, every step and the state",
          _gru(return_sequences=True, return_state=True)),
    _read("Bidirectional", "masked, a GRU, added up",
          lambda: layers.Bidirectional(layers.GRU(2, reset_after=False), merge_mode="sum")),
    _read("Bidirectional", "masked, not merged",
          lambda: layers.Bidirectional(layers.LSTM(2), merge_mode=None)),
    _read("Bidirectional", "masked, after a masked LSTM", _lstm(3, return_sequences=True),
          lambda: layers.Bidirectional(layers.LSTM(2))),
    refused("TimeDistributed", "masked, an LSTM",
            lambda: chain((4, 5, 3), layers.Masking(), layers.TimeDistributed(layers.LSTM(2))),
            inputs=padded((4, 5, 3))),
    refused("TimeDistributed", "an LSTM after a mask",
            _words(_lstm(return_sequences=True), lambda: layers.Reshape((5, 2, 1)),
                   lambda: layers.TimeDistributed(layers.LSTM(2))),
            inputs=padded_words(7, _WORDS)),
    refused("Sequential", "nested, that a mask enters and leaves",
            _words(_nested_dense, _lstm()), inputs=padded_words(7, _WORDS), blames="LSTM"),
    agrees("Sequential", "nested twice, that a mask enters", _words(_deep_lstm),
           inputs=padded_words(7, _WORDS)),
    agrees("Sequential", "nested, that a mask enters that nobody reads",
           _words(_nested_dense, _conv, _lstm()), inputs=padded_words(7, _WORDS)),
    refused("Functional", "nested, that a mask enters and another is made in",
            _mask_and_embedding_inside, inputs=_words_and_steps, blames="LSTM"),
    refused("Sequential", "nested, that a mask enters at one of two calls",
            _shared_with_and_without, inputs=_words_and_steps, blames="LSTM"),
    refused("Functional", "nested, that a mask enters with the second input",
            _second_input_masked, inputs=_words_and_steps, blames="LSTM"),
    agrees("Functional", "nested, that one mask enters twice", _both_masked_alike,
           inputs=padded_words(7, _WORDS)),
    refused("Sequential", "nested, with a mask inside, before an LSTM", _mask_inside_lstm_after,
            inputs=padded_words(7, _WORDS), blames="LSTM"),
)  # fmt: skip

CASES = (*_MASKING, *_READERS, *_GRAPHS, *_MORE)
