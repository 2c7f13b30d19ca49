"""Reading PyTorch's files: both formats, and what may not happen."""

from __future__ import annotations

import io
import os
import pickle
import struct
import sys
import types
import zipfile
from collections import OrderedDict

import numpy as np
import pytest

from prebake.errors import ModelError
from prebake.training.torch_file import MAGIC, read_torch_file


class Tensor:
    """Stands for a tensor when it is pickled as PyTorch does."""

    def __init__(self, key, values, offset=0, shape=None, strides=None):
        self.key = key
        self.values = values
        self.offset = offset
        self.shape = values.shape if shape is None else shape
        steps = [step // values.itemsize for step in values.strides]
        self.strides = tuple(steps) if strides is None else strides

    def __reduce__(self):
        rebuild = sys.modules["torch._utils"]._rebuild_tensor_v2
        return rebuild, (Storage(self), self.offset, self.shape, self.strides, False, OrderedDict())


class Storage:
    def __init__(self, tensor):
        self.key, self.numbers = tensor.key, tensor.values.size


@pytest.fixture
def torch(monkeypatch):
    """Just the names that a file mentions."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    torch.FloatStorage = type("FloatStorage", (), {"__module__": "torch"})

    def _rebuild_tensor_v2(*_):
        raise AssertionError("it is not called")

    _rebuild_tensor_v2.__module__ = "torch._utils"
    _rebuild_tensor_v2.__qualname__ = "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)
    return torch


def pickled(value, torch) -> bytes:
    class Pickler(pickle.Pickler):
        def persistent_id(self, found):
            if isinstance(found, Storage):
                return "storage", torch.FloatStorage, found.key, "cpu", found.numbers
            return None

    file = io.BytesIO()
    Pickler(file, 2).dump(value)
    return file.getvalue()


def legacy(tensors, torch, data=None) -> bytes:
    parts = [pickle.dumps(each, 2) for each in (MAGIC, 1001, {"little_endian": True})]
    parts.append(pickled(OrderedDict(tensors), torch))
    stored = {tensor.key: tensor.values for tensor in tensors.values()}
    parts.append(pickle.dumps(sorted(stored), 2))
    for key in sorted(stored):
        parts.append(struct.pack("<q", stored[key].size))
        parts.append(stored[key].astype("<f4").tobytes() if data is None else data)
    return b"".join(parts)


def zipped(tensors, torch) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("model/data.pkl", pickled(OrderedDict(tensors), torch))
        for tensor in tensors.values():
            archive.writestr(f"model/data/{tensor.key}", tensor.values.astype("<f4").tobytes())
    return file.getvalue()


@pytest.fixture
def written(tmp_path):
    def write(data: bytes):
        path = tmp_path / "weights.pth"
        path.write_bytes(data)
        return path

    return write


MATRIX = np.arange(6, dtype=np.float32).reshape(2, 3)


@pytest.mark.parametrize("form", [legacy, zipped])
def test_tensors_are_read_by_name_with_their_strides(form, torch, written):
    tensors = {
        "a.weight": Tensor("0", MATRIX),
        "b": Tensor("1", MATRIX, shape=(3, 2), strides=(1, 3)),
        "c": Tensor("1", MATRIX, offset=2, shape=(), strides=()),
    }
    found = read_torch_file(written(form(tensors, torch)))
    np.testing.assert_array_equal(found["a.weight"], MATRIX)
    np.testing.assert_array_equal(found["b"], MATRIX.T)
    assert found["c"] == 2
    assert all(array.flags.c_contiguous for array in found.values())


class Harmful:
    def __reduce__(self):
        return os.mkdir, ("harm",)


@pytest.mark.parametrize("form", [legacy, zipped])
def test_nothing_in_a_file_is_run(form, torch, written, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = form({"a": Tensor("0", MATRIX)}, torch)
    if form is legacy:
        data = b"".join(pickle.dumps(each, 2) for each in (MAGIC, 1001, Harmful()))
    else:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("model/data.pkl", pickle.dumps({"a": Harmful()}, 2))
        data = file.getvalue()
    with pytest.raises(ModelError, match=r"it asks for (posix|nt|os)\.mkdir"):
        read_torch_file(written(data))
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda torch: b"", "cannot be read"),
        (lambda torch: pickle.dumps([1, 2], 2), "no file of torch.save"),
        (lambda torch: legacy({"a": Tensor("0", MATRIX)}, torch)[:-3], "cut off"),
        (lambda torch: legacy({"a": Tensor("0", MATRIX)}, torch, b""), "cut off"),
        (lambda torch: legacy({"a": Tensor("0", MATRIX, offset=3)}, torch), "larger than its"),
        (
            lambda torch: legacy({"a": Tensor("0", MATRIX, strides=(-3, 1))}, torch),
            "a tensor of no shape",
        ),
        (
            lambda torch: b"".join(
                pickle.dumps(each, 2) for each in (MAGIC, 1, {"little_endian": True}, {"a": 1})
            ),
            "its entry 'a' is no tensor",
        ),
    ],
)
def test_a_damaged_file_is_refused_in_a_sentence(make, problem, torch, written):
    with pytest.raises(ModelError, match=problem) as caught:
        read_torch_file(written(make(torch)))
    assert caught.value.where == "weights.pth"
