"""Finds defective solar cells in photographs of their own light."""

from models._mobilenet_v2 import weights
from prebake import (
    Base,
    Cosine,
    Decision,
    EarlyStopping,
    Export,
    Fit,
    Grey,
    PadToSquare,
    Preprocess,
    Resize,
    Trained,
)


# region build
def build():
    import keras
    from keras import layers

    small = keras.regularizers.L2(0.001)
    return keras.Sequential(
        [
            keras.Input((1280,)),
            layers.BatchNormalization(),
            layers.Dropout(0.3),
            layers.Dense(128, activation="relu", kernel_regularizer=small),
            layers.Dropout(0.3),
            layers.Dense(1, activation="sigmoid", kernel_regularizer=small),
        ],
        name="solar",
    )


# endregion


# region declaration
solar = Trained(
    title="An inspector of solar cells",
    description="MobileNetV2, which others trained on a million photographs of everyday things, "
    "and two layers that learned from its features which cells are defective.",
    dataset="solar-cells",
    base=Base(weights(300, 1), cut="pool", flips="horizontal", quantize="uint8"),
    build=build,
    preprocess=Preprocess(Grey(), PadToSquare(), Resize(300, 300)),
    fit=Fit(
        epochs=30,
        batch_size=64,
        seed=2018,
        learning_rate=0.0005,
        schedule=Cosine(),
        validation=0.2,
        class_weights="balanced",
        stop=EarlyStopping("val_loss", patience=8),
    ),
    decision=Decision("defective", recall=0.99),
    export=Export(
        format="graph",
        quantize="uint8",
        heat="maps",
        tolerance=0.02,
        metric="accuracy",
        backends=("webgl", "wasm"),
    ),
    golden=4,
    expect={"accuracy": 0.824},
)
# endregion
