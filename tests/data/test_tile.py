import numpy as np
import pytest
from PIL import Image

from prebake.data.tile import to_tile
from prebake.errors import DatasetError

GREY, RGB = (8, 8, 1), (8, 8, 3)


def saved(tmp_path, image, name="a.png", **given):
    path = tmp_path / name
    image.save(path, **given)
    return path


def test_arrays_of_the_tiles_shape_pass_as_they_are():
    pixels = np.arange(64, dtype=np.uint8).reshape(8, 8)
    assert np.array_equal(to_tile(pixels, GREY, "exact", "x")[:, :, 0], pixels)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "I;16"])
@pytest.mark.parametrize("tile", [GREY, RGB])
def test_images_of_every_mode_become_tiles(tmp_path, mode, tile):
    suffix = "tif" if mode in ("CMYK", "F") else "png"
    path = saved(tmp_path, Image.new(mode, (8, 8)), f"a.{suffix}")
    assert to_tile(path, tile, "exact", "x").shape == tile


def test_transparency_is_laid_over_white(tmp_path):
    path = saved(tmp_path, Image.new("RGBA", (8, 8), (0, 0, 0, 0)))
    assert to_tile(path, GREY, "exact", "x").min() == 255


def test_sixteen_bits_become_eight(tmp_path):
    path = saved(tmp_path, Image.fromarray(np.full((8, 8), 0x8000, np.uint16)))
    assert set(to_tile(path, GREY, "exact", "x").ravel().tolist()) == {0x80}


def test_the_orientation_of_a_photograph_is_applied(tmp_path):
    image = Image.new("L", (8, 8))
    image.putpixel((0, 0), 255)
    exif = image.getexif()
    exif[0x0112] = 3  # upside down
    path = saved(tmp_path, image, exif=exif)
    assert to_tile(path, GREY, "exact", "x")[7, 7, 0] == 255


@pytest.mark.parametrize("fit", ["contain", "cover", "stretch"])
def test_other_sizes_are_fitted(tmp_path, fit):
    path = saved(tmp_path, Image.new("L", (30, 10), 200))
    tile = to_tile(path, GREY, fit, "x")
    assert tile.shape == GREY
    assert (tile[0, 0, 0] == 0) == (fit == "contain")
    assert tile[4, 4, 0] == 200


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: saved(p, Image.new("L", (9, 8))), "x: the image is 9 x 8 px, expected 8 x 8"),
        (lambda p: p / "gone.png", "x: there is no such file"),
        (lambda p: np.zeros((8, 8), np.float32), r"float32 [8, 8, 1], expected uint8"),
        (lambda p: np.zeros((8, 8, 2), np.uint8), "has 2 channels"),
    ],
)
def test_what_is_no_tile_is_said_with_its_name(tmp_path, make, message):
    with pytest.raises(DatasetError) as caught:
        to_tile(make(tmp_path), GREY, "exact", "x")
    assert message in str(caught.value)


@pytest.mark.parametrize("cut", [0, 20, 60])
def test_a_damaged_image_is_a_sentence(tmp_path, cut):
    noise = np.random.default_rng(0).integers(0, 255, (8, 8), dtype=np.uint8)
    path = saved(tmp_path, Image.fromarray(noise))
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(DatasetError, match="x: the image cannot be read"):
        to_tile(path, GREY, "exact", "x")


@pytest.mark.parametrize("suffix", ["tiff", "tif"])
def test_a_float_image_is_refused_by_name(tmp_path, suffix):
    path = tmp_path / f"f.{suffix}"
    Image.fromarray(np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)).save(path)
    with pytest.raises(DatasetError, match="the picture: the image has floating-point values"):
        to_tile(path, (8, 8, 3), "exact", "the picture")


@pytest.mark.parametrize(
    ("values", "expected"), [([0, 65535], [0, 255]), ([0, 255], [0, 255]), ([0, 256], [0, 1])]
)
def test_whole_numbers_of_16_bits_are_never_black(tmp_path, values, expected):
    path = tmp_path / "i.tiff"
    Image.fromarray(np.array([values], np.uint16)).save(path)
    assert to_tile(path, (1, 2, 1), "exact", "i").ravel().tolist() == expected


@pytest.mark.parametrize("values", [[0, 70_000], [-1, 5]])
def test_whole_numbers_beyond_16_bits_are_refused(tmp_path, values):
    path = tmp_path / "i.tiff"
    Image.fromarray(np.array([values], np.int32)).save(path)
    with pytest.raises(DatasetError, match="expected 0 to 65,535"):
        to_tile(path, (1, 2, 1), "exact", "i")
