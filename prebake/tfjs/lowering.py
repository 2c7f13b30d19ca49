"""From a Keras 3 model to a network of layers that tfjs-layers 4.22 computes the same way.

Only what is known to agree passes: each layer class has a rule that emits it, rewrites it
exactly, or refuses it. What no rule knows is refused. The conformance suite
(tests/conformance) compares the two sides for every rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import ModelError, UnsupportedLayer
from .network import Call, LayerSpec, Network, Ref

if TYPE_CHECKING:
    import keras

GRAPH = "Export it with format='graph'."


@dataclass
class Lowered:
    """A network, and what was left out on the way that the author may want to know."""

    network: Network
    notes: list[str] = field(default_factory=list)


def lower(model: keras.Model, *, trainable: bool = False) -> Lowered:
    """Lowers a built Sequential or Functional model.

    Args:
        trainable: whether a page will train it. If not, layers that only act in training are
            dropped; if so, what tfjs would train differently is refused.

    Raises:
        UnsupportedLayer: naming the layer, its place and what to do.
        ModelError: if the model has no input shape yet.
    """
    lowering = Lowering(trainable)
    network = lowering.network(model, "")
    return Lowered(network, lowering.notes)


class Lowering:
    """What is shared by a model and the models nested in it."""

    def __init__(self, trainable: bool) -> None:
        self.trainable = trainable
        self.notes: list[str] = []
        self.specs: dict[tuple[int, str], LayerSpec] = {}
        self._names: set[str] = set()

    def network(self, model: keras.Model, place: str) -> Network:
        """The network of ``model``, which stands in the model ``place``."""
        graph = _functional(model, place)
        network = Network(model.name, sequential=type(model).__name__ == "Sequential")
        made: dict[Any, list[Ref]] = {}
        for node in _nodes(graph):
            key = (id(node.operation), _index(node))
            if node.is_input:
                made[key] = [self._input(network, node.operation)]
                continue
            inputs = [made[_key(t)][_output(t)] for t in node.arguments.keras_tensors]
            use = Use(self, network, node.operation, node, inputs, place)
            made[key] = self.apply(use)
        network.inputs = [made[_key(t)][_output(t)] for t in graph.inputs]
        network.outputs = [made[_key(t)][_output(t)] for t in graph.outputs]
        _drop_unused(network)
        return network

    def apply(self, use: Use) -> list[Ref]:
        """The outputs of one use of a layer."""
        from .rules import rule_for

        use.check_common()
        return rule_for(use)(use)

    def unique(self, name: str) -> str:
        """``name``, or with a number if another layer has it; tfjs needs names to be unique
        in the whole model, Keras only within each nested one."""
        free, number = name, 1
        while free in self._names:
            free, number = f"{name}_{number}", number + 1
        self._names.add(free)
        return free

    def _input(self, network: Network, layer: Any) -> Ref:
        config = {
            "batch_input_shape": [None if x is None else int(x) for x in layer.batch_shape],
            "dtype": str(layer.dtype),
            "sparse": False,
        }
        if config["dtype"] not in ("float32", "int32", "bool"):
            raise UnsupportedLayer(
                f"it takes {config['dtype']}, and tfjs has float32, int32 and bool.",
                where=place_of(layer, ""),
                remedy="Give keras.Input(…, dtype='float32').",
            )
        spec = LayerSpec("InputLayer", self.unique(layer.name), config, origin=layer.name)
        return network.call(spec)


class Use:
    """One use of a Keras layer: what a rule looks at and emits with.

    Args:
        layer: the Keras layer or operation.
        node: the call in the Keras graph; None where a rule applies an inner layer itself.
        inputs: what it is called on.
        place: the path of the model that holds it; empty for the outermost.
    """

    def __init__(
        self,
        lowering: Lowering,
        network: Network,
        layer: Any,
        node: Any,
        inputs: list[Ref],
        place: str,
    ) -> None:
        self.lowering = lowering
        self.network = network
        self.layer = layer
        self.node = node
        self.inputs = inputs
        self.place = place

    @property
    def class_name(self) -> str:
        return type(self.layer).__name__

    @property
    def trainable(self) -> bool:
        return self.lowering.trainable

    @property
    def tensors(self) -> list[Any]:
        """The symbolic tensors it is called on."""
        return list(self.node.arguments.keras_tensors)

    @property
    def shape(self) -> tuple[int | None, ...]:
        """The shape of its first input, with the batch."""
        return tuple(self.tensors[0].shape)

    @property
    def rank(self) -> int:
        return len(self.shape)

    @property
    def masked(self) -> bool:
        """Whether any of its inputs carries a mask."""
        return any(getattr(t, "_keras_mask", None) is not None for t in self.tensors)

    def refuse(self, problem: str, remedy: str = GRAPH) -> UnsupportedLayer:
        """The error to raise; ``problem`` is a sentence without the layer's name."""
        return UnsupportedLayer(problem, where=place_of(self.layer, self.place), remedy=remedy)

    def note(self, text: str) -> None:
        line = f"{self.layer.name} ({self.class_name}): {text}"
        if line not in self.lowering.notes:
            self.lowering.notes.append(line)

    def emit(
        self,
        class_name: str,
        config: Mapping[str, Any] | None = None,
        weights: Mapping[str, Any] | None = None,
        *,
        inputs: Iterable[Ref] | None = None,
        suffix: str = "",
        frozen: bool = False,
    ) -> Ref:
        """Calls the tfjs layer that stands for this layer, made at its first use.

        Args:
            suffix: tells layers apart where one Keras layer becomes several.
            frozen: never trained, as it only rewrites what has no weights in Keras.
        """
        key = (id(self.layer), suffix)
        specs = self.lowering.specs
        if key not in specs:
            name = self.lowering.unique(f"{self.layer.name}{suffix}")
            arrays = {n: np.asarray(v) for n, v in (weights or {}).items()}
            fields = dict(config or {})
            if arrays:
                trained = getattr(self.layer, "trainable", True) and not frozen
                fields = {"trainable": bool(trained), **fields}
            specs[key] = LayerSpec(class_name, name, fields, arrays, origin=self.layer.name)
        return self.network.call(specs[key], *(self.inputs if inputs is None else inputs))

    def nested(self, model: Any) -> list[Ref]:
        """Calls a nested model."""
        key = (id(model), "")
        specs = self.lowering.specs
        if key not in specs:
            name = self.lowering.unique(model.name)
            path = f"{self.place}/{model.name}".lstrip("/")
            inner = self.lowering.network(model, path)
            specs[key] = LayerSpec("Functional", name, {}, {}, inner, model.name)
        first = self.network.call(specs[key], *self.inputs)
        inner_network = specs[key].inner
        assert inner_network is not None
        return [Ref(first.call, i) for i in range(len(inner_network.outputs))]

    def kwargs(self) -> dict[str, Any]:
        """The keyword arguments of the call that say anything."""
        return {k: v for k, v in self.node.arguments.kwargs.items() if v is not None}

    def check_common(self) -> None:
        """What holds for every layer: arguments, data type, masks."""
        self._check_dtype()
        if self.node is not None:
            self._check_arguments()

    def _check_dtype(self) -> None:
        policy = getattr(self.layer, "dtype_policy", None)
        compute = getattr(policy, "compute_dtype", None) or "float32"
        if compute != "float32" and not str(compute).startswith("int"):
            raise self.refuse(
                f"it computes in {compute}, and tfjs computes in float32.",
                "Build the model with keras.config.set_dtype_policy('float32').",
            )

    def _check_arguments(self) -> None:
        given = self.kwargs()
        training = given.pop("training", None)
        if training is True:
            raise self.refuse(
                "it is called with training=True, which tfjs does not keep.",
                "Call it without training=True.",
            )
        if training is False and self.trainable and _acts_in_training(self.layer):
            raise self.refuse(
                "it is called with training=False, but tfjs trains it like any other layer.",
                "Declare Export(trainable=False), or compile the frozen part as its own model.",
            )
        given.pop("initial_state", None)
        for name, value in given.items():
            if name in ("mask", "attention_mask"):
                raise self.refuse(f"it is called with {name}=…, which tfjs cannot be given.")
            if not _is_tensor(value) and isinstance(self.layer_class(), type):
                raise self.refuse(f"it is called with {name}={value!r}, which tfjs does not know.")

    def layer_class(self) -> Any:
        import keras

        return type(self.layer) if isinstance(self.layer, keras.Layer) else None


def place_of(layer: Any, place: str) -> str:
    """``layer 'conv' (Conv2D) in model 'encoder'``."""
    inside = f" in model {place!r}" if place else ""
    noun = "layer" if hasattr(layer, "dtype_policy") else "operation"
    return f"{noun} {layer.name!r} ({type(layer).__name__}){inside}"


def _functional(model: Any, place: str) -> Any:
    """The graph behind a model: Functional itself, or what a built Sequential holds."""
    import keras
    from keras.src.models.functional import Functional

    if isinstance(model, keras.Sequential):
        if model._functional is None:
            raise ModelError(
                "the Sequential model has no input shape yet.",
                where=f"model {model.name!r}",
                remedy="Start it with keras.Input(shape).",
            )
        return model._functional
    if isinstance(model, Functional) and type(model).call is Functional.call:
        return model
    raise UnsupportedLayer(
        f"{type(model).__name__} is a class of its own; tfjs knows Sequential and Functional "
        "models.",
        where=f"layer {model.name!r} ({type(model).__name__})"
        + (f" in model {place!r}" if place else ""),
        remedy="Write it with the functional API, or export it with format='graph'.",
    )


def _nodes(graph: Any) -> list[Any]:
    """Its nodes, each after those whose outputs it reads."""
    by_depth = graph._nodes_by_depth
    return [node for depth in sorted(by_depth, reverse=True) for node in by_depth[depth]]


def _index(node: Any) -> int:
    return node.operation._inbound_nodes.index(node)


def _key(tensor: Any) -> tuple[int, int]:
    history = tensor._keras_history
    return (id(history.operation), history.node_index)


def _output(tensor: Any) -> int:
    return tensor._keras_history.tensor_index


def _is_tensor(value: Any) -> bool:
    import keras

    return isinstance(value, keras.KerasTensor)


def _acts_in_training(layer: Any) -> bool:
    inner = getattr(layer, "_flatten_layers", None)
    layers = list(inner(include_self=True)) if inner else [layer]
    kinds = ("BatchNormalization", "Dropout", "GaussianNoise", "GaussianDropout", "AlphaDropout")
    return any(k in type(each).__name__ for each in layers for k in kinds)


def _drop_unused(network: Network) -> None:
    """Removes calls that lead nowhere, such as the source of a rewritten operation."""
    needed: set[int] = set()
    waiting: list[Call] = [ref.call for ref in (*network.outputs, *network.inputs)]
    while waiting:
        call = waiting.pop()
        if id(call) not in needed:
            needed.add(id(call))
            waiting += [ref.call for ref in call.inputs]
    network.calls = [call for call in network.calls if id(call) in needed]
