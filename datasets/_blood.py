"""Drawing stained red blood cells as a microscope's camera sees them, healthy and with malaria.

A thin smear stained after Giemsa: cells are salmon, chromatin is purple, the parasite's cytoplasm
blue, its pigment brown. Each cell is cut out, on black, as in the set of photographs of the NIH.
Cells of one slide share its stain, its light, its focus and the shape of its cells. No photograph
is used: what is drawn here is made up, and is labelled so wherever it appears.

Lengths inside a cell are parts of its radius; pixels are those of a 96 px image.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

SIDE = 96
FINE = 2
"""Each pixel is the mean of so many by so many."""
STAGES = ("ring", "trophozoite", "schizont")
"""Of a parasite in a red cell (CDC, DPDx: Malaria, laboratory diagnosis)."""
DISTRACTIONS = ("platelet", "specks", "dent")
"""What a healthy cell may show too, and tells nothing."""


@dataclass(frozen=True)
class Slide:
    """What all cells of a slide share.

    Args:
        cell, chromatin, cytoplasm, pigment: colours, RGB from 0 to 1.
        radius: of its cells in the mean, px.
        oval: how far from round they are in the mean, 0 to 0.3.
        pallor: how much lighter they are in the middle, 0 to 0.15.
        blur: standard deviation of the focus, px.
        light: by which the image is multiplied, and how far it falls from one side to the other.
        noise: standard deviation of the camera's, 0 to 1.
    """

    cell: np.ndarray
    chromatin: np.ndarray
    cytoplasm: np.ndarray
    pigment: np.ndarray
    radius: float
    oval: float
    pallor: float
    blur: float
    light: tuple[float, float]
    noise: float


def slide(seed: int, number: int) -> Slide:
    """One slide; the same numbers give the same one."""
    import numpy as np

    random = np.random.default_rng([seed, number])
    cast = random.normal(0, 0.035, 3)

    def stained(red: float, green: float, blue: float) -> np.ndarray:
        return np.clip(np.array([red, green, blue]) + cast + random.normal(0, 0.02, 3), 0, 1)

    return Slide(
        cell=stained(0.86, 0.70, 0.72),
        chromatin=stained(0.42, 0.16, 0.50),
        cytoplasm=stained(0.54, 0.46, 0.72),
        pigment=stained(0.30, 0.20, 0.18),
        radius=float(random.uniform(33, 41)),
        oval=float(random.uniform(0.02, 0.18)),
        pallor=float(random.uniform(0.02, 0.12)),
        blur=float(random.uniform(0.5, 1.3)),
        light=(float(random.uniform(0.88, 1.06)), float(random.uniform(-0.08, 0.08))),
        noise=float(random.uniform(0.004, 0.014)),
    )


def cell(of: Slide, infected: bool, seed: list[int]) -> tuple[np.ndarray, str]:
    """One cell of a slide, ``uint8 [96, 96, 3]``, and what it shows.

    Args:
        infected: whether there is a parasite in it. What else may be seen on a cell (platelets,
            specks of stain, dents) is as frequent on infected ones as on healthy ones.
        seed: of this cell.
    """
    import numpy as np

    random = np.random.default_rng(seed)
    field = _Field(of, random)
    seen = []
    if random.random() < 0.6:
        seen.append(DISTRACTIONS[int(random.integers(3))])
        DRAW[seen[-1]](field)
    if infected:
        seen.append(STAGES[int(random.choice(3, p=[0.45, 0.35, 0.2]))])
        DRAW[seen[-1]](field)
    return field.developed(), ", ".join(seen) or "nothing"


class _Field:
    """The image under work: ``float32 [192, 192, 3]`` from 0 to 1, and where the cell is in it."""

    def __init__(self, of: Slide, random: np.random.Generator) -> None:
        import numpy as np

        self.slide, self.random = of, random
        size = SIDE * FINE
        centre = size / 2 + random.uniform(-3, 3, 2) * FINE
        y, x = np.mgrid[:size, :size].astype(np.float32)
        radius = np.clip(of.radius * random.normal(1, 0.05), 28, 44) * FINE
        turn, oval = random.uniform(0, np.pi), of.oval * random.uniform(0.4, 1.4)
        down, right = (y - centre[0]) / radius, (x - centre[1]) / radius
        self.x = (np.cos(turn) * right + np.sin(turn) * down) * (1 + oval / 2)
        self.y = (np.cos(turn) * down - np.sin(turn) * right) * (1 + oval / 2)
        self.y *= 1 + oval
        self.unit = radius
        angle = np.arctan2(self.y, self.x)
        edge = np.ones_like(angle)
        for wave in range(2, 6):
            size_of = random.normal(0, 0.05 / wave)
            edge += size_of * np.cos(wave * angle + random.uniform(0, 2 * np.pi))
        self.reach = np.hypot(self.x, self.y) / edge
        self.inside = self.soft(1 - self.reach, 1.2)
        self.image = self._sound()

    def _sound(self) -> np.ndarray:
        """The cell itself: lighter in the middle, darker at its rim, and not quite even."""
        import numpy as np

        of, random = self.slide, self.random
        tone = 1 + random.normal(0, 0.05)
        thick = of.pallor * random.uniform(0.3, 1.5) * np.exp(-((self.reach / 0.5) ** 2))
        thick -= 0.06 * np.exp(-(((self.reach - 0.93) / 0.07) ** 2))
        uneven = 0.02 * _smooth(random, self.x.shape, 24) + 0.012 * _smooth(random, self.x.shape, 8)
        shade = (tone + thick + uneven)[..., None].astype(np.float32)
        return (of.cell * shade).astype(np.float32)

    def soft(self, depth: np.ndarray, px: float = 1.0) -> np.ndarray:
        """0 where ``depth`` (in radii) is below zero, 1 above; ``px`` wide between."""
        import numpy as np

        return np.clip(0.5 + depth * self.unit / (px * FINE), 0, 1)

    def spot(self, x: float, y: float, radius: float, ragged: float = 0.0) -> np.ndarray:
        """A disc, with an edge that is ``ragged`` (a part of its radius)."""
        import numpy as np

        right, down = self.x - x, self.y - y
        reach = np.hypot(right, down)
        if ragged:
            angle = np.arctan2(down, right)
            uneven = np.ones_like(angle)
            for wave in (2, 3, 5):
                height = self.random.uniform(-ragged, ragged)
                uneven += height * np.cos(wave * angle + self.random.uniform(0, 2 * np.pi))
            reach = reach * uneven
        return self.soft(radius - reach)

    def paint(self, colour: np.ndarray, strength: np.ndarray) -> None:
        """Lays a colour over the image, as far as the cell reaches."""
        covered = (strength * self.inside)[..., None]
        self.image += (colour - self.image) * covered

    def place(self, most: float) -> tuple[float, float]:
        """Somewhere in the cell, at most ``most`` from its middle."""
        import numpy as np

        far, angle = most * np.sqrt(self.random.random()), self.random.uniform(0, 2 * np.pi)
        return float(far * np.cos(angle)), float(far * np.sin(angle))

    def developed(self) -> np.ndarray:
        """Cut out on black, in the slide's focus and light."""
        import numpy as np
        from PIL import Image, ImageFilter

        of, random = self.slide, self.random
        whole = (self.image * self.inside[..., None]).clip(0, 1)
        blur = ImageFilter.GaussianBlur(of.blur * FINE * random.uniform(0.8, 1.2))
        fine = Image.fromarray((whole * 255).round().astype(np.uint8)).filter(blur)
        size = (SIDE, FINE, SIDE, FINE)
        pixels = (np.asarray(fine, np.float32) / 255).reshape(*size, 3).mean((1, 3))
        covered = self.inside.reshape(size).mean((1, 3))
        gain, fall = of.light
        slope = np.linspace(-fall, fall, SIDE, dtype=np.float32)[None, :, None]
        pixels = pixels * (gain + slope) + random.normal(0, of.noise, pixels.shape)
        cut = (covered > 0.5)[..., None]
        return (np.where(cut, pixels, 0).clip(0, 1) * 255).round().astype(np.uint8)


def _smooth(random: np.random.Generator, shape: tuple[int, ...], step: int) -> np.ndarray:
    """Noise from about -2 to 2 that changes over ``step`` px."""
    import numpy as np
    from PIL import Image

    coarse = random.normal(0, 1, (shape[0] // step + 2, shape[1] // step + 2)).astype(np.float32)
    made = Image.fromarray(coarse).resize(shape[::-1], Image.Resampling.BICUBIC)
    return np.asarray(made)


# -- parasites -----------------------------------------------------------------------------


def _ring(field: _Field) -> None:
    """A thin ring of cytoplasm with a dot of chromatin on it; now and then two of them."""
    import numpy as np

    random = field.random
    for _ in range(2 if random.random() < 0.2 else 1):
        x, y = field.place(0.6)
        radius, width = random.uniform(0.16, 0.26), random.uniform(0.035, 0.06)
        away = np.abs(np.hypot(field.x - x, field.y - y) - radius)
        field.paint(field.slide.cytoplasm, 0.75 * field.soft(width - away))
        angle = random.uniform(0, 2 * np.pi)
        for turn in (0.0, 0.7)[: 2 if random.random() < 0.3 else 1]:
            at = x + radius * np.cos(angle + turn), y + radius * np.sin(angle + turn)
            dot = field.spot(*at, random.uniform(0.07, 0.10))
            field.paint(field.slide.chromatin, 0.95 * dot)


def _trophozoite(field: _Field) -> None:
    """A ragged body of cytoplasm, a lump of chromatin, and grains of pigment."""
    random = field.random
    x, y = field.place(0.4)
    body = field.spot(x, y, random.uniform(0.28, 0.42), ragged=0.16)
    field.paint(field.slide.cytoplasm, 0.7 * body)
    dx, dy = field.place(0.2)
    field.paint(
        field.slide.chromatin, 0.9 * field.spot(x + dx, y + dy, random.uniform(0.1, 0.15), 0.1)
    )
    for _ in range(int(random.integers(2, 6))):
        dx, dy = field.place(0.25)
        field.paint(field.slide.pigment, 0.7 * field.spot(x + dx, y + dy, 0.03))


def _schizont(field: _Field) -> None:
    """Eight to eighteen merozoites about a heap of pigment."""
    import numpy as np

    random = field.random
    x, y = field.place(0.25)
    reach = random.uniform(0.34, 0.5)
    field.paint(field.slide.cytoplasm, 0.45 * field.spot(x, y, reach, ragged=0.08))
    count = int(random.integers(8, 19))
    for i in range(count):
        # Spread as the seeds of a sunflower, so that they hardly touch.
        far = reach * 0.88 * np.sqrt((i + 0.7) / count)
        angle = i * 2.39996 + random.normal(0, 0.15)
        at = x + far * np.cos(angle), y + far * np.sin(angle)
        field.paint(field.slide.chromatin, 0.85 * field.spot(*at, random.uniform(0.05, 0.075)))
    field.paint(field.slide.pigment, 0.85 * field.spot(x, y, random.uniform(0.05, 0.09), 0.2))


# -- what tells nothing --------------------------------------------------------------------


def _platelet(field: _Field) -> None:
    """A granular violet body that lies on the cell, most often near its edge; no ring, no
    cytoplasm of its own."""
    import numpy as np

    random = field.random
    angle, far = random.uniform(0, 2 * np.pi), random.uniform(0.45, 0.85)
    x, y = far * np.cos(angle), far * np.sin(angle)
    body = field.spot(x, y, random.uniform(0.15, 0.26), ragged=0.12)
    violet = 0.8 * field.slide.chromatin + 0.2 * field.slide.cell
    grain = 0.85 + 0.2 * _smooth(random, field.x.shape, 6)
    field.paint(violet, (0.85 * body * grain).clip(0, 0.95))


def _specks(field: _Field) -> None:
    """Grains of stain: sharp, small, blue-black."""
    random = field.random
    dark = field.slide.chromatin * 0.55
    for _ in range(int(random.integers(1, 5))):
        x, y = field.place(0.9)
        field.paint(dark, 0.9 * field.spot(x, y, random.uniform(0.02, 0.045), 0.2))


def _dent(field: _Field) -> None:
    """A fold or a bite: a crescent that is darker on one side and lighter on the other."""
    import numpy as np

    random = field.random
    x, y = field.place(0.7)
    angle, radius = random.uniform(0, 2 * np.pi), random.uniform(0.2, 0.4)
    off = radius * 0.35
    dx, dy = off * np.cos(angle), off * np.sin(angle)
    dark = np.clip(field.spot(x, y, radius) - field.spot(x + dx, y + dy, radius), 0, 1)
    light = np.clip(field.spot(x, y, radius) - field.spot(x - dx, y - dy, radius), 0, 1)
    field.paint(field.slide.cell * 0.78, 0.7 * dark)
    field.paint(np.minimum(field.slide.cell * 1.12, 1), 0.6 * light)


DRAW = {
    "ring": _ring,
    "trophozoite": _trophozoite,
    "schizont": _schizont,
    "platelet": _platelet,
    "specks": _specks,
    "dent": _dent,
}
