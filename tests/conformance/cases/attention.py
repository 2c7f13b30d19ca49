"""Attention, which tfjs-layers cannot be told about in a file."""

from ..case import graph, keras, layers, on_pair, refused, whole_numbers

_SEQUENCE = (4, 3)


def _itself(**config):
    return lambda: graph(
        lambda x: layers.MultiHeadAttention(2, 3, **config)(x, x, use_causal_mask=True), _SEQUENCE
    )


def _grouped(a, b):
    return layers.GroupQueryAttention(2, 4, 2)(a, b)


def _tied():
    table = layers.ReversibleEmbedding(7, 3)
    inputs = keras.Input((4,), dtype="int32")
    return keras.Model(inputs, table(table(inputs), reverse=True))


CASES = (
    on_pair("Attention", "of two sequences", (_SEQUENCE, _SEQUENCE), "refused"),
    on_pair("AdditiveAttention", "of two sequences", (_SEQUENCE, _SEQUENCE), "refused"),
    refused("MultiHeadAttention", "of two sequences",
            lambda: graph(lambda a, b: layers.MultiHeadAttention(2, 3)(a, b), _SEQUENCE,
                          _SEQUENCE)),
    refused("MultiHeadAttention", "of a sequence to itself, causal", _itself()),
    refused("GroupedQueryAttention", "of two sequences",
            lambda: graph(_grouped, _SEQUENCE, _SEQUENCE)),
    refused("ReversibleEmbedding", "read backwards", _tied,
            inputs=whole_numbers(7, (4,))),
)  # fmt: skip
