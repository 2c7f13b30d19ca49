"""A packed dataset, read back as arrays: what the browser gets is what Python learns from."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..errors import DatasetError
from .kept import read_kept
from .sheet import cut_up

KEPT = "kept"
"""The folder of what is not published: whole splits, and the manifest that has them."""
TWINS = "twins.json"
"""Beside what is published: places of held-out twins, for whoever judges a model."""


@dataclass(frozen=True)
class Packed:
    """One split.

    Args:
        images: ``uint8 [n, h, w, c]``.
        labels: ``int32 [n]``.
        groups: ``int32 [n]``, what each shares with others; None if there are none.
    """

    images: np.ndarray
    labels: np.ndarray
    groups: np.ndarray | None = None


def find_manifest(artifact: Path) -> Path:
    """The manifest inside what ``pack`` made, of all splits."""
    if (artifact / KEPT / "manifest.json").is_file():
        return artifact / KEPT / "manifest.json"
    found = sorted(artifact.glob("site/data/*/*/manifest.json"))
    if len(found) != 1:
        raise DatasetError(
            f"expected one manifest.json, found {len(found)}.", where="the packed dataset"
        )
    return found[0]


def read_manifest(artifact: Path) -> dict[str, Any]:
    return dict(json.loads(find_manifest(artifact).read_text("utf-8")))


def read_twins(artifact: Path) -> dict[str, list[int]]:
    """For each split the places, in packed order, of samples that have twins in an earlier one."""
    path = artifact / TWINS
    return dict(json.loads(path.read_text("utf-8"))) if path.is_file() else {}


def read_split(artifact: Path, split: str, limit: int | None = None) -> Packed:
    """The samples of a split in their packed order, which mixes the classes.

    Of a split that is not published the images are mapped into memory, and cannot be changed.

    Args:
        artifact: what ``pack`` made.
        split: its name.
        limit: read no more sheets than hold that many samples, and no more samples.

    Raises:
        DatasetError: if there is no such split, or its files are damaged.
    """
    manifest = read_manifest(artifact)
    if split not in manifest["splits"]:
        raise DatasetError(
            f"the dataset {manifest['name']!r} has no split {split!r}, it has "
            f"{', '.join(manifest['splits'])}.",
            where=manifest["name"],
        )
    tile = tuple(manifest["tile"][key] for key in ("height", "width", "channels"))
    described: Mapping[str, Any] = manifest["splits"][split]
    count = min(described["samples"], limit or described["samples"])
    if "array" in described:
        return _kept(artifact / KEPT, described, tile, count, manifest)
    return _from_sheets(artifact, described, tile, count, manifest)


def _kept(
    folder: Path,
    described: Mapping[str, Any],
    tile: tuple[int, ...],
    count: int,
    manifest: Mapping[str, Any],
) -> Packed:
    array, samples = described["array"], described["samples"]
    images = read_kept(folder / array["file"], array, samples, tile, manifest["name"])[:count]
    labels = _numbers(array["labels"], manifest["label_type"])[:count]
    groups = _numbers(array["groups"], "uint16")[:count] if "groups" in manifest else None
    return Packed(images, labels, groups)


def _from_sheets(
    artifact: Path,
    described: Mapping[str, Any],
    tile: tuple[int, ...],
    count: int,
    manifest: Mapping[str, Any],
) -> Packed:
    files = {path.name: path for path in artifact.glob("site/data/*/*/*")}
    images = np.empty((count, *tile), np.uint8)
    labels = np.empty(count, np.int32)
    groups = np.empty(count, np.int32) if "groups" in manifest else None
    at = 0
    for sheet in described["sheets"]:
        if at >= count:
            break
        take = min(sheet["samples"], count - at)
        images[at : at + take] = _tiles(files, sheet, tile, take, manifest["name"])
        labels[at : at + take] = _numbers(sheet["labels"], manifest["label_type"])[:take]
        if groups is not None:
            groups[at : at + take] = _numbers(sheet["groups"], "uint16")[:take]
        at += take
    return Packed(images, labels, groups)


def _tiles(
    files: Mapping[str, Path],
    sheet: Mapping[str, Any],
    tile: tuple[int, ...],
    count: int,
    dataset: str,
) -> np.ndarray:
    try:
        with Image.open(files[sheet["file"]]) as image:
            pixels = np.asarray(image.convert("L" if tile[2] == 1 else "RGB"))
    except (KeyError, OSError, SyntaxError, ValueError):
        raise DatasetError(
            f"the sheet {sheet['file']} is missing or cannot be read.",
            where=f"dataset {dataset!r}",
            remedy=f"Pack it again: python build.py --force 'pack {dataset}'.",
        ) from None
    return cut_up(pixels.reshape(*pixels.shape[:2], tile[2]), tile, count)


def _numbers(encoded: str, kind: str) -> np.ndarray:
    dtype = "<u1" if kind == "uint8" else "<u2"
    return np.frombuffer(base64.b64decode(encoded), dtype).astype(np.int32)
