"""The operators of a graph model: rewritten into what tfjs computes, fused, and checked.

The first part works on a GraphDef whose variables are constants; the second on a folder that
was written, with the packages of the project's own node_modules.
"""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from string import ascii_letters
from typing import Any

import numpy as np

from ..errors import ModelError, ToolError, UnsupportedLayer

SCRIPT = Path(__file__).with_suffix(".mjs")


def node_of(name: str) -> str:
    """The node of a tensor ``node:1``, or of a control input ``^node``."""
    return name.removeprefix("^").partition(":")[0]


def as_array(node: Any) -> np.ndarray:
    """The values of a Const node."""
    import tensorflow as tf

    return np.asarray(tf.make_ndarray(node.attr["value"].tensor))


# -- operators that tfjs, or one of its backends, lacks ------------------------------------


def decompose(graph: Any) -> Any:
    """Writes operators that tfjs lacks as several that it has; others stay for the check.

    TensorFlow builds the parts in a graph of its own, which knows every shape.
    """
    import tensorflow as tf

    targets = [node for node in graph.node if node.op in _PARTS]
    if not targets:
        return graph
    renamed = {}
    with tf.Graph().as_default() as workshop:
        tf.import_graph_def(graph, name="")
        for node in targets:
            operation = workshop.get_operation_by_name(node.name)
            if any(tensor.consumers() for tensor in operation.outputs[1:]):
                continue
            with tf.name_scope(f"{node.name}/"):
                made = _PARTS[node.op](operation)
            if made is not None:
                renamed[node.name] = made.op.name
        return _redirected(workshop.as_graph_def(), renamed)


def _redirected(graph: Any, renamed: dict[str, str]) -> Any:
    """The graph with other nodes in the place of some."""
    for node in graph.node:
        for index, name in enumerate(node.input):
            if node_of(name) in renamed:
                control = "^" if name.startswith("^") else ""
                node.input[index] = control + renamed[node_of(name)]
    return graph


def _erfc(operation: Any) -> Any:
    """What gelu is made of; tfjs knows the error function only."""
    import tensorflow as tf

    return 1.0 - tf.math.erf(operation.inputs[0])


def _softsign(operation: Any) -> Any:
    import tensorflow as tf

    (x,) = operation.inputs
    return x / (1.0 + tf.abs(x))


def _batch_norm(operation: Any) -> Any:
    """As a product and a sum, which :func:`fuse` then folds into a convolution before it."""
    import tensorflow as tf

    x, gamma, beta, mean, variance = operation.inputs
    if operation.get_attr("is_training") or operation.get_attr("data_format") != b"NHWC":
        return None
    scale = gamma * tf.math.rsqrt(variance + operation.get_attr("epsilon"))
    return x * scale + (beta - mean * scale)


def _grouped_convolution(operation: Any) -> Any:
    """One convolution for each group; tfjs has groups of one channel only."""
    import tensorflow as tf

    x, kernel = operation.inputs
    channels, depth = x.shape[-1], kernel.shape[2]
    padding = operation.get_attr("padding").decode()
    plain = operation.get_attr("data_format") == b"NHWC" and padding in ("SAME", "VALID")
    if None in (channels, depth) or channels == depth or not plain:
        return None
    groups = channels // depth
    pairs = zip(tf.split(x, groups, -1), tf.split(kernel, groups, -1), strict=True)
    strides, dilations = operation.get_attr("strides"), operation.get_attr("dilations")
    parts = [tf.nn.conv2d(a, k, strides, padding, dilations=dilations) for a, k in pairs]
    return tf.concat(parts, -1)


def _transposed_convolution(operation: Any) -> Any:
    """With the holes of the dilation in the kernel; tfjs overlooks the dilation."""
    import tensorflow as tf

    sizes, kernel, x = operation.inputs
    order, (_, down, right, _) = operation.get_attr("data_format"), operation.get_attr("dilations")
    if order != b"NHWC" or (down, right) == (1, 1):
        return None
    height, width, *channels = kernel.shape
    spread = tf.reshape(kernel, [height, 1, width, 1, *channels])
    spread = tf.pad(spread, [[0, 0], [0, down - 1], [0, 0], [0, right - 1], [0, 0], [0, 0]])
    spread = tf.reshape(spread, [height * down, width * right, *channels])
    spread = spread[: height * down - down + 1, : width * right - right + 1]
    return tf.raw_ops.Conv2DBackpropInput(
        input_sizes=sizes,
        filter=spread,
        out_backprop=x,
        strides=operation.get_attr("strides"),
        padding=operation.get_attr("padding"),
        explicit_paddings=operation.get_attr("explicit_paddings"),
    )


def _band_part(operation: Any) -> Any:
    """What a causal mask is made of; tfjs-converter takes its lower bound for the upper too."""
    import tensorflow as tf

    x, lower, upper = operation.inputs
    size = tf.shape(x)
    below = tf.range(size[-2])[:, None] - tf.range(size[-1])
    lower, upper = tf.cast(lower, tf.int32), tf.cast(upper, tf.int32)
    inside = ((lower < 0) | (below <= lower)) & ((upper < 0) | (-below <= upper))
    return inside & x if x.dtype == tf.bool else tf.where(inside, x, tf.zeros_like(x))


def _one_hot(operation: Any) -> Any:
    """The WASM backend writes integers where real numbers are asked for."""
    import tensorflow as tf

    indices, depth, on, off = operation.inputs
    if operation.get_attr("axis") not in (-1, indices.shape.rank):
        return None
    hot = tf.equal(tf.cast(indices, tf.int32)[..., None], tf.range(depth))
    return tf.where(hot, on, off)


def _reversed_truths(operation: Any) -> Any:
    """As integers; the WASM backend reverses no truth values."""
    import tensorflow as tf

    x, axes = operation.inputs
    if x.dtype != tf.bool:
        return None
    return tf.cast(tf.reverse(tf.cast(x, tf.int32), axes), tf.bool)


def _bucketize(operation: Any) -> Any:
    import tensorflow as tf

    (x,) = operation.inputs
    above = x[..., None] >= tf.cast(tf.constant(operation.get_attr("boundaries")), x.dtype)
    return tf.reduce_sum(tf.cast(above, tf.int32), -1)


def _einsum(operation: Any) -> Any:
    """As a matrix product; WASM has no Einsum, and others multiply out every pair."""
    import tensorflow as tf

    equation = operation.get_attr("equation").decode()
    terms, _, out = equation.partition("->")
    left, _, right = terms.partition(",")
    if "..." in left and "..." not in right:
        rest = operation.inputs[0].shape.rank - len(left) + 3
        if rest > 2:
            return None  # TensorFlow 2.19 itself gets three axes wrong
        letters = "".join(sorted(set(ascii_letters) - set(equation))[:rest])
        left, out = left.replace("...", letters), out.replace("...", letters)
    plain = all(len(set(t)) == len(t) and t.isalpha() for t in (left, right, out))
    if not plain or (set(left) ^ set(right)) - set(out):
        return None
    batch = [label for label in left if label in right and label in out]
    inner = [label for label in left if label in right and label not in out]
    rows = [label for label in left if label not in right]
    columns = [label for label in right if label not in left]
    sizes = _Sizes(zip((left, right), operation.inputs, strict=True))
    a = sizes.matrices(operation.inputs[0], left, batch, rows, inner)
    b = sizes.matrices(operation.inputs[1], right, batch, inner, columns)
    product = tf.matmul(a, b)
    order = [*batch, *rows, *columns]
    if len(rows) != 1 or len(columns) != 1:
        product = tf.reshape(product, sizes.shape([label] for label in order))
    return _transposed(product, order, list(out))


class _Sizes:
    """The size of each axis of an einsum by its letter: a number, or a tensor if it is open."""

    def __init__(self, operands: Iterable[tuple[str, Any]]) -> None:
        self.known: dict[str, int] = {}
        self.axes: dict[str, tuple[Any, int]] = {}
        for labels, tensor in operands:
            for axis, (label, size) in enumerate(zip(labels, tensor.shape, strict=True)):
                self.axes[label] = (tensor, axis)
                if size is not None:
                    self.known[label] = size

    def matrices(
        self, tensor: Any, labels: str, batch: list[str], rows: list[str], columns: list[str]
    ) -> Any:
        """The operand as ``[*batch, rows, columns]``; of the last two each may be many axes."""
        import tensorflow as tf

        turned = _transposed(tensor, list(labels), [*batch, *rows, *columns])
        if len(rows) == 1 and len(columns) == 1:
            return turned
        return tf.reshape(turned, self.shape([*([label] for label in batch), rows, columns]))

    def shape(self, groups: Iterable[Sequence[str]]) -> list[Any]:
        """The size of each group of axes; one that is open is left to TensorFlow as -1."""
        sizes: list[Any] = []
        left = False
        for group in groups:
            if all(label in self.known for label in group) or left:
                sizes.append(math.prod(self._size(label) for label in group))
            else:
                sizes.append(-1)
                left = True
        return sizes

    def _size(self, label: str) -> Any:
        import tensorflow as tf

        if label in self.known:
            return self.known[label]
        tensor, axis = self.axes[label]
        return tf.shape(tensor)[axis]


def _transposed(tensor: Any, labels: list[str], wanted: list[str]) -> Any:
    import tensorflow as tf

    if labels == wanted:
        return tensor
    return tf.transpose(tensor, [labels.index(label) for label in wanted])


_PARTS: dict[str, Callable[[Any], Any]] = {
    "Bucketize": _bucketize,
    "Conv2D": _grouped_convolution,
    "Conv2DBackpropInput": _transposed_convolution,
    "Einsum": _einsum,
    "Erfc": _erfc,
    "FusedBatchNorm": _batch_norm,
    "FusedBatchNormV2": _batch_norm,
    "FusedBatchNormV3": _batch_norm,
    "MatrixBandPart": _band_part,
    "OneHot": _one_hot,
    "ReverseV2": _reversed_truths,
    "Softsign": _softsign,
}


# -- fewer kernels -------------------------------------------------------------------------

_FUSED = {
    "Conv2D": "_FusedConv2D",
    "DepthwiseConv2dNative": "FusedDepthwiseConv2dNative",
    "MatMul": "_FusedMatMul",
}
_ACTIVATIONS = ("Relu", "Relu6", "Elu", "LeakyRelu", "Sigmoid")
"""What every backend computes within a fused kernel (tfjs-core: fused_util.ts)."""
_TRANSPARENT = ("Squeeze", "BatchToSpaceND", "Reshape")
"""What moves values about; if the last axis stays, it commutes with work on each channel."""


def fuse(graph: Any) -> Any:
    """Takes into each convolution and matrix product the constants that scale and shift its
    channels, such as a bias and a batch normalization, and the activation after them; and makes
    one Prelu of the five operators as which Keras computes it."""
    nodes = _Nodes(graph)
    for node in list(graph.node):
        if node.op in ("Add", "AddV2"):
            _fuse_prelu(nodes, node)
        elif node.op in _FUSED:
            chain = _follow(nodes, node)
            if chain is not None:
                _absorb(nodes, node, chain)
    return _redirected(graph, nodes.renamed)


class _Nodes:
    """A graph with what is asked about its nodes, and constants that are made once."""

    def __init__(self, graph: Any) -> None:
        import tensorflow as tf

        self.graph = graph
        self.by_name = {node.name: node for node in graph.node}
        self.renamed: dict[str, str] = {}
        self._readers: dict[str, list[Any]] = {}
        self._made: dict[tuple[str, Any, bytes], str] = {}
        for node in graph.node:
            for name in node.input:
                self._readers.setdefault(node_of(name), []).append(node)
        with tf.Graph().as_default() as shaped:
            tf.import_graph_def(graph, name="")
            self.shapes = {
                each.name: each.outputs[0].shape for each in shaped.get_operations() if each.outputs
            }

    def only_reader(self, name: str) -> Any | None:
        readers = self._readers.get(name, [])
        return readers[0] if len(readers) == 1 else None

    def constant(self, name: str) -> np.ndarray | None:
        node = self.by_name[node_of(name)]
        return as_array(node) if node.op == "Const" else None

    def width(self, name: str) -> int | None:
        """The size of the last axis, if it is known."""
        shape = self.shapes[name]
        return shape[-1] if shape.rank else None

    def add_constant(self, name: str, values: np.ndarray) -> str:
        """The name of a constant; equal ones of the same kind are one."""
        import tensorflow as tf

        kind = name.rpartition("/")[2]
        key = (kind, values.shape, values.tobytes())
        if key not in self._made:
            free, number = name, 1
            while free in self.by_name:
                free, number = f"{name}_{number}", number + 1
            node = self.graph.node.add(op="Const", name=free)
            node.attr["dtype"].type = tf.float32.as_datatype_enum
            node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(values, tf.float32))
            self.by_name[free] = node
            self._made[key] = free
        return self._made[key]


@dataclass
class _Chain:
    """What is done to each channel after a convolution: ``activation(scale * x + bias)``.

    ``into`` has, for each node that goes, the one whose output takes its place.
    """

    scale: np.ndarray
    bias: np.ndarray
    activation: Any = None
    into: dict[str, str] = field(default_factory=dict)


def _follow(nodes: _Nodes, head: Any) -> _Chain | None:
    """What can be absorbed by ``head``; None if there is nothing."""
    width = nodes.width(head.name)
    if width is None or not _plain(head):
        return None
    chain = _Chain(np.ones(width), np.zeros(width))
    fixed = nodes.constant(head.input[1]) is not None
    # The last node of the chain, and the one that stays and will be read in its place.
    last = stays = head.name
    while (node := nodes.only_reader(last)) is not None:
        values = _channels(nodes, node, last, width)
        if values is not None and (fixed or node.op != "Mul"):
            _apply(chain, node.op, values)
            chain.into[node.name] = stays
        elif node.op in _TRANSPARENT and nodes.width(node.name) == width:
            stays = node.name
        elif _fusable(head, node) and chain.into:
            chain.activation = node
            chain.into[node.name] = stays
            break
        else:
            break
        last = node.name
    return chain if chain.into else None


def _fusable(head: Any, node: Any) -> bool:
    # tfjs-converter hands no slope to a fused depthwise convolution.
    sloped = head.op == "DepthwiseConv2dNative" and node.op == "LeakyRelu"
    return node.op in _ACTIVATIONS and not sloped


def _plain(node: Any) -> bool:
    """Whether it computes in float32 with the channels last."""
    import tensorflow as tf

    order = node.attr["data_format"].s if "data_format" in node.attr else b"NHWC"
    return node.attr["T"].type == tf.float32.as_datatype_enum and order == b"NHWC"


def _channels(nodes: _Nodes, node: Any, source: str, width: int) -> np.ndarray | None:
    """The constant that ``node`` adds to or multiplies with each channel of ``source``."""
    if node.op not in ("BiasAdd", "AddV2", "Add", "Sub", "Mul") or not _plain(node):
        return None
    place = [node_of(name) for name in node.input].index(source)
    if place == 1 and node.op == "Sub":
        return None
    values = nodes.constant(node.input[1 - place])
    rank = nodes.shapes[source].rank
    if values is None or rank is None or values.ndim > rank:
        return None
    if values.size not in (1, width) or (values.ndim and values.shape[-1] != values.size):
        return None
    return np.broadcast_to(values.astype(np.float64).reshape(-1), width)


def _apply(chain: _Chain, op: str, values: np.ndarray) -> None:
    if op == "Mul":
        chain.scale = chain.scale * values
        chain.bias = chain.bias * values
    else:
        chain.bias = chain.bias + (-values if op == "Sub" else values)


def _absorb(nodes: _Nodes, head: Any, chain: _Chain) -> None:
    kernel = nodes.constant(head.input[1])
    if kernel is not None:
        scaled = (kernel * _along_outputs(head, kernel, chain.scale)).astype(np.float32)
        head.input[1] = nodes.add_constant(f"{head.name}/kernel", scaled)
    bias = nodes.add_constant(f"{head.name}/bias", chain.bias.astype(np.float32))
    del head.input[2:]
    head.input.append(bias)
    head.op = _FUSED[head.op]
    fused = [b"BiasAdd"]
    if chain.activation is not None:
        fused.append(chain.activation.op.encode())
        if chain.activation.op == "LeakyRelu":
            head.attr["leakyrelu_alpha"].f = chain.activation.attr["alpha"].f
    head.attr["fused_ops"].list.s.extend(fused)
    head.attr["num_args"].i = 1
    nodes.renamed.update(chain.into)


def _along_outputs(head: Any, kernel: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """One number for each output channel, in the shape of the kernel."""
    if head.op == "DepthwiseConv2dNative":
        return scale.reshape(kernel.shape[2:])
    if head.op == "MatMul" and head.attr["transpose_b"].b:
        return scale[:, None]
    return scale


def _fuse_prelu(nodes: _Nodes, node: Any) -> None:
    found = _prelu(nodes, node)
    if found is not None:
        x, factor = found
        alpha = nodes.add_constant(f"{node.name}/alpha", -factor)
        node.op = "Prelu"
        node.input[:] = [x, alpha]


def _prelu(nodes: _Nodes, node: Any) -> tuple[str, np.ndarray] | None:
    """The names of x and the values of c in ``relu(x) + c * relu(-x)``."""
    for first, second in (node.input, reversed(node.input)):
        positive, product = nodes.by_name[node_of(first)], nodes.by_name[node_of(second)]
        if positive.op != "Relu" or product.op != "Mul":
            continue
        for given, other in (product.input, reversed(product.input)):
            factor, negative = nodes.constant(given), nodes.by_name[node_of(other)]
            if factor is None or negative.op != "Relu":
                continue
            minus = nodes.by_name[node_of(negative.input[0])]
            x = positive.input[0]
            if minus.op == "Neg" and minus.input[0] == x and _trailing(factor, nodes.shapes[x]):
                return x, factor
    return None


def _trailing(factor: np.ndarray, shape: Any) -> bool:
    """Whether its axes, without the ones in front, are the last axes of ``shape``: the only
    way in which the WASM backend repeats the slopes of a Prelu."""
    sizes = list(factor.shape)
    while sizes and sizes[0] == 1:
        del sizes[0]
    known = list(shape) if shape.rank is not None else []
    return len(sizes) <= len(known) and sizes == known[len(known) - len(sizes) :]


# -- the check of a written model ----------------------------------------------------------


def check_operators(folder: Path, root: Path, backends: Sequence[str]) -> list[str]:
    """Runs a graph model once on zeros in Node and demands that every backend can.

    Every operator has to be known to tfjs-converter, and every kernel that ran has to be
    registered on each backend. WASM computes, or plain JavaScript where it cannot; of WebGL and
    WebGPU, which do not start in Node, the list of kernels is read.

    Args:
        root: the project, whose node_modules are used.
        backends: those that a page may use.

    Returns:
        The kernels that one prediction runs, each once.

    Raises:
        UnsupportedLayer: naming the operators, their layers, and what lacks them.
        ToolError: if Node or a package is missing.
    """
    places = {"root": str(root.resolve()), "folder": str(folder.resolve())}
    answer = _run_node({**places, "backends": list(backends)})
    if answer["problems"]:
        raise _refusal(answer["problems"], backends)
    return list(answer["kernels"])


def _refusal(problems: Sequence[dict[str, Any]], backends: Sequence[str]) -> UnsupportedLayer:
    """One error for all problems; those that differ by their backend only are told as one."""
    groups: dict[str, tuple[dict[str, Any], list[str]]] = {}
    for problem in problems:
        key = f"{problem['kind']} {problem['node']} {problem.get('kernel')}"
        _, lacking = groups.setdefault(key, (problem, []))
        lacking += [problem["backend"]] if problem["backend"] else []
    first, *others = [_sentence(problem, lacking) for problem, lacking in groups.values()]
    told = " ".join([first, *(other[0].upper() + other[1:] for other in others)])
    without = {problem["backend"] for problem in problems}
    able = [] if None in without else [each for each in backends if each not in without]
    return UnsupportedLayer(told, where=place_of_node(problems[0]["node"]), remedy=_remedy(able))


def _sentence(problem: dict[str, Any], lacking: Sequence[str]) -> str:
    operator = f"the operator {problem['op']} (node {problem['node']!r})"
    if problem["kind"] == "operator":
        return f"{operator} is not one of tfjs."
    if problem["kind"] == "asynchronous":
        return (
            f"{operator} is a loop, a branch, a table or of a size that depends on values; tfjs "
            "runs such graphs only asynchronously, and pages do not."
        )
    names = " and ".join(lacking)
    if problem["kind"] == "wrong":
        return f"{operator} runs the kernel {problem['kernel']}, which {names} computes wrongly."
    if problem["kind"] == "kernel":
        lacks = f"backend {names} lacks" if len(lacking) == 1 else f"backends {names} lack"
        return f"{operator} runs the kernel {problem['kernel']}, which the {lacks}."
    on = f" on the backend {lacking[0]}" if lacking else ""
    return f"{operator} cannot be computed by tfjs{on}: {problem['message']}."


def place_of_node(node: str) -> str:
    """The layer of a node, if its name is ``model/layer/…``."""
    parts = [part for part in node.split("/") if "PartitionedCall" not in part]
    return f"layer {parts[1]!r}" if len(parts) > 2 else f"node {node!r}"


def _remedy(able: Sequence[str]) -> str:
    if able:
        listed = ", ".join(repr(backend) for backend in able)
        comma = "," if len(able) == 1 else ""
        return f"Declare Export(backends=({listed}{comma})), or replace the layer."
    return "Replace the layer."


def _run_node(request: dict[str, Any]) -> dict[str, Any]:
    node = shutil.which("node")
    if node is None:
        raise ToolError("Node is not installed.", remedy="Install Node 20 or newer.")
    done = subprocess.run(
        [node, str(SCRIPT)], input=json.dumps(request), capture_output=True, text=True
    )
    lines = done.stdout.splitlines()
    if done.returncode != 0 or not lines:
        said = [line for line in done.stderr.splitlines() if "Error" in line] or ["no message"]
        raise ToolError(f"Node ended with status {done.returncode}: {said[0]}.", where=SCRIPT.name)
    answer = dict(json.loads(lines[-1]))
    if "missing" in answer:
        raise ToolError(
            f"the package {answer['missing']} is not installed.",
            where="node_modules",
            remedy="Run 'npm ci', or 'make site', which does it.",
        )
    if "error" in answer:
        raise ModelError(f"tfjs cannot load the model: {answer['error']}", where=request["folder"])
    return answer
