"""Every case, by family."""

from . import (
    activation,
    applications,
    attention,
    convolution,
    core,
    masks,
    merge,
    normalization,
    operations,
    pooling,
    preprocessing,
    recurrent,
    structure,
    wrappers,
)

FAMILIES = {
    "Dense, embeddings, shapes, dropout": core.CASES,
    "Activations": activation.CASES,
    "Convolution, padding, cropping, upsampling": convolution.CASES,
    "Pooling": pooling.CASES,
    "Merging": merge.CASES,
    "Normalisation": normalization.CASES,
    "Recurrence": recurrent.CASES,
    "Wrappers": wrappers.CASES,
    "Masks": masks.CASES,
    "Attention": attention.CASES,
    "Preprocessing and augmentation": preprocessing.CASES,
    "Operations on tensors": operations.CASES,
    "Structure and names": structure.CASES,
    "Applications": applications.CASES,
}

CASES = tuple(case for cases in FAMILIES.values() for case in cases)
