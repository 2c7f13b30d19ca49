"""The files of a layers model: its topology and its weights, as they are stored.

Format: tensorflow/tfjs, tfjs-core/src/io/types.ts (``ModelJSON``). A browser's download is
called ``NAME.json`` beside ``NAME.weights.bin``; what a web server holds is ``model.json``
beside shards.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import ModelError
from ..weights import read_shards

AGAIN = "Save the model again and take all of its files together."


@dataclass(frozen=True)
class Document:
    """A layers model as it is stored.

    Args:
        where: its JSON file, for messages.
        topology: ``{class_name, config}`` of the model; every key in snake_case.
        weights: by name, without the optimizer's.
    """

    where: str
    topology: dict[str, Any]
    weights: dict[str, np.ndarray]


def read_document(folder: Path) -> Document:
    """Reads the JSON file of a folder and the weight files that it names.

    Raises:
        ModelError: if there is none, if it is no layers model, or if a weight file is missing,
            cut off or of another model.
    """
    file = _json_file(folder)
    document = _parsed(file)
    _demand_layers(document, str(file))
    topology = snake_keys(document["modelTopology"])
    topology = topology.get("model_config") or topology
    if not isinstance(topology, dict) or "class_name" not in topology:
        raise ModelError("its modelTopology names no model.", where=str(file), remedy=AGAIN)
    return Document(str(file), topology, _weights(document, file))


def snake_keys(value: Any) -> Any:
    """The same JSON with every key in snake_case, as tfjs writes it and reads either."""
    if isinstance(value, dict):
        return {snake(key): snake_keys(each) for key, each in value.items()}
    return [snake_keys(each) for each in value] if isinstance(value, list) else value


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _json_file(folder: Path) -> Path:
    if not folder.is_dir():
        raise ModelError(
            "there is no such folder.",
            where=str(folder),
            remedy="Name the folder with the model's JSON file and its weight files.",
        )
    if (folder / "model.json").is_file():
        return folder / "model.json"
    found = sorted(folder.glob("*.json"))
    if len(found) == 1:
        return found[0]
    names = ", ".join(file.name for file in found)
    problem = f"of its JSON files ({names}) none is model.json." if found else "it has no JSON."
    raise ModelError(
        problem,
        where=str(folder),
        remedy="Put the model's JSON file there as model.json, with the weight files it names.",
    )


def _parsed(file: Path) -> dict[str, Any]:
    try:
        document = json.loads(file.read_text("utf-8"))
    except (ValueError, OSError) as error:
        raise ModelError(f"it cannot be read: {error}.", where=str(file), remedy=AGAIN) from None
    return document if isinstance(document, dict) else {}


def _demand_layers(document: dict[str, Any], where: str) -> None:
    topology = document.get("modelTopology")
    if document.get("format") == "graph-model" or _is_graph(topology):
        raise ModelError(
            "it is a graph model, which holds operations and no layers.",
            where=where,
            remedy="Declare the SavedModel, the frozen graph or the .keras file it was made from.",
        )
    if not isinstance(topology, dict):
        raise ModelError(
            "it is no TensorFlow.js model: it has no modelTopology.",
            where=where,
            remedy="Name the folder that tf.LayersModel.save or tensorflowjs_converter wrote.",
        )
    if not document.get("weightsManifest"):
        raise ModelError(
            "it has no weightsManifest, so that it describes a model without its weights.",
            where=where,
            remedy="Save the model with model.save(…), not with model.toJSON().",
        )


def _is_graph(topology: Any) -> bool:
    return isinstance(topology, dict) and "node" in topology and "class_name" not in topology


def _weights(document: dict[str, Any], file: Path) -> dict[str, np.ndarray]:
    manifest = document["weightsManifest"]
    try:
        entries = [entry for group in manifest for entry in group["weights"]]
        names = [str(entry["name"]) for entry in entries]
        found = read_shards(manifest, file.parent)
    except (KeyError, TypeError) as error:
        raise ModelError(
            f"its weightsManifest is damaged: {error!r}.", where=str(file), remedy=AGAIN
        ) from None
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ModelError(
            f"it has two weights called {twice[0]!r}, so that tfjs cannot tell them apart.",
            where=str(file),
            remedy="Give every layer a name of its own and save the model again.",
        )
    # What tf.LayersModel.save(…, {includeOptimizer: true}) adds.
    optimizer = {entry["name"] for entry in entries if entry.get("group") == "optimizer"}
    return {name: values for name, values in found.items() if name not in optimizer}
