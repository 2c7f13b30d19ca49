import json
import math
import pickle

import pytest

from prebake.declare.operations import (
    OPERATIONS,
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
from prebake.errors import DeclarationError

EVERY = Preprocess(
    CropToInk(threshold=8, margin=2, paper=255),
    PadToSquare(value=255, margin=0.1),
    Rgb(),
    Resize(32, 24, "bilinear", "contain", 255),
    Invert(),
    Scale((0.5, 1, 2)),
    Grey(),
    Offset(-1),
    Normalise(0.1307, [0.3081]),
    layout="chw",
    background=0,
)


def test_json_and_back_is_the_same():
    assert {each.name for each in EVERY.operations} == set(OPERATIONS)
    through = json.loads(json.dumps(EVERY.to_json(), allow_nan=False))
    assert Preprocess.from_json(through) == EVERY
    assert hash(Preprocess.from_json(through)) == hash(EVERY)
    assert pickle.loads(pickle.dumps(EVERY)) == EVERY


def test_what_the_json_says():
    assert Preprocess(CropToInk(), Scale([1, 2, 3])).to_json() == {
        "layout": "hwc",
        "background": 255,
        "operations": [
            {"name": "crop_to_ink", "threshold": 0, "margin": 0, "paper": 0},
            {"name": "scale", "factor": [1, 2, 3]},
        ],
    }


def test_the_same_numbers_are_the_same_json_however_they_are_written():
    one, two = Preprocess(Scale(2), background=1), Preprocess(Scale(2.0), background=1.0)
    assert json.dumps(one.to_json()) == json.dumps(two.to_json())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CropToInk(threshold=256), "threshold is 256 (a whole number), expected a number"),
        (lambda: CropToInk(margin=-1), "margin is -1 (a whole number), expected a whole number"),
        (lambda: CropToInk(margin=1.5), "CropToInk: margin is 1.5"),
        (lambda: CropToInk(paper=True), "CropToInk: paper is True"),
        (lambda: PadToSquare(margin=1.1), "PadToSquare: margin is 1.1"),
        (lambda: PadToSquare(value="0"), "PadToSquare: value is '0' (text), expected a number"),
        (lambda: Resize(0, 8), "Resize: height is 0"),
        (lambda: Resize(8, 4097), "expected a whole number from 1 to 4096"),
        (lambda: Resize(8, 8, "biliner"), "Did you mean 'bilinear'?"),
        (lambda: Resize(8, 8, fit="contian"), "Did you mean 'contain'?"),
        (lambda: Scale(0), "Write Scale(1 / 255)"),
        (lambda: Scale([1, 0, 1]), "factor is 0"),
        (lambda: Scale([1, 2]), "a list of 1 or 3 numbers"),
        (lambda: Scale(math.nan), "Scale: factor is nan"),
        (lambda: Offset(math.inf), "Offset: value is inf"),
        (lambda: Offset(10**400), "expected a number"),
        (lambda: Offset([]), "a list of 1 or 3 numbers"),
        (lambda: Normalise(0, 0), "expected numbers above 0"),
        (lambda: Normalise(0, [1, -1, 1]), "expected numbers above 0"),
        (lambda: Preprocess(Grey), "is no operation. Operations are CropToInk(…)"),
        (lambda: Preprocess([Grey()]), "is no operation"),
        (lambda: Preprocess(layout="nchw"), "Did you mean 'chw'?"),
        (lambda: Preprocess(background=256), "background is 256"),
    ],
)
def test_values_that_do_not_fit_are_refused(make, message):
    with pytest.raises(DeclarationError) as caught:
        make()
    assert message in str(caught.value)


@pytest.mark.parametrize("changed", [Scale(1 / 255), Offset(-128), Normalise(0, 255)])
@pytest.mark.parametrize("late", [Invert(), CropToInk()])
def test_what_works_on_pixels_comes_before_arithmetic(changed, late):
    Preprocess(late, changed)
    with pytest.raises(DeclarationError, match="before Scale, Offset and Normalise"):
        Preprocess(changed, Grey(), late)


@pytest.mark.parametrize("pad", [PadToSquare(-1), Resize(8, 8, value=256)])
def test_pixels_are_filled_with_pixels_and_other_scales_with_any_number(pad):
    Preprocess(Scale(2), pad)
    with pytest.raises(DeclarationError, match="expected a pixel from 0 to 255"):
        Preprocess(pad, Scale(2))


@pytest.mark.parametrize(
    "operations",
    [
        (Grey(), Scale([1, 2, 3])),
        (Rgb(), Offset([1])),
        (Scale([1, 2, 3]), Offset([1])),
        (Normalise([1], [1, 2, 3]),),
    ],
)
def test_numbers_for_other_channels_are_refused(operations):
    with pytest.raises(DeclarationError, match=r"put Grey\(\) or Rgb\(\) before it"):
        Preprocess(*operations)


@pytest.mark.parametrize(
    ("operations", "tile", "shape"),
    [
        ((), (5, 7, 4), (5, 7, 3)),
        ((Grey(),), (5, 7, 3), (5, 7, 1)),
        ((Rgb(),), (5, 7, 1), (5, 7, 3)),
        ((PadToSquare(),), (5, 7, 1), (7, 7, 1)),
        ((PadToSquare(margin=0.25),), (2, 10, 1), (16, 16, 1)),  # 2.5 px are rounded up
        ((Resize(3, 4), PadToSquare(margin=0.5)), (9, 9, 1), (8, 8, 1)),
        ((CropToInk(), PadToSquare(), Resize(28, 20)), (5, 7, 1), (28, 20, 1)),
    ],
)
def test_the_shape_of_the_result(operations, tile, shape):
    assert Preprocess(*operations).output_shape(tile) == shape
    height, width, channels = shape
    assert Preprocess(*operations, layout="chw").output_shape(tile) == (channels, height, width)


@pytest.mark.parametrize("operations", [(CropToInk(),), (Resize(8, 8), CropToInk(), PadToSquare())])
def test_a_shape_that_depends_on_the_picture_is_refused(operations):
    with pytest.raises(DeclarationError, match=r"Put Resize\(height, width\) after CropToInk"):
        Preprocess(*operations).output_shape((28, 28, 1))


@pytest.mark.parametrize("tile", [(28, 28), (0, 28, 1), (28, 28, 2), [28, 28, 1], (28, 28.0, 1)])
def test_the_shape_of_no_tile_is_refused(tile):
    with pytest.raises(DeclarationError, match="expected .height, width, channels."):
        Preprocess().output_shape(tile)


def test_the_shape_for_other_channels_is_refused():
    with pytest.raises(DeclarationError, match="3 numbers for the channels of an image that has 1"):
        Preprocess(Scale([1, 2, 3])).output_shape((8, 8, 1))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v: v.pop("layout"), "found background, operations"),
        (lambda v: v.update(size=1), "expected the keys layout, background, operations"),
        (lambda v: v.update(operations={}), "expected a list"),
        (lambda v: v.update(layout="hcw"), "Did you mean"),
        (lambda v: v["operations"].append("grey"), "has no operation None"),
        (lambda v: v["operations"].append({"name": "gray"}), "Did you mean 'grey'?"),
        (lambda v: v["operations"].append({"name": ["grey"]}), "has no operation ['grey']"),
        (lambda v: v["operations"].append({"name": "scale"}), "Scale: expected the keys name, fac"),
        (lambda v: v["operations"].append({"name": "grey", "x": 1}), "found name, x"),
        (lambda v: v["operations"].append({"name": "scale", "factor": None}), "factor is None"),
    ],
)
def test_other_json_is_refused(change, message):
    values = Preprocess(Grey()).to_json()
    change(values)
    with pytest.raises(DeclarationError) as caught:
        Preprocess.from_json(values)
    assert message in str(caught.value)


@pytest.mark.parametrize("values", [None, [], "grey", {}])
def test_what_is_no_preprocessing_at_all_is_refused(values):
    with pytest.raises(DeclarationError, match="expected the keys"):
        Preprocess.from_json(values)
