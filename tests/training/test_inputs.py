import keras
import pytest

from prebake.errors import ModelError
from prebake.training.build import demand_unscaled
from prebake.training.inputs import scaling_layer, word_indices

layers = keras.layers


def on(shape, *stack):
    return keras.Sequential([keras.Input(shape), *stack])


@pytest.mark.parametrize(
    ("stack", "name"),
    [
        ((layers.Rescaling(1 / 255, name="r"), layers.Flatten()), "r"),
        ((layers.RandomFlip(), layers.Resizing(4, 4), layers.Rescaling(1 / 255, name="r")), "r"),
        ((layers.Normalization(mean=1.0, variance=2.0, name="n"), layers.Flatten()), "n"),
        ((layers.Flatten(), layers.Dense(2)), ""),
        ((layers.Conv2D(2, 3), layers.Rescaling(2.0)), ""),
    ],
)
def test_the_layer_that_scales_pixels_is_found(stack, name):
    model = on((8, 8, 1), *stack)
    given = keras.Input((8, 8, 1))
    for each in (model, keras.Model(given, model(given))):
        assert scaling_layer(each) == name
    if name:
        with pytest.raises(ModelError, match=f"its layer '{name}' scales the pixels"):
            demand_unscaled(model, "models/m.py")
    else:
        demand_unscaled(model, "models/m.py")


def test_words_are_counted_where_embeddings_read_the_input():
    model = on((5,), layers.Embedding(50, 4), layers.Flatten(), layers.Dense(2))
    given = keras.Input((5,), dtype="int32")
    both = [layers.Embedding(30, 2)(given), layers.Embedding(20, 2)(given)]
    assert word_indices(model) == 50
    assert word_indices(keras.Model(given, layers.Add()(both))) == 20
    assert word_indices(on((5,), layers.Dense(2))) == 0
