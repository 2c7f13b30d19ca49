import json
import zipfile

import keras
import pytest

from prebake.declare.weights import KerasFile
from prebake.errors import ModelError
from prebake.reading.plausible import DEEPEST, demand_plausible
from prebake.training.existing import read_model


def test_what_a_file_can_hold_passes():
    config = {"layers": [{"config": {"name": "a", "units": 900, "trainable": True}}]}
    demand_plausible(config, 4000, "m.keras")


@pytest.mark.parametrize("key", ["units", "filters", "input_dim", "output_dim", "num_heads"])
def test_more_units_than_the_file_has_bytes_are_refused(key):
    config = {"layers": [{"config": {"name": "huge", key: 2_000_000_000}}]}
    with pytest.raises(ModelError, match=f"m.keras: its layer 'huge' declares {key}=2,000,000,000"):
        demand_plausible(config, 4000, "m.keras")


def test_deep_nesting_is_refused():
    config = []
    for _ in range(DEEPEST + 2):
        config = [config]
    with pytest.raises(ModelError, match=f"nests deeper than {DEEPEST}"):
        demand_plausible(config, 0, "m.keras")


def saved(folder, change):
    """A small model whose configuration is changed in the file."""
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="dense")])
    model.save(folder / "whole.keras")
    with (
        zipfile.ZipFile(folder / "whole.keras") as source,
        zipfile.ZipFile(folder / "m.keras", "w") as target,
    ):
        for name in source.namelist():
            data = source.read(name)
            target.writestr(name, change(data) if name == "config.json" else data)
    return KerasFile("m.keras")


def wider(data):
    config = json.loads(data)
    config["config"]["layers"][1]["config"]["units"] = 2_000_000_000
    return json.dumps(config)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (wider, "its layer 'dense' declares units=2,000,000,000"),
        (lambda data: b"[" * 100_000, "damaged"),
        (lambda data: b'{"a":' * 100_000, "damaged"),
        (lambda data: b"[" * 300 + b"]" * 300, "nests deeper"),
        (lambda data: b"\xff", "damaged"),
    ],
)
def test_such_a_file_is_a_sentence(tmp_path, change, problem):
    with pytest.raises(ModelError, match=problem):
        read_model(saved(tmp_path, change), tmp_path)


def test_a_file_that_is_neither_is_a_sentence(tmp_path):
    for content in (b"", b"PK", b"\x89HDF\r\n\x1a\n", b"text"):
        (tmp_path / "m.keras").write_bytes(content)
        with pytest.raises(ModelError, match="m.keras"):
            read_model(KerasFile("m.keras"), tmp_path)
