"""Models as both writers write them, and the batches that go with them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

from .case import Case
from .values import draw_inputs, every_layer, fill_weights

SEED = 20


@dataclass
class Written:
    """One case in a folder, and what became of it before tfjs saw it.

    ``errors`` has, by writer, the exception that it raised.
    """

    case: Case
    folder: Path
    batches: list[dict[str, Any]] = field(default_factory=list)
    errors: dict[str, Exception] = field(default_factory=dict)
    suspects: list[str] = field(default_factory=list)


def write(case: Case, folder: Path, writers: dict[str, Callable[[Any, Path], None]]) -> Written:
    """Builds the model of a case, asks Keras, and lets every writer write it."""
    import keras

    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(SEED)
    random = np.random.default_rng(SEED)
    folder.mkdir(parents=True)
    written = Written(case, folder)
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        model = case.build()
        fill_weights(case, model, random)
        written.suspects = _suspects(case, model)
        for size in case.batches:
            arrays = draw_inputs(case, model, random, size)
            written.batches.append(_batch(model, arrays, folder / f"{len(written.batches)}.bin"))
        for name, writer in writers.items():
            try:
                writer(model, folder / name)
            except Exception as error:  # whatever it is, it becomes the outcome of the case
                written.errors[name] = error
    return written


def _suspects(case: Case, model: Any) -> list[str]:
    """The names of the layers that a refusal may blame."""
    blamed = case.blames or case.layer
    return [layer.name for layer in every_layer(model) if type(layer).__name__ == blamed]


def _batch(model: Any, arrays: list[np.ndarray], file: Path) -> dict[str, Any]:
    """The inputs and outputs of a batch: their numbers in a file, and where they lie in it."""
    import keras

    answered = model(_arranged(model, arrays), training=False)
    outputs = [keras.ops.convert_to_numpy(tensor) for tensor in keras.tree.flatten(answered)]
    with file.open("wb") as stream:
        return {
            "inputs": [_save(array, stream) for array in arrays],
            "outputs": [_save(array, stream) for array in outputs],
        }


def _arranged(model: Any, arrays: list[np.ndarray]) -> Any:
    import keras

    given = [keras.ops.convert_to_tensor(array) for array in arrays]
    if isinstance(model, keras.Sequential):
        return given[0]
    return keras.tree.pack_sequence_as(model.input, given)


def _save(array: np.ndarray, stream: Any) -> dict[str, Any]:
    place = {"shape": list(array.shape), "file": stream.name, "offset": stream.tell() // 4}
    if array.dtype.kind in "UOS":
        return {**place, "dtype": "string"}
    stream.write(array.astype("<f4").tobytes())
    kind = {"i": "int32", "u": "int32", "b": "bool"}.get(array.dtype.kind, "float32")
    return {**place, "dtype": kind}
