"""Finds defective castings in photographs of pump impellers."""

from prebake import (
    Augment,
    Cosine,
    Decision,
    EarlyStopping,
    Export,
    Fit,
    Grey,
    PadToSquare,
    Preprocess,
    Pretrain,
    Resize,
    Trained,
)


# region build
def network(side):
    """The same layers for grey images of any side, px."""
    import keras
    from keras import layers

    def block(x, filters, stride=1, pool=True, name=None):
        x = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False)(x)
        # Pooled first, as it leaves a fourth of the values to normalise.
        x = layers.MaxPooling2D()(x) if pool else x
        return layers.ReLU(name=name)(layers.BatchNormalization(momentum=0.9)(x))

    image = keras.Input((side, side, 1))
    x = layers.Rescaling(1 / 255)(image)
    x = block(x, 16, stride=2)
    for filters in (32, 48, 64):
        x = block(x, filters)
    x = layers.GlobalAveragePooling2D()(block(x, 64, pool=False, name="maps"))
    x = layers.BatchNormalization(momentum=0.9)(x)
    x = layers.Dropout(0.1)(x)
    return keras.Model(image, layers.Dense(2, activation="softmax")(x), name="casting")


def build():
    return network(300)


# endregion


def pieces():
    return network(64)


# region declaration
casting = Trained(
    title="An inspector of castings",
    description="A small convolutional network. It first learned from pieces of castings what a "
    "blow-hole, a crack, a chipped edge and flash look like, then to find them on whole ones.",
    dataset="casting",
    build=build,
    preprocess=Preprocess(Grey(), PadToSquare(), Resize(300, 300)),
    pretrain=Pretrain(
        "casting-patches",
        Fit(
            epochs=10,
            batch_size=32,
            seed=300,
            learning_rate=0.003,
            schedule=Cosine(warmup=1),
            validation=0.05,
            augment=Augment(flip="both", contrast=0.1, brightness=0.05),
        ),
        build=pieces,
        preprocess=Preprocess(Grey()),
    ),
    fit=Fit(
        epochs=20,
        batch_size=16,
        seed=300,
        learning_rate=0.002,
        schedule=Cosine(warmup=1),
        validation=0.2,
        class_weights="balanced",
        stop=EarlyStopping("val_loss", patience=10),
        augment=Augment(flip="both", contrast=0.1, brightness=0.05),
    ),
    decision=Decision("def_front", recall=0.99),
    export=Export(format="graph", tolerance=0.005, heat="maps"),
    # 98.9 % where it was made; a processor that rounds otherwise may come out a little lower.
    expect={"accuracy": 0.985},
)
# endregion
