"""An encoder for the sheets: opaque 8-bit PNG with nothing but pixels in it.

Written here and not left to an imaging library so that the bytes depend on the pixels and on
zlib alone, and so that the row filter can be chosen by measuring. Format: W3C Portable
Network Graphics (PNG) Specification, third edition; filters in section 9.
"""

from __future__ import annotations

import struct
import zlib
from typing import Literal

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPE = {1: 0, 3: 2}

Filter = Literal["none", "sub", "up", "paeth", "adaptive"]
FILTERS: tuple[Filter, ...] = ("none", "sub", "up", "paeth", "adaptive")
_CODE = {"none": 0, "sub": 1, "up": 2, "paeth": 4}


def encode_png(pixels: np.ndarray, row_filter: Filter, level: int = 9) -> bytes:
    """The PNG file of ``pixels``.

    Args:
        pixels: ``uint8 [height, width, channels]`` with 1 channel (grey) or 3 (RGB).
        row_filter: one filter for all rows, or ``adaptive``: for each row the one whose
            residuals have the smallest sum of absolute values.
        level: of zlib, 0 to 9.
    """
    height, width, channels = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPE[channels], 0, 0, 0)
    rows = filter_rows(pixels, row_filter)
    body = zlib.compress(rows.tobytes(), level)
    return SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def filter_rows(pixels: np.ndarray, row_filter: Filter) -> np.ndarray:
    """The filtered scan lines, ``uint8 [height, 1 + width * channels]``."""
    if row_filter != "adaptive":
        return _prefix(_residuals(pixels, row_filter), _CODE[row_filter])
    candidates = [_prefix(_residuals(pixels, f), _CODE[f]) for f in FILTERS[:-1]]
    # A residual of 255 is -1: small in absolute value, as the decoder's sum wraps around.
    costs = np.stack([_cost(rows[:, 1:]) for rows in candidates])
    best = costs.argmin(axis=0)
    return np.stack(candidates)[best, np.arange(pixels.shape[0])]


def _cost(residuals: np.ndarray) -> np.ndarray:
    return np.minimum(residuals, 0 - residuals).sum(axis=1, dtype=np.int64)


def _prefix(residuals: np.ndarray, code: int) -> np.ndarray:
    rows = residuals.reshape(residuals.shape[0], -1)
    return np.concatenate([np.full((len(rows), 1), code, np.uint8), rows], axis=1)


def _residuals(pixels: np.ndarray, row_filter: Filter) -> np.ndarray:
    left = np.zeros_like(pixels)
    left[:, 1:] = pixels[:, :-1]
    if row_filter == "none":
        return pixels
    if row_filter == "sub":
        return pixels - left
    up = np.zeros_like(pixels)
    up[1:] = pixels[:-1]
    if row_filter == "up":
        return pixels - up
    corner = np.zeros_like(pixels)
    corner[1:, 1:] = pixels[:-1, :-1]
    return pixels - _paeth(left, up, corner)


def _paeth(left: np.ndarray, up: np.ndarray, corner: np.ndarray) -> np.ndarray:
    a, b, c = (x.astype(np.int16) for x in (left, up, corner))
    estimate = a + b - c
    da, db, dc = (abs(estimate - x) for x in (a, b, c))
    return np.where((da <= db) & (da <= dc), left, np.where(db <= dc, up, corner))


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
