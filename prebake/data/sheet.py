"""A sheet: many tiles on one lossless image, and the choice of its shape and format."""

from __future__ import annotations

import io
import math
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image

from ..errors import DatasetError
from .png import FILTERS, Filter, encode_png

MAX_SIDE = 4096
"""Pixels: what every WebGL device takes as a texture, and no decoder refuses."""
TARGET_BYTES = 192 * 1024
"""A sheet's size: small enough that a page fetches little more than it uses, and large
enough that requests do not cost more than the bytes (128 to 512 KB serve)."""

BYTES_PER_SECOND = 1.25e6
"""A visitor's connection, as the choice of a format assumes it: 10 Mbit/s."""
DECODING = {"png": 6.3e-9, "webp": 20.0e-9}
"""Seconds a pixel from a file's bytes to its pixels in Chromium, PNG by the runtime's own
decoder and WebP through a canvas, measured by ``benchmarks/decode.py`` on the MNIST sheets.
Constants, so that the same tiles are packed into the same bytes on every machine."""
WEBP_MARGIN = 0.9
"""WebP is taken only if a visitor waits at most this part of the time that PNG takes. A PNG is
decoded exactly everywhere; a browser that resists fingerprinting alters what it gives back of
a canvas, and a WebP has to be refused there. It has to be worth that."""

Format = Literal["png", "webp"]


@dataclass(frozen=True)
class Coding:
    """How the sheets of a dataset are coded, and how many tiles go on one."""

    format: Format
    row_filter: Filter
    columns: int
    rows: int

    @property
    def tiles(self) -> int:
        return self.columns * self.rows


def choose_coding(probe: np.ndarray) -> Coding:
    """The coding that makes the smallest sheets of tiles like ``probe``.

    The same tiles give the same choice: bytes are measured now, times were (``DECODING``).

    Args:
        probe: ``uint8 [n, h, w, c]``, some tiles of the dataset.
    """
    sheet = lay_out(probe, grid_for(len(probe), probe.shape[1:3])[0])
    sizes: dict[Filter, int] = {f: len(encode_png(sheet, f, level=6)) for f in FILTERS}
    row_filter = min(FILTERS, key=lambda f: sizes[f])
    png, webp = len(encode_png(sheet, row_filter)), len(encode_webp(sheet))
    pixels = sheet.shape[0] * sheet.shape[1]
    webp_is_worth_it = wait("webp", webp, pixels) < wait("png", png, pixels) * WEBP_MARGIN
    chosen: Format = "webp" if webp_is_worth_it else "png"
    each = (webp if webp_is_worth_it else png) / len(probe)
    columns, rows = grid_for(max(1, round(TARGET_BYTES / each)), probe.shape[1:3])
    return Coding(chosen, row_filter, columns, rows)


def wait(kind: Format, size: int, pixels: int) -> float:
    """Seconds that a visitor waits for a sheet of ``size`` bytes and so many pixels."""
    return size / BYTES_PER_SECOND + pixels * DECODING[kind]


def grid_for(count: int, tile: Sequence[int]) -> tuple[int, int]:
    """Columns and rows of a nearly square image for about ``count`` tiles.

    Args:
        count: how many tiles are wanted.
        tile: height and width of a tile, px.
    """
    height, width = tile[0], tile[1]
    side = math.sqrt(count * height * width)
    columns = min(max(1, round(side / width)), MAX_SIDE // width, max(1, count))
    rows = min(max(1, math.ceil(count / columns)), MAX_SIDE // height)
    return columns, rows


def lay_out(tiles: np.ndarray, columns: int) -> np.ndarray:
    """``uint8 [n, h, w, c]`` tiles as one ``uint8 [rows * h, columns * w, c]`` image.

    Tiles go from left to right, then down; what is left of the last row is black.
    """
    count, height, width, channels = tiles.shape
    rows = math.ceil(count / columns)
    filled = np.zeros((rows * columns, height, width, channels), np.uint8)
    filled[:count] = tiles
    grid = filled.reshape(rows, columns, height, width, channels)
    image = grid.transpose(0, 2, 1, 3, 4).reshape(rows * height, columns * width, channels)
    return np.ascontiguousarray(image)


def cut_up(image: np.ndarray, tile: Sequence[int], count: int) -> np.ndarray:
    """The reverse of :func:`lay_out`."""
    height, width, channels = tile
    rows, columns = image.shape[0] // height, image.shape[1] // width
    grid = image.reshape(rows, height, columns, width, channels).transpose(0, 2, 1, 3, 4)
    return grid.reshape(-1, height, width, channels)[:count]


@dataclass(frozen=True)
class Sheet:
    """An encoded sheet that was decoded again and found the same."""

    data: bytes
    width: int
    height: int
    crc32: int
    """Of the decoded pixels, ``height * width * channels`` bytes row by row (ISO 3309)."""


def make_sheet(tiles: np.ndarray, coding: Coding) -> Sheet:
    """Encodes ``uint8 [n, h, w, c]`` tiles, decodes the result and compares.

    Raises:
        DatasetError: if the codec did not give the same pixels back.
    """
    image = lay_out(tiles, min(coding.columns, len(tiles)))
    png = coding.format == "png"
    data = encode_png(image, coding.row_filter) if png else encode_webp(image)
    if not np.array_equal(decode(data, image.shape[2]), image):
        raise DatasetError(
            f"a {coding.format} sheet decodes to other pixels than were packed.",
            remedy="The installed Pillow is at fault: install the version in constraints.txt.",
        )
    return Sheet(data, image.shape[1], image.shape[0], zlib.crc32(image.tobytes()))


def encode_webp(pixels: np.ndarray) -> bytes:
    """Lossless WebP of ``uint8 [h, w, c]``.

    Method 4 at quality 50, which for lossless WebP is the effort: method 6 at full effort
    takes many times as long for hardly any gain.
    """
    buffer = io.BytesIO()
    _image(pixels).save(buffer, "WEBP", lossless=True, quality=50, method=4, exact=True)
    return buffer.getvalue()


def decode(data: bytes, channels: int) -> np.ndarray:
    """The pixels of an encoded image, ``uint8 [h, w, c]``."""
    with Image.open(io.BytesIO(data)) as image:
        pixels = np.asarray(image.convert("RGB" if channels == 3 else "L"))
    return pixels.reshape(*pixels.shape[:2], channels)


def _image(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)


def in_sheets(count: int, tiles: int) -> Iterator[range]:
    """The sample numbers of each sheet of a split of ``count`` samples."""
    for start in range(0, count, tiles):
        yield range(start, min(count, start + tiles))
