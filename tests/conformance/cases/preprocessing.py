"""Layers that prepare images, numbers and words, and those that change images at random."""

import numpy as np

from ..case import agrees, alone, chain, graph, layers, pixels, refused, whole_numbers

_IMAGE = (6, 5, 3)


def _adapted(shape, *stack, **config):
    def build():
        layer = layers.Normalization(**config)
        data = np.random.default_rng(3).normal(2.0, 3.0, (16, *shape))
        layer.adapt(data.astype("float32"))
        return chain(shape, layer, *(make() for make in stack))

    return build


_MOMENTS = {"mean": [0.5, 1.0, -1.0], "variance": [2.0, 0.5, 1.5]}

_NORMALIZATION = (
    agrees("Normalization", "adapted to vectors", _adapted((4,))),
    agrees("Normalization", "adapted to images", _adapted(_IMAGE)),
    agrees("Normalization", "adapted to one number", _adapted((4,), axis=None)),
    refused("Normalization", "adapted on axis 1", _adapted((4, 3), axis=1)),
    refused("Normalization", "adapted on two axes", _adapted((4, 3), axis=(1, 2))),
    refused("Normalization", "adapted on two axes of images", _adapted(_IMAGE, axis=(1, 3))),
    agrees("Normalization", "adapted, inverted", _adapted((4,), invert=True)),
    agrees("Normalization", "adapted, before Dense", _adapted((4,), lambda: layers.Dense(3))),
    agrees("Normalization", "adapted, before a same Conv2D",
           _adapted(_IMAGE, lambda: layers.Conv2D(2, 3, padding="same"))),
    alone("Normalization", "of given moments", _IMAGE, **_MOMENTS),
    alone("Normalization", "of given numbers", _IMAGE, mean=0.5, variance=4.0, axis=None),
    alone("Normalization", "of a variance of zero", (3,), mean=[0.5, 1.0, 2.0],
          variance=[0.0, 1.0, 2.0]),
    agrees("Normalization", "between layers",
           lambda: chain((4,), layers.Dense(3), layers.Normalization(**_MOMENTS),
                         layers.Dense(2))),
    refused("Normalization", "of bytes",
            lambda: chain(_IMAGE, layers.Normalization(**_MOMENTS), dtype="uint8"),
            blames="InputLayer"),
    agrees("Normalization", "of whole numbers",
           lambda: chain(_IMAGE, layers.Normalization(**_MOMENTS), dtype="int32")),
    agrees("Normalization", "that has not been adapted",
           lambda: chain((4,), layers.Normalization(), layers.Dense(2))),
)  # fmt: skip

_RESCALING = (
    alone("Rescaling", "by a number", _IMAGE, scale=1 / 255),
    alone("Rescaling", "by a number with an offset", _IMAGE, scale=1 / 127.5, offset=-1),
    alone("Rescaling", "by channel", _IMAGE, scale=[0.1, 0.2, 0.3], offset=[1.0, 2.0, 3.0]),
    alone("Rescaling", "by channel with one offset", _IMAGE, scale=[0.1, 0.2, 0.3], offset=0.5),
    refused("Rescaling", "of bytes",
            lambda: chain(_IMAGE, layers.Rescaling(1 / 255), layers.Conv2D(2, 2), dtype="uint8"),
            blames="InputLayer"),
    agrees("Rescaling", "of whole numbers",
           lambda: chain(_IMAGE, layers.Rescaling(1 / 255), layers.Conv2D(2, 2), dtype="int32")),
    agrees("Rescaling", "between layers",
           lambda: chain((4,), layers.Dense(3), layers.Rescaling(2.0, 1.0), layers.Dense(2))),
    agrees("Rescaling", "called twice", lambda: _rescaled_twice()),
    agrees("Rescaling", "by channel, of a vector and of an image", lambda: _rescaled_both()),
)  # fmt: skip


def _rescaled_twice():
    scale = layers.Rescaling(0.5, 1.0)
    return graph(lambda x: scale(layers.Dense(3)(scale(x))), (4,))


def _rescaled_both():
    scale = layers.Rescaling([0.1, 0.2, 0.3], [1.0, 2.0, 3.0])
    return graph(lambda a, b: [scale(a), scale(b)], (3,), (2, 2, 3))


_SIZES = (
    alone("Resizing", "up, bilinear", _IMAGE, "refused", height=12, width=10),
    alone("Resizing", "up, nearest by whole factors", _IMAGE, "refused", height=12, width=10,
          interpolation="nearest"),
    alone("Resizing", "up, nearest", _IMAGE, "refused", height=8, width=9,
          interpolation="nearest"),
    alone("Resizing", "down, bilinear", _IMAGE, "refused", height=3, width=2),
    alone("Resizing", "down, bicubic", _IMAGE, "refused", height=3, width=2,
          interpolation="bicubic"),
    alone("Resizing", "to the same size", _IMAGE, "refused", height=6, width=5),
    alone("Resizing", "that keeps the aspect ratio", _IMAGE, "refused", height=4, width=4,
          crop_to_aspect_ratio=True),
    alone("CenterCrop", "by even margins", _IMAGE, height=4, width=3),
    alone("CenterCrop", "by odd margins", _IMAGE, height=3, width=2),
    alone("CenterCrop", "to the same size", _IMAGE, height=6, width=5),
    alone("CenterCrop", "of images of any size", (None, None, 3), "refused", height=4, width=3),
    alone("CenterCrop", "that has to enlarge", _IMAGE, "refused", height=8, width=4),
)  # fmt: skip

_ONLY_IN_TRAINING = {
    "Equalization": {},
    "Solarization": {},
    "RandomFlip": {},
    "RandomRotation": {"factor": 0.1},
    "RandomZoom": {"height_factor": 0.1},
    "RandomTranslation": {"height_factor": 0.1, "width_factor": 0.1},
    "RandomContrast": {"factor": 0.1},
    "RandomBrightness": {"factor": 0.1},
    "RandomShear": {"x_factor": 0.1},
    "RandomHue": {"factor": 0.1},
    "RandomSaturation": {"factor": 0.4},
    "RandomSharpness": {"factor": 0.1},
    "RandomErasing": {},
    "RandomGaussianBlur": {},
    "RandomGrayscale": {},
    "RandomInvert": {},
    "RandomPerspective": {},
    "RandomPosterization": {"factor": 4},
    "RandomColorDegeneration": {"factor": 0.1},
    "RandomColorJitter": {"brightness_factor": 0.1},
    "RandomElasticTransform": {},
    "AugMix": {},
    "CutMix": {},
    "MixUp": {},
    "RandAugment": {},
}
_CHANGES_EVERY_IMAGE = {
    "AutoContrast": {},
    "RandomCrop": {"height": 4, "width": 3},
}


def _augmentation(layer, config, expect):
    return expect(layer, "before a convolution",
                  lambda: chain((6, 5, 3), getattr(layers, layer)(**config),
                                layers.Conv2D(2, 3)), inputs=pixels(_IMAGE))  # fmt: skip


_AUGMENTATION = (
    *(_augmentation(layer, config, agrees) for layer, config in _ONLY_IN_TRAINING.items()),
    *(_augmentation(layer, config, refused) for layer, config in _CHANGES_EVERY_IMAGE.items()),
    agrees("RandomFlip", "and others as a block",
           lambda: chain(_IMAGE, chain(_IMAGE, layers.RandomFlip(), layers.RandomRotation(0.1),
                                       name="augmentation"), layers.Conv2D(2, 3))),
    refused("Pipeline", "of a layer that acts at inference",
            lambda: chain(_IMAGE, layers.Pipeline([layers.RandomFlip(), layers.Rescaling(0.5)]))),
    agrees("Pipeline", "of random layers",
           lambda: chain(_IMAGE, layers.Pipeline([layers.RandomFlip(), layers.RandomZoom(0.1)]),
                         layers.Conv2D(2, 3))),
)  # fmt: skip


def _encoded(mode, shape=(1,), top=5):
    return lambda: chain(shape, layers.CategoryEncoding(top, output_mode=mode), dtype="int32")


def _words(random, batch):
    return [random.choice(np.array(["cat", "dog"]), (batch, 1))]


_CATEGORIES = (
    refused("CategoryEncoding", "one hot", _encoded("one_hot"), inputs=whole_numbers(5, (1,))),
    refused("CategoryEncoding", "one hot of sequences", _encoded("one_hot", (4,)),
           inputs=whole_numbers(5, (4,))),
    refused("CategoryEncoding", "multi hot", _encoded("multi_hot", (4,)),
           inputs=whole_numbers(5, (4,))),
    refused("CategoryEncoding", "counted", _encoded("count", (4,)),
           inputs=whole_numbers(5, (4,))),
    refused("Discretization", "of given boundaries",
            lambda: chain((4,), layers.Discretization([0.0, 1.0]))),
    refused("Hashing", "into three bins", lambda: chain((1,), layers.Hashing(3), dtype="int32"),
            inputs=whole_numbers(9, (1,))),
    refused("HashedCrossing", "into three bins",
            lambda: graph(lambda a, b: layers.HashedCrossing(3)((a, b)), (1,), (1,),
                          dtype="int32"), inputs=whole_numbers(9, (1,), (1,))),
    refused("IntegerLookup", "of a vocabulary",
            lambda: chain((1,), layers.IntegerLookup(vocabulary=[3, 5]), dtype="int32"),
            inputs=whole_numbers(9, (1,))),
    refused("StringLookup", "of a vocabulary",
            lambda: chain((1,), layers.StringLookup(vocabulary=["cat"]), dtype="string"),
            inputs=_words),
    refused("TextVectorization", "of a vocabulary",
            lambda: chain((1,), layers.TextVectorization(vocabulary=["cat"]), dtype="string"),
            inputs=_words),
    alone("STFTSpectrogram", "of a wave", (32, 1), "refused", frame_length=8, frame_step=4,
          fft_length=8),
)  # fmt: skip

CASES = (*_NORMALIZATION, *_RESCALING, *_SIZES, *_AUGMENTATION, *_CATEGORIES)
