"""Drawing photographs of cast pump impellers as an inspection camera sees them, sound and not.

A part is a field of heights (disc, rim, hub, bore, curved vanes) that is lit from the side;
defects change the heights or the reflectance before the light is computed, so that they have the
shading that a real one would have. All lengths are px of a 300 px image. No real photograph is
used: what is drawn here is made up, and is labelled so wherever it appears.

A build draws thousands of them, so that all is float32, what depends on the distance from the
centre alone is looked up, and a defect is drawn in a window about it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    Window = tuple[slice, slice]

SIDE = 300
RADIUS = 128.0
VANES = 6
KINDS = ("blow-holes", "crack", "chipped edge", "flash")
TEXTURES = 6
"""How many fields of casting roughness there are; each photograph shows a piece of one."""
FINE, FARTHEST = 128, 224
"""Steps of a pixel by which profiles are looked up, and the distance up to which, px."""
FADED = 6
"""Px beyond its edge where nothing is left of a soft step."""


@dataclass(frozen=True)
class Part:
    """One casting: what is the same in all its photographs.

    Args:
        seed: of its own randomness.
        defects: which of ``KINDS`` it has; none for a sound one.
        contrast: how well they can be seen; 1 is plain.
    """

    seed: int
    defects: tuple[str, ...]
    contrast: float


class Workshop:
    """Draws photographs of parts; holds the textures that they share."""

    def __init__(self, seed: int) -> None:
        import numpy as np

        self.textures = [_roughness(np.random.default_rng([seed, 7, i])) for i in range(TEXTURES)]

    def photograph(self, part: Part, number: int) -> np.ndarray:
        """``uint8 [300, 300]``: the part in one of its poses and lights.

        Args:
            part: which one.
            number: of the photograph.
        """
        return self._taken(part, number, (part.defects,))[0]

    def without_and_with(self, part: Part, number: int) -> tuple[np.ndarray, np.ndarray]:
        """The photograph of the part as if it had no defect, and the one of it as it is: all
        else, pose and light and noise, is the same."""
        sound, broken = self._taken(part, number, ((), part.defects))
        return sound, broken

    def _taken(
        self, part: Part, number: int, versions: tuple[tuple[str, ...], ...]
    ) -> list[np.ndarray]:
        """One image for each set of defects, of one part in one pose."""
        import numpy as np

        random = np.random.default_rng([part.seed, 1 + number])
        own = np.random.default_rng([part.seed, 0])
        stage = _Stage(random)
        texture = self.textures[int(own.integers(TEXTURES))]
        sound = _sound(stage, own)
        camera = _Camera(random, texture)
        images = []
        for defects in versions:
            height, reflectance = (each.copy() for each in sound)
            for kind in defects:
                DRAW[kind](stage, own, height, reflectance, part.contrast)
            images.append(camera.take(stage, height, reflectance))
        return images


class _Stage:
    """Where the part lies in a photograph: polar coordinates of every pixel, about its centre."""

    def __init__(self, random: np.random.Generator) -> None:
        import numpy as np

        self.centre = [float(at) for at in SIDE / 2 + random.uniform(-4, 4, 2)]
        places = np.arange(SIDE, dtype=np.float32)
        self.y, self.x = (places - self.centre[0])[:, None], (places - self.centre[1])[None, :]
        self.turn = float(random.uniform(0, 2 * np.pi))
        self.r = np.sqrt(self.x * self.x + self.y * self.y)
        self.angle = np.arctan2(self.y, self.x) - self.turn
        self.on_part = self.r < RADIUS

    def place(self, r: float, angle: float) -> tuple[float, float]:
        """Where a point of the part lies: x and y from its centre, px."""
        import math

        return r * math.cos(angle + self.turn), r * math.sin(angle + self.turn)

    def window(self, xs: tuple[float, ...], ys: tuple[float, ...], reach: float) -> Window:
        """The pixels that lie no farther than ``reach`` px from the box about some points."""
        row, column = self.centre
        down = slice(_inside(min(ys) + row - reach), _inside(max(ys) + row + reach + 2))
        return down, slice(_inside(min(xs) + column - reach), _inside(max(xs) + column + reach + 2))

    def near(self, x: float, y: float, window: Window) -> np.ndarray:
        """The distance of every pixel of a window from a point, px."""
        import numpy as np

        across, down = self.x[:, window[1]] - x, self.y[window[0]] - y
        return np.sqrt(across * across + down * down)


def _inside(place: float) -> int:
    return min(max(int(place), 0), SIDE)


# -- parts ---------------------------------------------------------------------------------


@cache
def _profiles() -> tuple[np.ndarray, ...]:
    """What depends on the distance from the centre alone, ``float32 [FARTHEST * FINE]`` each:
    heights, reflectance, how high vanes are, and how far they are turned."""
    import numpy as np

    r = np.arange(FARTHEST * FINE) / FINE
    height = 14 * _step(RADIUS - r, 2.5)
    height += 7 * _step(r - 106, 3) * _step(RADIUS - r, 3)
    height += 10 * _step(40 - r, 3)
    height -= 30 * _step(17 - r, 1.5)
    height -= 3 * _step(3 - np.abs(r - 27), 1)
    reflectance = 0.72 - 0.45 * _step(16 - r, 1.5)
    vanes = _step(r - 42, 3) * _step(104 - r, 3)
    # Vanes are logarithmic spirals from the hub to the rim.
    turned = 1.1 * np.log(np.maximum(r, 1) / 40)
    return tuple(each.astype(np.float32) for each in (height, reflectance, vanes, turned))


def _sound(stage: _Stage, own: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The heights of a part without defects, px, and what part of the light it throws back."""
    import numpy as np

    place = (stage.r * FINE).astype(np.int32)
    height, reflectance, vane, across = (each.take(place) for each in _profiles())
    # From the middle of a vane, in parts of the angle from one to the next.
    np.subtract(stage.angle, across, out=across)
    across *= VANES / (2 * np.pi)
    across -= np.floor(across)
    across -= 0.5
    across *= stage.r
    across *= 2 * np.pi / VANES / 5.5
    across *= across
    vane *= np.exp(np.negative(across, out=across), out=across)
    height += 8 * vane
    vane *= 0.08
    reflectance += vane
    reflectance += 0.08 * own.random()
    for _ in range(int(own.integers(0, 4))):  # dust, which is no defect
        x, y = stage.place(float(own.uniform(45, 100)), float(own.uniform(0, 2 * np.pi)))
        window = stage.window((x,), (y,), FADED)
        reflectance[window] -= 0.06 * _step(1.3 - stage.near(x, y, window), 0.6)
    return height, reflectance


# -- defects -------------------------------------------------------------------------------


def _blow_holes(stage, own, height, reflectance, contrast: float) -> None:
    """Gas bubbles that broke the surface: round pits, alone or in a cluster."""
    import numpy as np

    r, angle = float(own.uniform(46, 112)), float(own.uniform(0, 2 * np.pi))
    for _ in range(int(own.integers(1, 6))):
        size = float(own.uniform(3.5, 6.5))
        x, y = stage.place(r + float(own.normal(0, 9)), angle + float(own.normal(0, 9)) / r)
        window = stage.window((x,), (y,), size + FADED)
        distance = stage.near(x, y, window)
        height[window] -= contrast * 5 * _step(size - distance, 1.2)
        reflectance[window] -= contrast * 0.34 * _step(size * 0.8 - distance, 1.2)


def _crack(stage, own, height, reflectance, contrast: float) -> None:
    """A thin dark line that wanders over the floor, away from hub and rim."""
    import math

    import numpy as np

    r, angle = float(own.uniform(48, 100)), float(own.uniform(0, 2 * np.pi))
    heading = float(own.uniform(0, 2 * np.pi))
    width = float(own.uniform(1.0, 1.7))
    distance = np.full((SIDE, SIDE), 99, np.float32)
    points = [stage.place(r, angle)]
    for _ in range(int(own.integers(8, 16))):
        heading += float(own.normal(0, 0.45))
        if not 46 < r + 6 * math.cos(heading) < 120:
            heading = math.pi - heading
        r += 6 * math.cos(heading)
        angle += 6 * math.sin(heading) / r
        points.append(stage.place(r, angle))
        xs, ys = zip(*points[-2:], strict=True)
        window = stage.window(xs, ys, width + FADED)
        nearer = _to_line(stage, *points[-2], *points[-1], window)
        distance[window] = np.minimum(distance[window], nearer)
    window = stage.window(*zip(*points, strict=True), width + FADED)
    cut = _step(width - distance[window], 0.8)
    height[window] -= contrast * 3 * cut
    reflectance[window] -= contrast * 0.4 * cut


def _chipped_edge(stage, own, height, reflectance, contrast: float) -> None:
    """A piece of the rim that is broken off, with a bright fresh face."""
    import numpy as np

    size = float(own.uniform(6, 15)) * (0.6 + 0.4 * contrast)
    angle = float(own.uniform(0, 2 * np.pi))
    x, y = stage.place(RADIUS + size * 0.25, angle)
    window = stage.window((x,), (y,), 1.18 * size + FADED)
    ragged = size * (1 + 0.18 * np.sin(35 * stage.angle[window] + float(own.uniform(0, 6))))
    inside = ragged - stage.near(x, y, window)
    height[window] -= 19 * _step(inside, 1.5)
    reflectance[window] += contrast * 0.16 * _step(3 - np.abs(inside), 1.2)
    # What is gone shows the belt's darkness, not the part's grey.
    reflectance[window] -= 0.4 * _step(inside - 2.5, 1.2) * stage.on_part[window]


def _flash(stage, own, height, reflectance, contrast: float) -> None:
    """Metal that ran out between the halves of the mould: a thin skirt beyond the rim."""
    import numpy as np

    angle = float(own.uniform(0, 2 * np.pi))
    width, reach = float(own.uniform(0.15, 0.45)), float(own.uniform(6, 13)) * contrast + 4
    waves = float(own.uniform(0, 6))
    ring = np.nonzero((stage.r > RADIUS - FADED) & (stage.r < RADIUS + reach + FADED))
    turned, r = stage.angle[ring], stage.r[ring]
    apart = np.abs(np.mod(turned - (angle - np.pi), 2 * np.pi) - np.pi)
    edge = RADIUS + reach * np.exp(-((apart / width) ** 2)) - 0.6
    ragged = edge + 1.2 * np.sin(41 * turned + waves)
    beyond = _step(ragged - r, 1) * _step(r - RADIUS + 1, 1) * (apart < 2.2 * width)
    height[ring] += 3 * beyond
    reflectance[ring] += 0.1 * beyond


DRAW = dict(zip(KINDS, (_blow_holes, _crack, _chipped_edge, _flash), strict=True))


# -- light and camera ----------------------------------------------------------------------


class _Camera:
    """All of a photograph that is not the part: its light, the belt, exposure, focus and noise.
    What is left to chance is decided once, so that two images can be taken alike."""

    def __init__(self, random: np.random.Generator, texture: np.ndarray) -> None:
        import numpy as np

        top, left = random.integers(0, texture.shape[0] - SIDE, 2)
        self.rough = texture[top : top + SIDE, left : left + SIDE]
        bearing, above = float(random.uniform(0, 2 * np.pi)), float(random.uniform(0.75, 1.1))
        self.light = [float(f(bearing) * np.cos(above)) for f in (np.cos, np.sin)]
        self.upward = float(np.sin(above))
        self.belt = float(random.uniform(0.24, 0.36))
        slope = random.uniform(-0.1, 0.1, 2)
        exposure = 255 * random.uniform(0.88, 1.12)
        at = np.linspace(-1, 1, SIDE)
        across, down = (exposure * (s * at - 0.1 * at * at) for s in slope)
        self.gain = (exposure + across).astype(np.float32)[None] + down.astype(np.float32)[:, None]
        self.blur = float(random.uniform(0.3, 0.9))
        grain = float(random.uniform(1.2, 2.8))
        self.noise = random.standard_normal((SIDE, SIDE), np.float32)
        self.noise *= grain

    def take(self, stage: _Stage, height: np.ndarray, reflectance: np.ndarray) -> np.ndarray:
        """``uint8 [300, 300]``; both fields are used up."""
        import numpy as np

        metal = stage.on_part | (height > 0.3)
        height += 0.3 * self.rough * stage.on_part
        reflectance *= self._lit(height)
        image = np.where(metal, reflectance, self.belt + 0.02 * self.rough)
        image *= self.gain
        np.clip(image, 0, 255, out=image)
        for axis in (0, 1, 0, 1):
            image = _smoothed(image, self.blur**2 / 4, axis)
        image += self.noise
        return np.clip(image, 0, 255, out=image).astype(np.uint8)

    def _lit(self, height: np.ndarray) -> np.ndarray:
        """Diffuse light from one side and a little shine, 0 to about 1."""
        import numpy as np

        down, across = np.empty_like(height), np.empty_like(height)
        for slope, along in ((down, height), (across.T, height.T)):
            np.subtract(along[2:], along[:-2], out=slope[1:-1])
            slope[1:-1] *= 0.5
            slope[0], slope[-1] = along[1] - along[0], along[-1] - along[-2]
        steep = down * down
        steep += across * across
        steep += 1
        across *= -self.light[0]
        down *= -self.light[1]
        across += down
        across += self.upward
        across /= np.sqrt(steep, out=steep)
        diffuse = np.clip(across, 0, 1, out=across)
        shine = diffuse * diffuse  # to the power of 18 in the end
        ninth = diffuse * np.square(np.square(shine))
        lit = np.square(ninth, out=ninth)
        lit *= 0.18
        lit += 0.62 * diffuse
        lit += 0.34
        return lit


def _smoothed(image: np.ndarray, weight: float, axis: int) -> np.ndarray:
    """Each pixel with its two neighbours along an axis, of which each weighs ``weight``: the
    variance of such a blur is twice that, px²."""
    import numpy as np

    made = image * np.float32(1 - 2 * weight)
    out, given = (made, image) if axis == 0 else (made.T, image.T)
    aside = given * np.float32(weight)
    out[1:] += aside[:-1]
    out[:-1] += aside[1:]
    out[0] += aside[0]
    out[-1] += aside[-1]
    return made


def _roughness(random: np.random.Generator) -> np.ndarray:
    """The skin of a sand casting: noise of several sizes, about -1 to 1, ``float32 [512, 512]``."""
    import numpy as np
    from PIL import Image

    field = np.zeros((512, 512), np.float32)
    for grain, weight in ((2, 0.5), (5, 0.6), (14, 0.5)):
        small = random.normal(0, 1, (512 // grain + 1,) * 2).astype(np.float32)
        field += weight * np.asarray(Image.fromarray(small).resize((512, 512), Image.BICUBIC))
    return field


def _step(distance: np.ndarray, soft: float) -> np.ndarray:
    """From 0 to 1 where ``distance`` becomes positive, over about ``soft`` px."""
    import numpy as np

    return 1 / (1 + np.exp(-np.clip(distance * (2.2 / soft), -30, 30)))


def _to_line(
    stage: _Stage, x0: float, y0: float, x1: float, y1: float, window: Window
) -> np.ndarray:
    """The distance of every pixel of a window from a stretch of line, px."""
    import numpy as np

    dx, dy = x1 - x0, y1 - y0
    x, y = stage.x[:, window[1]] - x0, stage.y[window[0]] - y0
    along = np.clip((x * dx + y * dy) / max(dx * dx + dy * dy, 1e-6), 0, 1)
    return np.hypot(x - along * dx, y - along * dy)
