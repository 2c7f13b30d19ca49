"""Pooling, local and global, in one to three dimensions."""

from ..case import agrees, alone, chain, graph, layers

_SHAPES = {"1D": (7, 3), "2D": (7, 5, 3), "3D": (4, 5, 3, 2)}
_ANY = {"1D": (None, 3), "2D": (None, None, 3), "3D": (None, None, None, 2)}
_FIRST = {"1D": (3, 7), "2D": (3, 7, 5), "3D": (2, 4, 5, 3)}


def _local(kind, rank):
    name, shape = f"{kind}Pooling{rank}", _SHAPES[rank]
    yield alone(name, "windows of 2", shape, pool_size=2)
    yield alone(name, "same on odd sizes", shape, pool_size=2, padding="same")
    yield alone(name, "windows of 3 at stride 2", shape, pool_size=3, strides=2)
    yield alone(name, "overlapping, same", shape, pool_size=3, strides=1, padding="same")
    yield alone(name, "channels first", _FIRST[rank], "refused", pool_size=2,
                data_format="channels_first")  # fmt: skip


def _global(kind, rank):
    name = f"Global{kind}Pooling{rank}"
    yield alone(name, "to a vector", _SHAPES[rank])
    yield alone(name, "keepdims", _SHAPES[rank], keepdims=True)
    yield alone(name, "of any size", _ANY[rank])
    yield alone(name, "channels first", _FIRST[rank], "refused", data_format="channels_first")


_UNEQUAL = (
    alone("MaxPooling2D", "of (3, 2) at (1, 2)", (7, 5, 3), pool_size=(3, 2), strides=(1, 2)),
    alone("AveragePooling2D", "of (3, 2) same", (7, 5, 3), pool_size=(3, 2), padding="same"),
    alone("MaxPooling2D", "on images of any size", (None, None, 3)),
)


def _kept_of_two_sizes():
    pool = layers.GlobalAveragePooling2D(keepdims=True)
    return graph(lambda a, b: [pool(a), pool(b)], (3, 3, 2), (4, 4, 5))


_REST = (
    agrees("GlobalAveragePooling2D", "keepdims, of two numbers of channels", _kept_of_two_sizes),
    agrees("MaxPooling2D", "on whole numbers",
           lambda: chain((4, 4, 2), layers.MaxPooling2D(), dtype="int32")),
    agrees("GlobalAveragePooling2D", "on whole numbers",
           lambda: chain((4, 4, 2), layers.GlobalAveragePooling2D(), dtype="int32")),
)  # fmt: skip

_ADAPTIVE = (
    alone("AdaptiveAveragePooling2D", "to 2", (7, 5, 3), "refused", output_size=2),
    alone("AdaptiveMaxPooling2D", "to 2", (7, 5, 3), "refused", output_size=2),
)

CASES = (
    *(case for kind in ("Max", "Average") for rank in _SHAPES for case in _local(kind, rank)),
    *(case for kind in ("Max", "Average") for rank in _SHAPES for case in _global(kind, rank)),
    *_UNEQUAL,
    *_REST,
    *_ADAPTIVE,
)
