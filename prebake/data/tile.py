"""One image, however it is given, as a tile."""

from __future__ import annotations

import struct
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from ..errors import DatasetError

# What Pillow's readers raise for files that are damaged, by their kind.
_DAMAGE = (
    UnidentifiedImageError,
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    struct.error,
    zlib.error,
)


def to_tile(image: Any, tile: tuple[int, int, int], fit: str, name: str) -> np.ndarray:
    """``uint8 [h, w, c]`` of an array or an image file.

    A file's EXIF orientation is applied, transparency is laid over white, and colours are
    turned to what the tile has.

    Args:
        image: ``uint8 [h, w]`` or ``[h, w, c]``, or the path of an image file.
        tile: height, width, channels.
        fit: ``exact``, ``contain``, ``cover`` or ``stretch``.
        name: what an error calls the image.

    Raises:
        DatasetError: if it cannot be read, or has another size and ``fit`` is ``exact``.
    """
    if isinstance(image, str | Path):
        return _from_file(Path(image), tile, fit, name)
    pixels = np.asarray(image)
    if pixels.ndim == 2:
        pixels = pixels[:, :, None]
    if pixels.dtype != np.uint8 or pixels.ndim != 3:
        raise DatasetError(
            f"an image is {pixels.dtype} {list(pixels.shape)}, expected uint8 [h, w] or [h, w, c].",
            where=name,
            remedy="Scale to 0..255 and convert in the dataset's load().",
        )
    if pixels.shape == tile:
        return pixels
    channels = pixels.shape[2]
    if channels not in (1, 3, 4):
        raise DatasetError(f"an image has {channels} channels, expected 1, 3 or 4.", where=name)
    opened = Image.fromarray(pixels[:, :, 0] if channels == 1 else pixels)
    return _fitted(opened, tile, fit, name)


def _from_file(path: Path, tile: tuple[int, int, int], fit: str, name: str) -> np.ndarray:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as opened:
                opened.load()
                return _fitted(ImageOps.exif_transpose(opened), tile, fit, name)
    except _DAMAGE as error:
        if isinstance(error, FileNotFoundError):
            problem = "there is no such file."
        else:
            problem = "the image cannot be read: it is damaged or no image."
        raise DatasetError(problem, where=name, remedy="Repair or remove it.") from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise DatasetError(
            "the image is too large to be a sample (over 89 million pixels).",
            where=name,
            remedy="Shrink or remove it.",
        ) from None


def _fitted(image: Image.Image, tile: tuple[int, int, int], fit: str, name: str) -> np.ndarray:
    height, width, channels = tile
    image = _opaque(image, "L" if channels == 1 else "RGB", name)
    if image.size != (width, height):
        if fit == "exact":
            raise DatasetError(
                f"the image is {image.width} x {image.height} px, expected {width} x {height}.",
                where=name,
                remedy="Set fit='contain', 'cover' or 'stretch' in the Dataset to resize.",
            )
        image = _resized(image, width, height, fit)
    return np.asarray(image, np.uint8).reshape(height, width, channels)


def _opaque(image: Image.Image, mode: str, name: str) -> Image.Image:
    if image.mode.startswith("I"):
        image = Image.fromarray(_eight_bits(np.asarray(image).astype(np.int64), name))
    if image.mode == "F":
        raise DatasetError(
            "the image has floating-point values, of which only its author knows what is white.",
            where=name,
            remedy="Convert it to 8 bits, or read it in the dataset's load().",
        )
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image)
    return image if image.mode == mode else image.convert(mode)


def _eight_bits(values: np.ndarray, name: str) -> np.ndarray:
    """Of whole numbers with 16 bits the upper eight; numbers that fit into eight are those."""
    least, most = int(values.min()), int(values.max())
    if least < 0 or most > 65535:
        raise DatasetError(
            f"the image has values from {least:,} to {most:,}, expected 0 to 65,535.",
            where=name,
            remedy="Convert it to 8 or 16 bits, or read it in the dataset's load().",
        )
    return (values if most < 256 else values >> 8).astype(np.uint8)


def _resized(image: Image.Image, width: int, height: int, fit: str) -> Image.Image:
    # Lanczos widens its kernel with the scale, so that shrinking averages and does not skip.
    method = Image.Resampling.LANCZOS
    if fit == "contain":
        return ImageOps.pad(image, (width, height), method, color=0)
    if fit == "cover":
        return ImageOps.fit(image, (width, height), method)
    return image.resize((width, height), method)
