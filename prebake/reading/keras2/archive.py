"""A ``.keras`` file that tf.keras 2.12 to 2.19 has written: a zip with a configuration and HDF5.

There a weight lies at ``layers/conv2d_1/vars/0``: by the class of its layer and a number among the
layers of that class in one model, not by its name (tf.keras, saving/saving_lib.py).
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import ModelError
from .file import LARGEST_CONFIG
from .layers import Layers
from .network import Networks, Tree
from .weights import give

LARGEST_WEIGHTS = 8 << 30
_ROOMS = ("layers", "_layer_checkpoint_dependencies")
_INSIDE = ("forward_layer", "backward_layer", "layer", "cell")


def version_of_zip(path: Path) -> str:
    """Of the Keras that wrote a ``.keras`` file; empty if it does not say."""
    try:
        with zipfile.ZipFile(path) as archive:
            found = json.loads(_member(archive, "metadata.json", LARGEST_CONFIG))
            return str(found["keras_version"])
    except (OSError, KeyError, TypeError, ValueError, RecursionError, zipfile.BadZipFile):
        return ""


def read_keras2_zip(path: Path, where: str) -> Any:
    """The model as one of Keras 3, with its weights.

    Raises:
        ModelError: naming what Keras 3 cannot hold or would compute otherwise.
    """
    import h5py

    with zipfile.ZipFile(path) as archive:
        try:
            config = json.loads(_member(archive, "config.json", LARGEST_CONFIG))
            weights = _member(archive, "model.weights.h5", LARGEST_WEIGHTS)
            class_name, inner = str(config["class_name"]), config["config"]
        except (KeyError, TypeError, ValueError, RecursionError):
            raise ModelError("the file is damaged.", where=where, remedy="Save it again.") from None
    networks = Networks(Layers(version_of_zip(path), where), where)
    model = networks.model(class_name, inner)
    with h5py.File(io.BytesIO(weights), "r") as file:
        _fill(file, networks.tree, where)
    return model


def _member(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    with archive.open(name) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError(f"{name} is too large")
    return data


def _fill(group: Any, tree: Sequence[Tree], where: str) -> None:
    room = next((group[name] for name in _ROOMS if name in group), None)
    counts: Counter[str] = Counter()
    for class_name, name, layer in tree:
        spelled = _snake(class_name)
        number, counts[spelled] = counts[spelled], counts[spelled] + 1
        found = None if room is None else room.get(f"{spelled}_{number}" if number else spelled)
        if isinstance(layer, list):
            if found is not None:
                _fill(found, layer, where)
        elif layer.weights:
            give(name, layer, [] if found is None else _values(found), where)


def _values(group: Any) -> list[np.ndarray]:
    """The weights of one layer: its own, then those of the layers that it wraps."""
    own = group.get("vars")
    values = [np.asarray(own[key]) for key in sorted(own, key=int)] if own is not None else []
    for name in _INSIDE:
        if name in group:
            values += _values(group[name])
    return values


def _snake(name: str) -> str:
    apart = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", apart).lower()
