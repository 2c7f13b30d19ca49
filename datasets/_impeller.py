"""Drawing photographs of cast pump impellers as an inspection camera sees them, sound and not.

A part is a field of heights (disc, rim, hub, bore, curved vanes) that is lit from the side;
defects change the heights or the reflectance before the light is computed, so that they have the
shading that a real one would have. All lengths are px of a 300 px image. No real photograph is
used: what is drawn here is made up, and is labelled so wherever it appears.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

SIDE = 300
RADIUS = 128.0
VANES = 6
KINDS = ("blow-holes", "crack", "chipped edge", "flash")
TEXTURES = 6
"""How many fields of casting roughness there are; each photograph shows a piece of one."""


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
        import numpy as np

        random = np.random.default_rng([part.seed, 1 + number])
        own = np.random.default_rng([part.seed, 0])
        stage = _Stage(random)
        texture = self.textures[int(own.integers(TEXTURES))]
        height, reflectance = _sound(stage, own)
        for kind in part.defects:
            DRAW[kind](stage, own, height, reflectance, part.contrast)
        top, left = random.integers(0, texture.shape[0] - SIDE, 2)
        rough = texture[top : top + SIDE, left : left + SIDE]
        lit = _lit(height + 0.3 * rough * stage.on_part, random)
        image = np.where(stage.on_part | (height > 0.3), lit * reflectance, _belt(random, rough))
        return _developed(image, random)


class _Stage:
    """Where the part lies in a photograph: polar coordinates of every pixel, about its centre."""

    def __init__(self, random: np.random.Generator) -> None:
        import numpy as np

        centre = SIDE / 2 + random.uniform(-4, 4, 2)
        y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32)
        self.y, self.x = y - np.float32(centre[0]), x - np.float32(centre[1])
        self.turn = float(random.uniform(0, 2 * np.pi))
        self.r = np.hypot(self.x, self.y)
        self.angle = np.arctan2(self.y, self.x) - np.float32(self.turn)
        self.on_part = self.r < RADIUS

    def place(self, r: float, angle: float) -> tuple[float, float]:
        """Where a point of the part lies: x and y from its centre, px."""
        import math

        return r * math.cos(angle + self.turn), r * math.sin(angle + self.turn)

    def near(self, x: float, y: float) -> np.ndarray:
        """The distance of every pixel from a point, px."""
        import numpy as np

        return np.hypot(self.x - np.float32(x), self.y - np.float32(y))


def _sound(stage: _Stage, own: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The heights of a part without defects, px, and what part of the light it throws back."""
    import numpy as np

    r = stage.r
    height = 14 * _step(RADIUS - r, 2.5)
    height += 7 * _step(r - 106, 3) * _step(RADIUS - r, 3)
    height += 10 * _step(40 - r, 3)
    height -= 30 * _step(17 - r, 1.5)
    height -= 3 * _step(3 - np.abs(r - 27), 1)
    # Vanes are logarithmic spirals from the hub to the rim.
    spiral = stage.angle - 1.1 * np.log(np.maximum(r, 1) / 40)
    across = np.mod(spiral, 2 * np.pi / VANES) - np.pi / VANES
    vane = np.exp(-((across * r / 5.5) ** 2)) * _step(r - 42, 3) * _step(104 - r, 3)
    height += 8 * vane
    reflectance = np.full((SIDE, SIDE), 0.72 + 0.08 * own.random(), np.float32)
    reflectance -= 0.45 * _step(16 - r, 1.5)
    reflectance += 0.08 * vane
    for _ in range(int(own.integers(0, 4))):  # dust, which is no defect
        x, y = stage.place(float(own.uniform(45, 100)), float(own.uniform(0, 2 * np.pi)))
        reflectance -= 0.06 * _step(1.3 - stage.near(x, y), 0.6)
    return height.astype(np.float32), reflectance


def _blow_holes(stage, own, height, reflectance, contrast: float) -> None:
    """Gas bubbles that broke the surface: round pits, alone or in a cluster."""
    import numpy as np

    r, angle = float(own.uniform(46, 112)), float(own.uniform(0, 2 * np.pi))
    for _ in range(int(own.integers(1, 6))):
        size = float(own.uniform(3.5, 6.5))
        x, y = stage.place(r + float(own.normal(0, 9)), angle + float(own.normal(0, 9)) / r)
        distance = stage.near(x, y)
        height -= contrast * 5 * _step(size - distance, 1.2)
        reflectance -= contrast * 0.34 * _step(size * 0.8 - distance, 1.2)


def _crack(stage, own, height, reflectance, contrast: float) -> None:
    """A thin dark line that wanders over the floor, away from hub and rim."""
    import numpy as np

    r, angle = float(own.uniform(48, 100)), float(own.uniform(0, 2 * np.pi))
    heading = float(own.uniform(0, 2 * np.pi))
    width = float(own.uniform(1.0, 1.7))
    distance = np.full((SIDE, SIDE), 99, np.float32)
    steps = int(own.integers(8, 16))
    for _ in range(steps):
        heading += float(own.normal(0, 0.45))
        x0, y0 = stage.place(r, angle)
        if not 46 < r + 6 * np.cos(heading) < 120:
            heading = np.pi - heading
        r += float(6 * np.cos(heading))
        angle += 6 * np.sin(heading) / r
        x1, y1 = stage.place(r, angle)
        np.minimum(distance, _to_line(stage, x0, y0, x1, y1), out=distance)
    height -= contrast * 3 * _step(width - distance, 0.8)
    reflectance -= contrast * 0.4 * _step(width - distance, 0.8)


def _chipped_edge(stage, own, height, reflectance, contrast: float) -> None:
    """A piece of the rim that is broken off, with a bright fresh face."""
    import numpy as np

    size = float(own.uniform(6, 15)) * (0.6 + 0.4 * contrast)
    angle = float(own.uniform(0, 2 * np.pi))
    x, y = stage.place(RADIUS + size * 0.25, angle)
    ragged = size * (1 + 0.18 * np.sin(5 * stage.angle * 7 + float(own.uniform(0, 6))))
    inside = ragged - stage.near(x, y)
    height -= 19 * _step(inside, 1.5)
    reflectance += contrast * 0.16 * _step(3 - np.abs(inside), 1.2)
    # What is gone shows the belt's darkness, not the part's grey.
    reflectance -= 0.4 * _step(inside - 2.5, 1.2) * stage.on_part


def _flash(stage, own, height, reflectance, contrast: float) -> None:
    """Metal that ran out between the halves of the mould: a thin skirt beyond the rim."""
    import numpy as np

    angle = float(own.uniform(0, 2 * np.pi))
    width, reach = float(own.uniform(0.15, 0.45)), float(own.uniform(6, 13)) * contrast + 4
    apart = np.abs(np.angle(np.exp(1j * (stage.angle - angle)))).astype(np.float32)
    edge = RADIUS + reach * np.exp(-((apart / width) ** 2)) - 0.6
    ragged = edge + 1.2 * np.sin(41 * stage.angle + float(own.uniform(0, 6)))
    beyond = _step(ragged - stage.r, 1) * _step(stage.r - RADIUS + 1, 1) * (apart < 2.2 * width)
    height += 3 * beyond
    reflectance += 0.1 * beyond


DRAW = dict(zip(KINDS, (_blow_holes, _crack, _chipped_edge, _flash), strict=True))


def _lit(height: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Diffuse light from one side and a little shine, 0 to about 1."""
    import numpy as np

    down, across = np.gradient(height)
    bearing, above = random.uniform(0, 2 * np.pi), random.uniform(0.75, 1.1)
    light = np.array([np.cos(bearing) * np.cos(above), np.sin(bearing) * np.cos(above)])
    upward = np.sin(above)
    length = np.sqrt(1 + down**2 + across**2)
    diffuse = (upward - light[0] * across - light[1] * down) / length
    shine = np.clip(diffuse, 0, 1) ** 18
    return (0.34 + 0.62 * np.clip(diffuse, 0, 1) + 0.18 * shine).astype(np.float32)


def _belt(random: np.random.Generator, rough: np.ndarray) -> np.ndarray:
    """What the part lies on."""
    return float(random.uniform(0.24, 0.36)) + 0.02 * rough


def _developed(image: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """What a camera makes of it: uneven light, exposure, focus and noise."""
    import numpy as np
    from PIL import Image, ImageFilter

    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j].astype(np.float32)
    slope = random.uniform(-0.1, 0.1, 2)
    image = image * (1 + slope[0] * x + slope[1] * y - 0.1 * (x * x + y * y))
    image = np.clip(image * random.uniform(0.88, 1.12), 0, 1) * 255
    blurred = Image.fromarray(image.astype(np.uint8)).filter(
        ImageFilter.GaussianBlur(float(random.uniform(0.3, 0.9)))
    )
    noise = random.normal(0, random.uniform(1.2, 2.8), image.shape)
    return np.clip(np.asarray(blurred) + noise, 0, 255).astype(np.uint8)


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


def _to_line(stage: _Stage, x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    """The distance of every pixel from a stretch of line, px."""
    import numpy as np

    dx, dy = x1 - x0, y1 - y0
    along = ((stage.x - x0) * dx + (stage.y - y0) * dy) / max(dx * dx + dy * dy, 1e-6)
    along = np.clip(along, 0, 1)
    return np.hypot(stage.x - x0 - along * dx, stage.y - y0 - along * dy)
