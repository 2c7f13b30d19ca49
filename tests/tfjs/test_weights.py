"""How weights are stored: the four storages, and the shards they lie in."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prebake.errors import ModelError
from prebake.tfjs.weights import SHARD_BYTES, Encoded, encode, read_shards, write_shards

STORAGES = ("float32", "float16", "uint16", "uint8")


def normal(*shape: int, seed: int = 0, spread: float = 1.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, spread, shape).astype("float32")


def stored(weights: list[Encoded], folder: Path) -> dict[str, np.ndarray]:
    """What is read back, with the manifest as JSON would hold it."""
    return read_shards(json.loads(json.dumps(write_shards(weights, folder))), folder)


def bound(values: np.ndarray, storage: str) -> float:
    """The largest error that the storage may make."""
    largest = float(np.abs(values).max())
    span = float(values.max()) - float(values.min())
    steps = {"uint16": 65535, "uint8": 255}
    if storage in steps:
        return span / steps[storage] + 1e-6 * largest
    return 0.0 if storage == "float32" else largest * 2**-11


@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("spread", [1e-3, 1.0, 1e3])
def test_each_storage_keeps_to_its_error(storage: str, spread: float, tmp_path: Path) -> None:
    values = normal(7, 5, 3, spread=spread)
    encoded = encode("a/kernel", values, storage)
    found = stored([encoded], tmp_path)["a/kernel"]
    assert found.dtype == np.float32 and found.shape == values.shape
    assert np.array_equal(found, encoded.decoded)
    assert np.abs(found - values).max() <= bound(values, storage)
    size = {"float32": 4, "float16": 2, "uint16": 2, "uint8": 1}[storage]
    assert len(encoded.data) == size * values.size


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=30),
    st.sampled_from(["uint16", "uint8"]),
)
def test_any_weight_keeps_within_a_step(numbers: list[float], storage: str) -> None:
    values = np.array(numbers, "float32")
    encoded = encode("w", values, storage)
    scale = encoded.entry["quantization"]["scale"]
    slack = 1e-6 * float(np.abs(values).max())
    assert np.abs(encoded.decoded.astype("float64") - values).max() <= scale + slack
    assert np.array_equal(np.sign(encoded.decoded[values == 0]), values[values == 0])


@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("value", [0.0, -0.75, 32768.0])
def test_a_constant_weight_is_exact(storage: str, value: float, tmp_path: Path) -> None:
    values = np.full((3, 2), value, "float32")
    assert np.array_equal(stored([encode("w", values, storage)], tmp_path)["w"], values)


@pytest.mark.parametrize("storage", STORAGES)
def test_zero_stays_zero(storage: str) -> None:
    values = normal(1000)
    values[::3] = 0
    decoded = encode("w", values, storage).decoded
    assert not decoded[::3].any()


@pytest.mark.parametrize("storage", STORAGES)
def test_integers_and_booleans_keep_their_type(storage: str, tmp_path: Path) -> None:
    weights = {"i": np.array([-7, 2**31 - 1]), "b": np.array([True, False]), "s": np.float32(0.25)}
    found = stored([encode(name, value, storage) for name, value in weights.items()], tmp_path)
    assert found["i"].dtype == np.int32 and found["i"].tolist() == [-7, 2**31 - 1]
    assert found["b"].dtype == np.bool_ and found["b"].tolist() == [True, False]
    assert found["s"].shape == () and found["s"] == 0.25


@pytest.mark.parametrize("storage", STORAGES)
def test_an_empty_weight(storage: str, tmp_path: Path) -> None:
    found = stored([encode("w", np.zeros((0, 3), "float32"), storage)], tmp_path)
    assert found["w"].shape == (0, 3)


def test_float16_does_not_overflow() -> None:
    assert encode("w", np.array([65504.0]), "float16").decoded.tolist() == [65504.0]
    with pytest.raises(ModelError, match=r"big: a weight has the value 7e\+04, but float16 ends"):
        encode("big", np.array([1.0, -7e4]), "float16")


def test_texts_are_no_weights() -> None:
    with pytest.raises(ModelError, match="expected numbers"):
        encode("w", np.array(["a"]), "float32")


# -- shards --------------------------------------------------------------------------------


def test_shards_are_split_and_named_by_their_content(tmp_path: Path) -> None:
    values = [normal(SHARD_BYTES // 4 - 10, seed=1), normal(SHARD_BYTES // 4 + 99, seed=2)]
    encoded = [encode(f"w{i}", each, "float32") for i, each in enumerate(values)]
    (group,) = write_shards(encoded, tmp_path)
    files = [tmp_path / path for path in group["paths"]]
    assert [file.stat().st_size for file in files] == [SHARD_BYTES, SHARD_BYTES, 89 * 4]
    for number, file in enumerate(files, start=1):
        digest = hashlib.sha256(file.read_bytes()).hexdigest()[:16]
        assert file.name == f"weights-{number:03}-{digest}.bin"
    found = read_shards([group], tmp_path)
    assert all(np.array_equal(found[f"w{i}"], each) for i, each in enumerate(values))


def test_the_same_weights_give_the_same_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    made = [
        write_shards([encode("w", normal(9), "uint8")], tmp_path / name) for name in ("one", "two")
    ]
    assert made[0] == made[1]


def test_several_groups_are_read(tmp_path: Path) -> None:
    """tensorflowjs_converter may write more than one."""
    one = write_shards([encode("a", normal(3, seed=1), "float32")], tmp_path)
    two = write_shards([encode("b", normal(4, seed=2), "uint8")], tmp_path)
    assert set(read_shards([*one, *two], tmp_path)) == {"a", "b"}


def written(folder: Path) -> tuple[list[dict], Path]:
    manifest = write_shards([encode("w", normal(5), "float32")], folder)
    return manifest, folder / manifest[0]["paths"][0]


def test_a_missing_shard(tmp_path: Path) -> None:
    manifest, shard = written(tmp_path)
    shard.unlink()
    with pytest.raises(ModelError, match=f"{shard.name}: there is no such weight file. Put every"):
        read_shards(manifest, tmp_path)


def test_a_short_shard(tmp_path: Path) -> None:
    manifest, shard = written(tmp_path)
    shard.write_bytes(shard.read_bytes()[:-1])
    with pytest.raises(ModelError, match="end within the weight 'w': 19 bytes, expected at least"):
        read_shards(manifest, tmp_path)


def test_a_foreign_shard(tmp_path: Path) -> None:
    manifest, shard = written(tmp_path)
    shard.write_bytes(shard.read_bytes() + b"0123")
    with pytest.raises(ModelError, match="its shards hold 24 bytes, expected 20. They belong to"):
        read_shards(manifest, tmp_path)


@pytest.mark.parametrize("path", ["../outside.bin", "/etc/hostname", "in/../../outside.bin"])
def test_a_path_that_leaves_the_folder(path: str, tmp_path: Path) -> None:
    (tmp_path / "outside.bin").write_bytes(b"\0" * 20)
    (tmp_path / "in").mkdir()
    manifest, _ = written(tmp_path / "in")
    manifest[0]["paths"] = [path]
    with pytest.raises(ModelError, match="which leaves the folder"):
        read_shards(manifest, tmp_path / "in")


def test_a_weight_of_an_unknown_type(tmp_path: Path) -> None:
    manifest, _ = written(tmp_path)
    manifest[0]["weights"][0]["dtype"] = "complex64"
    with pytest.raises(ModelError, match="the weight 'w' is of type 'complex64', which is not"):
        read_shards(manifest, tmp_path)
