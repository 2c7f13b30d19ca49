"""Red blood cells, healthy or with a malaria parasite, 96 x 96 px, RGB.

``synthetic`` (the default) is drawn by a program and labelled as generated. ``kaggle`` has the
27,558 photographs of the NIH, which need an account there; whoever has them as folders builds with
``python build.py --data malaria=./cell_images``, or with a CSV of ``Class/name.png,Class`` rows.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from prebake import Dataset, Folder, Holdout, Kaggle, Samples, Synthetic

if TYPE_CHECKING:
    from collections.abc import Callable

CLASSES = ["Uninfected", "Parasitized"]
SIDE = 96
"""Height and width of a picture, px."""
SLIDES, CELLS = 20, 40
"""How many slides there are, and how many cells of each; every other one is infected."""
# Behind the patient and the slide some names have "N" or "Re": of a slide that was stained or
# photographed again, which must not be on the other side of a split either.
_NAME = re.compile(r"(C\d+(?:[A-Z](?=P\d|_|thin))?(?:P\d+)?)(?:N|Re)?(?=[_.]|thin)", re.IGNORECASE)


def draw(seed: int, progress: Callable[[int, int], None]) -> Samples:
    """Every cell of every slide, ``uint8 [800, 96, 96, 3]``.

    The slide is the group: its stain and its light are never on both sides of a split. Both classes
    are on every slide, equally often, so that neither tells which it is.
    """
    import numpy as np

    from datasets._blood import cell, slide

    images = np.empty((SLIDES * CELLS, SIDE, SIDE, 3), np.uint8)
    labels, groups, names = [], [], []
    for number in range(SLIDES):
        own = slide(seed, number)
        for index in range(CELLS):
            infected = index % 2 == 1
            images[len(labels)], shows = cell(own, infected, [seed, number, index])
            labels.append(int(infected))
            groups.append(f"slide {number + 1}")
            names.append(f"slide {number + 1}, cell {index + 1}: {shows}")
        progress(number + 1, SLIDES)
    return Samples(images, labels, group=groups, names=names)


def slide_of(name: str) -> str:
    """Patient and slide of one of the NIH's photographs; where a name tells the patient alone, all
    cells of the patient.

    Args:
        name: of the file, such as ``C33P1thinF_IMG_20150619_114756a_cell_179.png``, or
            ``C1_thinF_IMG_20150604_104722_cell_9.png``.

    Returns:
        ``C33P1``, ``C1``; where it tells none the name itself, so that the image is a group of its
        own.
    """
    found = _NAME.match(name)
    return found.group(1).upper() if found else name


malaria = Dataset(
    title="Red blood cells with and without malaria",
    description="Single cells of thin blood smears, stained after Giemsa and cut out on black. "
    "Half of them hold a parasite (Plasmodium), as a ring, a trophozoite or a schizont.",
    classes=CLASSES,
    tile=(SIDE, SIDE, 3),
    # Of the photographs; what is drawn has its own.
    licence="public domain (US National Library of Medicine)",
    origin="S. Rajaraman et al., Pre-trained convolutional neural networks as feature extractors "
    "toward improved malaria parasite detection, PeerJ 2018; Lister Hill National Center for "
    "Biomedical Communications",
    sources={
        "synthetic": Synthetic(
            draw,
            seed=96,
            licence="CC0-1.0",
            origin="Drawn by a program of this project, not photographed",
        ),
        "kaggle": Kaggle(
            "iarunava/cell-images-for-detecting-malaria", path="cell_images/cell_images"
        ),
        "folder": Folder("./cell_images"),
    },
    group=slide_of,
    fit="contain",
    holdout=Holdout(test=0.25, seed=96),
    seed=96,
)
