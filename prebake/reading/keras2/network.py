"""The models of Keras 1 and 2 from their configurations: sequential and functional, nested."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...errors import ModelError
from .layers import Layers, dtype_of, plain_name

MODELS = ("Sequential", "Functional", "Model")
DEEPEST = 50
"""Models in one another."""
_ARITHMETIC = {
    "math.add": "add",
    "__operators__.add": "add",
    "math.subtract": "subtract",
    "math.multiply": "multiply",
    "math.truediv": "true_divide",
    "math.divide": "true_divide",
    "math.negative": "negative",
    "math.square": "square",
    "math.sqrt": "sqrt",
    "math.exp": "exp",
    "math.log": "log",
    "math.tanh": "tanh",
    "math.sigmoid": "sigmoid",
    "nn.relu": "relu",
    "nn.relu6": "relu6",
    "nn.softmax": "softmax",
    "nn.silu": "silu",
    "nn.swish": "silu",
}
"""From a TensorFlow function, as TFOpLambda names it, to that of ``keras.ops``."""


Tree = tuple[str, str, Any]
"""Class, name and layer; in place of a layer, for a model, what it holds."""


class Networks:
    """Builds models.

    Args:
        layers: makes layers.
        where: the file, for messages.
    """

    def __init__(self, layers: Layers, where: str) -> None:
        self._layers = layers
        self._where = where
        self.leaves: list[tuple[str, Any]] = []
        """Every layer that is no model, by the name that it has in the file, in its order."""
        self.tree: list[Tree] = []
        """The same as they are nested."""

    def model(self, class_name: str, config: Any, depth: int = 0) -> Any:
        """A model with its initial weights.

        Raises:
            ModelError: naming what cannot be built.
        """
        if depth > DEEPEST:
            raise self._refused("its models nest too deep")
        if class_name == "Sequential":
            return self._sequential(config, depth)
        if class_name in MODELS and isinstance(config, Mapping):
            return self._functional(config, depth)
        raise self._refused(f"it is a {class_name}, a class of its own")

    def _sequential(self, config: Any, depth: int) -> Any:
        import keras

        # Keras 1 and early 2 had only the list.
        listed = config if isinstance(config, list) else config.get("layers")
        name = config.get("name") if isinstance(config, Mapping) else None
        if not isinstance(listed, list) or not listed:
            raise self._refused("its Sequential model has no layers")
        stack: list[Any] = []
        for number, each in enumerate(listed):
            class_name, inner = _parts(each, self._where)
            if class_name == "InputLayer":
                stack.append(self._input(inner))
                continue
            if number == 0:
                stack += self._first_input(class_name, inner)
            stack.append(self._made(class_name, inner, depth))
        return keras.Sequential(stack, name=plain_name(name) if name else None)

    def _first_input(self, class_name: str, config: Any) -> list[Any]:
        """The input that a first layer declares itself; none before a model that has its own."""
        import keras

        shape = config.get("batch_input_shape") if isinstance(config, Mapping) else None
        if shape is None:
            if class_name in MODELS:
                return []
            if isinstance(config, Mapping) and config.get("input_shape"):
                shape = [None, *config["input_shape"]]
            elif isinstance(config, Mapping) and config.get("input_dim") and class_name == "Dense":
                shape = [None, config["input_dim"]]
            else:
                raise self._refused("its Sequential model does not say the shape of its input")
        dtype = dtype_of(config.get("dtype")) if class_name != "Embedding" else "float32"
        return [keras.Input(batch_shape=tuple(shape), dtype=dtype or "float32")]

    def _input(self, config: Mapping[str, Any]) -> Any:
        import keras

        shape = config.get("batch_input_shape", config.get("batch_shape"))
        if not isinstance(shape, list):
            raise self._refused("an input of it has no shape")
        name = config.get("name")
        return keras.Input(
            batch_shape=tuple(shape),
            dtype=dtype_of(config.get("dtype")) or "float32",
            name=plain_name(name) if name else None,
        )

    def _made(self, class_name: str, config: Any, depth: int) -> Any:
        if class_name in MODELS:
            around, self.tree = self.tree, []
            model = self.model(class_name, config, depth + 1)
            around.append((class_name, model.name, self.tree))
            self.tree = around
            return model
        layer = self._layers.make(class_name, config)
        name = str(config.get("name", layer.name))
        self.leaves.append((name, layer))
        self.tree.append((class_name, name, layer))
        return layer

    # -- functional ------------------------------------------------------------------------

    def _functional(self, config: Mapping[str, Any], depth: int) -> Any:
        import keras

        made: dict[str, Any] = {}
        nodes: dict[str, list[Any]] = {}
        tensors: dict[tuple[str, int], Any] = {}
        for each in config.get("layers") or ():
            class_name, inner = _parts(each, self._where)
            name = str(each.get("name") or inner.get("name"))
            if class_name == "InputLayer":
                tensors[name, 0] = self._input(inner)
            elif class_name in ("TFOpLambda", "SlicingOpLambda"):
                made[name] = self._operation(class_name, inner)
            else:
                made[name] = self._made(class_name, inner, depth)
            nodes[name] = list(each.get("inbound_nodes") or ())
        first = _first_numbers(nodes, config)
        waiting = [
            (name, first[name] + number, node)
            for name in made
            for number, node in enumerate(nodes[name])
        ]
        while waiting:
            left = [
                (name, number, node)
                for name, number, node in waiting
                if not self._call(made[name], name, number, node, tensors)
            ]
            if len(left) == len(waiting):
                raise self._refused(f"its layer {left[0][0]!r} reads what nothing makes")
            waiting = left
        ends = [
            each[0] if len(each) == 1 else each
            for each in (
                self._ends(config, key, tensors) for key in ("input_layers", "output_layers")
            )
        ]
        own = config.get("name")
        return keras.Model(*ends, name=plain_name(own) if own else None)

    def _call(
        self, layer: Any, name: str, number: int, node: Any, tensors: dict[tuple[str, int], Any]
    ) -> bool:
        """Calls a layer as a node says; False if what it reads is not there yet."""
        given, more = _arguments(node)
        if any(each not in tensors for each, _ in given):
            return False
        read = [_output(tensors[each], place) for each, place in given]
        keywords: dict[str, Any] = {}
        for key, value in more.items():
            place = _reference(value)
            if place is not None:
                if place[0] not in tensors:
                    return False
                keywords[key] = _output(tensors[place[0]], place[1])
            elif value is not None and key not in ("training", "mask", "name"):
                keywords[key] = value
        inputs = read if len(read) > 1 else read[0]
        try:
            tensors[name, number] = layer(inputs, **keywords)
        except Exception as error:
            first = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
            raise self._refused(f"its layer {name!r} cannot be called: {first}") from None
        return True

    def _operation(self, class_name: str, config: Mapping[str, Any]) -> Any:
        import keras

        function = str(config.get("function", class_name))
        if function not in _ARITHMETIC:
            raise self._refused(
                f"its operation {config.get('name')!r} is TensorFlow's {function}, which is not "
                "translated"
            )
        operation = getattr(keras.ops, _ARITHMETIC[function])

        def call(given: Any, **keywords: Any) -> Any:
            others = [keywords[key] for key in ("y", "x") if key in keywords]
            read = [*given] if isinstance(given, list) else [given]
            return operation(*read, *others)

        return call

    def _ends(
        self, config: Mapping[str, Any], key: str, tensors: dict[tuple[str, int], Any]
    ) -> list[Any]:
        listed = config.get(key)
        if isinstance(listed, dict):
            listed = list(listed.values())
        if listed and isinstance(listed, list) and isinstance(listed[0], str):
            listed = [listed]  # of Keras 3, where there is one
        ends = []
        for each in listed or ():
            place = _reference(each)
            if place is None or place[0] not in tensors:
                raise self._refused(f"its {key.replace('_', ' ')} name what nothing makes")
            ends.append(_output(tensors[place[0]], place[1]))
        if not ends:
            raise self._refused(f"it says nothing of its {key.replace('_', ' ')}")
        return ends

    def _refused(self, problem: str) -> ModelError:
        return ModelError(f"{problem}.", where=self._where, remedy="Export a SavedModel of it.")


def _parts(value: Any, where: str) -> tuple[str, Any]:
    """Class and configuration of a layer."""
    if not isinstance(value, Mapping) or not isinstance(value.get("class_name"), str):
        raise ModelError("its configuration is damaged.", where=where)
    config = value.get("config")
    if not isinstance(config, Mapping | list):
        raise ModelError("its configuration is damaged.", where=where)
    return value["class_name"].rpartition(">")[2], config


def _first_numbers(nodes: Mapping[str, list[Any]], config: Mapping[str, Any]) -> dict[str, int]:
    """By layer the number of its first call. A nested Sequential model was called once as it was
    made, so that the first call of it here may have the number one."""
    highest: dict[str, int] = {}
    ends = [config.get(key) or [] for key in ("input_layers", "output_layers")]
    read = [place for each in nodes.values() for node in each for place in _arguments(node)[0]]
    listed = [each for end in ends for each in (end.values() if isinstance(end, dict) else end)]
    read += [place for each in listed if (place := _reference(each)) is not None]
    for (name, number), _ in read:
        highest[name] = max(highest.get(name, 0), number)
    return {name: int(highest.get(name, 0) >= len(calls) > 0) for name, calls in nodes.items()}


def _reference(value: Any) -> tuple[tuple[str, int], int] | None:
    """A tensor that is named by layer, node and place; None for anything else."""
    if not isinstance(value, list | tuple) or len(value) < 3:
        return None
    name, node, place = value[:3]
    whole = isinstance(name, str) and isinstance(node, int) and isinstance(place, int)
    return ((name, node), place) if whole else None


def _arguments(node: Any) -> tuple[list[tuple[tuple[str, int], int]], dict[str, Any]]:
    """The tensors that a node reads, and its keyword arguments."""
    if isinstance(node, Mapping):  # as Keras 3 writes it
        node = node.get("args", [])
    alone = _reference(node)
    listed = [node] if alone is not None else list(node)
    given: list[tuple[tuple[str, int], int]] = []
    more: dict[str, Any] = {}
    for each in listed:
        place = _reference(each)
        if place is not None:
            given.append(place)
            if len(each) > 3 and isinstance(each[3], Mapping):
                more.update(each[3])
    return given, more


def _output(made: Any, place: int) -> Any:
    return made[place] if isinstance(made, list | tuple) else made
