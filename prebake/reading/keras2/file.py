"""A file of Keras 1 or 2: HDF5 with ``model_config`` and ``model_weights``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ...errors import ModelError
from .layers import Layers
from .network import Networks
from .weights import fill

SIGNATURE = b"\x89HDF\r\n\x1a\n"
LARGEST_CONFIG = 64 << 20
"""Bytes of a model's configuration."""


def is_hdf5(path: Path) -> bool:
    """Whether a file begins as HDF5 does, whatever its name."""
    with path.open("rb") as file:
        return file.read(len(SIGNATURE)) == SIGNATURE


def version_of(path: Path) -> str:
    """Of the Keras that wrote an HDF5 file; ``1`` if it does not say."""
    import h5py

    with h5py.File(path, "r") as file:
        found = file.attrs.get("keras_version", b"1")
    return found.decode() if isinstance(found, bytes) else str(found)


def read_keras2(path: Path, where: str) -> Any:
    """The model of an HDF5 file as one of Keras 3, with its weights.

    Raises:
        ModelError: naming what Keras 3 cannot hold or would compute otherwise.
    """
    import h5py

    with h5py.File(path, "r") as file:
        config = read_config(file, where)
        layers = Layers(version_of(path), where)
        networks = Networks(layers, where)
        model = networks.model(str(config["class_name"]), config["config"])
        # Layers of a chain get their weights as it is built.
        fill(file.get("model_weights", file), networks.leaves, where)
    return model


def read_config(file: Any, where: str) -> dict[str, Any]:
    """What an open HDF5 file says of its model.

    Raises:
        ModelError: if it holds weights alone, or says nothing that can be read.
    """
    text = file.attrs.get("model_config")
    if text is None:
        raise ModelError(
            "it holds weights, but not the model.",
            where=where,
            remedy="Save the model itself, with model.save().",
        )
    if len(text) > LARGEST_CONFIG:
        raise ModelError("its configuration is too large.", where=where)
    try:
        config = json.loads(text)
    except (ValueError, RecursionError):
        config = None
    if not isinstance(config, dict) or not {"class_name", "config"} <= config.keys():
        raise ModelError("its configuration is damaged.", where=where, remedy="Save it again.")
    return config
