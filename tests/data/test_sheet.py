import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prebake.data import sheet
from prebake.data.sheet import Coding, choose_coding, cut_up, grid_for, lay_out, make_sheet
from prebake.errors import DatasetError


def tiles(count, height=5, width=7, channels=1, seed=0):
    random = np.random.default_rng(seed)
    return random.integers(0, 256, (count, height, width, channels), dtype=np.uint8)


@settings(max_examples=50, deadline=None)
@given(
    st.integers(1, 40),
    st.integers(1, 9),
    st.integers(1, 9),
    st.sampled_from([1, 3]),
    st.integers(1, 12),
)
def test_cutting_up_reverses_laying_out(count, height, width, channels, columns):
    given_tiles = tiles(count, height, width, channels)
    image = lay_out(given_tiles, columns)
    assert image.shape[1] == columns * width
    assert np.array_equal(cut_up(image, (height, width, channels), count), given_tiles)


def test_tiles_go_right_then_down():
    image = lay_out(np.arange(4, dtype=np.uint8).reshape(4, 1, 1, 1), 2)
    assert image[:, :, 0].tolist() == [[0, 1], [2, 3]]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("kind", ["png", "webp"])
def test_a_sheet_holds_what_was_packed(kind, channels):
    given_tiles = tiles(10, channels=channels)
    made = make_sheet(given_tiles, Coding(kind, "adaptive", 4, 3))
    decoded = sheet.decode(made.data, channels)
    assert (made.width, made.height) == (28, 15)
    assert made.crc32 == zlib.crc32(decoded.tobytes())
    assert np.array_equal(cut_up(decoded, (5, 7, channels), 10), given_tiles)


def test_a_codec_that_alters_pixels_is_caught(monkeypatch):
    monkeypatch.setattr(sheet, "encode_webp", lambda image: sheet.encode_png(image ^ 1, "none"))
    with pytest.raises(DatasetError, match="decodes to other pixels than were packed"):
        make_sheet(tiles(4), Coding("webp", "none", 2, 2))


@pytest.mark.parametrize("tile", [(28, 28), (300, 300), (4096, 4096), (1, 4096), (7, 900)])
@pytest.mark.parametrize("count", [1, 10, 1000, 1_000_000])
def test_a_grid_stays_within_the_texture_limit(tile, count):
    columns, rows = grid_for(count, tile)
    assert columns >= 1 and rows >= 1
    assert columns * tile[1] <= sheet.MAX_SIDE
    assert rows * tile[0] <= sheet.MAX_SIDE


def test_a_grid_is_nearly_square():
    columns, rows = grid_for(1000, (28, 28))
    assert 1000 <= columns * rows <= 1100
    assert abs(columns - rows) <= 2


def test_small_tiles_share_a_sheet_of_about_the_target():
    noise = tiles(500, 28, 28)
    coding = choose_coding(noise)
    assert 128 * 1024 <= coding.tiles * 28 * 28 <= 512 * 1024


def test_a_tile_larger_than_the_target_has_a_sheet_of_its_own():
    coding = choose_coding(tiles(2, 700, 700))
    assert coding.tiles == 1


def test_webp_is_taken_only_where_it_is_worth_it():
    smooth = np.indices((16, 64, 64)).sum(axis=0).astype(np.uint8)
    colours = np.stack([smooth, smooth // 2, smooth ^ 3], axis=-1)
    chosen = choose_coding(colours)
    image = lay_out(colours, grid_for(16, (64, 64))[0])
    png, webp = len(sheet.encode_png(image, chosen.row_filter)), len(sheet.encode_webp(image))
    waits = [sheet.wait(kind, size, 64 * 64 * 16) for kind, size in (("webp", webp), ("png", png))]
    assert chosen.format == ("webp" if waits[0] < waits[1] * sheet.WEBP_MARGIN else "png")


def test_real_photographs_of_colour_go_on_webp_and_line_art_on_png():
    random = np.random.default_rng(1)
    noise = random.normal(0, 2, (20, 64, 64, 1)) + 128 + np.indices((64, 64)).sum(0)[..., None] / 2
    colours = np.concatenate([noise, noise * 0.9, noise * 0.7], axis=-1).astype(np.uint8)
    assert choose_coding(colours).format == "webp"
    lines = np.where(random.random((400, 28, 28, 1)) < 0.02, 255, 0).astype(np.uint8)
    assert choose_coding(lines).format == "png"


def test_the_choice_is_the_same_for_the_same_tiles():
    assert choose_coding(tiles(100)) == choose_coding(tiles(100))
