"""Graph models answer as Keras does, on the backends that run in Node; what cannot is refused."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from prebake.errors import ModelError, UnsupportedLayer
from prebake.tfjs.graph import (
    requantize,
    write_frozen_graph,
    write_graph_model,
    write_saved_model,
)
from prebake.tfjs.layers import write_layers_model
from prebake.tfjs.weights import SHARD_BYTES, read_shards

ROOT = Path(__file__).resolve().parents[2]
TOLERANCE = 1e-5

COMPARE = """
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const use = require('node:module').createRequire(process.argv[1] + '/package.json');
const tf = use('@tensorflow/tfjs-core');
const { loadGraphModel } = use('@tensorflow/tfjs-converter');
for (const name of ['cpu', 'wasm']) use('@tensorflow/tfjs-backend-' + name);
console.warn = () => {};
const artifacts = (folder) => {
  const { weightsManifest: groups, ...rest } = JSON.parse(readFileSync(join(folder, 'model.json')));
  const files = groups.flatMap((group) => group.paths.map((path) => join(folder, path)));
  return {
    ...rest,
    weightSpecs: groups.flatMap((group) => group.weights),
    weightData: Uint8Array.from(Buffer.concat(files.map((file) => readFileSync(file)))).buffer,
  };
};
const tensor = ({ values, shape, dtype }) => tf.tensor(values.flat(9), shape, dtype);
const differences = (model, { inputs, outputs }) => {
  const feeds = Object.fromEntries(Object.entries(inputs).map(([k, v]) => [k, tensor(v)]));
  return Object.entries(outputs).map(([name, wanted]) => {
    const made = model.execute(feeds, name);
    if (String(made.shape) !== String(wanted.shape)) return 'of shape ' + made.shape;
    return tf.max(tf.abs(tf.sub(tf.cast(made, 'float32'), tensor(wanted)))).dataSync()[0];
  });
};
(async () => {
  const found = {};
  for (const job of JSON.parse(readFileSync(0))) {
    found[job.name] = {};
    for (const backend of ['cpu', 'wasm']) {
      await tf.setBackend(backend);
      try {
        const model = await loadGraphModel({ load: async () => artifacts(job.folder) });
        const order = [model.inputNodes, model.outputNodes];
        found[job.name].order = order;
        found[job.name][backend] = tf.tidy(() => differences(model, job));
      } catch (error) {
        found[job.name][backend] = [String(error.message)];
      }
    }
  }
  process.stdout.write(JSON.stringify(found));
})();
"""


# -- the models ----------------------------------------------------------------------------


def chain(shape: tuple[int | None, ...], make: Callable[[Any], list[Any]], **more: Any) -> Any:
    """A builder of a Sequential model."""

    def build() -> Any:
        import keras

        return keras.Sequential([keras.Input(shape, **more), *make(keras.layers)])

    return build


def wired(wire: Callable[..., Any], *shapes: tuple[int | None, ...], **more: Any) -> Any:
    """A builder of a functional model."""

    def build() -> Any:
        import keras

        inputs = [keras.Input(shape, **more) for shape in shapes]
        return keras.Model(inputs, wire(keras.layers, *inputs))

    return build


def two_and_two() -> Any:
    """Inputs and outputs whose order is not that of their names."""
    import keras

    zeta, alpha = keras.Input((3,), name="zeta"), keras.Input((2,), name="alpha")
    both = keras.layers.Concatenate()([zeta, alpha])
    last, first = keras.layers.Dense(2, name="y"), keras.layers.Dense(4, name="b")
    return keras.Model([zeta, alpha], [last(both), first(both)])


def by_name() -> Any:
    """Inputs and outputs in dictionaries."""
    import keras

    given = {name: keras.Input((3,), name=name) for name in ("q", "a")}
    made = keras.layers.Subtract(name="gap")([given["q"], given["a"]])
    return keras.Model(given, {"z": made, "c": keras.layers.Dense(2, name="c")(made)})


def normalization() -> Any:
    import keras

    layer = keras.layers.Normalization()
    layer.adapt(np.arange(12.0).reshape(4, 3))
    return keras.Sequential([keras.Input((3,)), layer, keras.layers.Dense(2)])


def one_convolution_two_readers(k: Any, x: Any) -> Any:
    """Only one of the readers may be scaled by the normalization."""
    made = k.Conv2D(3, 3, padding="same", use_bias=False)(x)
    return [k.BatchNormalization()(made), k.ReLU()(made)]


def one_kernel_two_calls(k: Any, x: Any) -> Any:
    shared = k.Conv2D(3, 3, padding="same", use_bias=False)
    return [k.BatchNormalization()(shared(x)), shared(shared(x))]


def residual(k: Any, x: Any) -> Any:
    """A sum after a convolution is no bias."""
    return k.ReLU()(k.Add()([k.Conv2D(3, 3, padding="same", use_bias=False)(x), x]))


def activations(k: Any, x: Any) -> Any:
    names = ("relu", "relu6", "elu", "leaky_relu", "sigmoid", "tanh", "hard_silu", "gelu")
    dense = [k.Dense(3, activation=name)(x) for name in (*names, "softsign", "softmax")]
    image = k.Reshape((2, 2, 3))(k.Dense(12)(x))
    convolved = [k.Conv2D(2, 2, activation=name)(image) for name in names]
    deep = [k.DepthwiseConv2D(2, activation=name)(image) for name in names]
    return [k.Concatenate()(part) for part in (dense, convolved, deep)]


def attention(k: Any, x: Any) -> Any:
    made = k.MultiHeadAttention(2, 4)(x, x, use_causal_mask=True)
    return k.LayerNormalization()(k.Add()([x, made]))


def augmentations(k: Any) -> list[Any]:
    random = [k.RandomFlip(), k.RandomRotation(0.1), k.RandomContrast(0.2), k.RandomHue(0.1)]
    return [*random, k.GaussianNoise(0.3), k.Dropout(0.5), k.Conv2D(2, 3)]


IMAGE = (8, 8, 3)
MODELS: dict[str, Callable[[], Any]] = {
    "convolution": chain(
        IMAGE,
        lambda k: [
            *(k.Conv2D(4, 3), k.BatchNormalization(), k.ReLU()),
            *(k.DepthwiseConv2D(3, use_bias=False), k.BatchNormalization(), k.ReLU(6.0)),
            *(k.Flatten(), k.Dense(5, activation="tanh"), k.Dense(3, activation="softmax")),
        ],
    ),
    "convolution 1d": chain(
        (9, 2), lambda k: [k.Conv1D(4, 3), k.BatchNormalization(), k.ReLU(), k.Conv1D(2, 2)]
    ),
    "dilation": chain(
        IMAGE,
        lambda k: [
            *(k.Conv2D(4, 3, dilation_rate=2, padding="same"), k.BatchNormalization(), k.ReLU()),
            k.Conv2DTranspose(2, 3, dilation_rate=2),
        ],
    ),
    "groups": chain((8, 8, 4), lambda k: [k.Conv2D(6, 3, groups=2, activation="relu")]),
    "groups of one channel": chain((8, 8, 4), lambda k: [k.Conv2D(8, 3, groups=4)]),
    "groups of one channel, strides": chain(
        (9, 8, 4), lambda k: [k.Conv2D(4, 3, 2, padding="same", groups=4, activation="relu")]
    ),
    "groups of one channel, dilation": chain(
        (9, 9, 4), lambda k: [k.Conv2D(4, 3, dilation_rate=2, groups=4)]
    ),
    "groups of one channel, unequal strides": chain(
        (9, 9, 4), lambda k: [k.Conv2D(4, 3, (1, 2), groups=4)]
    ),
    "prelu": chain(
        IMAGE,
        lambda k: [
            *(k.Conv2D(4, 3), k.PReLU(shared_axes=[1, 2])),
            *(k.PReLU(), k.PReLU(shared_axes=[2])),
        ],
    ),
    "two readers": wired(one_convolution_two_readers, IMAGE),
    "two calls": wired(one_kernel_two_calls, IMAGE),
    "residual": wired(residual, IMAGE),
    "activations": wired(activations, (4,)),
    "attention": wired(attention, (6, 8)),
    "attention of any length": wired(lambda k, x: k.MultiHeadAttention(2, 4)(x, x), (None, 8)),
    "einsum with an ellipsis": chain(
        (3, 4), lambda k: [k.EinsumDense("...x,xyz->...yz", (3, 2, 5))]
    ),
    "gru": chain((5, 3), lambda k: [k.GRU(4)]),
    "masked both ways": chain(
        (5,),
        lambda k: [
            k.Embedding(9, 3, mask_zero=True),
            k.Bidirectional(k.LSTM(2, return_sequences=True)),
        ],
        dtype="int32",
    ),
    "simple recurrent": chain((4, 3), lambda k: [k.SimpleRNN(4, return_sequences=True)]),
    "augmentation": chain(IMAGE, augmentations),
    "two and two": two_and_two,
    "by name": by_name,
    "upsampling": chain(IMAGE, lambda k: [k.UpSampling2D(interpolation="bilinear")]),
    "normalization": normalization,
    "one hot": chain((1,), lambda k: [k.CategoryEncoding(4, output_mode="one_hot")], dtype="int32"),
    "buckets": chain((3,), lambda k: [k.Discretization([-0.5, 0.0, 0.5])]),
    "awkward names": wired(lambda k, x: k.Dense(2, name="größe in cm")(x), (3,), name="_the input"),
    "unchanged": wired(lambda k, x: [x, x], (3,), name="image"),
}


def fill(model: Any, seed: int) -> None:
    """Weights that leave none of a model's parts without effect."""
    random = np.random.default_rng(seed)
    for weight in model.weights:
        if "float" in str(weight.dtype) and "normalization" not in weight.path.split("/")[0]:
            weight.assign(random.uniform(0.1, 0.6, weight.shape) * random.choice([-1, 1, 1]))
    for weight in model.weights:
        if "variance" in weight.name:
            weight.assign(np.abs(weight.numpy()))


def inputs_of(model: Any, seed: int) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    made = []
    for tensor in model.inputs:
        shape = (3, *(size or 4 for size in tensor.shape[1:]))
        whole = "int" in tensor.dtype
        made.append(
            random.integers(0, 4, shape).astype("int32")
            if whole
            else random.normal(size=shape).astype("float32")
        )
    return made


def answers_of(model: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
    import keras

    structure = getattr(model, "_inputs_struct", None)
    given = inputs[0] if structure is None else keras.tree.pack_sequence_as(structure, inputs)
    return [np.asarray(tensor) for tensor in keras.tree.flatten(model(given, training=False))]


# -- one Node process for all of them ------------------------------------------------------


def described(array: np.ndarray) -> dict[str, Any]:
    dtype = "int32" if array.dtype.kind == "i" else "float32"
    return {"values": array.reshape(-1).tolist(), "shape": list(array.shape), "dtype": dtype}


def job(name: str, folder: Path, inputs: list[np.ndarray], outputs: list[np.ndarray]) -> Any:
    """The arrays under the names that the signature has, which are in its order."""
    signature = read(folder)["signature"]
    as_floats = [output.astype("float32") for output in outputs]
    return {
        "name": name,
        "folder": str(folder),
        "inputs": dict(zip(signature["inputs"], map(described, inputs), strict=True)),
        "outputs": dict(zip(signature["outputs"], map(described, as_floats), strict=True)),
    }


def read(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "model.json").read_text("utf-8")))


def operators(folder: Path) -> list[str]:
    nodes = read(folder)["modelTopology"]["node"]
    return [node["op"] for node in nodes if node["op"] not in ("Const", "Placeholder", "Identity")]


def weights(folder: Path) -> dict[str, np.ndarray]:
    return read_shards(read(folder)["weightsManifest"], folder)


def whole(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Every model, written; and what Node made of them in one go."""
    import keras

    keras.utils.clear_session()
    base = tmp_path_factory.mktemp("graphs")
    made = SimpleNamespace(base=base, models={}, notes={}, jobs=[])
    for seed, (name, build) in enumerate(MODELS.items()):
        model, folder = build(), base / name
        fill(model, seed)
        inputs = inputs_of(model, seed)
        outputs = answers_of(model, inputs)
        made.models[name] = model
        made.notes[name] = write_graph_model(model, folder)
        made.jobs.append(job(name, folder, inputs, outputs))
        after = answers_of(model, inputs)
        assert all(np.array_equal(a, b) for a, b in zip(outputs, after, strict=True)), name
    made.jobs += [from_saved_model(made), *from_frozen_graph(base), from_requantized(made)]
    done = subprocess.run(
        ["node", "-e", COMPARE, str(ROOT)],
        input=json.dumps(made.jobs),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    made.found = json.loads(done.stdout)
    return made


def from_saved_model(made: SimpleNamespace) -> Any:
    model = made.models["two and two"]
    model.export(str(made.base / "exported"), verbose=False)
    write_saved_model(made.base / "exported", made.base / "saved model")
    zeta, alpha = inputs_of(model, 1)
    # A signature has no order: inputs and outputs are sorted by name.
    return job(
        "saved model", made.base / "saved model", [alpha, zeta], answers_of(model, [zeta, alpha])
    )


def from_frozen_graph(base: Path) -> list[Any]:
    """A graph of TensorFlow 1, fed at its placeholder, and fed in its middle."""
    import tensorflow as tf

    random = np.random.default_rng(3)
    kernel = random.normal(size=(3, 3, 2, 4)).astype("float32")
    with tf.Graph().as_default() as graph:
        x = tf.compat.v1.placeholder(tf.float32, [None, 6, 6, 2], name="in/x")
        convolved = tf.nn.conv2d(x, kernel, 1, "SAME", name="convolved")
        scale, offset, mean = (random.normal(size=4).astype("float32") for _ in range(3))
        normal, *_ = tf.compat.v1.nn.fused_batch_norm(
            convolved, scale, offset, mean, np.full(4, 0.5, "float32"), is_training=False
        )
        y = tf.nn.relu(normal, name="out/y")
        (base / "frozen.pb").write_bytes(graph.as_graph_def().SerializeToString())
        image, middle = random.normal(size=(2, 6, 6, 2)), random.normal(size=(2, 6, 6, 4))
        with tf.compat.v1.Session() as session:
            answers = session.run(y, {x: image}), session.run(y, {convolved: middle})
    write_frozen_graph(base / "frozen.pb", ["in/x"], ["out/y"], base / "frozen")
    write_frozen_graph(base / "frozen.pb", ["convolved"], ["out/y:0"], base / "fed within")
    return [
        job("frozen", base / "frozen", [image], [answers[0]]),
        job("fed within", base / "fed within", [middle], [answers[1]]),
    ]


def from_requantized(made: SimpleNamespace) -> Any:
    """Weights that 16 bits hold almost exactly: what is left is an error of the format."""
    requantize(made.base / "convolution", made.base / "requantized", lambda name, values: "float32")
    given = next(each for each in made.jobs if each["name"] == "convolution")
    return {**given, "name": "requantized", "folder": str(made.base / "requantized")}


@pytest.mark.parametrize("name", [*MODELS, "saved model", "frozen", "fed within", "requantized"])
@pytest.mark.parametrize("backend", ["cpu", "wasm"])
def test_tfjs_answers_as_keras_does(written, name, backend):
    errors = written.found[name][backend]
    assert all(isinstance(error, float | int) and error < TOLERANCE for error in errors), errors


# -- what was written ----------------------------------------------------------------------


def test_inputs_and_outputs_keep_their_order_and_their_names(written):
    assert written.found["two and two"]["order"] == [["zeta", "alpha"], ["y", "b"]]
    assert written.found["unchanged"]["order"] == [["image"], ["image_1", "image_2"]]
    assert written.found["awkward names"]["order"] == [["x_the_input"], ["gr__e_in_cm"]]
    signature = read(written.base / "two and two")["signature"]
    assert signature["inputs"]["zeta"] == {
        "name": "zeta:0",
        "dtype": "DT_FLOAT",
        "tensorShape": {"dim": [{"size": "-1"}, {"size": "3"}]},
    }
    assert signature["outputs"]["b"]["tensorShape"]["dim"][1] == {"size": "4"}


def test_a_normalization_and_an_activation_go_into_the_convolution_before_them(written):
    fused = ["_FusedConv2D", "FusedDepthwiseConv2dNative"]
    assert operators(written.base / "convolution")[:2] == fused
    assert operators(written.base / "convolution 1d") == [
        *("ExpandDims", "_FusedConv2D", "Squeeze"),
        *("ExpandDims", "_FusedConv2D", "Squeeze"),
    ]
    assert operators(written.base / "frozen") == ["_FusedConv2D"]
    # A sum of two images is no bias: the WASM backend refuses one of four dimensions.
    assert operators(written.base / "residual") == ["Conv2D", "AddV2", "Relu"]


def test_no_operator_stays_that_a_backend_lacks_or_tfjs_gets_wrong(written):
    lacking = {"Einsum", "Erfc", "Softsign", "MatrixBandPart", "OneHot", "Bucketize"}
    for name in MODELS:
        assert not lacking & set(operators(written.base / name)), name


def test_nodes_are_named_after_their_layers(written):
    nodes = {node["name"] for node in read(written.base / "gru")["modelTopology"]["node"]}
    layer = written.models["gru"].layers[-1].name
    assert any(f"/{layer}/" in name for name in nodes)
    assert not any(f"/{layer}_1/" in name for name in nodes)


def test_what_was_changed_is_noted(written):
    assert [note.split(": ")[1] for note in written.notes["gru"]] == ["unrolled over 5 steps."]
    notes = written.notes["augmentation"]
    assert len(notes) == 4 and "left out, it only acts in training" in notes[0]
    assert operators(written.base / "augmentation") == ["_FusedConv2D"]
    assert written.notes["convolution"] == []


def test_the_same_model_gives_the_same_bytes(written, tmp_path):
    for name in ("convolution", "attention", "masked both ways", "prelu"):
        write_graph_model(written.models[name], tmp_path / name)
        assert whole(tmp_path / name) == whole(written.base / name)
    document = read(tmp_path / "attention")
    assert (document["generatedBy"], document["convertedBy"]) == ("prebake", None)
    assert not any("device" in node for node in document["modelTopology"]["node"])


def test_shards_are_small_and_named_by_their_content(tmp_path):
    model = chain((1100,), lambda k: [k.Dense(1000, use_bias=False)])()
    write_graph_model(model, tmp_path)
    shards = sorted(tmp_path.glob("*.bin"))
    assert [path.name for path in shards] == read(tmp_path)["weightsManifest"][0]["paths"]
    assert [path.stat().st_size for path in shards] == [SHARD_BYTES, 4 * 1100 * 1000 - SHARD_BYTES]
    assert len(list(tmp_path.iterdir())) == 3


def test_nothing_is_printed(written, tmp_path, capfd):
    write_graph_model(written.models["gru"], tmp_path)
    assert capfd.readouterr() == ("", "")


# -- what is refused -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "layer", "problem"),
    [
        (chain((None, 3), lambda k: [k.GRU(4, name="words")]), "'words' (GRU)", "no fixed length"),
        (
            chain((None, 3), lambda k: [k.Bidirectional(k.LSTM(4, name="inner"), name="outer")]),
            "'forward_inner' (LSTM)",
            "no fixed length",
        ),
        (
            chain((4, 3), lambda k: [k.GRU(4, stateful=True, name="kept")], batch_size=1),
            "'kept' (GRU)",
            "stateful",
        ),
        (chain((4,), lambda k: [k.Dense(2, dtype="float16", name="half")]), "'half'", "float16"),
        (
            chain((3, 8, 8), lambda k: [k.Conv2D(2, 3, data_format="channels_first", name="c")]),
            "layer 'c'",
            "channels first",
        ),
        (
            chain((1,), lambda k: [k.StringLookup(vocabulary=["a"])], dtype="string", name="text"),
            "input 'text'",
            "texts",
        ),
        (chain((3,), lambda k: [k.Dense(2)], sparse=True, name="few"), "input 'few'", "sparse"),
    ],
)
def test_a_layer_that_cannot_be_written_is_named(tmp_path, build, layer, problem):
    with pytest.raises(UnsupportedLayer, match=problem) as caught:
        write_graph_model(build(), tmp_path)
    assert layer in caught.value.where
    assert caught.value.remedy


def test_a_model_without_inputs_and_one_that_fails(tmp_path):
    import keras

    with pytest.raises(ModelError, match=r"model 'open': its inputs are not known\. Start a"):
        write_graph_model(keras.Sequential([keras.layers.Dense(2)], name="open"), tmp_path)

    model = chain((2,), lambda k: [k.Dense(2)], name="x")()
    model.layers[-1].call = lambda x, **_: 1 / 0
    with pytest.raises(ModelError, match=r"one graph of it: division by zero\. Call it on"):
        write_graph_model(model, tmp_path)
    # The next one is not hurt by it.
    write_graph_model(keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]), tmp_path)


# -- files ---------------------------------------------------------------------------------


def test_an_unknown_saved_model_or_signature(written, tmp_path):
    with pytest.raises(ModelError, match=r"nowhere: there is no SavedModel\. Name the folder"):
        write_saved_model(tmp_path / "nowhere", tmp_path / "out")
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "saved_model.pb").write_bytes(b"no protobuf")
    with pytest.raises(ModelError, match="torn: TensorFlow cannot load the SavedModel"):
        write_saved_model(tmp_path / "torn", tmp_path / "out")
    with pytest.raises(
        ModelError, match=r"no signature 'serving_defalt'\. Did you mean 'serving_def"
    ):
        write_saved_model(written.base / "exported", tmp_path / "out", signature="serving_defalt")


def test_a_saved_model_with_a_state_is_refused(tmp_path):
    model = chain(IMAGE, lambda k: [k.RandomFlip(name="flip"), k.Conv2D(2, 3)])()
    model.export(str(tmp_path / "exported"), verbose=False)
    with pytest.raises(UnsupportedLayer, match="changes its state") as caught:
        write_saved_model(tmp_path / "exported", tmp_path / "out")
    assert "flip" in caught.value.where


def test_a_saved_model_of_tensorflow_1_is_refused(tmp_path):
    import tensorflow as tf

    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        x = tf.compat.v1.placeholder(tf.float32, [None, 2])
        # Not drawn at random: a build demands seeds of every operation.
        ones = tf.compat.v1.ones_initializer()
        kernel = tf.compat.v1.get_variable("kernel", [2, 1], initializer=ones, use_resource=False)
        y = tf.matmul(x, kernel)
        session.run(tf.compat.v1.global_variables_initializer())
        tf.compat.v1.saved_model.simple_save(session, str(tmp_path / "old"), {"x": x}, {"y": y})
        graph = session.graph.as_graph_def()
    with pytest.raises(ModelError, match=r"TensorFlow 1 wrote it, whose variables \('kernel'\)"):
        write_saved_model(tmp_path / "old", tmp_path / "out")
    (tmp_path / "graph.pb").write_bytes(graph.SerializeToString())
    with pytest.raises(ModelError, match="holds the variable 'kernel', but not its value"):
        write_frozen_graph(tmp_path / "graph.pb", ["Placeholder"], ["MatMul"], tmp_path / "out")


@pytest.mark.parametrize(
    ("inputs", "outputs", "message"),
    [
        (["in/y"], ["out/y"], "the graph has no node 'in/y'. Did you mean 'in/x'?"),
        (["in/x"], ["out/z"], "the graph has no node 'out/z'. Did you mean 'out/y'?"),
        (["other"], ["out/y"], "the graph has no node 'other'. Known are: in/x, out/y."),
        (["in/x:7"], ["out/y"], "TensorFlow cannot read the graph: "),
        (["in/x"], ["out/y:7"], "TensorFlow cannot make one graph of it: Invalid return output 7"),
    ],
)
def test_an_unknown_node(written, tmp_path, inputs, outputs, message):
    with pytest.raises(ModelError) as caught:
        write_frozen_graph(written.base / "frozen.pb", inputs, outputs, tmp_path)
    assert message in str(caught.value)


@pytest.mark.parametrize("content", [None, b"", b"no protobuf", b"\n\x00"])
def test_a_file_that_is_no_graph(tmp_path, content):
    path = tmp_path / "graph.pb"
    if content is not None:
        path.write_bytes(content)
    problem = "there is no such file" if content is None else "it is not a GraphDef of TensorFlow"
    with pytest.raises(ModelError, match=problem):
        write_frozen_graph(path, ["x"], ["y"], tmp_path / "out")


# -- storage -------------------------------------------------------------------------------


def stored_of(name: str, values: np.ndarray) -> Any:
    return "uint8" if name.endswith("kernel") else "float16"


def test_only_the_weights_change(written, tmp_path):
    source = written.base / "convolution"
    requantize(source, tmp_path, stored_of)
    before, after = read(source), read(tmp_path)
    manifests = before.pop("weightsManifest"), after.pop("weightsManifest")
    assert before == after
    for old, new in zip(*(groups[0]["weights"] for groups in manifests), strict=True):
        quantization = new.pop("quantization", None)
        assert old == new
        kernel, number = old["name"].endswith("kernel"), old["dtype"] == "float32"
        expected = ("uint8" if kernel else "float16") if number else None
        assert (quantization and quantization["dtype"]) == expected
    for name, values in weights(source).items():
        assert weights(tmp_path)[name] == pytest.approx(values, abs=0.01)
        if values.dtype.kind == "i":
            assert np.array_equal(weights(tmp_path)[name], values)


def test_a_layers_model_too(tmp_path):
    model = chain((4,), lambda k: [k.Dense(3, name="only")])()
    write_layers_model(model, tmp_path / "layers")
    requantize(tmp_path / "layers", tmp_path / "out", stored_of)
    assert read(tmp_path / "out")["format"] == "layers-model"
    stored = {w["name"]: w["quantization"]["dtype"] for w in manifest(tmp_path / "out")}
    assert stored == {"only/kernel": "uint8", "only/bias": "float16"}


def manifest(folder: Path) -> list[dict[str, Any]]:
    return list(read(folder)["weightsManifest"][0]["weights"])


@pytest.mark.parametrize("text", [None, "no json", "[]", "{}"])
def test_a_folder_without_a_model(tmp_path, text):
    if text is not None:
        (tmp_path / "model.json").write_text(text)
    with pytest.raises(ModelError, match=r"holds no model\.json of a tfjs model"):
        requantize(tmp_path, tmp_path / "out", stored_of)
