"""Python and the browser's runtime make the same of the same images."""

import base64
import json
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from prebake.data.preprocess import apply
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
from prebake.errors import DatasetError, DeclarationError

SERVER = Path(__file__).with_name("preprocess_server.mjs")


@pytest.fixture(scope="module")
def node():
    process = subprocess.Popen(
        ["node", str(SERVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )

    def ask(preprocess, images):
        request = {"preprocess": preprocess, "images": [as_json(image) for image in images]}
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        assert line, "Node ended: see its error above"
        return json.loads(line)

    yield ask
    process.stdin.close()
    assert process.wait(timeout=10) == 0
    process.stdout.close()


def as_json(image):
    height, width, channels = image.shape if image.ndim == 3 else (*image.shape, 1)
    data = base64.b64encode(image.tobytes()).decode()
    return {"width": width, "height": height, "channels": channels, "data": data}


def gain(operations):
    """How many units of the result a grey level is at most."""
    product = 1.0
    for each in operations:
        if isinstance(each, Scale):
            product *= np.abs(each.factor).max()
        if isinstance(each, Normalise):
            product /= np.min(each.deviation)
    return product


def python(preprocess, images):
    try:
        return apply(preprocess, images)
    except DatasetError as error:
        return str(error)


def declared_shape(preprocess, image):
    try:
        return list(preprocess.output_shape(image.shape if image.ndim == 3 else (*image.shape, 1)))
    except DeclarationError:
        return None


def check(node, preprocess, images):
    """Demands that both make the same of the images, or both refuse them."""
    ours, theirs = python(preprocess, images), node(preprocess.to_json(), images)
    if isinstance(ours, str) or "refused" in theirs:
        assert isinstance(ours, str), theirs
        assert "refused" in theirs, ours
        return ours, theirs["refused"]
    assert list(ours.shape) == theirs["shape"]
    assert theirs["same"], "apply() and applyAll() differ"
    other = np.frombuffer(base64.b64decode(theirs["data"]), np.float32).reshape(ours.shape)
    # What is needed is 1/255 of the range, one grey level. What holds is the last digit of
    # float32, and sums of float64 in another order.
    bound = 1e-9 * 255 * gain(preprocess.operations) + 1.2e-7 * np.abs(ours)
    worst = np.max(np.abs(ours.astype(float) - other) - bound)
    assert worst <= 0, f"{worst} beyond the bound"
    shape = declared_shape(preprocess, images[0])
    assert shape in (None, list(ours.shape[1:]))
    assert (theirs["outputShape"] if shape else None) == shape
    assert shape or "refused" in theirs["outputShape"]
    return ours, other


side = st.integers(1, 20)
pixel = st.integers(0, 255) | st.floats(0, 255)
number = st.floats(-300, 300)
factor = st.sampled_from([1 / 255, 2 / 255, -1, 0.5]) | st.floats(0.01, 10)


def for_channels(numbers):
    return numbers | st.lists(numbers, min_size=3, max_size=3) | st.tuples(numbers)


def resizes(value):
    method = st.sampled_from(["area", "bilinear"])
    return st.builds(
        Resize, side, side, method, st.sampled_from(["stretch", "contain", "cover"]), value
    )


def pads(value):
    return st.builds(PadToSquare, value, st.floats(0, 0.3) | st.sampled_from([0, 0.25, 0.5]))


crops = st.builds(
    CropToInk,
    st.sampled_from([0, 10, 100, 255]) | pixel,
    st.integers(0, 5),
    st.sampled_from([0, 255]) | st.integers(0, 255),
)
colours = st.just(Grey()) | st.just(Rgb())
arithmetic = st.one_of(
    st.builds(Scale, for_channels(factor)),
    st.builds(Offset, for_channels(number)),
    st.builds(Normalise, for_channels(number), for_channels(st.floats(0.01, 300))),
)
on_pixels = st.one_of(crops, pads(pixel), resizes(pixel), colours, st.just(Invert()))
on_numbers = st.one_of(arithmetic, pads(number), resizes(number), colours)


@st.composite
def preprocesses(draw):
    operations = draw(st.lists(on_pixels, max_size=4))
    if draw(st.booleans()):
        operations += [draw(arithmetic), *draw(st.lists(on_numbers, max_size=2))]
    try:
        return Preprocess(
            *operations, layout=draw(st.sampled_from(["hwc", "chw"])), background=draw(pixel)
        )
    except DeclarationError:
        assume(False)


sides = st.sampled_from([1, 2, 3]) | st.integers(1, 24)


@st.composite
def pictures(draw, sides=sides, modes=(0, 1, 3, 4)):
    """Noise, a drawing on black or white paper, all paper or all ink."""
    mode = draw(st.sampled_from(modes))
    shape = (draw(sides), draw(sides), *([mode] if mode else []))
    kind = draw(st.sampled_from(["noise", "drawing", "white", "black", "grey"]))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    if kind == "noise":
        return random.integers(0, 256, shape, dtype=np.uint8)
    image = np.full(shape, {"black": 0, "grey": 128}.get(kind, 255), np.uint8)
    if kind == "drawing":
        image[random.random(shape[:2]) < 0.1] = random.integers(0, 256)
        image = 255 - image if draw(st.booleans()) else image
    return image


@settings(max_examples=1000, deadline=None)
@given(preprocesses(), pictures())
def test_one_picture(node, preprocess, image):
    check(node, preprocess, [image])


@settings(max_examples=300, deadline=None)
@given(preprocesses(), st.lists(pictures(), max_size=4))
def test_pictures_of_many_kinds_at_once(node, preprocess, images):
    layout, background = preprocess.layout, preprocess.background
    same_shape = (*preprocess.operations, Grey(), Resize(6, 5))
    check(node, Preprocess(*same_shape, layout=layout, background=background), images)


@st.composite
def drawings(draw):
    """A few strokes on even paper, and a crop whose threshold may lie on their values."""
    paper, ink = draw(st.sampled_from([0, 128, 255])), draw(st.integers(0, 255))
    image = np.full((draw(sides), draw(sides), draw(st.sampled_from([1, 3]))), paper, np.uint8)
    for _ in range(draw(st.integers(0, 3))):
        image[draw(st.integers(0, 23)) % len(image), draw(st.integers(0, 23)) % image.shape[1]] = (
            ink
        )
    threshold = draw(st.sampled_from([0, abs(ink - paper), max(0, abs(ink - paper) - 1)]))
    return image, CropToInk(threshold, draw(st.integers(0, 3)), paper)


@settings(max_examples=500, deadline=None)
@given(drawings(), st.lists(resizes(pixel), max_size=1), st.lists(on_pixels, max_size=1))
def test_drawings(node, drawn, before, after):
    image, crop = drawn
    check(node, Preprocess(*before, crop, *after), [image])


@settings(max_examples=200, deadline=None)
@given(preprocesses(), st.integers(1, 5), pictures())
def test_a_batch_of_one_size(node, preprocess, count, image):
    check(node, preprocess, np.stack([np.roll(image, i, axis=1) for i in range(count)]))


@settings(max_examples=200, deadline=None)
@given(preprocesses(), pictures(), pictures(st.integers(0, 2), (0, 1, 2, 3, 4, 5)))
def test_what_cannot_be_preprocessed_is_refused_by_both(node, preprocess, good, doubtful):
    check(node, preprocess, [good, doubtful])


@pytest.mark.parametrize(
    ("preprocess", "images"),
    [
        (Preprocess(), [(0, 5)]),
        (Preprocess(Resize(4, 4)), [(4, 4), (5, 0, 3)]),
        (Preprocess(Grey(), Resize(4, 4)), [(4, 4), (4, 4), (4, 4, 2)]),
        (Preprocess(Grey(), Resize(4, 4)), [(4, 4, 5)]),
        (Preprocess(Scale([1, 2, 3])), [(4, 4, 3), (4, 4)]),
        (Preprocess(Offset([1])), [(4, 4, 4)]),
        (Preprocess(PadToSquare()), [(4, 4), (3, 2), (5, 4)]),
    ],
)
def test_both_name_the_image_that_they_refuse(node, preprocess, images):
    ours, theirs = check(node, preprocess, [np.zeros(shape, np.uint8) for shape in images])
    assert re.match(r"image \d+", ours)[0] == re.match(r"Image \d+", theirs)[0].lower()


def test_no_images_are_refused_by_both(node):
    assert check(node, Preprocess(), []) == (
        "there are no images to preprocess.",
        "There are no images to preprocess.",
    )


@pytest.mark.parametrize("method", ["area", "bilinear"])
@pytest.mark.parametrize("fit", ["stretch", "contain", "cover"])
@pytest.mark.parametrize("shape", [(301, 199, 4), (1, 700, 3), (700, 1), (64, 64)])
def test_photographs(node, method, fit, shape):
    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    declared = Preprocess(
        Rgb(),
        Resize(64, 48, method, fit, 128),
        Normalise([123.7, 116.3, 103.5], [58.4, 57.1, 57.4]),
        layout="chw",
    )
    check(node, declared, [image])


def test_every_operation_is_drawn_here():
    drawn = {CropToInk, Grey, Invert, Normalise, Offset, PadToSquare, Resize, Rgb, Scale}
    assert drawn == set(OPERATIONS.values())


def test_what_the_runtime_does_not_know_is_refused(node):
    values = Preprocess(Grey()).to_json()
    values["operations"].append({"name": "sharpen"})
    assert 'the operation "sharpen"' in node(values, [])["refused"]
