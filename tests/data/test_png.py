import io
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from prebake.data.png import FILTERS, encode_png, filter_rows


def pixels(height, width, channels, seed=0):
    random = np.random.default_rng(seed)
    smooth = np.cumsum(random.integers(-3, 4, (height, width, channels)), axis=1) + 128
    return smooth.astype(np.uint8)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 40),
    st.integers(1, 40),
    st.sampled_from([1, 3]),
    st.sampled_from(FILTERS),
    st.integers(0, 1000),
)
def test_another_decoder_reads_the_same_pixels(height, width, channels, row_filter, seed):
    image = pixels(height, width, channels, seed)
    with Image.open(io.BytesIO(encode_png(image, row_filter))) as opened:
        assert opened.mode == {1: "L", 3: "RGB"}[channels]
        assert np.array_equal(np.asarray(opened).reshape(image.shape), image)


@pytest.mark.parametrize("row_filter", FILTERS)
def test_the_same_pixels_give_the_same_bytes(row_filter):
    image = pixels(30, 30, 1)
    assert encode_png(image, row_filter) == encode_png(image.copy(), row_filter)


def test_nothing_but_pixels_is_in_the_file():
    data = encode_png(pixels(4, 4, 1), "none")
    assert [data[i:][:4] for i in (12, 37)] == [b"IHDR", b"IDAT"]
    assert data.endswith(b"IEND\xaeB`\x82")


def test_the_adaptive_filter_chooses_for_each_row():
    image = np.zeros((2, 64, 1), np.uint8)
    image[0, :, 0] = np.arange(64)  # each pixel one more than its neighbour: sub
    image[1, :, 0] = np.arange(64)  # the same as the row above: up
    rows = filter_rows(image, "adaptive")
    assert rows[:, 0].tolist() == [1, 2]
    sizes = {f: len(zlib.compress(filter_rows(image, f).tobytes())) for f in FILTERS}
    assert sizes["adaptive"] <= sizes["none"]
