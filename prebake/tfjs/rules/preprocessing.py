"""Preprocessing: scaling stays, augmentation is dropped."""

from __future__ import annotations

import numpy as np

from ..lowering import Use
from ..network import Ref
from .common import affine, demand_no_mask

AUGMENTATIONS = [
    "AugMix",
    "AutoContrast",
    "CutMix",
    "Equalization",
    "MixUp",
    "RandAugment",
    "RandomBrightness",
    "RandomColorDegeneration",
    "RandomColorJitter",
    "RandomContrast",
    "RandomElasticTransform",
    "RandomErasing",
    "RandomFlip",
    "RandomGaussianBlur",
    "RandomGrayscale",
    "RandomHue",
    "RandomInvert",
    "RandomPerspective",
    "RandomPosterization",
    "RandomRotation",
    "RandomSaturation",
    "RandomSharpness",
    "RandomShear",
    "RandomTranslation",
    "RandomZoom",
]
"""Layers that change images in training only. Not RandomCrop: it resizes at inference."""


def rescaling(use: Use) -> list[Ref]:
    demand_no_mask(use)
    scale, offset = np.asarray(use.layer.scale), np.asarray(use.layer.offset)
    for value in (scale, offset):
        if value.size != 1 and value.size != value.shape[-1]:
            raise use.refuse("it scales along other axes than the last.")
    return [affine(use, use.inputs[0], scale, offset)]


def augmentation(use: Use) -> list[Ref]:
    use.note("left out: it changes images in training only")
    return list(use.inputs)


def unchanged_in_tfjs(use: Use) -> list[Ref]:
    raise use.refuse(
        "tfjs-layers has a layer of this name that answers otherwise.",
        "Do it in Preprocess, or export with format='graph'.",
    )


RULES = {
    "Rescaling": rescaling,
    "Resizing": unchanged_in_tfjs,
    "CenterCrop": unchanged_in_tfjs,
    "CategoryEncoding": unchanged_in_tfjs,
    **dict.fromkeys(AUGMENTATIONS, augmentation),
}
