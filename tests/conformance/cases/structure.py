"""How models are put together: sharing, nesting, names, inputs and outputs."""

from ..case import agrees, chain, graph, keras, layers, refused


def _dense(units=2, **config):
    return layers.Dense(units, **config)


def _shared_twice():
    shared = _dense(3, name="shared")
    return graph(lambda a, b: layers.Concatenate()([shared(a), shared(b)]), (4,), (4,))


def _shared_in_a_row():
    shared = _dense(4)
    return graph(lambda x: shared(shared(shared(x))), (4,))


def _shared_in_awkward_order():
    """The second call is nearer to the output than the first, and made earlier."""
    shared = _dense(4, name="shared")

    def wire(a, b):
        late = shared(a)
        early = layers.ReLU()(shared(layers.Dense(4)(shared(b))))
        return layers.Subtract()([layers.Add()([late, early]), layers.Dense(4)(late)])

    return graph(wire, (4,), (4,))


def _shared_outside_too():
    """One call of the layer does not belong to the model."""
    shared = _dense(4, name="shared")
    elsewhere = keras.Input((4,))
    shared(elsewhere)
    return graph(lambda x: shared(layers.ReLU()(shared(x))), (4,))


def _shared_by_two_models():
    shared = _dense(4, name="shared")
    graph(lambda x: shared(shared(x)), (4,))
    return graph(lambda x: shared(layers.ReLU()(shared(x))), (4,))


def _outputs_of_different_calls():
    shared = _dense(4)

    def wire(a, b):
        first, second = shared(a), shared(b)
        return [second, first, shared(second)]

    return graph(wire, (4,), (4,))


_SHARED = (
    agrees("Dense", "shared by two inputs", _shared_twice),
    agrees("Dense", "three times in a row", _shared_in_a_row),
    agrees("Dense", "shared in an awkward order", _shared_in_awkward_order),
    agrees("Dense", "called outside of the model too", _shared_outside_too),
    agrees("Dense", "shared by two models", _shared_by_two_models),
    agrees("Dense", "the outputs of different calls", _outputs_of_different_calls),
)


def _inner_functional(name="inner", units=3):
    inputs = keras.Input((4,))
    x = _dense(units, activation="relu", name="first")(inputs)
    return keras.Model(inputs, _dense(4, name="second")(x), name=name)


def _inner_chain(name="inner", units=3):
    return keras.Sequential(
        [keras.Input((4,)), _dense(units, name="first"), _dense(4, name="second")], name=name
    )


def _nested(make_inner):
    return lambda: chain((4,), _dense(4, name="first"), make_inner(), _dense(name="last"))


def _in_functional(make_inner):
    return lambda: graph(lambda x: _dense(name="last")(make_inner()(_dense(4)(x))), (4,))


def _twice_nested():
    middle = chain((4,), _dense(4, name="first"), _inner_functional(), name="middle")
    inputs = keras.Input((4,))
    outer = keras.Model(inputs, middle(_dense(4, name="first")(inputs)), name="outer")
    return chain((4,), outer, _dense(name="last"))


def _nested_shared():
    inner = _inner_functional()

    def wire(a, b):
        return layers.Concatenate()([inner(a), inner(inner(b))])

    return graph(wire, (4,), (4,))


def _nested_chain_shared():
    inner = _inner_chain()
    return graph(lambda a, b: layers.Add()([inner(a), inner(b)]), (4,), (4,))


def _same_names_inside():
    one, other = _inner_functional("one"), _inner_chain("other", 5)
    return chain((4,), one, other, _dense(name="first"))


def _in_and_out(name="pair"):
    a, b = keras.Input((4,)), keras.Input((4,))
    total = layers.Add(name="total")([a, _dense(4, name="first")(b)])
    return keras.Model([a, b], [total, _dense(4, name="second")(a)], name=name)


def _nested_of_two_inputs_and_outputs():
    pair = _in_and_out()

    def wire(a, b):
        one, two = pair([b, a])
        three, _ = pair([two, one])
        return [two, layers.Concatenate()([three, one])]

    return graph(wire, (4,), (4,))


def _nested_output_unused():
    return graph(lambda a, b: _dense()(_in_and_out()([a, b])[1]), (4,), (4,))


def _only_a_model():
    return chain((4,), _inner_functional())


def _shared_inside_and_outside():
    shared = _dense(4, name="shared")
    inputs = keras.Input((4,))
    inner = keras.Model(inputs, shared(inputs), name="inner")
    return graph(lambda x: shared(inner(x)), (4,))


def _model_inside_and_outside():
    shared = _inner_functional("shared")
    inputs = keras.Input((4,))
    inner = keras.Model(inputs, layers.ReLU()(shared(inputs)), name="inner")
    return graph(lambda x: shared(inner(shared(x))), (4,))


def _slice_of_another():
    """A model made of inner tensors of another, as for transfer learning."""
    base = chain((4,), _dense(4, name="first"), _dense(3, name="middle"), _dense(2, name="last"))
    return keras.Model(base.inputs, _dense(2, name="head")(base.get_layer("middle").output))


def _transfer():
    inputs = keras.Input((6, 6, 2))
    x = layers.Conv2D(3, 3, name="eye")(inputs)
    x = layers.BatchNormalization(name="norm")(x)
    base = keras.Model(inputs, layers.GlobalAveragePooling2D()(x), name="base")
    base.trainable = False
    return graph(lambda x: _dense(name="head")(layers.Dropout(0.2)(base(x, training=False))),
                 (6, 6, 2))  # fmt: skip


def _nested_regularised():
    inner = chain((4,), _dense(3, activity_regularizer="l2"), name="inner")
    return chain((4,), inner, _dense())


def _refused_inside():
    inner = chain((4, 4, 2), layers.GroupNormalization(2, name="deep_inside"), name="inner")
    return chain((4, 4, 2), inner, layers.Flatten())


_NESTED = (
    agrees("Sequential", "in a Sequential", _nested(_inner_chain)),
    agrees("Sequential", "in a functional model", _in_functional(_inner_chain)),
    agrees("Functional", "in a Sequential", _nested(_inner_functional)),
    agrees("Functional", "in a functional model", _in_functional(_inner_functional)),
    agrees("Functional", "nested twice", _twice_nested),
    agrees("Functional", "nested and shared", _nested_shared),
    agrees("Sequential", "nested and shared", _nested_chain_shared),
    agrees("Functional", "two with the same names inside", _same_names_inside),
    agrees("Functional", "nested, of two inputs and outputs", _nested_of_two_inputs_and_outputs),
    agrees("Functional", "nested, one output of two unused", _nested_output_unused),
    agrees("Functional", "alone in a Sequential", _only_a_model),
    agrees("Dense", "shared by a model and the one inside it", _shared_inside_and_outside),
    agrees("Functional", "shared by a model and the one inside it", _model_inside_and_outside),
    agrees("Functional", "made of a part of another", _slice_of_another),
    agrees("Functional", "frozen and called with training=False", _transfer),
    agrees("Sequential", "nested, with an activity regulariser", _nested_regularised),
    refused("GroupNormalization", "inside a nested model", _refused_inside),
)

_AWKWARD = (
    "snake_case_name",
    "camelCaseName",
    "with.dots.inside",
    "vars",
    "Model",
    "1",
    "_leading",
    "trailing_",
    "kernel",
    "model_config",
    "dense_1.kernel",
    "name with spaces",
    "größe",
    "double__underscore",
    "input_1",
)


def _named(name):
    return lambda: graph(
        lambda x: _dense(name="last")(layers.ReLU(name=f"{name}2")(_dense(3, name=name)(x))), (4,)
    )


def _named_input():
    photo = keras.Input((4,), name="the_photo.of.aCat")
    return keras.Model(photo, _dense()(photo))


def _names_that_meet():
    """As camelCase these are one."""
    return chain((4,), _dense(3, name="a_b"), _dense(3, name="aB"), _dense(3, name="a__b"))


def _names_that_meet_in_tfjs():
    """Once what tfjs does not allow is replaced, these are one."""
    return chain((4,), _dense(3, name="a b"), _dense(3, name="axb"), _dense(3, name="aöb"))


def _named_cells():
    rnn = layers.RNN(layers.LSTMCell(2, name="die Zelle"), return_sequences=True, name="_ü")
    both = layers.Bidirectional(layers.LSTM(2, name="vor wärts"), name="hin und her")
    return chain((4, 3), layers.TimeDistributed(_dense(3, name="_je")), rnn, both)


def _named_like_its_model():
    return keras.Sequential([keras.Input((4,), name="in"), _dense(name="twin")], name="twin")


_NAMES = (
    *(agrees("Dense", f"named {name}", _named(name)) for name in _AWKWARD),
    agrees("InputLayer", "with an awkward name", _named_input),
    agrees("Dense", "names that look alike", _names_that_meet),
    agrees("Dense", "names that tfjs would not tell apart", _names_that_meet_in_tfjs),
    agrees("RNN", "and others under names that tfjs does not allow", _named_cells),
    agrees("Dense", "named like its model", _named_like_its_model),
)


def _inputs_out_of_order():
    z, a, m = (keras.Input((size,), name=name) for name, size in (("z", 2), ("a", 3), ("m", 4)))
    joined = layers.Concatenate()([_dense()(m), a, _dense(3)(z)])
    return keras.Model([z, m, a], _dense()(joined))


def _inputs_by_name(shape=(3,)):
    given = {name: keras.Input(shape, name=name) for name in ("wide", "deep", "also")}
    joined = layers.Concatenate()([_dense()(given["wide"]), given["deep"], given["also"]])
    return given, joined


def _dict_of_inputs():
    given, joined = _inputs_by_name()
    return keras.Model(given, _dense()(joined))


def _dict_of_outputs():
    given, joined = _inputs_by_name()
    return keras.Model(list(given.values()), {"b": _dense(1)(joined), "a": _dense(2)(joined)})


def _same_output_twice():
    def wire(x):
        y = _dense()(x)
        return [y, layers.ReLU()(y), y]

    return graph(wire, (4,))


def _nested_same_output_twice():
    inner = _same_output_twice()

    def wire(x):
        one, two, three = inner(x)
        return [layers.Concatenate()([one, three]), two]

    return graph(wire, (4,))


def _input_as_output():
    return graph(lambda x: [x, _dense()(x)], (4,))


def _nothing_but_an_input():
    return graph(lambda x: x, (4,))


def _hidden_output():
    def wire(x):
        hidden = _dense(3)(x)
        return [_dense()(hidden), hidden]

    return graph(wire, (4,))


def _long_and_short_way():
    def wire(x):
        y = x
        for _ in range(3):
            y = _dense(4, activation="relu")(y)
        return layers.Add()([y, x])

    return graph(wire, (4,))


def _branch_that_ends():
    """A layer that was called but leads to no output."""

    def wire(x):
        y = _dense(4)(x)
        _dense(3)(y)
        return _dense()(y)

    return graph(wire, (4,))


def _unread_input():
    return graph(lambda a, b: _dense()(a), (4,), (3,))


_ENDS = (
    agrees("Functional", "inputs out of order", _inputs_out_of_order),
    agrees("Functional", "a dictionary of inputs", _dict_of_inputs),
    agrees("Functional", "a dictionary of outputs", _dict_of_outputs),
    agrees("Functional", "the same output twice", _same_output_twice),
    agrees("Functional", "an input as output twice", lambda: graph(lambda x: [x, x], (4,))),
    agrees("Functional", "nested, the same output twice", _nested_same_output_twice),
    agrees("Functional", "an input as output", _input_as_output),
    agrees("Functional", "an input that nothing reads", _unread_input),
    agrees("Functional", "nothing but an input", _nothing_but_an_input),
    agrees("Functional", "a hidden layer as output", _hidden_output),
    agrees("Functional", "a long and a short way", _long_and_short_way),
    agrees("Functional", "a branch that leads nowhere", _branch_that_ends),
)


def _own_layer():
    class Doubled(keras.layers.Layer):
        def call(self, x):
            return 2 * x

    return chain((4,), _dense(3), Doubled(name="doubled"))


def _own_dense():
    """A layer of a known name that does something else."""

    class Dense(keras.layers.Dense):
        def call(self, x, training=None):
            return super().call(x) * 2

    return chain((4,), Dense(3, name="not_so_dense"))


def _own_dense_that_changes_nothing():
    class Plain(keras.layers.Dense):
        pass

    return chain((4,), Plain(3, name="plain"))


def _own_model():
    class Net(keras.Model):
        def __init__(self):
            super().__init__(name="net")
            self.dense = keras.layers.Dense(2)

        def build(self, shape):
            self.dense.build(shape)

        def call(self, x):
            return self.dense(x) * 2

    net = Net()
    net.build((None, 4))
    return chain((4,), net)


def _own_functional():
    """A subclass of a functional model that changes how it answers."""

    class Twice(keras.Model):
        def call(self, x, training=None, mask=None):
            return 2 * super().call(x)

    inputs = keras.Input((4,))
    return Twice(inputs, keras.layers.Dense(2)(inputs), name="twice")


_OWN = (
    refused("Doubled", "a layer of the author's own", _own_layer),
    refused("Dense", "a layer of the author's own of the same name", _own_dense),
    refused("Plain", "a layer that inherits from Dense", _own_dense_that_changes_nothing),
    refused("Net", "a model of the author's own inside another", _own_model),
    refused("Twice", "a functional model with a call of its own", _own_functional),
    refused("Lambda", "that doubles",
            lambda: chain((4,), layers.Lambda(lambda x: 2 * x, name="double"))),
)  # fmt: skip

CASES = (*_SHARED, *_NESTED, *_NAMES, *_ENDS, *_OWN)
