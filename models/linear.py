"""One neuron that learns the line y = 2x - 1 from six points."""

from prebake import Arrays, Export, Fit, Trained


# region points
def points():
    import numpy as np

    x = np.array([[-1], [0], [1], [2], [3], [4]], np.float32)
    return Arrays(inputs=x, targets=2 * x - 1)


# endregion


# region build
def build():
    import keras

    return keras.Sequential(
        [keras.Input((1,)), keras.layers.Dense(units=1)],
        name="linear",
    )


# endregion


# region model
linear = Trained(
    title="One neuron, trained by Python",
    description="A weight and a bias, learned from six points.",
    samples=points,
    build=build,
    fit=Fit(
        epochs=500,
        batch_size=6,
        optimizer="sgd",
        learning_rate=0.01,
        loss="mean_squared_error",
        metrics=("mae",),
        validation=0,
    ),
    export=Export(format="layers", quantize="none", trainable=True),
    expect={"mae": 0.02},
)
# endregion
