from unittest.mock import Mock

import numpy as np
import pytest
from PIL import Image

from prebake.data import preprocess as preprocessing
from prebake.data.operations import operate
from prebake.data.preprocess import BLOCK, apply
from prebake.declare.operations import (
    CropToInk,
    Grey,
    Invert,
    Normalise,
    Offset,
    PadToSquare,
    Resize,
    Rgb,
    Scale,
)
from prebake.declare.preprocess import Preprocess
from prebake.errors import DatasetError


def grey(*rows):
    return np.array(rows, np.uint8)


def noise(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def run(image, *operations, **given):
    """One image through the operations; grey comes back as [h, w]."""
    (result,) = apply(Preprocess(*operations, **given), [image])
    assert result.dtype == np.float32
    return result[:, :, 0] if result.shape[-1] == 1 else result


DRAWING = grey([0, 0, 0, 0], [0, 9, 0, 0], [0, 0, 7, 0], [0, 0, 0, 0], [0, 0, 0, 0])


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (CropToInk(), [[9, 0], [0, 7]]),
        (CropToInk(threshold=7), [[9]]),
        (CropToInk(threshold=8, margin=1), [[0, 0, 0], [0, 9, 0], [0, 0, 7]]),
        (CropToInk(margin=99), DRAWING),
        (CropToInk(threshold=9), DRAWING),
        (CropToInk(paper=255, threshold=250), DRAWING),
        (CropToInk(paper=9), DRAWING),
    ],
)
def test_cropping_keeps_the_ink_and_a_margin(operation, expected):
    assert np.array_equal(run(DRAWING, operation), expected)


@pytest.mark.parametrize("method", ["area", "bilinear"])
@pytest.mark.parametrize("paper", [128, 255])
def test_paper_stays_paper_in_colour_and_after_resizing(method, paper):
    for side in range(1, 20):
        resize = Resize(side, 2 * side, method)
        for channels in (1, 3):
            image = np.full((7, 9, channels), paper, np.uint8)
            image[0, 0] = 255 - paper
            cut = run(image, resize, CropToInk(paper=paper))
            assert cut.shape[:2] == ink_box(run(image, resize), paper)


def ink_box(image, paper):
    """Height and width of what differs from the paper by more than float32 rounds."""
    ink = np.abs(image.reshape(*image.shape[:2], -1)[:, :, 0] - paper) > 1e-4
    return tuple(np.ptp(np.nonzero(ink), axis=1) + 1) if ink.any() else ink.shape


@pytest.mark.parametrize(
    ("image", "margin", "expected"),
    [
        (grey([1, 2]), 0, [[1, 2], [5, 5]]),
        (grey([1], [2]), 0, [[1, 5], [2, 5]]),
        (grey([1], [2], [3]), 0, [[5, 1, 5], [5, 2, 5], [5, 3, 5]]),
        (grey([1, 2]), 0.2, [[1, 2], [5, 5]]),
        (grey([1, 2]), 0.25, [[5, 5, 5, 5], [5, 1, 2, 5], [5, 5, 5, 5], [5, 5, 5, 5]]),
    ],
)
def test_padding_makes_a_square_and_then_a_frame(image, margin, expected):
    assert np.array_equal(run(image, PadToSquare(5, margin)), expected)


@pytest.mark.parametrize(
    ("image", "size", "expected"),
    [
        (grey([0, 30, 60]), (1, 2), [[10, 50]]),  # one pixel and a half each
        (grey([0, 30]), (1, 3), [[0, 15, 30]]),
        (grey([8], [4]), (4, 2), [[8, 8], [8, 8], [4, 4], [4, 4]]),
        (grey([1, 3], [5, 7]), (1, 1), [[4]]),
    ],
)
def test_area_is_the_mean_of_what_is_covered(image, size, expected):
    assert np.allclose(run(image, Resize(*size)), expected, atol=1e-5)


def test_area_by_a_whole_factor_is_the_mean_of_blocks():
    image = noise(12, 20, 3)
    means = image.reshape(4, 3, 5, 4, 3).mean(axis=(1, 3))
    assert np.allclose(run(image, Resize(4, 5)), means, atol=1e-4)
    assert np.array_equal(run(image, Resize(24, 60)), image.repeat(2, axis=0).repeat(3, axis=1))


@pytest.mark.parametrize("size", [(7, 9), (6, 20), (1, 1), (30, 5), (64, 64)])
def test_area_keeps_the_mean_of_the_image(size):
    image = noise(6, 20)
    assert run(image, Resize(*size)).mean() == pytest.approx(image.mean(), abs=1e-3)


@pytest.mark.parametrize(
    ("image", "size", "expected"),
    [
        (grey([0, 40]), (1, 4), [[0, 10, 30, 40]]),
        (grey([0, 10, 20, 90]), (1, 2), [[5, 55]]),
        (grey([0, 10, 20, 30, 40, 50]), (1, 2), [[10, 40]]),  # only the centres: not smoothed
        (grey([7]), (2, 2), [[7, 7], [7, 7]]),
    ],
)
def test_bilinear_is_between_the_nearest_centres(image, size, expected):
    assert np.allclose(run(image, Resize(*size, "bilinear")), expected, atol=1e-5)


@pytest.mark.parametrize("size", [(11, 13), (10, 21), (37, 14)])
def test_bilinear_enlarges_as_pillow_does(size):
    image = noise(10, 13)
    theirs = Image.fromarray(image.astype(np.float32)).resize(size[::-1], Image.Resampling.BILINEAR)
    assert np.allclose(run(image, Resize(*size, "bilinear")), np.asarray(theirs), atol=1e-3)


@pytest.mark.parametrize("fit", ["stretch", "contain", "cover"])
@pytest.mark.parametrize("method", ["area", "bilinear"])
def test_an_image_of_the_wanted_size_is_handed_on_as_it_is(method, fit):
    images = noise(2, 10, 13, 3).astype(np.float64)
    assert operate(Resize(10, 13, method, fit), images) is images
    assert operate(Resize(13, 10, method, fit), images).shape == (2, 13, 10, 3)


@pytest.mark.parametrize("size", [(3, 4), (9, 5), (1, 1), (20, 2)])
def test_bilinear_shrinks_as_its_formula_says(size):
    image = noise(10, 13).astype(float)
    done = run(image.astype(np.uint8), Resize(*size, "bilinear"))
    for i, j in np.ndindex(*size):
        y = np.clip((i + 0.5) * 10 / size[0] - 0.5, 0, 9)
        x = np.clip((j + 0.5) * 13 / size[1] - 0.5, 0, 12)
        (top, left), (down, right) = (int(y), int(x)), (min(int(y) + 1, 9), min(int(x) + 1, 12))
        upper = image[top, left] * (1 - x % 1) + image[top, right] * (x % 1)
        lower = image[down, left] * (1 - x % 1) + image[down, right] * (x % 1)
        assert done[i, j] == pytest.approx(upper * (1 - y % 1) + lower * (y % 1), abs=1e-3)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (grey([1, 2, 3, 4]), [[9, 9, 9, 9], [1, 2, 3, 4], [9, 9, 9, 9]]),
        (grey([1], [2], [3]), [[9, 1, 9, 9], [9, 2, 9, 9], [9, 3, 9, 9]]),
        (grey([4, 4, 8, 8, 6, 6, 2, 2]), [[9, 9, 9, 9], [4, 8, 6, 2], [9, 9, 9, 9]]),
        (grey([1, 2], [3, 4]), None),  # 3 x 3, and a column to the right
    ],
)
def test_containing_keeps_the_proportions_and_fills(image, expected):
    done = run(image, Resize(3, 4, fit="contain", value=9))
    if expected is None:
        expected = np.full((3, 4), 9.0)
        expected[:, :3] = run(image, Resize(3, 3))
    assert np.allclose(done, expected)


def test_covering_crops_the_centre_and_the_odd_pixel_at_the_end():
    image = grey([1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6])
    assert np.allclose(run(image, Resize(2, 3, fit="cover")), [[2, 3, 4], [2, 3, 4]])
    assert np.allclose(run(image.T, Resize(4, 2, fit="cover")), [[2, 2], [3, 3], [4, 4], [5, 5]])


def test_the_side_that_gives_way_is_rounded_half_up():
    for image in (np.zeros((3, 4), np.uint8), np.zeros((4, 3), np.uint8)):
        done = run(image, Resize(10, 10, fit="contain", value=1))
        assert (done == 0).sum() == 80  # 7.5 px become 8


def test_a_line_is_contained_with_at_least_a_pixel():
    done = run(np.full((1, 300), 200, np.uint8), Resize(10, 10, fit="contain"))
    assert (done.sum(axis=1) > 0).sum() == 1


def test_colours():
    red, green, blue = np.eye(3, dtype=np.uint8)[:, None, None, :] * 100
    for image, luma in ((red, 29.9), (green, 58.7), (blue, 11.4)):
        assert run(image, Grey())[0, 0] == np.float32(luma)
    assert run(grey([7]), Rgb()).tolist() == [[[7, 7, 7]]]
    assert np.array_equal(run(red, Rgb()), red)
    assert np.array_equal(run(grey([7]), Grey()), [[7]])


def test_transparency_is_laid_over_the_background():
    image = np.array([[[100, 0, 200, 255], [100, 0, 200, 0], [100, 0, 200, 51]]], np.uint8)
    assert np.allclose(run(image)[0], [[100, 0, 200], [255] * 3, [224, 204, 244]])
    assert np.allclose(run(image, background=0)[0], [[100, 0, 200], [0] * 3, [20, 0, 40]])


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        ((Invert(),), [[255, 155, 0]]),
        ((Scale(1 / 255),), [[0, 100 / 255, 1]]),
        ((Scale(2), Offset(-1)), [[-1, 199, 509]]),
        ((Offset([-1]), Scale([2])), [[-2, 198, 508]]),
        ((Normalise(100, 50),), [[-2, 0, 3.1]]),
        ((Invert(), Invert()), [[0, 100, 255]]),
    ],
)
def test_arithmetic(operations, expected):
    image = grey([0, 100, 255])
    assert np.array_equal(run(image, *operations), np.array(expected, np.float32))
    assert image.tolist() == [[0, 100, 255]]


def test_arithmetic_with_a_number_for_each_channel():
    done = run(
        grey([10]), Rgb(), Scale([1, 2, 3]), Offset([0, 1, 2]), Normalise([1, 2, 3], [1, 2, 4])
    )
    assert done.tolist() == [[[9, 9.5, 7.25]]]


def test_the_layout_is_of_the_result():
    image = noise(4, 5, 3)
    assert np.array_equal(apply(Preprocess(layout="chw"), image[None])[0], image.transpose(2, 0, 1))


@pytest.mark.parametrize(
    "operations",
    [
        (Resize(5, 4, "area", "contain"), Scale(1 / 255)),
        (CropToInk(40), PadToSquare(margin=0.1), Resize(6, 6, "bilinear"), Grey()),
    ],
)
def test_however_the_images_come_the_result_is_the_same(operations):
    declared = Preprocess(*operations)
    images = noise(9, 8, 7, 3)
    images[3] = 0
    one_by_one = np.concatenate([apply(declared, [image]) for image in images])
    assert np.allclose(apply(declared, images), one_by_one, atol=1e-4)
    assert np.allclose(apply(declared, list(images)), one_by_one, atol=1e-4)
    assert np.array_equal(apply(declared, images[..., 0]), apply(declared, images[..., :1]))


def test_blocks_follow_on_one_another():
    many = np.zeros((3 * BLOCK // 100, 10, 10), np.uint8)
    many[:, 3, 4] = np.arange(len(many)) % 251
    for images in (many, list(many)):
        done = apply(Preprocess(Resize(5, 5)), images)
        assert np.array_equal(done[:, 1, 2, 0], many[:, 3, 4] / np.float32(4))


def test_sizes_and_colours_may_differ_if_the_results_do_not():
    images = [noise(3, 9), noise(9, 3, 3), noise(9, 3, 4), noise(1, 1, 1), noise(3, 9)]
    done = apply(Preprocess(Grey(), Resize(4, 4), Scale(1 / 255)), images)
    assert done.shape == (5, 4, 4, 1)
    assert np.array_equal(done[4], apply(Preprocess(Resize(4, 4), Scale(1 / 255)), images[4:])[0])


@pytest.mark.parametrize(
    ("images", "message"),
    [
        ([], "there are no images"),
        (np.zeros((0, 8, 8, 1), np.uint8), "there are no images"),
        (np.zeros((2, 0, 8, 1), np.uint8), "image 0: it is empty: 8 x 0 px"),
        ([grey([1]), np.zeros((3, 0), np.uint8)], "image 1: it is empty: 0 x 3 px"),
        (np.zeros((2, 8, 8, 1)), "image 0: it is float64 [8, 8, 1], expected a uint8 array"),
        ([grey([1]), grey([1]).astype(int)], "image 1: it is int64 [1, 1]"),
        ([grey([1]), [[1]]], "image 1: it is list, expected a uint8 array"),
        (np.zeros((2, 8, 8, 2), np.uint8), "image 0: it has 2 channels, expected 1 (grey), 3"),
        ([np.zeros((8, 8, 5), np.uint8)], "image 0: it has 5 channels"),
        ([np.zeros(8, np.uint8)], "image 0: it is uint8 [8], expected a uint8 array [h, w]"),
        ([grey([1]), grey([1]), grey([1, 2])], "image 2: it becomes [1, 2, 1], but image 0"),
        ([grey([1]), np.zeros((1, 1, 3), np.uint8)], "image 1: it becomes [1, 1, 3], but image 0"),
    ],
)
def test_images_that_do_not_fit_are_refused_by_number(images, message):
    with pytest.raises(DatasetError) as caught:
        apply(Preprocess(), images)
    assert message in str(caught.value)


def test_images_of_other_channels_than_declared_are_refused_by_number():
    with pytest.raises(DatasetError) as caught:
        apply(Preprocess(Scale([1, 2, 3])), [noise(2, 2, 3), noise(2, 2)])
    assert str(caught.value).startswith("image 1: Scale has 3 numbers for the channels of an image")


def test_pictures_cut_to_different_sizes_are_refused_by_number():
    images = [DRAWING, np.zeros_like(DRAWING)]
    with pytest.raises(DatasetError, match=r"image 1: it becomes \[5, 4, 1\], but image 0 becomes"):
        apply(Preprocess(CropToInk()), images)


def test_a_dataset_is_worked_on_in_blocks(monkeypatch):
    """A call for each image would take a hundred times as long."""
    run = Mock(wraps=preprocessing._run)
    monkeypatch.setattr(preprocessing, "_run", run)
    images = noise(6000, 28, 28, 1)
    result = apply(Preprocess(Scale(1 / 255)), images)
    np.testing.assert_allclose(result, images / np.float32(255), rtol=1e-6)
    assert run.call_count == -(-len(images) // (BLOCK // (28 * 28)))
