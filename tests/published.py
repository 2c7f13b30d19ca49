"""Where things lie in a built site: the only place of the tests that knows it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from prebake.data.packed import Packed, read_manifest, read_split


def dataset_folder(site: Path, name: str) -> Path:
    """The folder with a dataset's sheets and their manifest."""
    (manifest,) = site.glob(f"data/{name}/*/manifest.json")
    return manifest.parent


def model_folder(site: Path, name: str) -> Path:
    """The folder with a model's files and their manifest."""
    (manifest,) = site.glob(f"models/{name}/*/manifest.json")
    return manifest.parent


def manifest_of(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "manifest.json").read_text("utf-8"))


def report_of(site: Path) -> dict[str, Any]:
    return json.loads((site / "report.json").read_text("utf-8"))


class Samples:
    """The samples of a dataset of a built site, as a step of the build reads them.

    Args:
        folder: an empty one, for links.
    """

    def __init__(self, site: Path, name: str, folder: Path) -> None:
        self._artifact = folder
        (folder / "site" / "data").mkdir(parents=True)
        (folder / "site" / "data" / name).symlink_to(site / "data" / name)

    @property
    def classes(self) -> list[str]:
        return list(read_manifest(self._artifact)["classes"])

    def split(self, name: str) -> Packed:
        return read_split(self._artifact, name)
