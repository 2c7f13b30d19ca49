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

    Window = tuple[slice, slice]

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
    """The image under work: ``float32 [192, 192, 3]`` from 0 to 1, and where the cell is in it.

    ``x`` and ``y`` are where each pixel is in the cell, in its radii. What is painted on it is
    computed in a window that holds it.
    """

    def __init__(self, of: Slide, random: np.random.Generator) -> None:
        import numpy as np

        self.slide, self.random = of, random
        size = SIDE * FINE
        self.centre = [float(at) for at in size / 2 + random.uniform(-3, 3, 2) * FINE]
        self.unit = float(np.clip(of.radius * random.normal(1, 0.05), 28, 44) * FINE)
        self.turn, oval = float(random.uniform(0, np.pi)), float(of.oval * random.uniform(0.4, 1.4))
        self.stretch = 1 + oval / 2, (1 + oval / 2) * (1 + oval)
        places = np.arange(size, dtype=np.float32)
        down = ((places - self.centre[0]) / self.unit)[:, None]
        right = ((places - self.centre[1]) / self.unit)[None, :]
        c, s = float(np.cos(self.turn)), float(np.sin(self.turn))
        self.x = (c * right + s * down) * self.stretch[0]
        self.y = (c * down - s * right) * self.stretch[1]
        angle = np.arctan2(self.y, self.x)
        edge = np.ones_like(angle)
        for wave in range(2, 6):
            height = float(random.normal(0, 0.05 / wave))
            edge += height * np.cos(wave * angle + float(random.uniform(0, 2 * np.pi)))
        self.reach = np.sqrt(self.x * self.x + self.y * self.y) / edge
        self.inside = self.soft(1 - self.reach, 1.2)
        self.image = self._sound()

    def _sound(self) -> np.ndarray:
        """The cell itself: lighter in the middle, darker at its rim, and not quite even."""
        import numpy as np

        of, random = self.slide, self.random
        tone = 1 + float(random.normal(0, 0.05))
        pallor = float(of.pallor * random.uniform(0.3, 1.5))
        shade = 0.02 * _smooth(random, self.x.shape, 24)
        shade += 0.012 * _smooth(random, self.x.shape, 8)
        shade += tone
        shade += pallor * np.exp(-np.square(self.reach / 0.5))
        shade -= 0.06 * np.exp(-np.square((self.reach - 0.93) / 0.07))
        return shade[..., None] * of.cell.astype(np.float32)

    def soft(self, depth: np.ndarray, px: float = 1.0) -> np.ndarray:
        """0 where ``depth`` (in radii) is below zero, 1 above; ``px`` wide between."""
        import numpy as np

        return np.clip(0.5 + depth * (self.unit / (px * FINE)), 0, 1)

    def around(self, x: float, y: float, reach: float) -> Window:
        """The pixels that lie no farther than ``reach`` (in radii) from a place in the cell."""
        import math

        u, v = x / self.stretch[0], y / self.stretch[1]
        c, s = math.cos(self.turn), math.sin(self.turn)
        row = self.centre[0] + (s * u + c * v) * self.unit
        column = self.centre[1] + (c * u - s * v) * self.unit
        # A soft edge is a pixel wide, and an oval cell is nowhere longer than its radius.
        far = reach * self.unit + 2 * FINE
        down, right = (
            slice(max(0, int(at - far)), max(0, int(at + far + 2))) for at in (row, column)
        )
        return down, right

    def spot(
        self, window: Window, x: float, y: float, radius: float, ragged: float = 0.0
    ) -> np.ndarray:
        """A disc in a window, with an edge that is ``ragged`` (a part of its radius)."""
        import numpy as np

        right, down = self.x[window] - x, self.y[window] - y
        reach = np.hypot(right, down)
        if ragged:
            angle = np.arctan2(down, right)
            uneven = np.ones_like(angle)
            for wave in (2, 3, 5):
                height = float(self.random.uniform(-ragged, ragged))
                uneven += height * np.cos(wave * angle + float(self.random.uniform(0, 2 * np.pi)))
            reach = reach * uneven
        return self.soft(radius - reach)

    def dab(
        self,
        colour: np.ndarray,
        strength: float,
        x: float,
        y: float,
        radius: float,
        ragged: float = 0.0,
    ) -> None:
        """Paints a spot, wherever it is."""
        window = self.around(x, y, radius / (1 - 3 * ragged))
        self.paint(window, colour, strength * self.spot(window, x, y, radius, ragged))

    def paint(self, window: Window, colour: np.ndarray, strength: np.ndarray) -> None:
        """Lays a colour over a window, as far as the cell reaches."""
        import numpy as np

        covered = (strength * self.inside[window])[..., None]
        image = self.image[window]
        image += (colour.astype(np.float32) - image) * covered

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
        whole = self.image * self.inside[..., None]
        whole *= 255
        whole += 0.5
        np.clip(whole, 0, 255, out=whole)
        blur = ImageFilter.GaussianBlur(of.blur * FINE * random.uniform(0.8, 1.2))
        fine = np.asarray(Image.fromarray(whole.astype(np.uint8)).filter(blur))
        pixels = _shrunk(fine.astype(np.float32)) / 255
        covered = _shrunk(self.inside)
        gain, fall = of.light
        slope = np.linspace(-fall, fall, SIDE, dtype=np.float32)[None, :, None]
        pixels *= gain + slope
        pixels += of.noise * random.standard_normal(pixels.shape, np.float32)
        pixels *= (covered > 0.5)[..., None]
        return (pixels.clip(0, 1) * 255 + 0.5).astype(np.uint8)


def _shrunk(image: np.ndarray) -> np.ndarray:
    """Each pixel the mean of ``FINE`` by ``FINE``."""
    total = sum(image[i::FINE, j::FINE] for i in range(FINE) for j in range(FINE))
    return total / (FINE * FINE)


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
        radius, width = float(random.uniform(0.16, 0.26)), float(random.uniform(0.035, 0.06))
        window = field.around(x, y, radius + width)
        away = np.abs(np.hypot(field.x[window] - x, field.y[window] - y) - radius)
        field.paint(window, field.slide.cytoplasm, 0.75 * field.soft(width - away))
        angle = float(random.uniform(0, 2 * np.pi))
        for turn in (0.0, 0.7)[: 2 if random.random() < 0.3 else 1]:
            at_x = x + radius * float(np.cos(angle + turn))
            at_y = y + radius * float(np.sin(angle + turn))
            size = float(random.uniform(0.07, 0.10))
            field.dab(field.slide.chromatin, 0.95, at_x, at_y, size)


def _trophozoite(field: _Field) -> None:
    """A ragged body of cytoplasm, a lump of chromatin, and grains of pigment."""
    random = field.random
    x, y = field.place(0.4)
    field.dab(field.slide.cytoplasm, 0.7, x, y, float(random.uniform(0.28, 0.42)), 0.16)
    dx, dy = field.place(0.2)
    field.dab(field.slide.chromatin, 0.9, x + dx, y + dy, float(random.uniform(0.1, 0.15)), 0.1)
    for _ in range(int(random.integers(2, 6))):
        dx, dy = field.place(0.25)
        field.dab(field.slide.pigment, 0.7, x + dx, y + dy, 0.03)


def _schizont(field: _Field) -> None:
    """Eight to eighteen merozoites about a heap of pigment."""
    import numpy as np

    random = field.random
    x, y = field.place(0.25)
    reach = float(random.uniform(0.34, 0.5))
    field.dab(field.slide.cytoplasm, 0.45, x, y, reach, 0.08)
    count = int(random.integers(8, 19))
    for i in range(count):
        # Spread as the seeds of a sunflower, so that they hardly touch.
        far = reach * 0.88 * float(np.sqrt((i + 0.7) / count))
        angle = i * 2.39996 + float(random.normal(0, 0.15))
        at_x, at_y = x + far * float(np.cos(angle)), y + far * float(np.sin(angle))
        field.dab(field.slide.chromatin, 0.85, at_x, at_y, float(random.uniform(0.05, 0.075)))
    field.dab(field.slide.pigment, 0.85, x, y, float(random.uniform(0.05, 0.09)), 0.2)


# -- what tells nothing --------------------------------------------------------------------


def _platelet(field: _Field) -> None:
    """A granular violet body that lies on the cell, most often near its edge; no ring, no
    cytoplasm of its own."""
    import numpy as np

    random = field.random
    angle, far = float(random.uniform(0, 2 * np.pi)), float(random.uniform(0.45, 0.85))
    x, y = far * float(np.cos(angle)), far * float(np.sin(angle))
    radius, ragged = float(random.uniform(0.15, 0.26)), 0.12
    window = field.around(x, y, radius / (1 - 3 * ragged))
    body = field.spot(window, x, y, radius, ragged)
    violet = 0.8 * field.slide.chromatin + 0.2 * field.slide.cell
    grain = 0.85 + 0.2 * _smooth(random, field.x.shape, 6)[window]
    field.paint(window, violet, (0.85 * body * grain).clip(0, 0.95))


def _specks(field: _Field) -> None:
    """Grains of stain: sharp, small, blue-black."""
    random = field.random
    dark = field.slide.chromatin * 0.55
    for _ in range(int(random.integers(1, 5))):
        x, y = field.place(0.9)
        field.dab(dark, 0.9, x, y, float(random.uniform(0.02, 0.045)), 0.2)


def _dent(field: _Field) -> None:
    """A fold or a bite: a crescent that is darker on one side and lighter on the other."""
    import numpy as np

    random = field.random
    x, y = field.place(0.7)
    angle, radius = float(random.uniform(0, 2 * np.pi)), float(random.uniform(0.2, 0.4))
    window = field.around(x, y, radius)
    dx, dy = 0.35 * radius * float(np.cos(angle)), 0.35 * radius * float(np.sin(angle))
    whole = field.spot(window, x, y, radius)
    dark = np.clip(whole - field.spot(window, x + dx, y + dy, radius), 0, 1)
    light = np.clip(whole - field.spot(window, x - dx, y - dy, radius), 0, 1)
    field.paint(window, field.slide.cell * 0.78, 0.7 * dark)
    field.paint(window, np.minimum(field.slide.cell * 1.12, 1), 0.6 * light)


DRAW = {
    "ring": _ring,
    "trophozoite": _trophozoite,
    "schizont": _schizont,
    "platelet": _platelet,
    "specks": _specks,
    "dent": _dent,
}
