"""From a topology to a Keras model: every layer made, and every call made again.

tfjs-layers, engine/container.ts: ``Container.fromConfig``. tfjs goes through the layers again
and again and makes every call whose inputs exist, and only that order says which call is node 0
of a shared layer, node 1 and so on; so it is followed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ...errors import ModelError
from .given import Given, keras_name
from .layers import KERAS_CLASS, MAKERS
from .recurrent import TAKE_STATES

MODELS = ("Sequential", "Functional", "Model")
_DAMAGED = "The file is damaged or was written by another program: save the model again."


@dataclass(frozen=True)
class Read:
    """A layer that was read.

    Args:
        name: as tfjs has it, which its weights are stored under.
        config: keys in snake_case.
        layer: the Keras layer.
    """

    name: str
    class_name: str
    config: dict[str, Any]
    layer: Any


@dataclass
class Reading:
    """A topology that is being read.

    Args:
        where: the JSON file, for messages.
        layers: those read so far, without models and input layers.
    """

    where: str
    layers: list[Read] = field(default_factory=list)

    def model(self, entry: dict[str, Any]) -> Any:
        """The Keras model of ``{class_name, config}``.

        Raises:
            ModelError: for what cannot be read, naming the layer.
        """
        if entry["class_name"] not in MODELS:
            raise ModelError(
                f"its topology is a {entry['class_name']}, expected Sequential or Functional.",
                where=self.where,
                remedy=_DAMAGED,
            )
        with self._blaming(str(_name(entry) or "model")):
            build = self._sequential if entry["class_name"] == "Sequential" else self._functional
            return build(entry["config"])

    def layer(self, entry: dict[str, Any]) -> Any:
        """The Keras layer or nested model of ``{class_name, config}``."""
        if entry["class_name"] in MODELS:
            return self.model(entry)
        layer = self._make(entry)
        self.layers.append(Read(_name(entry), entry["class_name"], entry["config"], layer))
        return layer

    def _make(self, entry: dict[str, Any]) -> Any:
        import keras

        class_name, config = str(entry["class_name"]), entry["config"]
        if class_name in MODELS:
            return self.model(entry)
        given = Given(class_name, config, self.where, self._make)
        if class_name not in MAKERS:
            raise given.refuse(
                "this class of layers cannot be read back into Keras.",
                "Build the model without it, or declare the Keras model that it was made from.",
            )
        with self._blaming(given.name):
            arguments = {**given.base(), **MAKERS[class_name](given)}
            layer = getattr(keras.layers, KERAS_CLASS.get(class_name, class_name))(**arguments)
        if config.get("trainable") is False:
            layer.trainable = False
        return layer

    # -- chains ----------------------------------------------------------------------------

    def _sequential(self, config: Any) -> Any:
        import keras

        entries = config if isinstance(config, list) else config["layers"]
        name = None if isinstance(config, list) else config.get("name")
        first = entries[0]
        if first["class_name"] == "InputLayer":
            start, entries = self._input(first), entries[1:]
            layers = [self.layer(entry) for entry in entries]
        else:
            layers = [self.layer(entry) for entry in entries]
            start = self._first_input(first, layers[0])
        name = keras_name(name) if name else None
        if not layers:  # which Keras does not hold to be built
            return keras.Model(start, start, name=name)
        return keras.Sequential([start, *layers], name=name)

    def _first_input(self, entry: dict[str, Any], layer: Any) -> Any:
        """The input of a chain that begins with a layer or a model instead of an InputLayer."""
        import keras

        if entry["class_name"] in MODELS:
            return keras.Input(batch_shape=layer.inputs[0].shape, dtype=layer.inputs[0].dtype)
        shaped = {**entry["config"], "name": f"{_name(entry)}_input"}
        return self._input({"class_name": "InputLayer", "config": shaped})

    def _input(self, entry: dict[str, Any]) -> Any:
        import keras

        given = Given("InputLayer", entry["config"], self.where, self._make)
        shape = given.get("batch_input_shape")
        if shape is None:
            shape = [None, *given.need("input_shape")]
        dtype = given.get("dtype", "float32")
        if dtype not in ("float32", "int32", "bool"):
            raise given.refuse(f"it takes {dtype}, which tfjs's layers do not.")
        return keras.Input(batch_shape=tuple(shape), dtype=dtype, name=keras_name(given.name))

    # -- graphs ----------------------------------------------------------------------------

    def _functional(self, config: dict[str, Any]) -> Any:
        import keras

        graph = Graph(self, {_name(entry): entry for entry in config["layers"]})
        if len(graph.entries) != len(config["layers"]):
            raise ModelError("two of its layers have the same name.", where=self.where)
        graph.call_all()
        inputs = [graph.tensor(ref) for ref in config["input_layers"]]
        outputs = [graph.tensor(ref) for ref in config["output_layers"]]
        name = config.get("name")
        return keras.Model(_single(inputs), _single(outputs), name=keras_name(name or "model"))

    @contextmanager
    def _blaming(self, name: str) -> Iterator[None]:
        """Turns what Python and Keras raise over a damaged topology into a ModelError."""
        try:
            yield
        except ModelError:
            raise
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise ModelError(
                f"it cannot be built: {_first_line(error)}.",
                where=f"{self.where}: layer {name!r}",
                remedy=_DAMAGED,
            ) from None


class Graph:
    """The calls of a functional model.

    Args:
        entries: the layers of its topology by their names.
    """

    def __init__(self, reading: Reading, entries: dict[str, dict[str, Any]]) -> None:
        self.reading = reading
        self.entries = entries
        self.nodes: dict[str, list[list[Any]]] = {}
        self.layers: dict[str, Any] = {}
        for name, entry in entries.items():
            if entry["class_name"] == "InputLayer":
                self.nodes[name] = [[reading._input(entry)]]
                continue
            self.layers[name] = reading.layer(entry)
            # A nested model has made node 0 already, for its own inputs and outputs.
            self.nodes[name] = [[]] if entry["class_name"] in MODELS else []

    def call_all(self) -> None:
        """Makes the calls in the order of tfjs."""
        waiting = {name: list(self.entries[name]["inbound_nodes"]) for name in self.layers}
        while left := sum(map(len, waiting.values())):
            for name in self.layers:
                todo, waiting[name] = waiting[name], []
                for node in todo:
                    if all(len(self.nodes[ref[0]]) > ref[1] for ref in node):
                        self._call(name, node)
                    else:
                        waiting[name].append(node)
            if sum(map(len, waiting.values())) == left:
                stuck = next(name for name, nodes in waiting.items() if nodes)
                raise self._refuse(stuck, "it reads what no layer of the model makes.")

    def tensor(self, ref: list[Any]) -> Any:
        """What ``[layer, node, output]`` names."""
        name, node, output = ref[:3]
        return self.nodes[name][node][output]

    def _call(self, name: str, node: list[list[Any]]) -> None:
        import keras

        self._demand_plain(name, node)
        inputs = [self.tensor(ref) for ref in node]
        layer = self.layers[name]
        with self.reading._blaming(name):
            if len(inputs) > 1 and self.entries[name]["class_name"] in TAKE_STATES:
                made = layer(inputs[0], initial_state=inputs[1:])
            else:
                made = layer(_single(inputs))
        self.nodes[name].append(keras.tree.flatten(made))

    def _demand_plain(self, name: str, node: list[list[Any]]) -> None:
        """A call has no arguments but tensors. ``training: false`` is what every answer has."""
        given = [ref[3] for ref in node if len(ref) > 3 and ref[3]]
        arguments = {key: value for each in given for key, value in each.items()}
        for key, value in arguments.items():
            if value is not None and (key, value) != ("training", False):
                raise self._refuse(name, f"it is called with {key}={value!r}.")

    def _refuse(self, name: str, problem: str) -> ModelError:
        return ModelError(problem, where=f"{self.reading.where}: layer {name!r}", remedy=_DAMAGED)


def _single(tensors: list[Any]) -> Any:
    return tensors[0] if len(tensors) == 1 else tensors


def _name(entry: dict[str, Any]) -> str:
    config = entry["config"]
    return str(entry.get("name") or (config.get("name", "") if isinstance(config, dict) else ""))


def _first_line(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"{error} is missing"
    # Keras puts the cause below a heading, in bold.
    text = re.sub(r"\x1b\[\d+m", "", str(error))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    causes = [line for line in lines if not line.startswith("Exception encountered")]
    return causes[0].rstrip(".") if causes else type(error).__name__
