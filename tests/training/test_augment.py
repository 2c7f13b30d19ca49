"""What augmentation does to pixels, in TensorFlow."""

import numpy as np

from prebake.declare.fit import Augment
from prebake.training.augment import DRAWN, apply


def changed(augment: Augment, image: np.ndarray, **drawn: float) -> np.ndarray:
    row = np.zeros((1, DRAWN), np.float32)
    row[0, [0, 4, 9]] = 1
    for column, name in enumerate(("stroke", "contrast", "brightness"), 8):
        row[0, column] = drawn.get(name, row[0, column])
    return np.asarray(apply(augment, image[None, :, :, None].astype(np.float32), row))[0, :, :, 0]


LINE = np.zeros((5, 5))
LINE[:, 2] = 1


def test_without_a_change_the_image_stays():
    image = np.random.default_rng(0).random((5, 5))
    np.testing.assert_allclose(changed(Augment(shift=0.1), image), image, atol=1e-6)


def test_a_line_becomes_thicker_and_thinner():
    augment = Augment(stroke=0.8)
    thicker = changed(augment, LINE, stroke=0.5)
    np.testing.assert_allclose(thicker, [[0, 0.5, 1, 0.5, 0]] * 5)
    thinner = changed(augment, LINE, stroke=-0.5)
    np.testing.assert_allclose(thinner, [[0, 0, 0.5, 0, 0]] * 5)


def test_contrast_keeps_the_mean_and_brightness_moves_it():
    augment = Augment(contrast=1, brightness=1)
    found = changed(augment, LINE, contrast=2)
    assert abs(found.mean() - LINE.mean()) < 1e-6
    np.testing.assert_allclose(np.ptp(found), 2, atol=1e-6)
    np.testing.assert_allclose(changed(augment, LINE, brightness=0.25), LINE + 0.25)
