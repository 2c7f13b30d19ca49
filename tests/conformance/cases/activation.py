"""Activations: by name, as a function, as a layer."""

from ..case import agrees, alone, chain, keras, layers, refused

EXACT = (
    "linear",
    "relu",
    "relu6",
    "elu",
    "selu",
    "gelu",
    "sigmoid",
    "hard_sigmoid",
    "tanh",
    "softmax",
    "log_softmax",
    "softplus",
    "softsign",
    "silu",
    "swish",
    "hard_silu",
    "hard_swish",
    "mish",
    "leaky_relu",
)
FOREIGN = (
    "celu",
    "exponential",
    "glu",
    "hard_shrink",
    "hard_tanh",
    "log_sigmoid",
    "soft_shrink",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "tanh_shrink",
)


def _by_name(name):
    return lambda: chain((4,), layers.Dense(6, activation=name))


def _as_function(name):
    return lambda: chain((4,), layers.Dense(6, activation=getattr(keras.activations, name)))


def _as_layer(name):
    return lambda: chain((6,), layers.Activation(name))


def _in_convolution(name):
    return lambda: chain((4, 4, 2), layers.Conv2D(6, 2, activation=name))


def _in_lstm(name):
    return lambda: chain((4, 2), layers.LSTM(3, activation=name))


def _known(name):
    yield agrees("Dense", f"activation {name}", _by_name(name))
    yield agrees("Activation", name, _as_layer(name))
    if _is_function(name):
        yield agrees("Dense", f"activation keras.activations.{name}", _as_function(name))


def _is_function(name):
    """Whether there is a function of the name and not only a string."""
    return name not in ("swish", "hard_swish")


def _foreign(name):
    yield refused("Dense", f"activation {name}", _by_name(name))
    yield refused("Activation", name, _as_layer(name))


def _partial():
    return chain(
        (4,), layers.Dense(3, activation=lambda x: keras.activations.gelu(x, approximate=True))
    )


def _own_function():
    def cubed(x):
        return x * x * x

    return chain((4,), layers.Dense(3, activation=cubed))


def _own_function_with_a_known_name():
    def relu(x):
        return x * x

    return chain((4,), layers.Dense(3, activation=relu))


def _registered_function():
    @keras.saving.register_keras_serializable("conformance", "relu")
    def twice(x):
        return 2 * x

    return chain((4,), layers.Activation(twice))


def _layer_as_activation(make):
    return lambda: chain((4,), layers.Dense(3, activation=make()))


_LAYERS = (
    alone("ReLU", "plain", (6,)),
    alone("ReLU", "max_value 1", (6,), max_value=1.0),
    alone("ReLU", "max_value 0.5 on images", (2, 2, 3), max_value=0.5),
    alone("ReLU", "negative_slope 0.2", (6,), negative_slope=0.2),
    alone("ReLU", "threshold 0.3", (6,), threshold=0.3),
    alone("ReLU", "threshold 0.3 and max_value 1", (6,), "refused", threshold=0.3, max_value=1.0),
    alone("ReLU", "negative_slope and max_value", (6,), "refused", negative_slope=0.2,
          max_value=0.5),
    alone("ReLU", "negative_slope and threshold", (6,), "refused", negative_slope=0.2,
          threshold=0.3),
    alone("LeakyReLU", "of the default slope", (6,)),
    alone("LeakyReLU", "negative_slope 0.1", (6,), negative_slope=0.1),
    alone("LeakyReLU", "negative_slope 0", (6,), negative_slope=0.0),
    alone("ELU", "plain", (6,)),
    alone("ELU", "alpha 0.5", (6,), "refused", alpha=0.5),
    alone("PReLU", "on a vector", (6,)),
    alone("PReLU", "on images", (2, 3, 2)),
    alone("PReLU", "shared over an image", (2, 3, 2), shared_axes=(1, 2)),
    alone("PReLU", "shared over a sequence of any length", (None, 3), shared_axes=(1,)),
    alone("PReLU", "regularised and constrained", (6,), alpha_regularizer="l2",
          alpha_constraint="non_neg", alpha_initializer="ones"),
    alone("Softmax", "on the last axis", (6,)),
    alone("Softmax", "axis 1 of rank 3", (4, 3), "refused", axis=1),
    alone("Softmax", "axis -2 of rank 3", (4, 3), "refused", axis=-2),
    alone("Softmax", "over two axes", (2, 3, 4), "refused", axis=(1, 2)),
    agrees("Dense", "activation a ReLU layer", _layer_as_activation(lambda: layers.ReLU(1.0))),
    agrees("Dense", "activation a LeakyReLU layer",
           _layer_as_activation(lambda: layers.LeakyReLU(negative_slope=0.1))),
    agrees("Dense", "activation an Activation layer",
           _layer_as_activation(lambda: layers.Activation("tanh"))),
    refused("Dense", "activation an ELU layer of alpha 0.5",
            _layer_as_activation(lambda: layers.ELU(alpha=0.5)), blames="ELU"),
    refused("Dense", "activation an approximate gelu", _partial),
    refused("Dense", "activation the author's function", _own_function),
    refused("Dense", "activation the author's function named relu", _own_function_with_a_known_name),
    refused("Activation", "the author's function registered as relu", _registered_function),
)  # fmt: skip

_ELSEWHERE = (
    *(
        agrees("Conv2D", f"activation {name}", _in_convolution(name))
        for name in ("relu", "relu6", "elu", "sigmoid", "softmax", "silu", "gelu", "mish",
                     "leaky_relu", "hard_sigmoid")
    ),
    *(
        agrees("LSTM", f"activation {name}", _in_lstm(name))
        for name in ("relu", "selu", "softsign", "silu", "linear")
    ),
    refused("LSTM", "activation leaky_relu", _in_lstm("leaky_relu")),
    refused("LSTM", "activation hard_sigmoid", _in_lstm("hard_sigmoid")),
)  # fmt: skip

_ON_WHOLE_NUMBERS = tuple(
    agrees("Activation", f"{name} on whole numbers",
           lambda name=name: chain((4,), layers.Activation(name), dtype="int32"))
    for name in ("relu", "tanh")
)  # fmt: skip

CASES = (
    *(case for name in EXACT for case in _known(name)),
    *(case for name in FOREIGN for case in _foreign(name)),
    *_LAYERS,
    *_ELSEWHERE,
    *_ON_WHOLE_NUMBERS,
)
