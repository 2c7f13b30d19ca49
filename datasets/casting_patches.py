"""Pieces of drawn castings, each with one kind of defect or none, for the inspector of castings to
learn from what a defect looks like before it learns to find one. None of these parts is among
those of ``casting``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasets.casting import EASIEST, HARDEST
from prebake import Dataset, Samples, Synthetic

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

KINDS = ("blow-holes", "crack", "chipped edge", "flash")
CLASSES = ["sound", *KINDS]
SIDE = 300
"""Px of a photograph's side."""
PIECE = 64
"""Px of a side."""
PARTS, EACH = 2000, 5
"""How many parts are drawn, and how many pieces are cut of each that show a defect."""
AGAIN = 0.4
"""How often the same piece is cut of the sound part too."""
SEEN, LEAST = 10, 8
"""A pixel counts as changed from this difference on, and a piece shows a defect from so many."""


def draw(seed: int, progress: Callable[[int, int], None]) -> Samples:
    """Each part is drawn twice, sound and with a defect, all else being equal: the pixels that
    differ are the defect. Some pieces are cut of both, so that only the defect tells them apart,
    and as many anywhere of the sound one as there are with a defect."""
    import numpy as np

    from datasets._impeller import Part, Workshop

    workshop = Workshop(seed)
    pieces, labels = [], []
    for number in range(PARTS):
        random = np.random.default_rng([seed, number])
        kind = number % len(KINDS)
        part_seed, contrast = int(random.integers(1 << 31)), float(random.uniform(HARDEST, EASIEST))
        sound, broken = workshop.without_and_with(Part(part_seed, (KINDS[kind],), contrast), 0)
        changed = np.abs(sound.astype(np.int16) - broken) > SEEN
        for top, left in _places(changed, random):
            pieces.append(_piece(broken, top, left))
            labels.append(kind + 1)
            elsewhere = [tuple(random.integers(0, SIDE - PIECE, 2))]
            elsewhere += [(top, left)] if random.random() < AGAIN else []
            pieces += [_piece(sound, *place) for place in elsewhere]
            labels += [0] * len(elsewhere)
        progress(number + 1, PARTS)
    return Samples(np.stack(pieces), labels, ["train"] * len(labels))


def _piece(photograph: np.ndarray, top: int, left: int) -> np.ndarray:
    return photograph[top : top + PIECE, left : left + PIECE]


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
    publish=None,
    seed=11,
)
