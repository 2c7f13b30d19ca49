"""A small convolutional network that guesses what a drawing shows."""

from datasets.quickdraw import CLASSES
from datasets.quickdraw_more import OTHERS
from prebake import (
    Augment,
    BySource,
    Cosine,
    CropToInk,
    Export,
    Fit,
    PadToSquare,
    Preprocess,
    Pretrain,
    Resize,
    Scale,
    Trained,
)

AUGMENT = Augment(shift=0.08, rotate=12, zoom=0.15, flip="horizontal", stroke=0.8)


# region build
def build():
    import keras
    from keras import layers

    def convolution(filters, *pooling):
        return [
            layers.Conv2D(filters, 3, padding="same", use_bias=False),
            *pooling,  # first, as it leaves a fourth of the values to normalise
            layers.BatchNormalization(momentum=0.98),
            layers.ReLU(),
        ]

    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            *convolution(32, layers.MaxPooling2D()),
            *convolution(48, layers.MaxPooling2D()),
            *convolution(80, layers.MaxPooling2D()),
            *convolution(100),
            layers.GlobalAveragePooling2D(),
            layers.Dropout(0.1),
            layers.Dense(len(CLASSES), activation="softmax"),
        ],
        name="sketcher",
    )


# endregion


def fit(epochs, learning_rate):
    return Fit(
        epochs=epochs,
        batch_size=128,
        seed=345,
        learning_rate=learning_rate,
        label_smoothing=0.1,
        schedule=Cosine(warmup=1),
        validation=0.02,
        augment=AUGMENT,
    )


# region declaration
sketcher = Trained(
    title="A guesser of drawings",
    description="A convolutional network with batch normalisation and global pooling. It first "
    "learned to tell apart drawings of other things, then the ones that it answers with.",
    dataset="quickdraw",
    build=build,
    # From any drawing to the form of the data: the ink alone, its longer side 26 of 28 px.
    preprocess=Preprocess(
        CropToInk(threshold=25), PadToSquare(margin=1 / 26), Resize(28, 28), Scale(1 / 255)
    ),
    pretrain=Pretrain("quickdraw-more", fit(12, 0.003)) if len(OTHERS) > 1 else None,
    fit=BySource(npm=fit(30, 0.002), google=fit(8, 0.002)),
    export=Export(tolerance=0.002, metric="top5"),
    expect=BySource(npm={"top5": 0.88}, google={"top5": 0.922}),
)
# endregion
