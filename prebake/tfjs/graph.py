"""Writing a model as a TensorFlow.js graph model: one frozen graph that only predicts.

The way is that of tensorflowjs's converter (tf_saved_model_conversion_v2.py): freeze, simplify
with TensorFlow's own optimizer (Grappler), write ``model.json`` and shards. Three of its passes
are not used: the fusion of Grappler depends on the machine and makes activations that tfjs lacks
(Dense with tanh), ``normalize_bias_add`` takes any sum for a bias, which the WASM backend
refuses, and ``fold_batch_norms`` scales a convolution for all of its readers. What stands in
their place is in :mod:`prebake.tfjs.operators`.

Format: tensorflow/tfjs, tfjs-core/src/io/types.ts (``ModelJSON``) and the GraphDef as protobuf's
JSON mapping writes it.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import ModelError, PrebakeError, UnsupportedLayer
from .layers import GENERATOR
from .lowering import place_of
from .operators import as_array, decompose, fuse, node_of, place_of_node
from .weights import Encoded, Stored, encode, read_shards, write_shards

if TYPE_CHECKING:
    import keras

_VALUES = (
    "tensor_content",
    *(f"{kind}_val" for kind in ("half", "float", "double", "int", "string", "scomplex")),
    *(f"{kind}_val" for kind in ("int64", "bool", "uint32", "uint64")),
)
"""The fields of a TensorProto that hold numbers; they go to the shards."""


@dataclass(frozen=True)
class Port:
    """An input or output of a graph.

    Args:
        name: as the page gives it to ``execute``.
        spec: a ``tf.TensorSpec`` whose name is that of the node.
    """

    name: str
    spec: Any


def write_graph_model(
    model: keras.Model, folder: Path, *, backends: Sequence[str] = ("webgl", "wasm", "cpu")
) -> list[str]:
    """Writes ``model.json`` and shards of what the model computes with ``training=False``.

    Inputs and outputs keep Keras's names and order; a character that TensorFlow does not allow
    becomes ``_``. Recurrent layers are unrolled.

    Args:
        model: a built Sequential or Functional model; it is left as it was.
        folder: is made if it is not there.
        backends: those a page may use; what they lack is found by ``check_operators``.

    Returns:
        Notes on what was changed, for the model card.

    Raises:
        UnsupportedLayer: for a stateful recurrent layer, one over sequences of any length, and
            a layer that computes in half precision or with the channels first.
        ModelError: if the model has no known inputs or TensorFlow cannot trace it.
    """
    with _quiet():
        inputs, names = _interface(model)
        _check_precision(model)
        notes: list[str] = []
        with _traceable(model, notes):
            graph, outputs = _freeze(_predict(model), inputs, names, f"model {model.name!r}")
        _write(graph, inputs, outputs, folder)
    return notes + _left_out(model)


def write_saved_model(
    path: Path,
    folder: Path,
    *,
    backends: Sequence[str] = ("webgl", "wasm", "cpu"),
    signature: str = "serving_default",
) -> list[str]:
    """The same from a SavedModel folder; inputs and outputs are named by its signature.

    Raises:
        ModelError: if there is no such SavedModel or signature.
    """
    with _quiet():
        function, inputs, names = _signature(path, signature)
        graph, outputs = _freeze(function, inputs, names, str(path))
        _write(graph, inputs, outputs, folder)
    return []


def write_frozen_graph(
    path: Path,
    inputs: Sequence[str],
    outputs: Sequence[str],
    folder: Path,
    *,
    backends: Sequence[str] = ("webgl", "wasm", "cpu"),
) -> list[str]:
    """The same from a GraphDef file whose variables were made constants.

    Args:
        inputs: names of the nodes that the page feeds; what they read is cut off.
        outputs: names of the nodes it asks for, ``name`` or ``name:1``.

    Raises:
        ModelError: if it is no such file, or has no such node.
    """
    with _quiet():
        function, ports = _imported(path, inputs, outputs)
        graph, made = _freeze(function, ports, list(outputs), str(path))
        _write(graph, ports, made, folder)
    return []


def requantize(folder: Path, out: Path, stored_of: Callable[[str, np.ndarray], Stored]) -> None:
    """Copies a model folder of either format with its weights stored otherwise.

    Args:
        stored_of: how to store a weight, from its name and values; integers stay as they are.

    Raises:
        ModelError: if ``folder`` holds no model, or a weight does not fit its type.
    """
    try:
        document = json.loads((folder / "model.json").read_text("utf-8"))
        manifest = document["weightsManifest"]
    except (OSError, ValueError, KeyError, TypeError):
        raise ModelError(
            "it holds no model.json of a tfjs model.",
            where=str(folder),
            remedy="Name the folder that a model was written to.",
        ) from None
    weights = read_shards(manifest, folder)
    encoded = [encode(name, values, stored_of(name, values)) for name, values in weights.items()]
    _write_json(document, encoded, out)


# -- from a Keras model --------------------------------------------------------------------


def _interface(model: keras.Model) -> tuple[list[Port], list[str]]:
    """The inputs and the names of the outputs."""
    import tensorflow as tf

    try:
        tensors, results = list(model.inputs), list(model.outputs)
    except (AttributeError, TypeError, ValueError):
        raise ModelError(
            "its inputs are not known.",
            where=f"model {model.name!r}",
            remedy="Start a Sequential model with keras.Input(shape); wrap one of your own class: "
            "keras.Model(inputs, model(inputs)).",
        ) from None
    names = _unique(tensor._keras_history.operation.name for tensor in tensors + results)
    for tensor, name in zip(tensors, names, strict=False):
        if getattr(tensor, "sparse", False) or getattr(tensor, "ragged", False):
            raise UnsupportedLayer(
                "it takes sparse or ragged tensors, and tfjs has dense ones.",
                where=f"input {name!r}",
                remedy="Declare it with keras.Input(…, sparse=False).",
            )
    inputs = [
        Port(name, tf.TensorSpec(tensor.shape, tensor.dtype, name=name))
        for tensor, name in zip(tensors, names, strict=False)
    ]
    return inputs, names[len(tensors) :]


def _unique(names: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """Names that TensorFlow allows for nodes, each a different one and none of ``taken``."""
    used = set(taken)
    found = []
    for name in names:
        clean = re.sub(r"[^A-Za-z0-9_.-]", "_", name)
        clean = clean if re.match(r"[A-Za-z0-9.]", clean) else f"x{clean}"
        free, number = clean, 1
        while free in used:
            free, number = f"{clean}_{number}", number + 1
        used.add(free)
        found.append(free)
    return found


def _predict(model: keras.Model) -> Callable[..., list[Any]]:
    import keras

    def predict(*tensors: Any) -> list[Any]:
        # Given as the model was declared, or Keras warns that the structure differs.
        structure = getattr(model, "_inputs_struct", None)  # Sequential has none, and one input
        given = tensors[0]
        if structure is not None:
            given = keras.tree.pack_sequence_as(structure, list(tensors))
        return list(keras.tree.flatten(model(given, training=False)))

    return predict


def _check_precision(model: keras.Model) -> None:
    for layer in model._flatten_layers():
        compute = str(getattr(layer, "compute_dtype", "float32"))
        if compute in ("float16", "bfloat16"):
            raise UnsupportedLayer(
                f"it computes in {compute}, and tfjs computes in float32.",
                where=place_of(layer, ""),
                remedy="Build the model with keras.config.set_dtype_policy('float32').",
            )


@contextmanager
def _traceable(model: keras.Model, notes: list[str]) -> Iterator[None]:
    """Gives nodes the names of their layers, and unrolls recurrent layers, for one trace.

    A clone would need every class of the author's to be cloneable, and the weights twice.
    """
    import keras

    layers = [each for each in model._flatten_layers() if isinstance(each, keras.layers.RNN)]
    scope = keras.Layer._open_name_scope
    keras.Layer._open_name_scope = _scope
    for layer in layers:
        layer.inner_loop = _unrolled_loop(layer, notes)
    try:
        yield
    finally:
        keras.Layer._open_name_scope = scope
        for layer in layers:
            del layer.inner_loop


def _scope(layer: Any) -> Any:
    """The name scope of a layer; Keras opens it twice, and the second becomes ``name_1``."""
    import tensorflow as tf

    (name,) = _unique([layer.name])
    return tf.name_scope(f"{tf.get_current_name_scope()}/{name}/".lstrip("/"))


def _unrolled_loop(layer: Any, notes: list[str]) -> Callable[..., Any]:
    import keras

    loop = layer.inner_loop

    def unrolled(sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
        _demand_unrollable(layer, sequences.shape[1])
        note = f"{layer.name} ({type(layer).__name__}): unrolled over {sequences.shape[1]} steps."
        if note not in notes:
            notes.append(note)
        before = layer.unroll, layer.go_backwards
        layer.unroll = True
        if layer.go_backwards and mask is not None:
            # Keras's unrolled loop zeroes masked outputs by a mask that it did not reverse.
            sequences, mask = keras.ops.flip(sequences, 1), keras.ops.flip(mask, 1)
            layer.go_backwards = False
        try:
            return loop(sequences, initial_state, mask, training)
        finally:
            layer.unroll, layer.go_backwards = before

    return unrolled


def _demand_unrollable(layer: Any, length: int | None) -> None:
    error = None
    if layer.stateful:
        error = UnsupportedLayer(
            "it is stateful, and a tfjs graph model forgets everything between two calls.",
            where=place_of(layer, ""),
            remedy="Use stateful=False, and give it the whole sequence.",
        )
    elif length is None:
        error = UnsupportedLayer(
            "its sequences have no fixed length, and without loops, which tfjs runs only "
            "asynchronously, each step has to be in the graph.",
            where=place_of(layer, ""),
            remedy="Declare the length, keras.Input((length, …)), and pad to it; or export with "
            "format='layers'.",
        )
    if error is not None:
        # Keras wraps whatever its layers raise, except what it believes to have wrapped.
        error.__dict__["_keras_call_info_injected"] = True
        raise error


def _left_out(model: keras.Model) -> list[str]:
    """Notes on the layers of Keras that only change what is trained on."""
    notes = []
    for layer in model._flatten_layers():
        kind, of_keras = type(layer).__name__, type(layer).__module__.startswith("keras.")
        named = kind.startswith("Random") or kind in ("MixUp", "CutMix", "RandAugment", "AugMix")
        if of_keras and named:
            notes.append(f"{layer.name} ({kind}): left out, it only acts in training.")
    return notes


# -- from files ----------------------------------------------------------------------------


def _signature(path: Path, signature: str) -> tuple[Callable[..., Any], list[Port], list[str]]:
    """A signature of a SavedModel as a function, its inputs and the names of its outputs."""
    import tensorflow as tf

    if not (path / "saved_model.pb").is_file():
        raise ModelError(
            "there is no SavedModel.",
            where=str(path),
            remedy="Name the folder that holds saved_model.pb, as model.export(folder) writes it.",
        )
    try:
        loaded = tf.saved_model.load(str(path))
    except Exception as error:
        raise ModelError(
            f"TensorFlow cannot load the SavedModel: {_first_line(error)}",
            where=str(path),
            remedy="Export it again with model.export(folder).",
        ) from error
    if signature not in loaded.signatures:
        raise ModelError(
            f"the SavedModel has no signature {signature!r}.",
            where=str(path),
            remedy=_suggest(signature, loaded.signatures),
        )
    _demand_constant(loaded.signatures[signature].graph.as_graph_def(), path)
    specs = dict(sorted(loaded.signatures[signature].structured_input_signature[1].items()))
    outputs = sorted(loaded.signatures[signature].structured_outputs)
    inputs = [
        Port(name, tf.TensorSpec(spec.shape, spec.dtype, name=node))
        for (name, spec), node in zip(specs.items(), _unique(specs), strict=True)
    ]

    def predict(*tensors: Any) -> list[Any]:
        # By way of what was loaded: the variables live no longer than it does.
        answers = loaded.signatures[signature](**dict(zip(specs, tensors, strict=True)))
        return [answers[name] for name in outputs]

    return predict, inputs, outputs


def _demand_constant(definition: Any, path: Path) -> None:
    for node in definition.node:
        if node.op in ("Variable", "VariableV2"):
            raise ModelError(
                f"TensorFlow 1 wrote it, whose variables ({node.name!r}) cannot be frozen here.",
                where=str(path),
                remedy="Freeze it with convert_variables_to_constants of TensorFlow 1 and declare "
                "the frozen graph.",
            )
    for node in [node for function in definition.library.function for node in function.node_def]:
        if node.op.startswith("Assign") and node.op.endswith("VariableOp"):
            raise UnsupportedLayer(
                f"it changes its state when it predicts (node {node.name!r}), as random "
                "augmentation does for its seed; a tfjs graph model has no state.",
                where=f"{path}: {place_of_node(node.name)}",
                remedy="Export the model without it, or give the Keras file.",
            )


def _imported(
    path: Path, inputs: Sequence[str], outputs: Sequence[str]
) -> tuple[Callable[..., Any], list[Port]]:
    """A GraphDef file as a function from its inputs to its outputs, and the inputs."""
    import tensorflow as tf

    definition = _graph_def(path)
    _demand_frozen(definition, path)
    known = {node.name for node in definition.node}
    for name in (*inputs, *outputs):
        if node_of(name) not in known:
            raise ModelError(
                f"the graph has no node {name!r}.",
                where=str(path),
                remedy=_suggest(node_of(name), _ends(definition)),
            )
    tensors = _tensors(definition, inputs, path)
    rest = _without_fed(definition, inputs)
    nodes = _unique(inputs, taken=[node.name for node in rest.node])
    ports = [
        Port(name, tf.TensorSpec(tensor.shape, tensor.dtype, name=node))
        for name, tensor, node in zip(inputs, tensors, nodes, strict=True)
    ]

    def predict(*given: Any) -> list[Any]:
        fed = {_tensor(name): tensor for name, tensor in zip(inputs, given, strict=True)}
        asked = [_tensor(name) for name in outputs]
        return list(tf.import_graph_def(rest, input_map=fed, return_elements=asked, name=""))

    return predict, ports


def _tensors(definition: Any, names: Sequence[str], path: Path) -> list[Any]:
    import tensorflow as tf

    try:
        with tf.Graph().as_default() as graph:
            tf.import_graph_def(definition, name="")
            return [graph.get_tensor_by_name(_tensor(name)) for name in names]
    except (ValueError, KeyError, tf.errors.OpError) as error:
        raise ModelError(
            f"TensorFlow cannot read the graph: {_first_line(error)}",
            where=str(path),
            remedy="Name nodes as 'name' or 'name:0'; operators of one's own do not run in tfjs.",
        ) from error


def _graph_def(path: Path) -> Any:
    from google.protobuf.message import DecodeError
    from tensorflow.core.framework.graph_pb2 import GraphDef

    try:
        definition = GraphDef.FromString(path.read_bytes())
    except OSError:
        raise ModelError(
            "there is no such file.", where=str(path), remedy="Name a frozen GraphDef (.pb)."
        ) from None
    except DecodeError:
        definition = GraphDef()
    if not all(node.name and node.op for node in definition.node) or not definition.node:
        raise ModelError(
            "it is not a GraphDef of TensorFlow.",
            where=str(path),
            remedy="Name a frozen graph; give a SavedModel as its folder, not as saved_model.pb.",
        )
    return definition


def _demand_frozen(definition: Any, path: Path) -> None:
    for node in definition.node:
        if node.op in ("Variable", "VariableV2", "VarHandleOp"):
            raise ModelError(
                f"the graph holds the variable {node.name!r}, but not its value.",
                where=str(path),
                remedy="Freeze it first: convert_variables_to_constants of TensorFlow 1, or "
                "export a SavedModel.",
            )


def _without_fed(definition: Any, inputs: Sequence[str]) -> Any:
    """The graph without the placeholders that are fed, whose names are then free."""
    rest = type(definition)()
    rest.CopyFrom(definition)
    fed = {node_of(name) for name in inputs}
    kept = [node for node in rest.node if node.name not in fed or node.op != "Placeholder"]
    del rest.node[:]
    rest.node.extend(kept)
    return rest


def _ends(definition: Any) -> list[str]:
    """Nodes that an author may mean: those fed, and those nobody reads."""
    read = {node_of(name) for node in definition.node for name in node.input}
    fed = [node.name for node in definition.node if node.op == "Placeholder"]
    ends = [node.name for node in definition.node if node.name not in read]
    return fed + [name for name in ends if name not in fed]


def _tensor(name: str) -> str:
    return name if ":" in name else f"{name}:0"


def _suggest(name: str, known: Iterable[str]) -> str:
    from ..declare.schema import suggest

    return suggest(name, known)


# -- freezing and simplifying --------------------------------------------------------------


def _freeze(
    predict: Callable[..., list[Any]], inputs: Sequence[Port], outputs: Sequence[str], where: str
) -> tuple[Any, list[Port]]:
    """Traces a function with its variables made constants.

    Returns:
        The GraphDef, and its outputs.
    """
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    taken = [port.spec.name for port in inputs]
    nodes = _unique([*taken, *outputs])[len(taken) :]

    def named(*tensors: Any) -> list[Any]:
        # A node of its own for each output: two may be the same tensor, or an input.
        answers = zip(predict(*tensors), nodes, strict=True)
        return [tf.identity(answer, name=name) for answer, name in answers]

    try:
        with _inlined():
            traced = tf.compat.v1.wrap_function(named, [port.spec for port in inputs])
        # Pruning drops what only changes state, such as the seeds of augmentation layers.
        traced = traced.prune(traced.inputs[: len(inputs)], traced.outputs)
        frozen = convert_variables_to_constants_v2(traced, aggressive_inlining=True)
    except PrebakeError:
        raise
    except Exception as error:
        raise ModelError(
            f"TensorFlow cannot make one graph of it: {_first_line(error)}",
            where=where,
            remedy="Call it on a batch in Python first; if that works, please report this.",
        ) from error
    ports = [
        Port(name, tf.TensorSpec(tensor.shape, tensor.dtype, name=node_of(tensor.name)))
        for name, tensor in zip(outputs, frozen.outputs, strict=True)
    ]
    return frozen.graph.as_graph_def(), ports


@contextmanager
def _inlined() -> Iterator[None]:
    """Traces the functions that a layer calls into the graph itself.

    Keras compiles grouped convolutions with XLA, and such a function would stay a call.
    """
    import tensorflow as tf

    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(before)


def _simplify(graph: Any, outputs: Sequence[Port]) -> Any:
    """Folds constants and removes what is not needed, with TensorFlow's own optimizer."""
    import tensorflow as tf
    from tensorflow.core.protobuf.config_pb2 import ConfigProto
    from tensorflow.python.grappler import tf_optimizer
    from tensorflow.python.training.saver import export_meta_graph

    config = ConfigProto()
    passes = ["debug_stripper", *("pruning", "constfold", "arithmetic", "dependency") * 2]
    config.graph_options.rewrite_options.optimizers[:] = passes
    with tf.Graph().as_default() as holder:
        tf.import_graph_def(graph, name="")
        for port in outputs:
            # The collection that tells the optimizer what has to stay.
            holder.add_to_collection("train_op", holder.get_operation_by_name(port.spec.name))
        meta = export_meta_graph(graph_def=holder.as_graph_def(), graph=holder)
        return tf_optimizer.OptimizeGraph(config, meta, cluster=_cluster())


def _cluster() -> Any:
    """A made-up device, so that the machine this runs on makes no difference."""
    from tensorflow.core.protobuf.device_properties_pb2 import NamedDevice
    from tensorflow.python.grappler.cluster import Cluster

    device = NamedDevice()
    device.name = "/GPU:0"
    device.properties.type = "GPU"
    device.properties.environment["architecture"] = "4"
    return Cluster(devices=[device])


# -- writing -------------------------------------------------------------------------------


def _write(graph: Any, inputs: Sequence[Port], outputs: Sequence[Port], folder: Path) -> None:
    _demand_numbers(inputs)
    graph = _simplify(decompose(graph), outputs)
    _demand_channels_last(graph)
    graph = fuse(graph)
    nodes = _ordered(graph, [port.spec.name for port in (*inputs, *outputs)])
    encoded = [_taken_out(node) for node in nodes if node.op == "Const"]
    document = {
        "format": "graph-model",
        "generatedBy": GENERATOR,
        "convertedBy": None,
        "signature": {
            "inputs": {port.name: _tensor_info(port) for port in inputs},
            "outputs": {port.name: _tensor_info(port) for port in outputs},
        },
        "modelTopology": _topology(nodes, graph),
    }
    _write_json(document, encoded, folder)


def _demand_numbers(inputs: Sequence[Port]) -> None:
    import tensorflow as tf

    for port in inputs:
        if port.spec.dtype == tf.string:
            raise UnsupportedLayer(
                "it takes texts, and the pages give numbers.",
                where=f"input {port.name!r}",
                remedy="Turn texts into numbers before the model.",
            )


def _demand_channels_last(graph: Any) -> None:
    """tfjs-converter passes on no data format to poolings and biases, and says nothing."""
    for node in graph.node:
        if "data_format" in node.attr and node.attr["data_format"].s.startswith(b"NC"):
            raise UnsupportedLayer(
                f"its operator {node.op} computes with the channels first, and tfjs does not.",
                where=place_of_node(node.name),
                remedy="Build the model with keras.config.set_image_data_format('channels_last').",
            )


def _ordered(graph: Any, first: Sequence[str]) -> list[Any]:
    """Some nodes and those that they need, each after what it reads, in an order that depends
    on nothing but the graph."""
    by_name = {node.name: node for node in graph.node}
    seen: set[str] = set()
    done = []
    waiting = [(name, False) for name in reversed(first)]
    while waiting:
        name, entered = waiting.pop()
        if entered:
            done.append(by_name[name])
        elif name not in seen:
            seen.add(name)
            waiting.append((name, True))
            waiting += [(node_of(each), False) for each in reversed(by_name[name].input)]
    return done


def _taken_out(node: Any) -> Encoded:
    """A constant as a weight; in the graph only its type and shape remain."""
    values = as_array(node)
    for field in _VALUES:
        node.attr["value"].tensor.ClearField(field)
    if values.dtype.kind not in "fiub":
        raise UnsupportedLayer(
            f"it holds values of type {values.dtype}, and tfjs has float32, int32 and bool.",
            where=f"node {node.name!r}",
            remedy="Keep texts and complex numbers out of the model.",
        )
    limits = np.iinfo(np.int32)
    if values.dtype.kind in "iu" and np.any((values < limits.min) | (values > limits.max)):
        raise UnsupportedLayer(
            "it holds an integer that does not fit 32 bits, and tfjs has no more.",
            where=f"node {node.name!r}",
            remedy="Use smaller integers in the model.",
        )
    return encode(node.name, values, "float32")


def _tensor_info(port: Port) -> dict[str, Any]:
    from tensorflow.core.framework.types_pb2 import DataType

    info: dict[str, Any] = {
        "name": f"{port.spec.name}:0",
        "dtype": DataType.Name(port.spec.dtype.as_datatype_enum),
    }
    if port.spec.shape.rank is not None:
        sizes = [-1 if size is None else size for size in port.spec.shape]
        info["tensorShape"] = {"dim": [{"size": str(size)} for size in sizes]}
    return info


def _topology(nodes: Sequence[Any], graph: Any) -> dict[str, Any]:
    """The GraphDef as JSON, without what TensorFlow noted for itself or about this machine."""
    from google.protobuf.json_format import MessageToDict
    from tensorflow.core.framework.graph_pb2 import GraphDef

    kept = GraphDef(library=graph.library, versions=graph.versions)
    for node in nodes:
        copied = kept.node.add()
        copied.CopyFrom(node)
        copied.ClearField("device")
        copied.ClearField("experimental_debug_info")
        for attribute in [name for name in copied.attr if name.startswith("_")]:
            del copied.attr[attribute]
    topology = MessageToDict(kept)
    for node in topology["node"]:
        if "attr" in node:
            node["attr"] = dict(sorted(node["attr"].items()))
    return topology


def _write_json(document: Mapping[str, Any], encoded: Sequence[Encoded], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    whole = {**document, "weightsManifest": write_shards(encoded, folder)}
    text = json.dumps(whole, separators=(",", ":"), ensure_ascii=False)
    (folder / "model.json").write_text(text, "utf-8")


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps TensorFlow's chatter from the terminal; what matters in it is raised anyway.

    Its C++ part writes to the file descriptor of standard error itself.
    """
    sys.stderr.flush()
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        try:
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(nowhere)


def _first_line(error: BaseException) -> str:
    """What an error says, without Keras's frame around it and its colours."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    said = [line for line in lines if not line.startswith("Exception encountered when calling")]
    return (said or [type(error).__name__])[0].rstrip(".") + "."
