"""Models whose weights exist already: reading them into Keras."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..declare.schema import suggest
from ..declare.weights import Application, KerasFile, TfjsModel, TorchFile, Weights
from ..errors import ModelError
from ..reading.keras2.archive import read_keras2_zip, version_of_zip
from ..reading.keras2.file import LARGEST_CONFIG, is_hdf5, read_keras2, version_of
from ..reading.plausible import demand_plausible

if TYPE_CHECKING:
    import keras


def read_model(weights: Weights, root: Path, fetched: Path | None = None) -> keras.Model:
    """The Keras model that ``weights`` names.

    Args:
        root: the project's folder, from which paths are read.
        fetched: the folder of what was fetched, for weights from a package or an address.

    Raises:
        ModelError: if the file is missing, damaged, or of another kind; if it holds a Lambda
            that is not allowed; if Keras does not know the application.
    """
    if isinstance(weights, Application):
        return _application(weights, root)
    if isinstance(weights, KerasFile):
        return _keras_file(weights, root)
    if isinstance(weights, TfjsModel):
        from ..tfjs.reader import read_layers_model

        return read_layers_model(existing(root, weights.folder))
    if isinstance(weights, TorchFile):
        assert fetched is not None
        return _torch_file(weights, fetched)
    raise TypeError(f"{type(weights).__name__} is no Keras model")


def existing(root: Path, path: str) -> Path:
    """The file or folder at ``path``.

    Raises:
        ModelError: if there is none.
    """
    found = root / path
    if not found.exists():
        raise ModelError(
            "there is no such file or folder.",
            where=path,
            remedy="Check the path; it is read from the project's folder.",
        )
    return found


def _application(weights: Application, root: Path) -> keras.Model:
    import keras

    known = [n for n in dir(keras.applications) if n[:1].isupper()]
    if weights.name not in known:
        raise ModelError(
            f"Keras Applications has no model {weights.name!r}.",
            where=f"Application({weights.name!r})",
            remedy=suggest(weights.name, known),
        )
    given: Any = weights.weights
    if weights.path:
        given = str(existing(root, weights.path))
    try:
        return getattr(keras.applications, weights.name)(weights=given, **weights.arguments)
    except Exception as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelError(
            f"Keras could not make it: {first}.",
            where=f"Application({weights.name!r})",
            remedy="Check its arguments; without a network, put the weights into "
            "$KERAS_HOME/models or name a file as weights.",
        ) from None


def _torch_file(weights: TorchFile, fetched: Path) -> keras.Model:
    import keras

    from .torch_file import read_torch_file
    from .torch_model import fill

    model = weights.build()
    if not isinstance(model, keras.Model) or not model.built:
        raise ModelError(
            f"TorchFile's build() returned {type(model).__name__}, expected a keras.Model with an "
            "input shape.",
            where=weights.file,
        )
    fill(model, read_torch_file(existing(fetched, weights.file)), weights.ignore, weights.file)
    return model


def _keras_file(weights: KerasFile, root: Path) -> keras.Model:
    import keras

    path = existing(root, weights.file)
    demand_plausible(_config(path), _weight_bytes(path), weights.file)
    lambdas = lambda_names(path)
    twice = sorted({name for name in lambdas if lambdas.count(name) > 1})
    if twice:
        raise ModelError(
            f"it holds {lambdas.count(twice[0])} Lambdas of the name {twice[0]!r}, so that a name "
            "does not tell which may run.",
            where=weights.file,
            remedy="Give each its own name.",
        )
    refused = [name for name in lambdas if name not in weights.allow_lambda]
    if refused:
        raise ModelError(
            f"it holds the Lambda {refused[0]!r}, Python code that would run here.",
            where=weights.file,
            remedy=f"If you have read it, add allow_lambda=[{refused[0]!r}]; tfjs-layers cannot "
            "hold it in any case, a graph model can.",
        )
    if not lambdas and is_hdf5(path) and version_of(path).partition(".")[0] in ("1", "2"):
        return _flat(read_keras2(path, weights.file))
    if not lambdas and not is_hdf5(path) and version_of_zip(path).startswith("2."):
        return _flat(read_keras2_zip(path, weights.file))
    try:
        return _flat(keras.saving.load_model(path, compile=False, safe_mode=not lambdas))
    except Exception as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelError(
            f"Keras cannot read it: {first}.",
            where=weights.file,
            remedy="Save it with model.save('x.keras') from Keras 3, or as .h5 from Keras 2.",
        ) from None


def _flat(model: Any) -> Any:
    """A model whose one input or output is named in a dictionary as one that takes and gives the
    tensor itself."""
    import keras

    if not isinstance(model, keras.Model) or isinstance(model, keras.Sequential):
        return model
    named = [isinstance(getattr(model, name, None), dict) for name in ("input", "output")]
    single = len(model.inputs) == 1 and len(model.outputs) == 1
    if not any(named) or not single:
        return model
    return keras.Model(model.inputs[0], model.outputs[0], name=model.name)


def lambda_names(path: Path) -> list[str]:
    """The names of the Lambda layers that a ``.keras`` or ``.h5`` file holds, read without
    running anything of it.

    Raises:
        ModelError: if the file is neither, or holds a function outside a Lambda layer.
    """
    config = _config(path)
    found: list[str] = []
    waiting = [config]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if value.get("class_name") == "Lambda":
                inner = value.get("config") or {}
                found.append(str(inner.get("name", value.get("name", "lambda"))))
                continue  # what it holds is what its name allows
            if value.get("class_name") == "__lambda__":
                raise ModelError(
                    "it holds a Python function outside a Lambda layer, which no name can allow.",
                    where=str(path),
                    remedy="Use it only if you made it: put the function into a named Lambda.",
                )
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return sorted(found)


def _config(path: Path) -> Any:
    return _config_h5(path) if is_hdf5(path) else _config_zip(path)


def _weight_bytes(path: Path) -> int:
    """How many bytes of weights a file has at most."""
    import zipfile

    if is_hdf5(path):
        return path.stat().st_size
    with zipfile.ZipFile(path) as archive:
        return sum(each.file_size for each in archive.infolist())


def _config_zip(path: Path) -> Any:
    import json
    import zipfile

    try:
        with zipfile.ZipFile(path) as archive, archive.open("config.json") as file:
            return json.loads(file.read(LARGEST_CONFIG))
    except (OSError, KeyError, ValueError, RecursionError, zipfile.BadZipFile):
        raise ModelError(
            "it is no .keras file, or a damaged one.",
            where=str(path),
            remedy="Save it with model.save('x.keras').",
        ) from None


def _config_h5(path: Path) -> Any:
    import json

    import h5py

    try:
        with h5py.File(path, "r") as file:
            return json.loads(file.attrs["model_config"])
    except (OSError, KeyError, ValueError, RecursionError):
        raise ModelError(
            "it is no .h5 file with a whole model.",
            where=str(path),
            remedy="Save the model itself, not only its weights.",
        ) from None
