"""Tells parasitized blood cells from healthy ones, once the visitor has trained it."""

from models.mobilenet import LARGE, SIDE, to_side
from prebake import BySource, Transfer


# region build
def build(shape):
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input(shape),
            layers.GlobalAveragePooling2D(name="averages"),
            # Its softmax is taken with the loss, where a network that is sure and wrong still
            # learns; of shares that were rounded to 0 and 1 nothing can be learned.
            layers.Dense(2, name="modified"),
        ],
        name="malaria",
    )


# endregion


# region declaration
malaria = Transfer(
    title="A detector of malaria parasites",
    description="The last layers of MobileNet and two outputs. They know nothing of blood cells "
    "until the page trains them.",
    backbone="mobilenet",
    dataset="malaria",
    cut=BySource(pypi="features.16.add", keras="conv_pw_12_relu"),
    end=BySource(pypi="maps", keras="conv_pw_13_relu"),
    # Batch norms stay as they are: five epochs on a hundred cells would only unsettle them.
    trainable=BySource(
        pypi=["features.17.conv.[01].0", "features.17.conv.2"],
        keras=["conv_dw_13", "conv_pw_13"],
    ),
    build=build,
    preprocess=BySource(pypi=to_side(SIDE, "contain"), keras=to_side(LARGE, "contain")),
    golden=4,
    seed=4,
)
# endregion
