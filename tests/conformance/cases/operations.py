"""Arithmetic and keras.ops on the tensors of a functional model."""

from ..case import agrees, graph, layers, ops, refused


def _on(compute, shape=(4,)):
    return lambda: graph(lambda x: layers.Dense(2)(compute(layers.Dense(3)(x))), shape)


def _of_two(compute):
    return lambda: graph(lambda a, b: compute(layers.Dense(3)(a), b), (4,), (3,))


_WITH_NUMBERS = (
    agrees("Add", "of a number", _on(lambda x: x + 1)),
    agrees("Add", "to a number", _on(lambda x: 1.5 + x)),
    agrees("Subtract", "of a number", _on(lambda x: x - 1)),
    agrees("Subtract", "from a number", _on(lambda x: 1 - x)),
    agrees("Multiply", "by a number", _on(lambda x: x * 2)),
    agrees("TrueDivide", "by a number", _on(lambda x: x / 4)),
    agrees("Negative", "of a tensor", _on(lambda x: -x)),
    agrees("Multiply", "by a number twice, then one added", _on(lambda x: (x * 2) * 3 + 1)),
    refused("TrueDivide", "of a number", _on(lambda x: 1 / (x * x + 1))),
    refused("Power", "of 2", _on(lambda x: x**2)),
    refused("Absolute", "of a tensor", _on(abs)),
)

_OF_TENSORS = (
    agrees("Add", "of two tensors by +", _of_two(lambda a, b: a + b)),
    agrees("Subtract", "of two tensors by -", _of_two(lambda a, b: a - b)),
    agrees("Multiply", "of two tensors by *", _of_two(lambda a, b: a * b)),
    refused("TrueDivide", "of two tensors by /", _of_two(lambda a, b: a / (b + 3))),
    refused(
        "Matmul",
        "of two tensors by @",
        _of_two(lambda a, b: a @ ops.transpose(b)),
        blames="Transpose",
    ),
    refused("Greater", "of two tensors", _of_two(lambda a, b: ops.where(a > b, a, b))),
    agrees("Multiply", "of a tensor and itself by *", _on(lambda x: x * x)),
)

_FUNCTIONS = (
    agrees("Relu", "of keras.ops", _on(lambda x: ops.relu(x))),
    agrees("Sigmoid", "of keras.ops", _on(lambda x: ops.sigmoid(x))),
    agrees("Softmax", "of keras.ops", _on(lambda x: ops.softmax(x, axis=-1))),
    agrees("Concatenate", "of keras.ops", _on(lambda x: ops.concatenate([x, x], axis=-1))),
    agrees("Reshape", "of keras.ops", _on(lambda x: ops.reshape(x, (-1, 3)))),
    agrees("Softmax", "of keras.ops along the last of three axes",
           lambda: graph(lambda x: ops.softmax(x, axis=2), (2, 3))),
    refused("Softmax", "of keras.ops along another axis",
            lambda: graph(lambda x: ops.softmax(x, axis=1), (2, 3))),
    refused("Reshape", "of keras.ops across the batch", _on(lambda x: ops.reshape(x, (-1, 1)))),
    refused("Reshape", "of keras.ops to an open size",
            lambda: graph(lambda x: ops.reshape(x, (-1, 3, 2)), (None, 6))),
    refused("Concatenate", "of keras.ops along the batch",
            _on(lambda x: ops.concatenate([x, x], axis=0))),
    refused("Exp", "of keras.ops", _on(lambda x: ops.exp(x))),
    refused("Mean", "of keras.ops",
            _on(lambda x: ops.mean(x, axis=1, keepdims=True))),
    refused("GetItem", "of a slice", _on(lambda x: x[:, :2])),
    refused("ExpandDims", "of keras.ops", _on(lambda x: ops.expand_dims(x, 1))),
    refused("Cast", "of keras.ops", _on(lambda x: ops.cast(x, "float32"))),
)  # fmt: skip

CASES = (*_WITH_NUMBERS, *_OF_TENSORS, *_FUNCTIONS)
