"""The check of operators: what no backend, or not every one, can compute is named."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from prebake.errors import ModelError, ToolError, UnsupportedLayer
from prebake.tfjs.graph import write_graph_model
from prebake.tfjs.operators import check_operators, place_of_node

ROOT = Path(__file__).resolve().parents[2]
ALL = ("webgl", "wasm", "cpu", "webgpu")


def written(
    folder: Path, shape: tuple[int | None, ...], make: Callable[[Any], list[Any]], **more: Any
) -> Path:
    import keras

    keras.utils.clear_session()
    model = keras.Sequential([keras.Input(shape, **more), *make(keras.layers)], name="model")
    write_graph_model(model, folder)
    return folder


def refusal(folder: Path, backends: tuple[str, ...] = ALL) -> UnsupportedLayer:
    with pytest.raises(UnsupportedLayer) as caught:
        check_operators(folder, ROOT, backends)
    return caught.value


def test_the_kernels_of_a_model_that_every_backend_can_run(tmp_path):
    folder = written(
        tmp_path,
        (None, None, 3),
        lambda k: [
            *(k.Conv2D(4, 3, strides=2, bias_initializer="ones"), k.ReLU()),
            *(k.GlobalAveragePooling2D(), k.Dense(2, activation="softmax")),
        ],
    )
    kernels = check_operators(folder, ROOT, ALL)
    assert kernels == ["FusedConv2D", "Mean", "BatchMatMul", "Softmax", "Identity"]


def test_what_the_converter_replaces_runs_everywhere(tmp_path):
    import keras

    x = keras.Input((6, 8))
    attended = keras.layers.MultiHeadAttention(2, 4)(x, x, use_causal_mask=True)
    gelu = keras.layers.Dense(3, activation="gelu")(attended)
    write_graph_model(keras.Model(x, gelu), tmp_path)
    kernels = check_operators(tmp_path, ROOT, ALL)
    assert "Erf" in kernels and "Einsum" not in kernels


def test_an_operator_that_tfjs_does_not_know(tmp_path):
    folder = written(
        tmp_path, (4, 4, 3), lambda k: [k.UpSampling2D(interpolation="bicubic", name="larger")]
    )
    error = refusal(folder)
    assert error.where == "layer 'larger'"
    assert re.fullmatch(
        r"the operator ResizeBicubic \(node 'model/larger/.+'\) is not one of tfjs\.", error.problem
    )
    assert error.remedy == "Replace the layer."


def test_a_kernel_that_one_backend_lacks(tmp_path):
    folder = written(
        tmp_path,
        (640,),
        lambda k: [
            k.MelSpectrogram(
                fft_length=64,
                sequence_stride=32,
                sequence_length=64,
                sampling_rate=1000,
                num_mel_bins=8,
                name="sound",
            )
        ],
    )
    error = refusal(folder, ("webgl", "wasm", "cpu"))
    assert error.where == "layer 'sound'"
    assert "runs the kernel FFT, which the backend wasm lacks." in error.problem
    assert "webgl" not in error.problem
    assert error.remedy == "Declare Export(backends=('webgl', 'cpu')), or replace the layer."
    assert "FFT" in check_operators(folder, ROOT, ("webgl", "cpu"))


def test_a_kernel_that_refuses_its_values_on_one_backend(tmp_path):
    folder = written(
        tmp_path, (4, 4, 3), lambda k: [k.MaxPooling2D(name="whole", dtype="int32")], dtype="int32"
    )
    error = refusal(folder, ("wasm", "cpu"))
    assert error.where == "layer 'whole'"
    assert "cannot be computed by tfjs on the backend wasm: Error in MaxPool: only float32" in (
        error.problem
    )
    assert error.remedy == "Declare Export(backends=('cpu',)), or replace the layer."
    # WASM computes first because it is fast; if no page may use it, its refusal does not matter.
    assert check_operators(folder, ROOT, ("webgl", "cpu")) == ["MaxPool", "Identity"]


def test_a_kernel_that_one_backend_computes_wrongly(tmp_path):
    folder = written(tmp_path, (4, 4, 4, 2), lambda k: [k.MaxPooling3D(2, name="solid")])
    error = refusal(folder)
    assert "runs the kernel MaxPool3D, which wasm computes wrongly." in error.problem
    assert error.remedy.startswith("Declare Export(backends=('webgl', 'cpu', 'webgpu'))")


def test_a_loop(tmp_path):
    folder = written(tmp_path, (None, 3), lambda k: [k.TimeDistributed(k.Dense(2), name="each")])
    error = refusal(folder)
    assert error.where == "layer 'each'"
    assert "only asynchronously" in error.problem


def test_a_model_that_fails_everywhere(tmp_path):
    folder = written(tmp_path, (4, 4, 4, 4), lambda k: [k.Conv3D(2, 2, groups=2, name="deep")])
    error = refusal(folder)
    assert error.where == "layer 'deep'"
    assert "the operator Conv3D (node 'model/deep/" in error.problem
    assert "cannot be computed by tfjs: Error in conv3d: depth of input" in error.problem
    assert error.remedy == "Replace the layer."


def test_packages_that_are_missing(tmp_path):
    folder = written(tmp_path / "model", (4,), lambda k: [k.Dense(2)])
    with pytest.raises(ToolError, match=r"node_modules: the package @tensorflow/tfjs-core is not"):
        check_operators(folder, tmp_path, ALL)


def test_a_model_that_is_damaged(tmp_path):
    folder = written(tmp_path, (4,), lambda k: [k.Dense(2)])
    document = json.loads((folder / "model.json").read_text())
    document["weightsManifest"][0]["paths"] = ["gone.bin"]
    (folder / "model.json").write_text(json.dumps(document))
    with pytest.raises(ModelError, match=r"tfjs cannot load the model: .*gone\.bin"):
        check_operators(folder, ROOT, ("cpu",))


@pytest.mark.parametrize(
    ("node", "place"),
    [
        ("model/dense/MatMul", "layer 'dense'"),
        ("model/inner/dense/MatMul", "layer 'inner'"),
        ("StatefulPartitionedCall/StatefulPartitionedCall_1/model/dense/Relu", "layer 'dense'"),
        ("dense/MatMul", "node 'dense/MatMul'"),
        ("answer", "node 'answer'"),
    ],
)
def test_the_layer_of_a_node(node, place):
    assert place_of_node(node) == place
