"""Photographs of cast pump impellers, sound and defective, 300 x 300 px.

``synthetic`` (the default) is drawn by a program and labelled as generated. ``kaggle`` has the
real ones, which need an account there; whoever has them as folders (``train/`` and ``test/`` with
the class folders) builds with ``python build.py --data casting=./casting_data``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prebake import Dataset, Holdout, Kaggle, Samples, Synthetic

if TYPE_CHECKING:
    from collections.abc import Callable

    from datasets._impeller import Part

CLASSES = ["ok_front", "def_front"]
PARTS, PHOTOGRAPHS = 1400, 2
"""How many castings there are, and how often each was photographed."""
DEFECTIVE = 0.55
"""The part of them with a defect; more than half, as in the real set."""
EASIEST, HARDEST = 1.0, 0.65


def parts(seed: int) -> list[Part]:
    """Sound and defective castings; of the latter one in four has two defects."""
    import numpy as np

    from datasets._impeller import KINDS, Part

    found = []
    for number in range(PARTS):
        random = np.random.default_rng([seed, number])
        defective = random.random() < DEFECTIVE
        count = (2 if random.random() < 0.25 else 1) if defective else 0
        kinds = tuple(KINDS[i] for i in random.choice(len(KINDS), count, replace=False))
        contrast = float(random.uniform(HARDEST, EASIEST))
        found.append(Part(int(random.integers(1 << 31)), kinds, contrast))
    return found


def draw(seed: int, progress: Callable[[int, int], None]) -> Samples:
    """Every photograph of every part; a part is a group, so that it is never on both sides."""
    import numpy as np

    from datasets._impeller import Workshop

    workshop = Workshop(seed)
    castings = parts(seed)
    images = np.empty((PARTS * PHOTOGRAPHS, 300, 300), np.uint8)
    labels, groups, names = [], [], []
    for index, part in enumerate(castings):
        for number in range(PHOTOGRAPHS):
            images[len(labels)] = workshop.photograph(part, number)
            labels.append(int(bool(part.defects)))
            groups.append(f"part {index + 1}")
            what = ", ".join(part.defects) or "sound"
            names.append(f"part {index + 1}, photograph {number + 1}: {what}")
        progress(index + 1, PARTS)
    return Samples(images, labels, group=groups, names=names)


casting = Dataset(
    title="Cast pump impellers",
    description="Impellers of submersible pumps from above, as a camera on a production line sees "
    "them. Defective ones have blow-holes, cracks, chipped edges or flash, some hard to see.",
    classes=CLASSES,
    tile=(300, 300, 1),
    # Of the photographs; what is drawn has its own.
    licence="CC BY-NC-ND 4.0",
    origin="Ravirajsinh Dabhi and PILOT TECHNOCAST: casting product image data for quality "
    "inspection, Kaggle, 2020",
    sources={
        "synthetic": Synthetic(
            draw, seed=300, licence="CC0-1.0", origin="Drawn by a program of this project"
        ),
        "kaggle": Kaggle(
            "ravirajsinh45/real-life-industrial-dataset-of-casting-product",
            path="casting_data/casting_data",
        ),
    },
    holdout=Holdout(test=0.2, seed=300),
    publish=["test"],
    duplicates="warn",
    seed=300,
)
