"""Architectures of keras.applications, small and untrained, on one image."""

from ..case import Case, keras, pixels

_SIZES = {
    "MobileNet": 32,
    "MobileNetV2": 32,
    "MobileNetV3Small": 32,
    "EfficientNetB0": 32,
    "EfficientNetV2B0": 32,
    "ResNet50": 32,
    "DenseNet121": 32,
    "NASNetMobile": 32,
    "Xception": 71,
}

_TAKES_PIXELS = ("MobileNetV3Small", "EfficientNetB0", "EfficientNetV2B0")
"""The others expect numbers around zero."""


def _application(name, size):
    def build():
        make = getattr(keras.applications, name)
        return make(weights=None, input_shape=(size, size, 3), classes=10)

    inputs = pixels((size, size, 3)) if name in _TAKES_PIXELS else None
    return Case(f"{name} at {size} pixels", name, build, "agrees", inputs, batches=(1,))


CASES = tuple(_application(name, size) for name, size in _SIZES.items())
