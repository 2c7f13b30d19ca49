"""A small convolutional network that reads handwritten digits."""

from prebake import Augment, Cosine, Export, Fit, Preprocess, Scale, Trained


# region build
def build():
    import keras
    from keras import layers

    def convolution(filters):
        return layers.Conv2D(filters, 3, padding="same", use_bias=False)

    def normalised():
        return [layers.BatchNormalization(), layers.ReLU()]

    # What costs most is done where the image is small: the first layer strides over it, and
    # normalisation behind the pooling has a fourth of the values.
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(24, 5, strides=2, padding="same", activation="relu"),
            convolution(32),
            layers.MaxPooling2D(),
            *normalised(),
            convolution(48),
            *normalised(),
            convolution(48),
            *normalised(),
            layers.GlobalAveragePooling2D(),
            layers.Dense(10, activation="softmax"),
        ],
        name="digits",
    )


# endregion


# region declaration
digits = Trained(
    title="A reader of handwritten digits",
    description="A convolutional network with batch normalisation and global pooling, trained "
    "on shifted, turned and zoomed digits.",
    dataset="mnist",
    build=build,
    preprocess=Preprocess(Scale(1 / 255)),
    fit=Fit(
        epochs=7,
        batch_size=128,
        seed=7,
        learning_rate=0.004,
        schedule=Cosine(warmup=0.5),
        validation=0.05,
        augment=Augment(shift=0.09, rotate=10, zoom=0.1),
    ),
    export=Export(tolerance=0.0005),
    expect={"accuracy": 0.993},
)
# endregion
