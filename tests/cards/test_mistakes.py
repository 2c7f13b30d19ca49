"""The grid of the worst mistakes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFont

from prebake.cards.mistakes import COLUMNS, FONT, GAP, LINES, SIDE, mistakes_png, plain, wrapped


def tile(*shape: int, value: int = 200) -> np.ndarray:
    return np.full(shape, value, np.uint8)


def drawn(tiles: list[np.ndarray], captions: list[str], folder: Path) -> np.ndarray:
    mistakes_png(tiles, captions, folder / "mistakes.png")
    with Image.open(folder / "mistakes.png") as image:
        assert image.format == "PNG" and image.mode == "RGB"
        return np.asarray(image)


def test_tiles_stand_in_rows(tmp_path: Path) -> None:
    tiles = [tile(28, 28, 1, value=10 * i) for i in range(COLUMNS + 1)]
    pixels = drawn(tiles, ["4 read as 9, 98 %"] * len(tiles), tmp_path)
    assert pixels.shape[1] == GAP + COLUMNS * (SIDE + GAP)
    middle = GAP + SIDE // 2
    for i in range(COLUMNS):
        assert pixels[middle, middle + i * (SIDE + GAP)].tolist() == [10 * i] * 3
    second_row = (pixels.shape[0] - GAP) // 2 + middle
    assert pixels[second_row, middle].tolist() == [10 * COLUMNS] * 3


def test_a_caption_is_written_below(tmp_path: Path) -> None:
    pixels = drawn([tile(28, 28, 1)], ["4 read as 9, 98 %"], tmp_path)
    below = pixels[GAP + SIDE :]
    assert below.min() < 60 and np.mean(below > 240) > 0.5
    without = drawn([tile(28, 28, 1)], [""], tmp_path)
    assert without.shape[0] < pixels.shape[0]


def test_tiles_of_every_kind(tmp_path: Path) -> None:
    tiles = [tile(300, 200, 3), tile(5, 40, 1), tile(112, 112, 3), tile(1, 1, 1)]
    pixels = drawn(tiles, ["a", "b", "c", "d"], tmp_path)
    assert pixels.shape[1] == GAP + 4 * (SIDE + GAP)


def test_none_at_all(tmp_path: Path) -> None:
    assert (drawn([], [], tmp_path) == 255).all()


def test_as_many_captions_as_tiles(tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        mistakes_png([tile(2, 2, 1)], [], tmp_path / "x.png")


@pytest.mark.parametrize(
    "caption",
    [
        "4 read as 9, 98 %",
        "ankle boot read as sneaker, 97 %",
        "a, b read as c, d, and many more words than one could ever wish to read below it, 12 %",
        "Rhabarberbarbarabarbarbarenbartbarbierbier read as Rhabarberbarbarabar, 50 %",
        "no comma in any of these many words that go on and on and on until they are cut short",
        "",
    ],
)
def test_captions_fit_and_keep_the_probability(caption: str) -> None:
    font = ImageFont.load_default(FONT)
    lines = wrapped(caption, font)
    assert len(lines) <= LINES
    assert all(font.getlength(line) <= SIDE for line in lines)
    if caption.endswith("%"):
        assert " ".join(lines).endswith(caption.rpartition(", ")[2])


def test_letters_that_the_font_has_not() -> None:
    assert plain("größe read as naïve Łódź, 98 %") == "grosse read as naive Lodz, 98 %"
    assert plain("猫 read as жук, 5 %") == "? read as ???, 5 %"


def test_the_same_mistakes_give_the_same_bytes(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    tiles = [random.integers(0, 256, (28, 28, 1), dtype=np.uint8) for _ in range(9)]
    captions = [f"{i} read as {9 - i}, 9{i} %" for i in range(9)]
    for name in ("a.png", "b.png"):
        mistakes_png(tiles, captions, tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
