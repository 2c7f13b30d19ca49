"""Layers that join tensors."""

from ..case import agrees, graph, keras, layers, on_pair, refused

_SUMS = ("Add", "Multiply", "Average", "Maximum", "Minimum", "Subtract")


def _sums(layer):
    yield on_pair(layer, "of two vectors", ((4,), (4,)))
    yield on_pair(layer, "of images", ((2, 3, 2), (2, 3, 2)))
    yield on_pair(layer, "that broadcasts", ((1, 3), (4, 3)))
    yield on_pair(layer, "of different ranks", ((3,), (4, 3)), "refused")
    if layer != "Subtract":
        yield on_pair(layer, "of three", ((4,), (4,), (4,)))


def _joined(about, shapes, **config):
    return on_pair("Concatenate", about, shapes, **config)


_CONCATENATE = (
    _joined("of vectors", ((4,), (3,))),
    _joined("of three images", ((2, 2, 1), (2, 2, 2), (2, 2, 3))),
    _joined("axis 1 of rank 2", ((4,), (3,)), axis=1),
    _joined("axis 1 of rank 3", ((4, 2), (3, 2)), axis=1),
    _joined("axis -2 of rank 3", ((4, 2), (3, 2)), axis=-2),
    _joined("axis -2 of rank 3 with equal shapes", ((2, 2), (2, 2)), axis=-2),
    _joined("axis 2 of rank 4", ((2, 1, 3), (2, 4, 3)), axis=2),
    _joined("axis -3 of rank 4", ((1, 2, 3), (4, 2, 3)), axis=-3),
    _joined("of sequences of any length", ((None, 2), (None, 2)), axis=1),
    _joined("axis -1 of images of any size", ((None, None, 2), (None, None, 1)), axis=-1),
)

_DOT = (
    on_pair("Dot", "of vectors", ((4,), (4,)), axes=1),
    on_pair("Dot", "of vectors, normalised", ((4,), (4,)), axes=-1, normalize=True),
    *(
        on_pair("Dot", f"of matrices over {axes}", ((3, 3), (3, 3)), axes=axes)
        for axes in ((2, 1), (1, 2), (1, 1), (2, 2), (-1, -2))
    ),
    on_pair("Dot", "of matrices over -1", ((3, 4), (2, 4)), axes=-1),
    on_pair("Dot", "of matrices, normalised", ((3, 4), (2, 4)), axes=(2, 2), normalize=True),
    on_pair("Dot", "of a matrix and a vector", ((3, 4), (4,)), axes=(2, 1)),
    on_pair("Dot", "of a vector and a matrix", ((4,), (3, 4)), axes=(1, 2)),
    on_pair("Dot", "of rank 4", ((2, 3, 4), (2, 4, 3)), "refused", axes=(3, 2)),
)


def _itself(layer):
    return lambda: graph(lambda x: getattr(layers, layer)()([x, x]), (4,))


def _functions():
    def wire(a, b):
        return layers.concatenate([layers.add([a, b]), layers.subtract([a, b]),
                                   layers.maximum([a, b])])  # fmt: skip

    return graph(wire, (4,), (4,))


def _whole_numbers():
    one, other = keras.Input((4,), dtype="int32"), keras.Input((4,), dtype="int32")
    return keras.Model([one, other], layers.Dense(2)(layers.Add()([one, other])))


def _of_kinds(layer):
    def build():
        whole = keras.Input((4,), dtype="int32")
        numbers = keras.Input((4,))
        return keras.Model([whole, numbers], getattr(layers, layer)()([whole, numbers]))

    return build


def _shared_on_ranks(layer, shapes, **config):
    def build():
        shared = getattr(layers, layer)(**config)
        return graph(lambda *x: [shared([x[0], x[0]]), shared([x[1], x[1]])], *shapes)

    return build


def _residual():
    def wire(x):
        y = layers.Conv2D(2, 3, padding="same", activation="relu")(x)
        y = layers.Conv2D(2, 3, padding="same")(y)
        return layers.Activation("relu")(layers.Add()([x, y]))

    return graph(wire, (5, 5, 2))


_REST = (
    agrees("Add", "of a tensor and itself", _itself("Add")),
    agrees("Multiply", "of a tensor and itself", _itself("Multiply")),
    agrees("Subtract", "of a tensor and itself", _itself("Subtract")),
    agrees("Add", "of whole numbers", _whole_numbers),
    agrees("Add", "of whole and other numbers", _of_kinds("Add")),
    agrees("Concatenate", "of whole and other numbers", _of_kinds("Concatenate")),
    agrees("Concatenate", "axis -1, of ranks 2 and 3",
           _shared_on_ranks("Concatenate", ((3,), (2, 3)))),
    agrees("Subtract", "of ranks 2 and 3", _shared_on_ranks("Subtract", ((3,), (2, 3)))),
    agrees("Add", "of a residual block", _residual),
    agrees("Concatenate", "and others as functions", _functions),
    agrees("Concatenate", "of one tensor",
           lambda: graph(lambda x: layers.Concatenate()([layers.Dense(3)(x)]), (4,))),
    refused("Add", "of float16",
            lambda: graph(lambda a, b: layers.Add(dtype="float16")([a, b]), (4,), (4,))),
    agrees("Average", "in a chain after a split",
           lambda: graph(lambda x: layers.Average()([layers.Dense(3)(x), layers.Dense(3)(x)]),
                         (4,))),
)  # fmt: skip

CASES = (*(case for layer in _SUMS for case in _sums(layer)), *_CONCATENATE, *_DOT, *_REST)
