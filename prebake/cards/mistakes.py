"""A grid of the worst mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ..data.contact import INK, PAPER, shortened, thumbnail

COLUMNS, SIDE, CAPTION, GAP = 6, 96, 36, 12


def mistakes_png(tiles: Sequence[np.ndarray], captions: Sequence[str], path: Path) -> None:
    """Draws the tiles with a caption below each (``4 read as 9, 98 %``).

    Args:
        tiles: ``uint8 [h, w, c]`` each.
        captions: as many.
        path: of the PNG to write.
    """
    rows = -(-len(tiles) // COLUMNS)
    columns = min(COLUMNS, len(tiles))
    size = (GAP + columns * (SIDE + GAP), GAP + rows * (SIDE + CAPTION + GAP))
    canvas = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(canvas)
    font = ImageFont.load_default(12)
    for i, (tile, caption) in enumerate(zip(tiles, captions, strict=True)):
        left = GAP + i % COLUMNS * (SIDE + GAP)
        top = GAP + i // COLUMNS * (SIDE + CAPTION + GAP)
        canvas.paste(thumbnail(tile, SIDE), (left, top))
        for line, words in enumerate(_lines(caption)):
            draw.text((left, top + SIDE + 3 + 15 * line), words, INK, font)
    canvas.save(path, "PNG", optimize=True)


def _lines(caption: str) -> list[str]:
    """At most two lines that fit under a tile."""
    first, _, rest = caption.rpartition(", ")
    return [shortened(part, 16) for part in ((first, rest) if first else (rest,))]
