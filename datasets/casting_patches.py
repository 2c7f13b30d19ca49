"""Pieces of drawn castings, each with one kind of defect or none, for the inspector of castings to
learn from what a defect looks like before it learns to find one. None of these parts is among
those of ``casting``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasets._impeller import KINDS, SIDE, Part, Workshop
from prebake import Dataset, Samples, Synthetic

if TYPE_CHECKING:
    import numpy as np

CLASSES = ["sound", *KINDS]
PIECE = 64
"""Px of a side."""
PARTS, EACH = 900, 5
"""How many parts are drawn, and how many pieces are cut of each, with the defect and without."""
SEEN, LEAST = 10, 8
"""A pixel counts as changed from this difference on, and a piece shows a defect from so many."""


def draw(seed: int) -> Samples:
    """Each part is drawn twice, sound and with a defect, all else being equal: the pixels that
    differ are the defect. Of both the same pieces are cut, so that only the defect tells them
    apart."""
    import numpy as np

    workshop = Workshop(seed)
    pieces, labels = [], []
    for number in range(PARTS):
        random = np.random.default_rng([seed, number])
        kind = number % len(KINDS)
        part_seed, contrast = int(random.integers(1 << 31)), float(random.uniform(0.6, 1))
        sound = workshop.photograph(Part(part_seed, (), contrast), 0)
        broken = workshop.photograph(Part(part_seed, (KINDS[kind],), contrast), 0)
        changed = np.abs(sound.astype(int) - broken) > SEEN
        for top, left in _places(changed, random):
            where = np.s_[top : top + PIECE, left : left + PIECE]
            pieces += [broken[where], sound[where]]
            labels += [kind + 1, 0]
    return Samples(np.stack(pieces), labels, ["train"] * len(labels))


def _places(changed: np.ndarray, random: np.random.Generator) -> list[tuple[int, int]]:
    """Corners of pieces that show enough of a defect, somewhere in them."""
    import numpy as np

    pixels = np.argwhere(changed)
    if not len(pixels):
        return []
    found = []
    for _ in range(EACH):
        near = pixels[random.integers(len(pixels))] + random.integers(-22, 23, 2)
        top, left = (int(x) for x in np.clip(near - PIECE // 2, 0, SIDE - PIECE))
        if changed[top : top + PIECE, left : left + PIECE].sum() >= LEAST:
            found.append((top, left))
    return found


casting_patches = Dataset(
    title="Pieces of castings",
    description="Pieces of drawn impellers, with one kind of defect each or none.",
    classes=CLASSES,
    tile=(PIECE, PIECE, 1),
    licence="CC0-1.0",
    origin="Drawn by a program of this project",
    sources={"synthetic": Synthetic(draw, seed=11)},
    near=1,
    seed=11,
)
