"""Weights as TensorFlow.js stores them: a manifest and shards of bytes.

Format: tensorflow/tfjs, tfjs-converter/docs and tfjs-core/src/io/types.ts
(``WeightsManifestGroupConfig``). Values are little-endian, laid end to end; the shards of a
group are slices of that one run of bytes. A quantised weight is stored as ``uint8``/``uint16``
with ``min`` and ``scale`` (value = stored * scale + min), or as ``float16``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ..errors import ModelError

SHARD_BYTES = 4 * 1024 * 1024
Stored = Literal["float32", "float16", "uint16", "uint8"]
_DTYPES = {"float32": "<f4", "int32": "<i4", "bool": "|b1", "uint8": "|u1"}


@dataclass(frozen=True)
class Encoded:
    """One weight as it is stored, and as whoever reads it will have it.

    Args:
        entry: its object in the manifest.
        data: its bytes.
        decoded: the values after decoding, in the dtype of the original.
    """

    entry: dict[str, Any]
    data: bytes
    decoded: np.ndarray


def encode(name: str, values: np.ndarray, stored: Stored) -> Encoded:
    """Encodes one weight; integers and booleans keep their type.

    Decoding is done here as tfjs does it (io_utils.ts: ``decodeWeights``): in float64,
    rounded to float32.
    """
    values = np.asarray(values)
    dtype = _tfjs_dtype(values.dtype, name)
    entry: dict[str, Any] = {"name": name, "shape": list(values.shape), "dtype": dtype}
    if dtype != "float32" or stored == "float32" or values.size == 0:
        plain = values.astype(_DTYPES[dtype])
        return Encoded(entry, plain.tobytes(), plain)
    if stored == "float16":
        return _as_float16(entry, values)
    return _as_integers(entry, values.astype(np.float32), stored)


def _tfjs_dtype(dtype: np.dtype, name: str) -> str:
    if dtype.kind == "f":
        return "float32"
    if dtype.kind == "b":
        return "bool"
    if dtype.kind in "iu":
        return "int32"
    raise ModelError(
        f"the weight is of type {dtype}, expected numbers.",
        where=name,
        remedy="Build the model with the float32 policy.",
    )


def _as_float16(entry: dict[str, Any], values: np.ndarray) -> Encoded:
    largest = float(np.max(np.abs(values)))
    if largest > float(np.finfo(np.float16).max):
        raise ModelError(
            f"a weight has the value {largest:.3g}, but float16 ends at 65504.",
            where=entry["name"],
            remedy="Choose quantize='uint16' or 'none'.",
        )
    small = values.astype("<f2")
    entry["quantization"] = {"dtype": "float16", "original_dtype": "float32"}
    return Encoded(entry, small.tobytes(), small.astype(np.float32))


def _as_integers(entry: dict[str, Any], values: np.ndarray, stored: str) -> Encoded:
    low, high = float(values.min()), float(values.max())
    steps = 255 if stored == "uint8" else 65535
    # One value only: any scale does, but tfjs multiplies by it, so that 0 would be as good.
    scale = (high - low) / steps or 1.0
    if low <= 0 <= high:
        # Zero stays exactly zero, as padding, pruned weights and relu expect.
        low = round(low / scale) * scale
    numbers = np.clip(np.rint((values.astype(np.float64) - low) / scale), 0, steps)
    integers = numbers.astype("|u1" if stored == "uint8" else "<u2")
    entry["quantization"] = {
        "dtype": stored,
        "min": low,
        "scale": scale,
        "original_dtype": "float32",
    }
    decoded = (integers.astype(np.float64) * scale + low).astype(np.float32)
    return Encoded(entry, integers.tobytes(), decoded)


def write_shards(weights: Sequence[Encoded], folder: Path) -> list[dict[str, Any]]:
    """Writes the bytes in shards of at most 4 MB and returns the weights manifest.

    A shard's name holds the hash of its content: a cache that kept an old one cannot mix it
    into a new model.
    """
    data = b"".join(weight.data for weight in weights)
    paths = []
    for number, start in enumerate(range(0, len(data), SHARD_BYTES), start=1):
        shard = data[start : start + SHARD_BYTES]
        name = f"weights-{number:03}-{hashlib.sha256(shard).hexdigest()[:16]}.bin"
        (folder / name).write_bytes(shard)
        paths.append(name)
    return [{"paths": paths, "weights": [weight.entry for weight in weights]}]


def read_shards(manifest: Sequence[Mapping[str, Any]], folder: Path) -> dict[str, np.ndarray]:
    """The weights of a tfjs model folder, decoded, by name.

    Raises:
        ModelError: if a shard is missing, leaves the folder, or is too short or too long.
    """
    found: dict[str, np.ndarray] = {}
    for group in manifest:
        data = b"".join(_shard(folder, path) for path in group["paths"])
        at = 0
        for entry in group["weights"]:
            values, at = _decode(entry, data, at, folder)
            found[entry["name"]] = values
        if at != len(data):
            raise ModelError(
                f"its shards hold {len(data)} bytes, expected {at}.",
                where=str(folder),
                remedy="They belong to another model: take model.json and its shards together.",
            )
    return found


def _shard(folder: Path, path: str) -> bytes:
    file = (folder / path).resolve()
    if not file.is_relative_to(folder.resolve()):
        raise ModelError(
            f"model.json names the shard {path!r}, which leaves the folder.", where=str(folder)
        )
    try:
        return file.read_bytes()
    except OSError:
        raise ModelError(
            "there is no such weight file.",
            where=str(folder / path),
            remedy="Put every file that model.json names beside it.",
        ) from None


def _decode(entry: Mapping[str, Any], data: bytes, at: int, folder: Path) -> tuple[np.ndarray, int]:
    shape = tuple(entry["shape"])
    count = int(np.prod(shape, dtype=np.int64))
    quantization = entry.get("quantization")
    stored = quantization["dtype"] if quantization else entry["dtype"]
    types = {**_DTYPES, "float16": "<f2", "uint16": "<u2"}
    if stored not in types:
        raise ModelError(
            f"the weight {entry['name']!r} is of type {stored!r}, which is not read here.",
            where=str(folder),
        )
    dtype = np.dtype(types[stored])
    end = at + count * dtype.itemsize
    if end > len(data):
        raise ModelError(
            f"its shards end within the weight {entry['name']!r}: {len(data)} bytes, expected "
            f"at least {end}.",
            where=str(folder),
            remedy="A weight file is cut off or belongs to another model: fetch it again.",
        )
    values = np.frombuffer(data, dtype, count, at).reshape(shape)
    if quantization and "scale" in quantization:
        numbers = values.astype(np.float64) * quantization["scale"] + quantization["min"]
        return numbers.astype(np.float32), end
    return values.astype(np.float32) if stored == "float16" else values.copy(), end
