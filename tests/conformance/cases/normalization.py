"""Normalisation by batch, layer, group and unit."""

from ..case import agrees, alone, chain, graph, layers, refused

_BATCH = (
    alone("BatchNormalization", "of vectors", (4,)),
    alone("BatchNormalization", "of images", (3, 2, 4)),
    alone("BatchNormalization", "of sequences", (5, 4)),
    alone("BatchNormalization", "of volumes", (2, 2, 2, 3), "refused"),
    alone("BatchNormalization", "axis 1 of images", (3, 2, 4), axis=1),
    alone("BatchNormalization", "axis 1 of sequences", (5, 4), axis=1),
    alone("BatchNormalization", "axis 2 of images", (3, 2, 4), axis=2),
    alone("BatchNormalization", "axis -2 of images", (3, 2, 4), axis=-2),
    alone("BatchNormalization", "without scale", (4,), scale=False),
    alone("BatchNormalization", "without centre", (3, 2, 4), center=False),
    alone("BatchNormalization", "without either", (4,), scale=False, center=False),
    alone("BatchNormalization", "epsilon 0.1 momentum 0.5", (4,), epsilon=0.1, momentum=0.5),
    alone("BatchNormalization", "regularised and constrained", (4,), gamma_regularizer="l2",
          beta_constraint="non_neg"),
    alone("BatchNormalization", "of images of any size", (None, None, 3)),
    alone("BatchNormalization", "axis 1 of images of any size", (3, None, None), axis=1),
    agrees("BatchNormalization", "axis 1, shared by two sizes", lambda: _shared_norm()),
    agrees("BatchNormalization", "of whole numbers",
           lambda: chain((4,), layers.BatchNormalization(), dtype="int32")),
    agrees("BatchNormalization", "called with training=False",
           lambda: graph(lambda x: layers.BatchNormalization()(x, training=False), (4,))),
    refused("BatchNormalization", "called with training=True",
            lambda: graph(lambda x: layers.BatchNormalization()(x, training=True), (4,))),
)  # fmt: skip


def _shared_norm():
    norm = layers.BatchNormalization(axis=1)
    return graph(lambda a, b: [norm(a), norm(norm(b))], (3, 2), (3, 5))


def _norm_of_ranks():
    norm = layers.LayerNormalization()
    return graph(lambda a, b: [norm(a), norm(b)], (3,), (2, 3))


_LAYER = (
    alone("LayerNormalization", "of vectors", (4,)),
    alone("LayerNormalization", "of sequences", (5, 4)),
    alone("LayerNormalization", "of images", (3, 2, 4)),
    alone("LayerNormalization", "axis 1 of sequences", (5, 4), axis=1),
    alone("LayerNormalization", "axes (1, 2) of sequences", (5, 4), axis=(1, 2)),
    alone("LayerNormalization", "axes (-2, -1) of images", (3, 2, 4), axis=(-2, -1)),
    alone("LayerNormalization", "axes (2, 1) of sequences", (5, 4), axis=(2, 1)),
    alone("LayerNormalization", "without scale", (4,), scale=False),
    alone("LayerNormalization", "without centre", (4,), center=False),
    alone("LayerNormalization", "without either, epsilon 0.1", (4,), center=False, scale=False,
          epsilon=0.1),
    agrees("LayerNormalization", "shared by vectors and sequences", _norm_of_ranks),
    alone("LayerNormalization", "of volumes", (2, 2, 2, 3), "refused"),
)  # fmt: skip

_OTHERS = (
    alone("GroupNormalization", "in 2 groups", (3, 3, 4), "refused", groups=2),
    alone("GroupNormalization", "in one group", (4,), "refused", groups=1),
    alone("RMSNormalization", "of vectors", (4,), "refused"),
    alone("UnitNormalization", "of vectors", (4,), "refused"),
    refused("SpectralNormalization", "of a Dense",
            lambda: chain((4,), layers.SpectralNormalization(layers.Dense(3)))),
)  # fmt: skip

CASES = (*_BATCH, *_LAYER, *_OTHERS)
