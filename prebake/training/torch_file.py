"""Weights out of a PyTorch file, without PyTorch and without running anything in it.

Such a file is a pickle, and a pickle is a program. This reader knows the few names that a table
of tensors needs and refuses every other, so that nothing of the file's choosing is ever called.

Formats: that of ``torch.save`` before version 1.6 (five pickles, then the bytes of each storage:
torch/serialization.py, ``_legacy_save``) and the zip archive since (``data.pkl``, ``data/KEY``).
"""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ..errors import ModelError

MAGIC = 0x1950A86A20F9469CFC6C
"""The first pickle of a file in the older format."""
STORAGES = {
    "FloatStorage": np.dtype("<f4"),
    "DoubleStorage": np.dtype("<f8"),
    "HalfStorage": np.dtype("<f2"),
    "LongStorage": np.dtype("<i8"),
    "IntStorage": np.dtype("<i4"),
    "ShortStorage": np.dtype("<i2"),
    "CharStorage": np.dtype("i1"),
    "ByteStorage": np.dtype("u1"),
    "BoolStorage": np.dtype("?"),
}


@dataclass(frozen=True)
class _Storage:
    key: str
    dtype: np.dtype
    numbers: int


@dataclass(frozen=True)
class _Tensor:
    """A view of a storage: offset, shape and strides in numbers."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read_torch_file(path: Path) -> dict[str, np.ndarray]:
    """The tensors of a state dict by name, as contiguous arrays of their own.

    Raises:
        ModelError: if it is no such file, is damaged, or holds anything but tensors.
    """
    try:
        with path.open("rb") as file:
            tensors, data = _zip(file) if zipfile.is_zipfile(file) else _legacy(file)
        return {name: _array(tensor, data) for name, tensor in tensors.items()}
    except _Refused as error:
        problem = str(error)
    except Exception as error:
        # A damaged pickle raises whatever its damaged instructions lead to.
        problem = f"it cannot be read ({type(error).__name__}: {error})"
    raise ModelError(
        f"{problem}.",
        where=path.name,
        remedy="Expected is a state dict as torch.save writes it; check the file's hash.",
    )


class _Refused(ValueError):
    """What a table of tensors has no need of."""


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _Rebuild()
        if (module, name) == ("torch._utils", "_rebuild_parameter"):
            return lambda tensor, *_: tensor
        if module == "torch" and name in STORAGES:
            return STORAGES[name]
        raise _Refused(f"it asks for {module}.{name}, which a table of tensors does not need")

    def persistent_load(self, given: Any) -> _Storage:
        kind, dtype, key, _, numbers, *rest = given
        if kind != "storage" or not isinstance(dtype, np.dtype) or any(rest):
            raise _Refused("it refers to something that is no plain storage")
        return _Storage(str(key), dtype, int(numbers))


class _Rebuild:
    """Stands for ``torch._utils._rebuild_tensor_v2``. It has no state that an instruction of the
    pickle could set, as a function has."""

    __slots__ = ()

    def __call__(self, *given: Any) -> _Tensor:
        return _rebuilt(*given)


def _rebuilt(storage: Any, offset: Any, shape: Any, strides: Any, *_: Any) -> _Tensor:
    if not isinstance(storage, _Storage):
        raise _Refused("it has a tensor without a storage")
    tensor = _Tensor(storage, int(offset), tuple(map(int, shape)), tuple(map(int, strides)))
    if len(tensor.shape) != len(tensor.strides) or tensor.offset < 0:
        raise _Refused("it has a tensor of no shape")
    if any(size < 0 for size in (*tensor.shape, *tensor.strides)):
        raise _Refused("it has a tensor of no shape")
    return tensor


Read = Callable[[_Storage], np.ndarray]


def _legacy(file: BinaryIO) -> tuple[dict[str, _Tensor], Read]:
    file.seek(0)
    if _Unpickler(file).load() != MAGIC:
        raise _Refused("it is no file of torch.save")
    _Unpickler(file).load()  # the version of the protocol
    system = _Unpickler(file).load()
    if not system.get("little_endian"):
        raise _Refused("it was written on a big-endian machine")
    tensors = _table(_Unpickler(file).load())
    known = {tensor.storage.key: tensor.storage for tensor in tensors.values()}
    arrays: dict[str, np.ndarray] = {}
    for key in _Unpickler(file).load():
        (count,) = struct.unpack("<q", file.read(8))
        storage = known.get(str(key))
        if storage is None or storage.numbers != count:
            raise _Refused(f"its storage {key} is not the one that its tensors name")
        arrays[storage.key] = _numbers(file.read(count * storage.dtype.itemsize), storage)
    return tensors, lambda storage: arrays[storage.key]


def _zip(file: BinaryIO) -> tuple[dict[str, _Tensor], Read]:
    archive = zipfile.ZipFile(file)
    (name,) = (n for n in archive.namelist() if n.endswith("/data.pkl"))
    folder = name.removesuffix("data.pkl")
    tensors = _table(_Unpickler(io.BytesIO(archive.read(name))).load())
    storages = {tensor.storage for tensor in tensors.values()}
    arrays = {s: _numbers(archive.read(f"{folder}data/{s.key}"), s) for s in storages}
    return tensors, lambda storage: arrays[storage]


def _table(value: Any) -> dict[str, _Tensor]:
    if not isinstance(value, dict):
        raise _Refused("it holds no table of tensors")
    other = [name for name, tensor in value.items() if not isinstance(tensor, _Tensor)]
    if other:
        raise _Refused(f"its entry {other[0]!r} is no tensor")
    return {str(name): tensor for name, tensor in value.items()}


def _numbers(data: bytes, storage: _Storage) -> np.ndarray:
    if len(data) != storage.numbers * storage.dtype.itemsize:
        raise _Refused(f"it is cut off in its storage {storage.key}")
    return np.frombuffer(data, storage.dtype)


def _array(tensor: _Tensor, read: Read) -> np.ndarray:
    numbers = read(tensor.storage)
    steps = zip(tensor.shape, tensor.strides, strict=True)
    last = tensor.offset + sum((size - 1) * stride for size, stride in steps)
    if 0 not in tensor.shape and last >= len(numbers):
        raise _Refused("it has a tensor that is larger than its storage")
    size = numbers.itemsize
    view = np.lib.stride_tricks.as_strided(
        numbers[tensor.offset :], tensor.shape, [stride * size for stride in tensor.strides]
    )
    return np.ascontiguousarray(view).reshape(tensor.shape)
