"""Runs the tests of the browser modules in Node, one pytest case for each file."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT, SmallProject
from tests.published import dataset_folder

FILES = sorted(Path(__file__).parent.glob("*.test.js"))
DIGITS = """
    from prebake import Dataset, Holdout, Samples, Synthetic

    def draw(seed):
        import numpy as np
        random = np.random.default_rng(seed)
        images = random.integers(0, 256, (1200, 28, 28), dtype=np.uint8)
        return Samples(images, np.arange(1200) % 10)

    digits = Dataset(
        title="Noise", classes=[str(n) for n in range(10)], tile=(28, 28, 1), licence="CC0-1.0",
        sources={"made": Synthetic(draw, seed=3)}, holdout=Holdout(test=0.25),
    )
"""


@pytest.fixture(scope="session")
def packed(tmp_path_factory) -> Path:
    """A dataset as the packer publishes it: several sheets of images that cannot be compressed."""
    root = tmp_path_factory.mktemp("packed")
    (root / "project").mkdir()
    project = SmallProject(root / "project", root / "store")
    project.write("datasets/dots.py", DIGITS)
    project.build()
    return dataset_folder(project.out, "dots")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.removesuffix(".test.js"))
def test_module(path, packed):
    done = subprocess.run(
        ["node", "--test", "--test-reporter=spec", str(path)],
        cwd=ROOT,
        env={**os.environ, "PREBAKE_PACKED": str(packed)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "ℹ pass 0" not in done.stdout
