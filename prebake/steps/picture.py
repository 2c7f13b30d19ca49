"""The step that makes a page's picture for the gallery and for shared links."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from ..data.contact import thumbnail
from ..data.sheet import cut_up, decode
from ..errors import DatasetError, DeclarationError

if TYPE_CHECKING:
    from ..graph.step import Context

WIDTH, HEIGHT = 1200, 630
"""Pixels; the shape that Open Graph previews use."""
GROUND = (23, 20, 18)


def run(context: Context) -> None:
    """Writes ``site/URL/picture-DIGEST.png`` and ``picture.json`` with its address."""
    if "dataset" in context.inputs:
        image = mosaic(context.inputs["dataset"])
        text = f"Samples of {context.params['dataset_title']}"
    else:
        image, text = _from_file(context.inputs["file"] / context.params["file"], context)
    folder = context.out / "site" / context.params["url"]
    folder.mkdir(parents=True)
    draft = folder / "picture.png"
    image.save(draft, "PNG", optimize=True)
    name = f"picture-{hashlib.sha256(draft.read_bytes()).hexdigest()[:8]}.png"
    draft.rename(folder / name)
    described = {
        "path": f"{context.params['url']}{name}",
        "width": image.width,
        "height": image.height,
        "text": text,
    }
    (context.out / "picture.json").write_text(json.dumps(described, ensure_ascii=False))


def mosaic(artifact: Path) -> Image.Image:
    """The first samples of a packed dataset, edge to edge."""
    facts = json.loads((artifact / "facts.json").read_text("utf-8"))
    folder = artifact / "site" / facts["path"]
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    tile = manifest["tile"]
    shape = (tile["height"], tile["width"], tile["channels"])
    split = next(iter(manifest["splits"].values()), None)
    if split is None:
        raise DatasetError(
            "none of its images are published, so that no picture can be made of them.",
            where=f"dataset {manifest['name']!r}",
            remedy="Publish a split, or name a file in the page's 'picture'.",
        )
    side = 90
    columns, rows = -(-WIDTH // side), -(-HEIGHT // side)
    image = Image.new("RGB", (WIDTH, HEIGHT), GROUND)
    tiles = first_tiles(folder, split["sheets"], shape, columns * rows)
    for number in range(columns * rows):
        small = thumbnail(tiles[number % len(tiles)], side)
        image.paste(small, (number % columns * side, number // columns * side))
    return image


def first_tiles(
    folder: Path, sheets: list[dict[str, Any]], shape: tuple[int, int, int], count: int
) -> np.ndarray:
    """``uint8 [at most count, h, w, c]``, decoded from as few sheets as hold them."""
    found: list[np.ndarray] = []
    for sheet in sheets:
        pixels = decode((folder / sheet["file"]).read_bytes(), shape[2])
        found.extend(cut_up(pixels, shape, sheet["samples"]))
        if len(found) >= count:
            break
    return np.stack(found[:count])


def _from_file(path: Path, context: Context) -> tuple[Image.Image, str]:
    try:
        with Image.open(path) as opened:
            image = ImageOps.fit(opened.convert("RGB"), (WIDTH, HEIGHT))
    except (UnidentifiedImageError, OSError):
        raise DeclarationError(
            "the picture cannot be read as an image.",
            where=f"site/{context.params['url']}{path.name}",
            remedy="Give a PNG, JPEG or WebP file.",
        ) from None
    return image, context.params["title"]
