"""Tells gestures apart, once the visitor has shown it some."""

from prebake import BySource, Transfer


# region build
def build(shape):
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input(shape),
            layers.GlobalAveragePooling2D(name="averages"),
            layers.Dense(100, activation="relu", name="hidden"),
            layers.Dense(5, name="gestures"),
        ],
        name="rpsls",
    )


# endregion


# region declaration
rpsls = Transfer(
    title="Rock, paper, scissors, lizard, Spock",
    description="All of MobileNet but its last layer, and two layers that the page trains on the "
    "visitor's own gestures.",
    backbone="mobilenet",
    dataset="gestures",
    cut=BySource(pypi="maps", keras="conv_pw_13_relu"),
    build=build,
    golden=4,
    seed=5,
)
# endregion
