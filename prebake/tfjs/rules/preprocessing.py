"""Preprocessing: scaling stays, augmentation is dropped."""

from __future__ import annotations

import numpy as np

from ..lowering import Use
from ..network import Ref
from .common import affine, demand_channels_last

AUGMENTATIONS = [
    "AugMix",
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
    "Solarization",
]
"""Layers that change images in training only. Not RandomCrop: it resizes at inference."""


def rescaling(use: Use) -> list[Ref]:
    scale, offset = np.asarray(use.layer.scale), np.asarray(use.layer.offset)
    for value in (scale, offset):
        if value.size != 1 and value.size != value.shape[-1]:
            raise use.refuse("it scales along other axes than the last.")
    return [affine(use, use.inputs[0], scale, offset)]


def augmentation(use: Use) -> list[Ref]:
    use.note("left out: it changes images in training only")
    return list(use.inputs)


def pipeline(use: Use) -> list[Ref]:
    """Left out, if all of it would be."""
    for layer in use.layer.layers:
        if type(layer).__name__ not in AUGMENTATIONS:
            raise use.refuse(f"it holds the layer {type(layer).__name__}, which acts at inference.")
    return augmentation(use)


def center_crop(use: Use) -> list[Ref]:
    demand_channels_last(use)
    sizes, wanted = use.shape[1:3], (use.layer.height, use.layer.width)
    if use.rank != 4 or None in sizes or any(w > s for s, w in zip(sizes, wanted, strict=True)):
        raise use.refuse(
            f"it cuts images of the shape {list(use.shape[1:])} to {list(wanted)}, and prebake "
            "knows only how to cut larger images of a known size.",
            "Bring the images to one size in Preprocess.",
        )
    before = [(size - want) // 2 for size, want in zip(sizes, wanted, strict=True)]
    margins = [
        [first, size - want - first]
        for first, size, want in zip(before, sizes, wanted, strict=True)
    ]
    return [use.emit("Cropping2D", {"cropping": margins})]


def unchanged_in_tfjs(use: Use) -> list[Ref]:
    raise use.refuse(
        "tfjs-layers has a layer of this name that answers otherwise.",
        "Do it in Preprocess, or export with format='graph'.",
    )


RULES = {
    "Rescaling": rescaling,
    "Resizing": unchanged_in_tfjs,
    "CenterCrop": center_crop,
    "Pipeline": pipeline,
    "CategoryEncoding": unchanged_in_tfjs,
    **dict.fromkeys(AUGMENTATIONS, augmentation),
}
