"""Small models of every kind that the writer knows, by name. Keras is imported when one is built."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def chain(shape: tuple[int | None, ...], make: Callable[[Any], list[Any]], **more: Any) -> Any:
    """A builder of a Sequential model; ``make`` is given ``keras.layers``."""

    def build() -> Any:
        import keras

        return keras.Sequential([keras.Input(shape, **more), *make(keras.layers)])

    return build


def graph(wire: Callable[..., Any], *shapes: tuple[int | None, ...]) -> Any:
    """A builder of a functional model: ``wire`` is given ``keras.layers`` and its inputs."""

    def build() -> Any:
        import keras

        inputs = [keras.Input(shape) for shape in shapes]
        made = wire(keras.layers, *inputs)
        return keras.Model(inputs if len(inputs) > 1 else inputs[0], made)

    return build


def _shared_twice(k: Any, a: Any, b: Any) -> Any:
    shared = k.Dense(3, name="shared")
    return k.Concatenate()([shared(a), shared(b)])


def _awkward(k: Any, a: Any, b: Any) -> Any:
    """The second call is nearer to the output than the first, and made earlier."""
    shared = k.Dense(4, name="shared")
    late = shared(a)
    early = k.ReLU()(shared(k.Dense(4)(shared(b))))
    return k.Subtract()([k.Add()([late, early]), k.Dense(4)(late)])


def _several_ends(k: Any, a: Any, b: Any) -> Any:
    middle = k.Dense(4)(a)
    return [k.Multiply()([middle, b]), k.Maximum()([a, b]), k.Minimum()([middle, a]), middle]


def _nested(k: Any, x: Any) -> Any:
    import keras

    inner = keras.Input((4,))
    made = k.Dense(4, activation="tanh", name="first")(inner)
    pair = keras.Model(inner, [made, k.Dense(4, name="second")(made)], name="pair")
    stack = keras.Sequential([keras.Input((4,)), k.Dense(4, name="first"), k.ReLU()], name="stack")
    one, two = pair(stack(x))
    three, _ = pair(two)
    return [k.Average()([one, stack(three)]), three]


def _states(k: Any, x: Any) -> Any:
    sequence, *states = k.LSTM(3, return_sequences=True, return_state=True)(x)
    return [k.LSTM(3)(sequence, initial_state=states), states[1]]


def _cells(k: Any) -> list[Any]:
    gru = k.GRUCell(2, reset_after=False)
    return [
        k.RNN(k.LSTMCell(3), return_sequences=True),
        k.RNN(k.StackedRNNCells([gru, k.SimpleRNNCell(3)])),
    ]


def _both_ways(k: Any) -> list[Any]:
    return [
        k.Bidirectional(k.LSTM(2, return_sequences=True)),
        k.Bidirectional(k.GRU(3, reset_after=False, name="inner"), merge_mode="sum"),
    ]


def _over_time(k: Any) -> list[Any]:
    return [k.TimeDistributed(k.Conv2D(2, 3)), k.TimeDistributed(k.Flatten()), k.SimpleRNN(2)]


IMAGE, SEQUENCE = (6, 6, 2), (5, 3)
ALL: dict[str, Callable[[], Any]] = {
    "Dense": chain((4,), lambda k: [k.Dense(3, name="first"), k.Dense(2, activation="softmax")]),
    "Dense without bias": chain((4,), lambda k: [k.Dense(3, use_bias=False, activation="silu")]),
    "Conv1D": chain(SEQUENCE, lambda k: [k.Conv1D(4, 2, strides=2, activation="relu")]),
    "Conv2D": chain(IMAGE, lambda k: [k.Conv2D(4, (3, 2), padding="same", dilation_rate=2)]),
    "Conv3D": chain((4, 4, 4, 2), lambda k: [k.Conv3D(2, 2, activation="elu")]),
    "Conv2DTranspose": chain(IMAGE, lambda k: [k.Conv2DTranspose(3, 3, strides=2)]),
    "Conv3DTranspose": chain((3, 3, 3, 2), lambda k: [k.Conv3DTranspose(2, 2, padding="same")]),
    "DepthwiseConv2D": chain(IMAGE, lambda k: [k.DepthwiseConv2D(3, depth_multiplier=2)]),
    "SeparableConv2D": chain(IMAGE, lambda k: [k.SeparableConv2D(4, 3, activation="selu")]),
    "pooling": chain((8, 8, 2), lambda k: [k.MaxPooling2D(), k.AveragePooling2D(3, 1, "same")]),
    "pooling of sequences": chain(
        (8, 2), lambda k: [k.MaxPooling1D(3, 1), k.AveragePooling1D(2), k.GlobalMaxPooling1D()]
    ),
    "pooling of volumes": chain((4, 4, 4, 1), lambda k: [k.MaxPooling3D(1), k.AveragePooling3D(2)]),
    "global pooling": chain(IMAGE, lambda k: [k.GlobalAveragePooling2D(keepdims=True)]),
    "shapes of images": chain(
        IMAGE,
        lambda k: [
            k.ZeroPadding2D(((1, 2), (0, 1))),
            k.Cropping2D(((1, 0), (2, 1))),
            k.UpSampling2D((2, 3)),
        ],
    ),
    "shapes": chain(
        (12,),
        lambda k: [k.RepeatVector(2), k.Permute((2, 1)), k.Reshape((4, -1, 2)), k.Flatten()],
    ),
    "normalisation": chain(
        IMAGE,
        lambda k: [
            k.Rescaling(0.5, -1),
            k.BatchNormalization(scale=False, epsilon=0.01),
            k.LayerNormalization(axis=[1, 2]),
        ],
    ),
    "scaling by channel": chain(
        IMAGE, lambda k: [k.Rescaling([0.5, 2.0], [1.0, 0.0]), k.Normalization(mean=1, variance=4)]
    ),
    "activations": chain(
        (4,),
        lambda k: [
            k.ReLU(max_value=2.0),
            k.LeakyReLU(0.2),
            k.PReLU(),
            k.ReLU(threshold=0.3),
            k.ELU(),
            k.Activation("hard_sigmoid"),
            k.Activation("gelu"),
            k.Softmax(),
        ],
    ),
    "more activations": chain(
        (4,),
        lambda k: [
            k.Dense(4, activation=name)
            for name in ("mish", "log_softmax", "relu6", "softsign", "softplus", "hard_silu")
        ],
    ),
    "Embedding": chain((5,), lambda k: [k.Embedding(7, 3), k.Flatten()], dtype="int32"),
    "LSTM": chain(SEQUENCE, lambda k: [k.LSTM(3, return_sequences=True), k.LSTM(2, name="last")]),
    "GRU and SimpleRNN": chain(
        (None, 3),
        lambda k: [
            k.GRU(3, reset_after=False, return_sequences=True),
            k.SimpleRNN(2, go_backwards=True, activation="relu"),
        ],
    ),
    "cells": chain(SEQUENCE, _cells),
    "Bidirectional": chain(SEQUENCE, _both_ways),
    "TimeDistributed": chain((3, 4, 4, 2), _over_time),
    "ConvLSTM2D": chain(
        (3, 5, 5, 1), lambda k: [k.ConvLSTM2D(2, 2, recurrent_activation="sigmoid")]
    ),
    "states": graph(_states, SEQUENCE),
    "shared by two inputs": graph(_shared_twice, (4,), (4,)),
    "shared in an awkward order": graph(_awkward, (4,), (4,)),
    "several inputs and outputs": graph(_several_ends, (4,), (4,)),
    "nested": graph(_nested, (4,)),
    "Dot": graph(lambda k, a, b: k.Dot(axes=(2, 1), normalize=True)([a, b]), (2, 3), (3, 2)),
    "an input as output": graph(lambda k, x: [x, k.Dense(2)(x)], (4,)),
    "nothing but an input": chain((4,), lambda k: [k.Flatten()]),
}
