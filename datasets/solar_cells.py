"""Photographs of solar cells in their own light, with and without defects, 300 x 300 px.

Electroluminescence: a current makes a cell glow, and what is cracked or cut off stays dark.

Experts said of each cell whether it is defective and whether they were sure; the set has that as a
probability of 0, 1/3, 2/3 or 1. As its authors do when they train and judge classifiers, a cell
counts as what it more probably is: the 295 cells of 1/3 as functional, the 106 of 2/3 as
defective. (Deitsch et al., "Automatic classification of defective photovoltaic module cells in
electroluminescence images", Solar Energy 185, 2019.)
"""

from __future__ import annotations

from pathlib import Path

from prebake import Dataset, Holdout, Pypi, Samples
from prebake.errors import DatasetError

CLASSES = ["functional", "defective"]
TABLE = "elpv_dataset/data/labels.csv"


def load(files: Path) -> Samples:
    folder = (files / TABLE).parent
    paths, labels, names = [], [], []
    for number, line in enumerate((files / TABLE).read_text("utf-8").splitlines(), 1):
        path, probability, wafer = read_row(line, number)
        paths.append(folder / path)
        labels.append(int(probability > 0.5))
        names.append(f"{Path(path).stem}, {wafer}crystalline, {certainty(probability)}")
    return Samples(paths, labels, names=names)


def read_row(line: str, number: int) -> tuple[str, float, str]:
    """Path, probability of a defect, and ``mono`` or ``poly``.

    Raises:
        DatasetError: for a row of another kind.
    """
    try:
        path, text, wafer = line.split()
        probability = float(text)
    except ValueError:
        path, probability, wafer = "", -1.0, ""
    inside = path.startswith("images/") and ".." not in path
    if not inside or not 0 <= probability <= 1 or wafer not in ("mono", "poly"):
        raise DatasetError(
            f"row {number} is {line[:60]!r}, expected 'images/NAME.png PROBABILITY mono|poly'.",
            where=TABLE,
            remedy="Build again with --force to unpack the package anew.",
        )
    return path, probability, wafer


def certainty(probability: float) -> str:
    return "certain" if probability in (0.0, 1.0) else "uncertain"


solar_cells = Dataset(
    title="Solar cells in their own light",
    description="Electroluminescence photographs of 2,624 cells of 44 solar modules. Experts said "
    "whether each is defective and whether they were sure of it; those that they were not sure "
    "of count as what they more probably are, as the set's authors do.",
    classes=CLASSES,
    tile=(300, 300, 1),
    licence="CC BY-NC-SA 4.0",
    origin="Claudia Buerhop-Lutz, Sergiu Deitsch, Andreas Maier, Florian Gallwitz, Stephan "
    "Berger, Bernd Doll, Jens Hauch, Christian Camus and Christoph J. Brabec: A Benchmark for "
    "Visual Identification of Defective Solar Cells in Electroluminescence Imagery, 2018",
    sources={
        "pypi": Pypi(
            "elpv-dataset==1.0.0.post1",
            files=[TABLE, "elpv_dataset/data/images/*.png"],
            sha256="85e31c1126ee9b48e62d3a0232c58f58b2d189b0814a45c13642fa0415af4a4c",
        ),
    },
    load=load,
    holdout=Holdout(test=0.2, seed=2018),
    # Sound cells of one module look so much alike that different ones reach 0.995.
    near=0.997,
    publish=["test"],
    seed=2018,
)
