"""A grid of the worst mistakes."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ..data.contact import INK, PAPER, thumbnail
from ..data.png import encode_png

COLUMNS, SIDE, GAP = 4, 112, 16
"""Tiles in a row, pixels of a tile's longer side, pixels between two tiles."""
FONT, LINE, LINES = 13, 17, 4
"""Of a caption: pixels of the font, of a line, and how many lines there are at most."""
_SPELLED = {
    "ß": "ss",
    "æ": "ae",
    "Æ": "Ae",
    "œ": "oe",
    "Œ": "Oe",
    "ø": "o",
    "Ø": "O",
    "ł": "l",
    "Ł": "L",
}


def mistakes_png(tiles: Sequence[np.ndarray], captions: Sequence[str], path: Path) -> None:
    """Draws the tiles with a caption below each (``4 read as 9, 98 %``).

    Args:
        tiles: ``uint8 [h, w, c]`` each, with one channel or three.
        captions: as many. What does not fit below a tile is shortened before the last comma.
        path: of the PNG to write.

    Raises:
        ValueError: if there are more of one than of the other.
    """
    font = ImageFont.load_default(FONT)
    words = [wrapped(plain(caption), font) for caption in captions]
    below = LINE * max(map(len, words), default=0)
    columns = max(1, min(COLUMNS, len(tiles)))
    rows = -(-len(tiles) // columns)
    size = (GAP + columns * (SIDE + GAP), GAP + rows * (SIDE + below + GAP))
    canvas = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(canvas)
    for i, (tile, lines) in enumerate(zip(tiles, words, strict=True)):
        left = GAP + i % columns * (SIDE + GAP)
        top = GAP + i // columns * (SIDE + below + GAP)
        drawn = thumbnail(tile, SIDE)
        canvas.paste(drawn, (left, top + SIDE - drawn.height))
        for number, line in enumerate(lines):
            draw.text((left, top + SIDE + 3 + LINE * number), line, INK, font)
    path.write_bytes(encode_png(np.asarray(canvas), "adaptive"))


def plain(caption: str) -> str:
    """In the letters that Pillow's own font has: without accents, and ``?`` for other scripts.
    A font of the system would give other bytes on every machine."""
    spelled = "".join(_SPELLED.get(letter, letter) for letter in caption)
    apart = unicodedata.normalize("NFKD", spelled)
    kept = (letter for letter in apart if not unicodedata.combining(letter))
    return "".join(letter if letter.isascii() else "?" for letter in kept)


def wrapped(caption: str, font: Any) -> list[str]:
    """A caption in lines as wide as a tile. If they are too many, it is the words before the
    last comma that are cut short: what follows it is the probability."""
    lines = _lines(caption, font)
    if len(lines) <= LINES:
        return lines
    said, comma, last = caption.rpartition(", ")
    kept = _lines(said if comma else caption, font)[: LINES - 1 if comma else LINES]
    kept[-1] = _cut(f"{kept[-1]}…", font)
    return [*kept, _cut(last, font)] if comma else kept


def _lines(text: str, font: Any) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= SIDE:
            lines[-1] = longer
        else:
            lines.append(_cut(word, font))
    return lines


def _cut(text: str, font: Any) -> str:
    if font.getlength(text) <= SIDE:
        return text
    text = text.rstrip("…")
    while text and font.getlength(f"{text}…") > SIDE:
        text = text[:-1]
    return f"{text}…"
