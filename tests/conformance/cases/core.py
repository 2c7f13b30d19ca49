"""Dense, embeddings, shapes, dropout and noise."""

from ..case import agrees, alone, chain, graph, keras, layers, refused, whole_numbers


def _with_dtype(policy):
    return lambda: chain((4,), layers.Dense(3, dtype=policy), layers.Dense(2, dtype=policy))


def _globally_mixed():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        return chain((4,), layers.Dense(3), layers.Dense(2, dtype="float32"))
    finally:
        keras.config.set_dtype_policy(before)


def _frozen():
    model = chain((4,), layers.Dense(3), layers.BatchNormalization(), layers.Dense(2))
    model.layers[0].trainable = False
    model.layers[1].trainable = False
    return model


def _own_initialiser():
    class Halves(keras.initializers.Initializer):
        def __call__(self, shape, dtype=None):
            return keras.ops.full(shape, 0.5, dtype)

    return chain((4,), layers.Dense(3, kernel_initializer=Halves()))


def _array_initialiser():
    start = keras.initializers.Constant([0.1, 0.2, 0.3])
    return chain((4,), layers.Dense(3, bias_initializer=start))


def _function_initialiser():
    return chain(
        (4,), layers.Dense(3, kernel_initializer=lambda shape, dtype: keras.ops.ones(shape, dtype))
    )


def _own_constraint():
    class Small(keras.constraints.Constraint):
        def __call__(self, w):
            return w * 0.5

    return chain((4,), layers.Dense(3, kernel_constraint=Small()))


def _quantised():
    model = chain((4,), layers.Dense(3))
    model.quantize("int8")
    return model


def _initialiser(name):
    return agrees(
        "Dense",
        f"initialiser {name}",
        lambda: chain(
            (4,),
            layers.Dense(
                4,
                kernel_initializer=name,
                bias_initializer="ones",
            ),
        ),
    )


_INITIALISERS = (
    "zeros",
    "ones",
    "random_normal",
    "random_uniform",
    "truncated_normal",
    "variance_scaling",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "lecun_normal",
    "lecun_uniform",
    "orthogonal",
    "identity",
)

_DENSE = (
    alone("Dense", "with bias", (4,), units=3),
    alone("Dense", "without bias", (4,), units=3, use_bias=False),
    alone("Dense", "one unit on one feature", (1,), units=1),
    alone("Dense", "on sequences", (5, 4), units=3),
    alone("Dense", "on images", (2, 3, 4), units=2),
    alone("Dense", "on sequences of any length", (None, 4), units=3, activation="relu"),
    alone("Dense", "with low-rank adapters", (4,), units=3, lora_rank=2),
    agrees(
        "Dense", "on whole numbers", lambda: chain((4,), layers.Dense(3), dtype="int32")
    ),
    refused("Dense", "on bytes", lambda: chain((4,), layers.Dense(3), dtype="uint8"),
            blames="InputLayer"),
    agrees("Dense", "on truth values", lambda: chain((4,), layers.Dense(3), dtype="bool")),
    agrees("Dense", "some of it frozen", _frozen),
    refused("Dense", "of float64", _with_dtype("float64")),
    refused("Dense", "of float16", _with_dtype("float16")),
    refused("Dense", "of bfloat16", _with_dtype("bfloat16")),
    refused("Dense", "of mixed_float16", _with_dtype("mixed_float16")),
    refused("Dense", "under a global policy of mixed_float16", _globally_mixed),
    refused("Dense", "quantised to int8", _quantised),
    *(_initialiser(name) for name in _INITIALISERS),
    agrees("Dense", "initialiser of the author's own", _own_initialiser),
    agrees("Dense", "initialiser from an array", _array_initialiser),
    agrees("Dense", "initialiser that is a function", _function_initialiser),
    agrees("Dense", "constraint of the author's own", _own_constraint),
    alone("Dense", "regularised l1", (4,), units=3, kernel_regularizer="l1"),
    alone("Dense", "regularised l2 everywhere", (4,), units=3, kernel_regularizer="l2",
          bias_regularizer="l2", activity_regularizer="l2"),
    alone("Dense", "regularised l1_l2", (4,), units=3, kernel_regularizer="L1L2"),
    alone("Dense", "regularised orthogonal", (4,), units=3,
          kernel_regularizer="orthogonal_regularizer"),
    alone("Dense", "constrained max_norm", (4,), units=3, kernel_constraint="max_norm"),
    alone("Dense", "constrained min_max_norm", (4,), units=3, kernel_constraint="min_max_norm"),
    alone("Dense", "constrained non_neg and unit_norm", (4,), units=3,
          kernel_constraint="unit_norm", bias_constraint="non_neg"),
)  # fmt: skip

_EINSUM = (
    alone("EinsumDense", "of rank 2", (4,), "refused", equation="ab,bc->ac", output_shape=3),
    alone("EinsumDense", "of rank 3 with bias", (5, 4), "refused", equation="abc,cd->abd",
          output_shape=(None, 3), bias_axes="d"),
    alone("EinsumDense", "with an activation", (5, 4), "refused", equation="abc,cd->abd",
          output_shape=(None, 3), bias_axes="d", activation="relu"),
    alone("EinsumDense", "with an ellipsis", (5, 4), "refused", equation="...x,xy->...y",
          output_shape=3, bias_axes="y"),
    alone("EinsumDense", "that makes heads", (5, 4), "refused", equation="abc,cde->abde",
          output_shape=(None, 2, 3), bias_axes="de"),
)  # fmt: skip

_EMBEDDING = (
    *(
        agrees("Embedding", about, lambda shape=shape: chain(shape, layers.Embedding(7, 3)),
               inputs=whole_numbers(7, shape))
        for about, shape in (
            ("of sequences", (5,)),
            ("of rank 3", (2, 4)),
        )
    ),
    refused("Embedding", "of single words", lambda: chain((), layers.Embedding(7, 3)),
            inputs=whole_numbers(7, ()), blames="InputLayer"),
    agrees("Embedding", "of sequences of any length",
           lambda: chain((None,), layers.Embedding(7, 3)), inputs=whole_numbers(7, (5,))),
    agrees("Embedding", "of an int32 input",
           lambda: chain((5,), layers.Embedding(7, 3), dtype="int32"),
           inputs=whole_numbers(7, (5,))),
    agrees("Embedding", "whose mask nobody reads",
           lambda: chain((5,), layers.Embedding(7, 3, mask_zero=True), layers.Flatten(),
                         layers.Dense(2)),
           inputs=whole_numbers(7, (5,))),
    agrees("Embedding", "with low-rank adapters",
           lambda: chain((5,), layers.Embedding(7, 3, lora_rank=2)),
           inputs=whole_numbers(7, (5,))),
    agrees("Embedding", "one table for two inputs", lambda: _two_readers(),
           inputs=whole_numbers(7, (5,), (4,))),
)  # fmt: skip


def _two_readers():
    table = layers.Embedding(7, 3)
    return graph(lambda a, b: layers.Concatenate(axis=1)([table(a), table(b)]), (5,), (4,))


_SHAPES = (
    alone("Flatten", "an image", (2, 3, 4)),
    alone("Flatten", "a vector", (4,)),
    refused("Flatten", "a scalar", lambda: chain((), layers.Flatten()), blames="InputLayer"),
    alone("Flatten", "channels first", (2, 3, 4), data_format="channels_first"),
    alone("Flatten", "a sequence of any length", (None, 3), "refused"),
    alone("Reshape", "a vector to an image", (12,), target_shape=(2, 3, 2)),
    alone("Reshape", "with -1", (3, 4), target_shape=(2, -1)),
    alone("Reshape", "of an unknown size with -1", (None, 4), target_shape=(-1, 2)),
    alone("Reshape", "to a vector", (3, 4), target_shape=(12,)),
    alone("Reshape", "to a scalar", (1,), target_shape=()),
    alone("Permute", "two axes", (3, 4), dims=(2, 1)),
    alone("Permute", "three axes", (2, 3, 4), dims=(3, 1, 2)),
    alone("RepeatVector", "three times", (4,), n=3),
    alone("Identity", "alone", (4,)),
    agrees("Identity", "between layers",
           lambda: chain((4,), layers.Dense(3), layers.Identity(), layers.Dense(2))),
    agrees("InputLayer", "given as a layer of a Sequential",
           lambda: keras.Sequential([layers.InputLayer(shape=(4,), name="photo"), layers.Dense(3)])),
    agrees("InputLayer", "of a fixed batch",
           lambda: chain((4,), layers.Dense(3), batch_size=2), batches=(2, 2)),
    agrees("InputLayer", "of sparse tensors",
           lambda: keras.Sequential([keras.Input((4,), sparse=True, name="few"), layers.Dense(3)])),
)  # fmt: skip


def _middle(layer, about, shape=(5, 4), **config):
    """A layer that does nothing at inference, between two that do."""
    return agrees(
        layer,
        about,
        lambda: chain(shape, layers.Dense(3), getattr(layers, layer)(**config), layers.Dense(2)),
    )


def _always_dropping():
    return graph(lambda x: layers.Dropout(0.5)(x, training=True), (4,))


_NOISE = (
    _middle("Dropout", "of a half", rate=0.5),
    _middle("Dropout", "with a noise shape and a seed", rate=0.5, noise_shape=(None, 1, 3), seed=3),
    _middle("Dropout", "of nothing", rate=0.0),
    _middle("SpatialDropout1D", "of a half", rate=0.5),
    _middle("SpatialDropout2D", "of a half", (3, 3, 2), rate=0.5),
    _middle("SpatialDropout3D", "of a half", (2, 2, 2, 2), rate=0.5),
    _middle("GaussianDropout", "of a half", rate=0.5),
    _middle("GaussianNoise", "of a tenth", stddev=0.1),
    _middle("AlphaDropout", "of a half", rate=0.5),
    _middle("ActivityRegularization", "of both kinds", l1=0.1, l2=0.1),
    refused("Dropout", "called with training=True", _always_dropping),
)


def _nested_words():
    inner = chain((5,), layers.Embedding(7, 3), layers.Flatten(), dtype="int32", name="inner")
    return chain((5,), inner, layers.Dense(2), dtype="int32")


def _nested_of_floats():
    inner = chain((4,), layers.Activation("tanh"), name="inner")
    return chain((4,), inner, dtype="int32")


def _nested_of_whole_numbers():
    inner = chain((3,), layers.Dense(2), dtype="int32", name="inner")
    return chain((4,), layers.Dense(3), inner)


def _two_uses():
    def wire(x):
        return [layers.Embedding(9, 3)(x), layers.Dense(2)(x), layers.Activation("tanh")(x), x]

    return graph(wire, (4,), dtype="int32")


_WHOLE = (
    agrees("Embedding", "in a nested model of whole numbers", _nested_words,
           inputs=whole_numbers(7, (5,))),
    agrees("Embedding", "of whole numbers in another shape",
           lambda: chain((6,), layers.Reshape((2, 3)), layers.Embedding(7, 3), dtype="int32"),
           inputs=whole_numbers(7, (6,))),
    agrees("Embedding", "beside layers that compute", _two_uses, inputs=whole_numbers(9, (4,))),
    agrees("Sequential", "nested, of floats, on whole numbers", _nested_of_floats),
    refused("Sequential", "nested, of whole numbers, on floats", _nested_of_whole_numbers),
    agrees("Dropout", "of whole numbers",
           lambda: chain((4,), layers.Dropout(0.5), layers.Activation("tanh"), dtype="int32")),
    refused("LayerNormalization", "of whole numbers",
            lambda: chain((4,), layers.LayerNormalization(), dtype="int32")),
    refused("ReLU", "of whole numbers up to 2.5",
            lambda: chain((4,), layers.ReLU(2.5), dtype="int32")),
    agrees("ReLU", "of whole numbers above 2.5",
           lambda: chain((4,), layers.ReLU(threshold=2.5), dtype="int32")),
    agrees("LeakyReLU", "of whole numbers",
           lambda: chain((4,), layers.LeakyReLU(), dtype="int32")),
    agrees("Average", "of whole numbers",
           lambda: graph(lambda a, b: layers.Average()([a, b]), (4,), (4,), dtype="int32")),
    agrees("TrueDivide", "of whole numbers", lambda: graph(lambda x: x / 2, (4,), dtype="int32")),
    agrees("Activation", "of truth values",
           lambda: chain((4,), layers.Activation("tanh"), dtype="bool")),
)  # fmt: skip

CASES = (*_DENSE, *_EINSUM, *_EMBEDDING, *_SHAPES, *_NOISE, *_WHOLE)
