"""Contact sheets: for each class its name, its count and some of its samples; pairs of twins."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .twins import Twins

PAPER, INK, FAINT = (255, 255, 255), (28, 25, 23), (120, 113, 108)
COLUMNS = 12
SIDE = 56
"""Pixels that the longer side of a tile is drawn with."""
MOST_CLASSES = 120
MOST_PAIRS, TWIN_SIDE = 24, 96


def contact_sheet(
    classes: Sequence[str],
    members: Mapping[int, Sequence[int]],
    read: Callable[[int], np.ndarray],
) -> Image.Image:
    """Draws one row for each class.

    Args:
        classes: their names.
        members: for each class the numbers of its samples; the first few are drawn.
        read: gives the tile of a sample, ``uint8 [h, w, c]``.
    """
    shown = list(enumerate(classes))[:MOST_CLASSES]
    label_width, gap, margin = 150, 4, 16
    width = margin * 2 + label_width + COLUMNS * (SIDE + gap)
    height = margin * 2 + len(shown) * (SIDE + gap)
    canvas = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(canvas)
    name_font, count_font = ImageFont.load_default(15), ImageFont.load_default(12)
    for row, (label, name) in enumerate(shown):
        top = margin + row * (SIDE + gap)
        draw.text((margin, top + 12), shortened(name, 18), INK, name_font)
        draw.text((margin, top + 32), f"{len(members.get(label, ())):,}", FAINT, count_font)
        for column, sample in enumerate(list(members.get(label, ()))[:COLUMNS]):
            left = margin + label_width + column * (SIDE + gap)
            canvas.paste(thumbnail(read(sample), SIDE), (left, top))
    return canvas


def twins_sheet(
    twins: Twins, name: Callable[[int], str], read: Callable[[int], np.ndarray]
) -> Image.Image:
    """Draws pairs of twins side by side, the least alike first: those are to be doubted.

    Args:
        twins: the pairs.
        name: of a sample.
        read: gives the tile of a sample, ``uint8 [h, w, c]``.
    """
    shown = np.argsort(twins.likeness, kind="stable")[:MOST_PAIRS]
    row, gap, margin, text = TWIN_SIDE + 8, 4, 16, 300
    width = 2 * margin + 2 * (TWIN_SIDE + gap) + text
    canvas = Image.new("RGB", (width, 2 * margin + len(shown) * row), PAPER)
    draw = ImageDraw.Draw(canvas)
    name_font, small_font = ImageFont.load_default(13), ImageFont.load_default(12)
    left = margin + 2 * (TWIN_SIDE + gap) + 8
    for number, pair in enumerate(shown):
        top = margin + number * row
        learned, held = int(twins.learned[pair]), int(twins.held[pair])
        for column, sample in enumerate((learned, held)):
            place = (margin + column * (TWIN_SIDE + gap), top)
            canvas.paste(thumbnail(read(sample), TWIN_SIDE), place)
        alike = twins.likeness[pair]
        said = "equal" if alike == 1 else f"correlation {alike:.4f}"
        draw.text((left, top + 12), f"learned: {_ending(name(learned), 30)}", INK, name_font)
        draw.text((left, top + 34), f"held out: {_ending(name(held), 30)}", INK, name_font)
        draw.text((left, top + 58), said, FAINT, small_font)
    return canvas


def _ending(text: str, length: int) -> str:
    """Of a path the end tells more."""
    return text if len(text) <= length else f"…{text[1 - length :]}"


def thumbnail(tile: np.ndarray, side: int) -> Image.Image:
    """A tile drawn with its longer side at ``side`` px: pixels enlarged, photographs shrunk."""
    image = Image.fromarray(tile[:, :, 0] if tile.shape[2] == 1 else tile).convert("RGB")
    scale = side / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    method = Image.Resampling.NEAREST if scale >= 1 else Image.Resampling.BOX
    return image.resize(size, method)


def shortened(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
