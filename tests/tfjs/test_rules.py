"""Which layers are an author's own, and which Keras has that tfjs-layers lacks."""

import json

import keras
import pytest

from prebake.errors import UnsupportedLayer
from prebake.tfjs.graph import write_graph_model
from prebake.tfjs.layers import write_layers_model


class Mine(keras.layers.Layer):
    def call(self, x):
        return x


def layer_scale():
    from keras.src.applications.convnext import LayerScale

    return LayerScale(1e-6, 4)


@pytest.mark.parametrize(
    ("make", "own"), [(layer_scale, False), (keras.layers.Normalization, False), (Mine, True)]
)
def test_only_an_authors_layer_is_called_their_own(tmp_path, make, own):
    given = keras.Input((4,))
    try:
        write_layers_model(keras.Model(given, make()(given)), tmp_path)
    except UnsupportedLayer as error:
        assert ("of your own" in error.problem) == own
    else:
        assert not own


def test_an_attention_of_keras_is_not_called_the_authors(tmp_path):
    given = keras.Input((6, 4))
    made = keras.layers.GroupQueryAttention(2, 2, 1)(given, given)
    with pytest.raises(UnsupportedLayer, match="tfjs-layers has no layer that computes the same"):
        write_layers_model(keras.Model(given, made), tmp_path)


def test_groups_of_one_channel_are_one_kernel(tmp_path):
    model = keras.Sequential([keras.Input((8, 8, 32)), keras.layers.Conv2D(64, 3, groups=32)])
    write_graph_model(model, tmp_path)
    nodes = json.loads((tmp_path / "model.json").read_text())["modelTopology"]["node"]
    operators = [node["op"] for node in nodes]
    (convolution,) = [each for each in operators if "Conv" in each]
    assert "DepthwiseConv2dNative" in convolution
