"""From a Keras 3 model to a network of layers that tfjs-layers 4.22 computes the same way.

Only what is known to agree passes: each layer class has a rule that emits it, rewrites it
exactly, or refuses it. What no rule knows is refused. The conformance suite
(tests/conformance) compares the two sides for every rule.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import ModelError, UnsupportedLayer
from .network import Call, LayerSpec, Network, Ref

if TYPE_CHECKING:
    import keras

    from .rules.masks import Mask

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
    network, masks = lowering.masked_network(model, "", [], None)
    lowering.masks.check()
    if trainable and any(masks):
        raise UnsupportedLayer(
            "its output has a mask, by which Keras weighs the loss, and tfjs does not.",
            where=f"model {model.name!r}",
            remedy="End it with a layer that joins the steps, or declare Export(trainable=False).",
        )
    return Lowered(network, lowering.notes)


class Lowering:
    """What is shared by a model and the models nested in it."""

    def __init__(self, trainable: bool) -> None:
        from .rules.masks import Masks

        self.trainable = trainable
        self.notes: list[str] = []
        self.specs: dict[tuple[Any, ...], LayerSpec] = {}
        self.weighted: dict[tuple[int, str], LayerSpec] = {}
        """By layer and suffix the first layer of tfjs that got weights from it."""
        self.masks = Masks()
        self.leaving: dict[LayerSpec, list[Mask | None]] = {}
        """The masks that the outputs of a nested model have in Keras."""
        self.whole: dict[Ref, Ref | None] = {}
        """Outputs that hold int32 or bool in tfjs, and their likeness in float32 once made."""
        self._names: set[str] = set()

    def network(self, model: keras.Model, place: str) -> Network:
        """The network of ``model``, which stands in the model ``place``."""
        return self.masked_network(model, place, [], None)[0]

    def masked_network(
        self,
        model: keras.Model,
        place: str,
        masks: Sequence[Mask | None],
        entering: Mask | None,
    ) -> tuple[Network, list[Mask | None]]:
        """The network, and the masks that its outputs have in Keras.

        Args:
            masks: those that its inputs have in Keras.
            entering: the one that tfjs hands to all layers of the model.
        """
        graph = _functional(model, place)
        network = Network(model.name, sequential=type(model).__name__ == "Sequential")
        self.masks.entering[network] = entering
        made: dict[Any, Ref] = {}
        hidden = dict(zip(map(_key, graph.inputs), masks, strict=False))
        for node in _nodes(graph):
            if node.is_input:
                made[_key(node.outputs[0])] = self._input(network, node.operation)
                continue
            keys = [_key(t) for t in data_of(node)]
            inputs, known = [made[k] for k in keys], [hidden.get(k) for k in keys]
            use = Use(self, network, node.operation, node, inputs, place, known)
            refs = self.apply(use)
            for tensor, ref, mask in zip(node.outputs, refs, use.masks_after(refs), strict=True):
                made[_key(tensor)], hidden[_key(tensor)] = ref, mask
        network.inputs = [made[_key(t)] for t in graph.inputs]
        network.outputs = self._told_apart(network, [made[_key(t)] for t in graph.outputs])
        _drop_unused(network)
        return network, [hidden.get(_key(t)) for t in graph.outputs]

    def apply(self, use: Use) -> list[Ref]:
        """The outputs of one use of a layer."""
        from .rules import rule_for

        use.check_common()
        return rule_for(use)(use)

    def unique(self, name: str) -> str:
        """``name``, or with a number if another layer has it; tfjs needs names to be unique
        in the whole model, Keras only within each nested one."""
        name = tensor_name(name)
        free, number = name, 1
        while free in self._names:
            free, number = f"{name}_{number}", number + 1
        self._names.add(free)
        return free

    def in_float(self, network: Network, ref: Ref) -> Ref:
        """``ref`` as float32: Keras casts where it has to, and tfjs does so nowhere but in
        Rescaling."""
        made = self.whole[ref]
        if made is None:
            spec = LayerSpec(
                "Rescaling",
                self.unique(f"{ref.call.layer.name}_float"),
                {"scale": 1.0, "offset": 0.0},
                origin=ref.call.layer.origin,
            )
            made = self.whole[ref] = network.call(spec, ref)
        return made

    def _told_apart(self, network: Network, outputs: list[Ref]) -> list[Ref]:
        """The outputs, each of them once: of one that is named twice, tfjs computes the first
        only."""
        seen: set[Ref] = set()
        for index, ref in enumerate(outputs):
            if ref in seen:
                name = self.unique(f"{ref.call.layer.name}_again")
                config = {"activation": "linear"}
                spec = LayerSpec("Activation", name, config, origin=ref.call.layer.origin)
                outputs[index] = network.call(spec, ref)
            seen.add(ref)
        return outputs

    def _input(self, network: Network, layer: Any) -> Ref:
        config = {
            "batch_input_shape": [None if x is None else int(x) for x in layer.batch_shape],
            "dtype": str(layer.dtype),
            "sparse": False,
        }
        if config["dtype"] == "string":
            raise _reads_text(layer)
        if len(layer.batch_shape) == 1:
            raise UnsupportedLayer(
                "it takes single numbers, and tfjs gives them an axis of their own.",
                where=place_of(layer, ""),
                remedy="Give keras.Input(shape=(1,)).",
            )
        if config["dtype"] not in ("float32", "int32", "bool"):
            raise UnsupportedLayer(
                f"it takes {config['dtype']}, and tfjs has float32, int32 and bool.",
                where=place_of(layer, ""),
                remedy="Give keras.Input(…, dtype='float32').",
            )
        spec = LayerSpec("InputLayer", self.unique(layer.name), config, origin=layer.name)
        ref = network.call(spec)
        if config["dtype"] != "float32":
            self.whole[ref] = None
        return ref


class Use:
    """One use of a Keras layer: what a rule looks at and emits with.

    Args:
        layer: the Keras layer or operation.
        node: the call in the Keras graph; None where a rule applies an inner layer itself.
        inputs: what it is called on.
        place: the path of the model that holds it; empty for the outermost.
        masks: those that its inputs have in Keras.
    """

    def __init__(
        self,
        lowering: Lowering,
        network: Network,
        layer: Any,
        node: Any,
        inputs: list[Ref],
        place: str,
        masks: Sequence[Mask | None],
    ) -> None:
        self.lowering = lowering
        self.network = network
        self.layer = layer
        self.node = node
        self.inputs = inputs
        self.place = place
        self.masks = masks

    @property
    def class_name(self) -> str:
        return type(self.layer).__name__

    @property
    def trainable(self) -> bool:
        return self.lowering.trainable

    @property
    def tensors(self) -> list[Any]:
        """The symbolic tensors it is called on."""
        return data_of(self.node)

    @property
    def shape(self) -> tuple[int | None, ...]:
        """The shape of its first input, with the batch."""
        return tuple(self.tensors[0].shape)

    @property
    def sizes(self) -> list[int | None]:
        """The shape of its first output, without the batch."""
        return [None if size is None else int(size) for size in self.node.outputs[0].shape[1:]]

    @property
    def rank(self) -> int:
        return len(self.shape)

    @property
    def masked(self) -> bool:
        """Whether any of its inputs carries a mask, in Keras or in tfjs."""
        return any(self.masks) or any(map(self.lowering.masks.at, self.inputs))

    def masks_after(self, refs: Sequence[Ref]) -> list[Mask | None]:
        """The masks that its outputs have in Keras."""
        import keras

        from .rules.masks import in_keras

        if isinstance(self.layer, keras.Model):
            return self.lowering.leaving[refs[0].call.layer]
        return in_keras(self, refs)

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
        fields = dict(config or {})
        arrays = {n: np.asarray(v) for n, v in (weights or {}).items()}
        if arrays:
            trained = getattr(self.layer, "trainable", True) and not frozen
            fields = {"trainable": bool(trained), **fields}
        spec = self._spec(class_name, fields, arrays, suffix)
        given = [self._taken(class_name, ref) for ref in (inputs or self.inputs)]
        made = self.network.call(spec, *given)
        self.lowering.masks.called(made.call)
        return made

    def _spec(
        self, class_name: str, fields: dict[str, Any], arrays: dict[str, np.ndarray], suffix: str
    ) -> LayerSpec:
        """The tfjs layer: one for all calls in a network that agree in its configuration.

        tfjs has a weight in one network only. So a layer that a model shares with one nested in
        it becomes two that hold the same numbers.
        """
        lowering, layer = self.lowering, self.layer
        written = json.dumps(fields, sort_keys=True)
        key = (self.network, id(layer), class_name, written, suffix)
        if key not in lowering.specs:
            name = lowering.unique(f"{layer.name}{suffix}")
            spec = LayerSpec(class_name, name, fields, arrays, origin=layer.name)
            lowering.specs[key] = spec
            first = lowering.weighted.setdefault((id(layer), suffix), spec) if arrays else spec
            if first is not spec and self.trainable and fields["trainable"]:
                raise self.refuse(
                    "it is used in two ways or in two models, and tfjs would train two layers.",
                    "Declare Export(trainable=False).",
                )
        return lowering.specs[key]

    def _taken(self, class_name: str, ref: Ref) -> Ref:
        """An input as the layer has to get it: whole numbers stay so before an Embedding."""
        if ref not in self.lowering.whole or class_name in ("Embedding", "Rescaling"):
            return ref
        return self.lowering.in_float(self.network, ref)

    def reads_mask(self) -> None:
        """To be called for each layer that computes something else when there is a mask."""
        self.lowering.masks.read(self)

    def nested(self, model: Any) -> list[Ref]:
        """Calls a nested model."""
        lowering = self.lowering
        taken = _functional(model, self.place).inputs
        inputs = [self._entered(*pair) for pair in zip(taken, self.inputs, strict=True)]
        masks = lowering.masks
        entering = masks.at(self.inputs[0]) or masks.entering[self.network]
        key = (self.network, id(model), entering, *self.masks)
        if key not in lowering.specs:
            name = lowering.unique(model.name)
            path = f"{self.place}/{model.name}".lstrip("/")
            inner, after = lowering.masked_network(model, path, self.masks, entering)
            spec = LayerSpec("Functional", name, {}, {}, inner, model.name)
            lowering.specs[key], lowering.leaving[spec] = spec, after
        spec = lowering.specs[key]
        assert spec.inner is not None
        first = self.network.call(spec, *inputs)
        return [Ref(first.call, i) for i in range(len(spec.inner.outputs))]

    def _entered(self, inner: Any, ref: Ref) -> Ref:
        """An input of a nested model, which Keras casts to what the model declares."""
        whole = inner.dtype != "float32"
        if whole and ref not in self.lowering.whole:
            raise self.refuse(
                f"it takes {inner.dtype} and is given other numbers, which tfjs does not round.",
                "Give its keras.Input(…, dtype='float32').",
            )
        if not whole and ref in self.lowering.whole:
            return self.lowering.in_float(self.network, ref)
        return ref

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
        if training is True and not self._answers_the_model():
            raise self.refuse(
                "it is called with training=True, which tfjs does not keep.",
                "Call it without training=True.",
            )
        if training is False and self.trainable and self._keeps_its_training():
            raise self.refuse(
                "it is called with training=False, but tfjs trains it like any other layer.",
                "Declare Export(trainable=False), or compile the frozen part as its own model.",
            )
        given.pop("initial_state", None)
        if not _is_own_mask(self.node):
            raise self.refuse("it is called with mask=…, which tfjs cannot be given.")
        given.pop("mask", None)
        for name, value in given.items():
            if not _is_tensor(value) and isinstance(self.layer_class(), type):
                raise self.refuse(f"it is called with {name}={value!r}, which tfjs does not know.")

    def _keeps_its_training(self) -> bool:
        """Whether Keras keeps to training=False when the model is trained. As a default (of
        Dropout, say) the graph records it too, and most layers do what the model tells them."""
        told = "training" in getattr(self.layer, "_call_context_args", ())
        return not told and _acts_in_training(self.layer)

    def _answers_the_model(self) -> bool:
        """Whether training=True is only the default: layers for images begin with it, and do
        at inference what the model tells them."""
        names = (base.__name__ for base in type(self.layer).__mro__)
        return any(name in ("BaseImagePreprocessingLayer", "Pipeline") for name in names)

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


def _reads_text(source: Any) -> UnsupportedLayer:
    """Blames the layer that reads a text."""
    readers = [node.operation for node in source._outbound_nodes]
    return UnsupportedLayer(
        "it reads text, and the tensors of tfjs-layers hold numbers.",
        where=place_of(readers[0] if readers else source, ""),
        remedy="Look the words up before the model, and let it begin with their numbers.",
    )


def tensor_name(name: str) -> str:
    """``name`` with an x for all that tfjs does not allow in the name of a weight."""
    allowed = re.sub(r"[^A-Za-z0-9_.\\/>-]", "x", name)
    return allowed if re.match(r"[A-Za-z0-9.]", allowed) else f"x{allowed}"


def _nodes(graph: Any) -> list[Any]:
    """Its inputs and those nodes that its outputs are computed from, each after those whose
    outputs it reads. What computes masks is left out."""
    by_depth = graph._nodes_by_depth
    ordered = [node for depth in sorted(by_depth, reverse=True) for node in by_depth[depth]]
    needed = {_key(t) for t in graph.outputs}
    kept = []
    for node in reversed(ordered):
        if node.is_input or any(_key(t) in needed for t in node.outputs):
            kept.append(node)
            needed.update(_key(t) for t in data_of(node))
    return kept[::-1]


def data_of(node: Any) -> list[Any]:
    """The tensors that a node is called on, without its masks."""
    masks = {id(mask) for mask in _masks_of(node)}
    return [t for t in node.arguments.keras_tensors if id(t) not in masks]


def _masks_of(node: Any) -> list[Any]:
    import keras

    given = keras.tree.flatten(node.arguments.kwargs.get("mask"))
    return [mask for mask in given if mask is not None]


def _is_own_mask(node: Any) -> bool:
    """Whether the masks a node is called with, if any, are those of the tensors it is called
    on: Keras fills them in."""
    own = [getattr(t, "_keras_mask", None) for t in data_of(node)]
    return all(any(mask is each for each in own) for mask in _masks_of(node))


def _key(tensor: Any) -> tuple[int, int, int]:
    history = tensor._keras_history
    return (id(history.operation), history.node_index, history.tensor_index)


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
