import numpy as np
import pytest
from PIL import Image

from datasets.solar_cells import TABLE, load
from prebake.errors import DatasetError

ROWS = """images/cell0001.png  1.0                 mono
images/cell0002.png  0.3333333333333333  poly
images/cell0003.png  0.6666666666666666  mono
images/cell0004.png  0.0                 poly
"""


def write(folder, text):
    path = folder / TABLE
    path.parent.mkdir(parents=True)
    path.write_text(text)
    (path.parent / "images").mkdir()
    for number in range(1, 5):
        image = np.full((300, 300), number, np.uint8)
        Image.fromarray(image).save(path.parent / f"images/cell{number:04}.png")
    return folder


def test_an_uncertain_cell_counts_as_what_it_more_probably_is(tmp_path):
    samples = load(write(tmp_path, ROWS))
    assert list(samples.labels) == [1, 0, 1, 0]
    assert samples.names[0] == "cell0001, monocrystalline, certain"
    assert samples.names[1] == "cell0002, polycrystalline, uncertain"
    assert all(path.is_file() for path in samples.images)


@pytest.mark.parametrize(
    "row",
    [
        "images/cell0001.png 1.0",
        "images/cell0001.png one mono",
        "images/cell0001.png 1.5 mono",
        "../../secret.png 1.0 mono",
        "images/cell0001.png 1.0 thin",
    ],
)
def test_a_row_of_another_kind_is_named(tmp_path, row):
    with pytest.raises(DatasetError, match=r"row 2 is .*, expected 'images/NAME.png PROB"):
        load(write(tmp_path, f"{ROWS.splitlines()[0]}\n{row}\n"))
