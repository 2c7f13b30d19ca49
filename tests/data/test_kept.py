"""Splits that are not published: what was written comes back, and damage is named."""

from __future__ import annotations

import numpy as np
import pytest

from prebake.data import kept
from prebake.data.kept import read_kept, write_kept
from prebake.errors import DatasetError

TILE = (5, 4, 3)


@pytest.fixture
def tiles() -> np.ndarray:
    return np.random.default_rng(3).integers(0, 256, (20, *TILE), np.uint8)


def write(path, tiles, members=None, report=lambda done, total: None):
    members = np.arange(len(tiles)) if members is None else members
    return write_kept(path, members, lambda numbers: tiles[numbers], TILE, report)


def test_the_samples_come_back_in_packed_order(tmp_path, tiles, monkeypatch):
    monkeypatch.setattr(kept, "CHUNK_BYTES", 200)
    members = np.array([7, 3, 19, 0, 4, 5, 6])
    told = []
    path = tmp_path / "train.npy"
    described = write(path, tiles, members, lambda done, total: told.append((done, total)))
    read = read_kept(path, described, 7, TILE, "dots")
    np.testing.assert_array_equal(read, tiles[members])
    assert not read.flags.writeable
    assert told == [(3, 7), (6, 7), (7, 7)]
    np.testing.assert_array_equal(np.load(path), tiles[members])


def test_the_same_tiles_give_the_same_bytes_in_chunks_of_any_size(tmp_path, tiles, monkeypatch):
    first = write(tmp_path / "train.npy", tiles)
    before = (tmp_path / "train.npy").read_bytes()
    monkeypatch.setattr(kept, "CHUNK_BYTES", 1)
    assert write(tmp_path / "train.npy", tiles) == first
    assert (tmp_path / "train.npy").read_bytes() == before


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-30])


def empty(path):
    path.write_bytes(b"")


def change_a_pixel(path):
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))


def other_shape(path):
    np.save(path, np.zeros((20, 4, 4, 3), np.uint8))


def other_numbers(path):
    np.save(path, np.zeros((20, *TILE), np.float32))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (cut_short, "cannot be read"),
        (empty, "cannot be read"),
        (change_a_pixel, "its pixels are not those that were packed"),
        (other_shape, r"expected uint8 \[20, 5, 4, 3\], found uint8 \[20, 4, 4, 3\]"),
        (other_numbers, r"expected uint8 \[20, 5, 4, 3\], found float32 \[20, 5, 4, 3\]"),
        (lambda path: path.unlink(), "there is no such file"),
    ],
)
def test_what_is_damaged_is_named_with_a_remedy(tmp_path, tiles, damage, said):
    path = tmp_path / "train.npy"
    described = write(path, tiles)
    damage(path)
    with pytest.raises(DatasetError, match=said) as caught:
        read_kept(path, described, 20, TILE, "dots")
    assert str(caught.value).startswith("dataset 'dots': the packed images in train.npy")
    assert "python build.py --force 'pack dots'" in str(caught.value)
