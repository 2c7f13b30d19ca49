"""Drawing hands that show rock, paper, scissors, lizard or Spock.

A hand is a skeleton in three dimensions. A gesture bends its joints, every bone is a capsule that
narrows towards the tip, and what the eye sees of them is a field of heights that is lit from the
side. Lengths are in palms (1 is the way from the wrist to the knuckle of the middle finger), x to
the right, y up, z towards the eye, angles in degrees. The palm faces the eye and the thumb is on
the left, as a left hand's is; a right one is its mirror image. No photograph is used: what is
drawn here is made up, and is labelled so wherever it appears.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

Colour = tuple[int, int, int]
"""sRGB, 0 to 255."""
SIDE = 96
"""Height and width of a picture, px."""
FINE = 3
"""How many points a pixel has in each direction while it is drawn; it becomes their mean."""
NOTHING = -9.0
"""The height where there is no hand: below everything."""
ARM, PALM, THUMB, SLEEVE = -2, -1, 0, -3
"""What a bone belongs to; the fingers are 1 (index) to 4 (little)."""


@dataclass(frozen=True)
class Pose:
    """How a gesture bends the joints.

    Args:
        fingers: for index, middle, ring and little finger: where it points (0 is straight up,
            positive away from the thumb), then how far knuckle, middle and last joint bend.
        thumb: for each of its bones: where it points, as above, and how far towards the eye.
        nail: where the thumb's nail faces, x, y and z.
        wrist: how far the hand bends towards its palm.
        turn: about the forearm; at 90 the eye sees the side of the thumb.
        near: by how much the hand is nearer to the eye than an open one.
        loose: how far the joints of one picture differ from those of another.
    """

    fingers: tuple[tuple[float, float, float, float], ...]
    thumb: tuple[tuple[float, float], ...]
    nail: tuple[float, float, float]
    wrist: float = 0
    turn: float = 0
    near: float = 1
    loose: float = 2.5


FOLDED_RING = (2, 80, 104, 82)
FOLDED_LITTLE = (4, 78, 104, 82)
POSES = {
    "rock": Pose(
        fingers=((-2, 78, 104, 82), (0, 82, 102, 82), FOLDED_RING, FOLDED_LITTLE),
        thumb=((-40, 45), (8, 58), (84, 4)),
        nail=(0, 0.35, 1),
        near=1.3,
    ),
    "paper": Pose(
        fingers=((-3, 3, 4, 3), (-1, 1, 3, 2), (2, 2, 4, 2), (6, 4, 5, 3)),
        thumb=((-52, 18), (-40, 8), (-24, 4)),
        nail=(-1, 0.3, -0.2),
    ),
    "scissors": Pose(
        fingers=((-15, 4, 5, 3), (11, 3, 4, 3), FOLDED_RING, FOLDED_LITTLE),
        thumb=((-30, 45), (40, 44), (84, 6)),
        nail=(0, 0.35, 1),
        near=1.02,
    ),
    "lizard": Pose(
        fingers=((-2, 66, 13, 6), (-1, 66, 13, 6), (0, 66, 13, 6), (1, 66, 13, 6)),
        thumb=((0, 43), (0, 57), (0, 56)),
        nail=(-0.4, -1, 0),
        wrist=28,
        turn=80,
        near=1.1,
    ),
    "Spock": Pose(
        fingers=((-13, 3, 4, 3), (-15, 2, 3, 2), (15, 2, 4, 2), (13, 4, 5, 3)),
        thumb=((-56, 18), (-54, 8), (-42, 4)),
        nail=(-1, 0.3, -0.2),
    ),
}
"""The five gestures."""

# Of index, middle, ring and little finger: where the knuckle is (x and y), how long the bones are,
# and how thick they are at the knuckle, at the two joints and at the tip (radii).
KNUCKLES = ((-0.33, 0.95), (-0.105, 1.0), (0.11, 0.96), (0.31, 0.85))
LENGTHS = ((0.46, 0.28, 0.22), (0.51, 0.32, 0.23), (0.47, 0.3, 0.23), (0.37, 0.22, 0.2))
RADII = (
    (0.118, 0.105, 0.096, 0.078),
    (0.12, 0.108, 0.098, 0.08),
    (0.115, 0.103, 0.094, 0.077),
    (0.102, 0.09, 0.082, 0.068),
)
THUMB_ROOT = (-0.2, 0.22, 0.08)
THUMB_LENGTHS, THUMB_RADII = (0.44, 0.34, 0.27), (0.17, 0.13, 0.122, 0.09)
PALM_BONES = (
    # From x, y, z with a radius to x, y, z with a radius; first those of the four fingers.
    ((-0.12, 0.1, 0, 0.19), (-0.32, 0.9, 0, 0.15)),
    ((-0.04, 0.1, 0, 0.2), (-0.105, 0.95, 0, 0.16)),
    ((0.04, 0.1, 0, 0.2), (0.11, 0.91, 0, 0.16)),
    ((0.14, 0.12, 0, 0.19), (0.3, 0.8, 0, 0.145)),
    ((-0.31, 0.93, 0, 0.135), (0.3, 0.83, 0, 0.125)),  # the webs between the fingers
    ((0.2, 0.22, 0.05, 0.19), (0.27, 0.6, 0.03, 0.16)),  # the ball of the little finger
    ((-0.16, 0.25, 0.06, 0.21), (-0.3, 0.56, 0.06, 0.17)),  # the ball of the thumb
)
PALM_LINES = (
    # Life line, head line and heart line, through these points.
    ((-0.36, 0.68), (-0.2, 0.66), (-0.09, 0.5), (-0.04, 0.3), (-0.06, 0.14)),
    ((-0.37, 0.7), (-0.15, 0.66), (0.08, 0.56), (0.26, 0.42)),
    ((0.38, 0.66), (0.2, 0.69), (0.02, 0.75), (-0.12, 0.88)),
)

TONES = (
    # Of skin in full light, sRGB.
    (250, 222, 204),
    (244, 208, 182),
    (240, 196, 168),
    (232, 190, 152),
    (226, 178, 142),
    (216, 166, 124),
    (204, 152, 112),
    (190, 138, 98),
    (174, 120, 84),
    (158, 104, 72),
    (140, 90, 62),
    (122, 78, 54),
    (106, 68, 50),
    (90, 58, 44),
    (74, 49, 40),
)
WALLS = (
    # Plain paints, sRGB.
    (206, 214, 220),
    (168, 188, 202),
    (120, 148, 170),
    (84, 108, 132),
    (196, 208, 188),
    (142, 168, 146),
    (88, 122, 104),
    (232, 228, 214),
    (214, 196, 120),
    (170, 160, 190),
    (112, 104, 140),
    (196, 150, 158),
    (150, 154, 158),
    (92, 96, 104),
    (58, 70, 86),
    (110, 172, 172),
    (226, 206, 176),
    (178, 120, 92),
    (134, 68, 72),
    (60, 92, 80),
)
SLEEVES = (
    (52, 70, 110),
    (150, 52, 56),
    (60, 106, 84),
    (222, 222, 226),
    (48, 48, 54),
    (214, 160, 62),
    (108, 84, 132),
    (88, 140, 170),
    (128, 132, 136),
)
APART = 75.0
"""How far the colours of wall and skin, and of wall and sleeve, lie apart at least (of 441)."""


@dataclass(frozen=True)
class Hand:
    """Somebody's hand and where it is: what is the same in all its pictures.

    Args:
        tone: of the skin in full light.
        wall: of the background.
        sleeve: of the sleeve.
        scene: what the background shows, one of ``SCENES``.
        left: whether it is a left hand.
        long: of the fingers, against the usual length.
        thick: of the fingers, against the usual thickness.
        wide: of the palm, against the usual width.
        size: of a palm, px of the picture.
        cuff: how far below the wrist the sleeve begins, palms.
        light: where the light comes from; 90 is straight above.
        line: how dark outlines and creases are, 0 to 1.
        seed: of what one picture has and another has not.
    """

    tone: Colour
    wall: Colour
    sleeve: Colour
    scene: str
    left: bool
    long: float
    thick: float
    wide: float
    size: float
    cuff: float
    light: float
    line: float
    seed: int


def hands(count: int, seed: int) -> list[Hand]:
    """Hands of every tone, half of them left ones, before walls that they stand out from.

    Args:
        count: how many; from ``len(TONES)`` on tones come again.
        seed: of all that differs between them.
    """
    import numpy as np

    random = np.random.default_rng([seed, 0])
    tones = [TONES[i % len(TONES)] for i in random.permutation(count)]
    scenes = [list(SCENES)[i % len(SCENES)] for i in random.permutation(count)]
    lefts = [bool(i % 2) for i in random.permutation(count)]
    made: list[Hand] = []
    for number in range(count):
        own = np.random.default_rng([seed, 1, number])
        wall = _apart(own, WALLS, [tones[number]], [hand.wall for hand in made])
        sleeve = _apart(own, SLEEVES, [tones[number], wall], [hand.sleeve for hand in made])
        made.append(_hand(own, tones[number], wall, sleeve, scenes[number], lefts[number]))
    return made


def _hand(
    random: np.random.Generator, tone: Colour, wall: Colour, sleeve: Colour, scene: str, left: bool
) -> Hand:
    return Hand(
        tone=tone,
        wall=wall,
        sleeve=sleeve,
        scene=scene,
        left=left,
        long=float(random.uniform(0.92, 1.08)),
        thick=float(random.uniform(0.97, 1.14)),
        wide=float(random.uniform(0.95, 1.06)),
        size=float(random.uniform(33, 38)),
        cuff=float(random.uniform(0.2, 0.5)),
        light=float(random.uniform(35, 145)),
        line=float(random.uniform(0.35, 0.75)),
        seed=int(random.integers(1 << 31)),
    )


def _apart(
    random: np.random.Generator, colours: Sequence[Colour], others: list[Colour], used: list[Colour]
) -> Colour:
    """One of the colours that can be told from the others; of those one that is used least."""
    fit = [c for c in colours if min(math.dist(c, other) for other in others) > APART]
    least = min(used.count(colour) for colour in fit)
    fit = [colour for colour in fit if used.count(colour) == least]
    return fit[int(random.integers(len(fit)))]


def picture(hand: Hand, gesture: str, number: int) -> tuple[np.ndarray, np.ndarray]:
    """One picture of a hand.

    Args:
        hand: whose.
        gesture: one of ``POSES``.
        number: of the picture; each has its own place, tilt, bend of the joints and exposure.

    Returns:
        The picture, ``uint8 [96, 96, 3]`` sRGB; and what part of each of its pixels is hand, arm
        or sleeve, ``float32 [96, 96]``, 0 to 1.

    Raises:
        KeyError: for a gesture that is none.
    """
    import numpy as np

    pose = POSES[gesture]
    random = np.random.default_rng([hand.seed, list(POSES).index(gesture), number])
    size = hand.size * pose.near * float(random.uniform(0.93, 1.07))
    skeleton = _placed(_skeleton(hand, pose, random), hand, pose, SIDE / 2 / size, random)
    relief = _Relief(skeleton, size)
    light = _direction(hand.light + float(random.uniform(-15, 15)), float(random.uniform(38, 52)))
    wall = SCENES[hand.scene](_Wall(hand, random))
    image = np.where(
        relief.solid[..., None], _lit(relief, hand, light), _shaded(wall, relief, light)
    )
    image = _reduced(image * float(random.uniform(0.94, 1.06)))
    noise = 0.006 * random.standard_normal(image.shape, np.float32)
    cover = _reduced(relief.solid.astype(np.float32))
    return np.rint(np.clip(image + noise, 0, 1) * 255).astype(np.uint8), cover


# -- the skeleton --------------------------------------------------------------------------


@dataclass(frozen=True)
class _Bone:
    """A capsule: two places ``float64 [3]``, the radius at each, what it belongs to; and for bones
    of a finger which one it is (0 next to the palm, 2 the last) and where its back faces."""

    start: np.ndarray
    end: np.ndarray
    radii: tuple[float, float]
    part: int
    joint: int = -1
    back: np.ndarray | None = None

    @property
    def length(self) -> float:
        return math.dist(self.start, self.end)

    def turned(self, by: np.ndarray, away: np.ndarray) -> _Bone:
        """The bone after a turn ``[3, 3]`` and a shift ``[3]``."""
        back = None if self.back is None else by @ self.back
        start, end = by @ self.start + away, by @ self.end + away
        return _Bone(start, end, self.radii, self.part, self.joint, back)


@dataclass(frozen=True)
class _Skeleton:
    """Bones, and the creases of the palm as places ``float64 [3]`` that they pass."""

    bones: list[_Bone]
    lines: list[list[np.ndarray]]


def _skeleton(hand: Hand, pose: Pose, random: np.random.Generator) -> _Skeleton:
    """The hand with bent joints, palm to the eye and wrist at 0, 0, 0."""
    import numpy as np

    bones = _arm(hand, pose)
    for first, last in PALM_BONES:
        start, end = (np.multiply(place[:3], (hand.wide, 1, 1)) for place in (first, last))
        bones.append(_Bone(start, end, (first[3], last[3]), PALM))
    # How far fingers spread goes for all of them; what each joint does is its own.
    spread = 1 + float(random.uniform(-0.18, 0.25))
    for finger in range(4):
        bones += _finger(hand, pose, finger, spread, random)
    bones += _thumb(hand, pose, random)
    lines = [[np.array([x * hand.wide, y, 0.2]) for x, y in line] for line in PALM_LINES]
    return _Skeleton(bones, lines)


def _finger(
    hand: Hand, pose: Pose, finger: int, spread: float, random: np.random.Generator
) -> list[_Bone]:
    import numpy as np

    heading, *bends = pose.fingers[finger]
    heading = np.radians(heading * spread + random.normal(0, 0.4 * pose.loose))
    ahead = np.array([np.sin(heading), np.cos(heading), 0])
    x, y = KNUCKLES[finger]
    place, bend, bones = np.array([x * hand.wide, y, 0]), 0.0, []
    towards = np.array([0, 0, 1.0])
    radii = [hand.thick * radius for radius in RADII[finger]]
    for joint, length in enumerate(LENGTHS[finger]):
        bend += np.radians(bends[joint] + random.normal(0, pose.loose))
        end = place + hand.long * length * (np.cos(bend) * ahead + np.sin(bend) * towards)
        back = np.sin(bend) * ahead - np.cos(bend) * towards
        bones.append(_Bone(place, end, (radii[joint], radii[joint + 1]), finger + 1, joint, back))
        place = end
    return bones


def _thumb(hand: Hand, pose: Pose, random: np.random.Generator) -> list[_Bone]:
    import numpy as np

    place, bones = np.multiply(THUMB_ROOT, (hand.wide, 1, 1)), []
    radii = [hand.thick * radius for radius in THUMB_RADII]
    for joint, length in enumerate(THUMB_LENGTHS):
        heading, rise = np.radians(pose.thumb[joint] + random.normal(0, pose.loose, 2))
        flat = np.array([np.sin(heading), np.cos(heading), 0]) * np.cos(rise)
        along = flat + np.array([0, 0, np.sin(rise)])
        back = np.array(pose.nail) - np.dot(pose.nail, along) * along
        end = place + length * hand.long * along
        back = back / np.linalg.norm(back)
        bones.append(_Bone(place, end, (radii[joint], radii[joint + 1]), THUMB, joint, back))
        place = end
    return bones


def _arm(hand: Hand, pose: Pose) -> list[_Bone]:
    """Two bones side by side, as an arm is wider than thick, and the sleeve about them."""
    import numpy as np

    bend = np.radians(pose.wrist)
    down = np.array([0, -np.cos(bend), np.sin(bend)])
    bones = []
    for side in (-0.1, 0.1):
        root = np.array([side * hand.wide, 0.06, 0])
        bones.append(_Bone(root, root + 4 * down, (0.19, 0.4), ARM))
        cuff = root + np.array([side * 0.3, 0, 0]) + hand.cuff * down
        bones.append(_Bone(cuff, cuff + 4 * down, (0.27, 0.5), SLEEVE))
    return bones


def _placed(
    skeleton: _Skeleton, hand: Hand, pose: Pose, half: float, random: np.random.Generator
) -> _Skeleton:
    """The skeleton as the eye sees it: turned, tilted, on one side or the other, and with the
    middle of the hand (without the arm) near 0, 0, so that its place says nothing about it. The
    whole hand is in the picture, which ends ``half`` palms from there."""
    import numpy as np

    turn, nod, tilt = random.uniform(-12, 12), random.uniform(-10, 10), random.uniform(-25, 25)
    # The hand bends, not the arm, which still enters from below.
    lean = _about(2, -pose.wrist)
    by = _about(2, tilt) @ lean @ _about(0, nod) @ _about(1, pose.turn + turn)
    if not hand.left:
        by = np.diag([-1.0, 1, 1]) @ by
    own = [bone for bone in skeleton.bones if bone.part >= PALM]
    ends = np.array([by @ end for bone in own for end in (bone.start, bone.end)])
    radii = np.repeat([max(bone.radii) for bone in own], 2)[:, None]
    low, high = (ends - radii).min(axis=0)[:2], (ends + radii).max(axis=0)[:2]
    free = np.maximum(half - 0.03 - (high - low) / 2, 0)
    shift = np.clip(random.uniform(-0.16, 0.16, 2), -free, free)
    away = np.append(shift - (low + high) / 2, 0)
    lines = [[by @ place + away for place in line] for line in skeleton.lines]
    return _Skeleton([bone.turned(by, away) for bone in skeleton.bones], lines)


def _about(axis: int, angle: float) -> np.ndarray:
    """A turn by an angle about an axis, ``float64 [3, 3]``."""
    import numpy as np

    turn = np.eye(3)
    first, second = ((1, 2), (2, 0), (0, 1))[axis]
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    turn[first, first] = turn[second, second] = cos
    turn[second, first], turn[first, second] = sin, -sin
    return turn


# -- what the eye sees of it ---------------------------------------------------------------


class _Relief:
    """The side of a skeleton that faces the eye, at ``FINE`` points a pixel.

    ``x`` and ``y`` say where the points are, ``height`` how near to the eye what is seen there is,
    ``bone`` the number of the bone that it is (-1: none), ``part`` what that belongs to, ``solid``
    whether there is any.

    Args:
        skeleton: where the bones are.
        size: of a palm, px of the picture.
    """

    def __init__(self, skeleton: _Skeleton, size: float) -> None:
        import numpy as np

        self.skeleton, self.scale = skeleton, size * FINE
        side = SIDE * FINE
        across = ((np.arange(side) + 0.5 - side / 2) / self.scale).astype(np.float32)
        self.x, self.y = across[None, :], -across[:, None]
        self.height = np.full((side, side), NOTHING, np.float32)
        self.top = np.full((side, side), NOTHING, np.float32)
        self.bone = np.full((side, side), -1, np.int16)
        for number, bone in enumerate(skeleton.bones):
            self._add(number, bone)
        self.solid = self.bone >= 0
        parts = np.array([bone.part for bone in skeleton.bones] + [-9], np.int16)
        self.part = parts[self.bone]

    def box(self, places: list[np.ndarray], margin: float) -> tuple[slice, slice]:
        """The points that lie about some places, as rows and columns."""
        import numpy as np

        side, half = SIDE * FINE, SIDE * FINE / 2
        low, high = np.min(places, axis=0) - margin, np.max(places, axis=0) + margin
        rows = np.clip([half - high[1] * self.scale, half - low[1] * self.scale + 2], 0, side)
        columns = np.clip([half + low[0] * self.scale, half + high[0] * self.scale + 2], 0, side)
        return slice(*map(int, rows)), slice(*map(int, columns))

    def _add(self, number: int, bone: _Bone) -> None:
        import numpy as np

        box = self.box([bone.start, bone.end], max(bone.radii))
        height = _capsule(self.x[:, box[1]], self.y[box[0]], bone)
        own = height > self.top[box]
        self.bone[box][own] = number
        self.top[box][own] = height[own]
        # Parts that meet at about the same height flow into each other, as flesh does.
        soft = 0.12 if bone.part < THUMB else 0.045
        before = self.height[box]
        higher = np.maximum(before, height)
        near = np.maximum(soft - np.abs(before - height), 0) * (higher > NOTHING)
        self.height[box] = higher + near * near / (4 * soft)


def _capsule(x: np.ndarray, y: np.ndarray, bone: _Bone) -> np.ndarray:
    """How high a bone is at some points, ``NOTHING`` where it is not, ``float32 [rows, columns]``.

    It is a row of balls. Of those over a point the highest is not the one beside it if the bone
    points towards the eye or away; where it is follows from the slope.
    """
    import numpy as np

    way = bone.end - bone.start
    length = max(float(np.hypot(way[0], way[1])), 1e-4)
    slope = float(way[2]) / length
    lift = slope / float(np.hypot(1, slope))
    ux, uy = np.float32(way[0] / length), np.float32(way[1] / length)
    dx, dy = x - np.float32(bone.start[0]), y - np.float32(bone.start[1])
    beside, apart = dx * ux + dy * uy, dx * uy - dy * ux
    thick, thin = bone.radii
    taper = (thin - thick) / length
    radius = thick + taper * np.clip(beside, 0, length)
    above = np.sqrt(np.maximum(radius * radius - apart * apart, 0))
    best = np.clip(beside + above * lift, 0, length)
    radius = thick + taper * best
    square = radius * radius - apart * apart - (beside - best) ** 2
    height = np.float32(bone.start[2]) + slope * best + np.sqrt(np.maximum(square, 0))
    return np.where(square > 0, height, np.float32(NOTHING))


# -- light and colour ----------------------------------------------------------------------


def _direction(bearing: float, above: float) -> np.ndarray:
    """Where the light is, ``float32 [3]`` of length 1."""
    import numpy as np

    bearing, above = np.radians(bearing), np.radians(above)
    flat = np.cos(above)
    return np.array([flat * np.cos(bearing), flat * np.sin(bearing), np.sin(above)], np.float32)


def _lit(relief: _Relief, hand: Hand, light: np.ndarray) -> np.ndarray:
    """The colours of hand and sleeve, 0 to about 1, ``float32 [side, side, 3]``."""
    import numpy as np

    bright, shine = _light(relief, light)
    skin = np.asarray(hand.tone, np.float32) / 255
    # In the shade skin is redder, not only darker.
    shade = skin * np.array([0.62, 0.5, 0.47], np.float32)
    bright = bright[..., None]
    image = shade + (skin * 1.06 - shade) * bright
    image = _flushed(image, relief)
    image = _with_nails(image, relief, bright)
    cloth = np.asarray(hand.sleeve, np.float32) / 255 * (0.5 + 0.55 * bright)
    sleeved = (relief.part == SLEEVE)[..., None]
    image = np.where(sleeved, cloth, image + 0.1 * shine[..., None])
    marks = _creases(relief) + _outlines(relief)
    return image * (1 - hand.line * np.clip(marks, 0, 1))[..., None]


def _light(relief: _Relief, light: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How much light each point has, 0 to 1, and how much it shines, 0 to 1."""
    import numpy as np

    down, across = np.gradient(relief.height, 1 / relief.scale)
    # Cliffs between parts are no slopes.
    steep = np.hypot(down, across)
    less = np.minimum(steep, 2.5) / np.maximum(steep, 1e-6)
    down, across = down * less, across * less
    facing = light[2] - light[0] * across + light[1] * down
    facing = facing / np.sqrt(1 + down * down + across * across)
    facing = np.clip(facing, -1, 1).astype(np.float32)
    bright = np.clip(0.5 + 0.5 * facing, 0, 1) ** 1.4
    return bright * (1 - 0.55 * _hollow(relief)), np.clip(facing, 0, 1) ** 24


def _hollow(relief: _Relief) -> np.ndarray:
    """How much of the light from all around is hidden by higher parts nearby, 0 to 1."""
    import numpy as np

    floor = np.where(relief.solid, relief.height, -0.2)
    around = _blurred(floor, -0.5, 1.5, 0.09 * relief.scale)
    return np.clip((around - floor) * 3, 0, 1) * relief.solid


def _blurred(values: np.ndarray, low: float, high: float, radius: float) -> np.ndarray:
    """Values from ``low`` to ``high``, blurred over about ``radius`` points."""
    import numpy as np
    from PIL import Image, ImageFilter

    levels = np.clip((values - low) / (high - low), 0, 1) * 255
    soft = Image.fromarray(levels.astype(np.uint8)).filter(ImageFilter.GaussianBlur(radius))
    return np.asarray(soft, np.float32) / 255 * (high - low) + low


def _on_bone(relief: _Relief, number: int) -> tuple[tuple[slice, slice], np.ndarray, list]:
    """Where a bone is seen: rows and columns, which points of those are its own, and for them how
    far along it they lie, how far sideways and how far towards its back, in palms."""
    import numpy as np

    bone = relief.skeleton.bones[number]
    assert bone.back is not None
    box = relief.box([bone.start, bone.end], max(bone.radii))
    own = relief.bone[box] == number
    along = (bone.end - bone.start) / bone.length
    x, y, z = bone.start.tolist()
    dx, dy, dz = relief.x[:, box[1]] - x, relief.y[box[0]] - y, relief.height[box] - z
    axes = (along.tolist(), np.cross(along, bone.back).tolist(), bone.back.tolist())
    return box, own, [ax * dx + ay * dy + az * dz for ax, ay, az in axes]


def _flushed(image: np.ndarray, relief: _Relief) -> np.ndarray:
    """Redder towards the tips."""
    import numpy as np

    red = np.zeros(relief.height.shape, np.float32)
    for number, bone in enumerate(relief.skeleton.bones):
        if bone.joint == 2:
            box, own, (along, _, _) = _on_bone(relief, number)
            red[box][own] = np.clip(along / bone.length, 0, 1)[own]
    return image * (1 - red[..., None] * np.array([0.0, 0.09, 0.08], np.float32))


def _with_nails(image: np.ndarray, relief: _Relief, bright: np.ndarray) -> np.ndarray:
    """With the nails of the fingers whose backs the eye sees, rosier and lighter than the skin."""
    import numpy as np

    rosy = np.array([0.98, 0.86, 0.82], np.float32)
    for number, bone in enumerate(relief.skeleton.bones):
        if bone.joint != 2:
            continue
        box, own, (along, sideways, back) = _on_bone(relief, number)
        radius = bone.radii[1]
        far, off = (along - 0.85 * bone.length) / (1.15 * radius), sideways / (0.72 * radius)
        oval = far * far + off * off
        seen = own & (back > 0)
        inside = 0.4 * np.clip((1 - oval) * 4, 0, 1) * seen
        rim = np.clip(1 - np.abs(oval - 1) * 2.5, 0, 1) * seen
        nail = rosy * (0.35 + 0.65 * bright[box])
        image[box] += (nail - image[box]) * inside[..., None]
        image[box] *= 1 - 0.22 * rim[..., None]
    return image


def _creases(relief: _Relief) -> np.ndarray:
    """How dark the folds of joints and palm are, 0 to 1."""
    import numpy as np

    dark = np.zeros(relief.height.shape, np.float32)
    for number, bone in enumerate(relief.skeleton.bones):
        if bone.joint >= 0 and not (bone.part == THUMB and bone.joint == 0):
            box, own, (along, sideways, back) = _on_bone(relief, number)
            fold = np.exp(-(((along - 0.01) / 0.02) ** 2)) * np.where(back < 0, 0.42, 0.15)
            fold *= np.clip(1.5 - 1.6 * np.abs(sideways) / bone.radii[0], 0, 1)
            dark[box][own] = np.maximum(dark[box], fold)[own]
    return np.maximum(dark, _palm_lines(relief))


def _palm_lines(relief: _Relief) -> np.ndarray:
    import numpy as np

    side = SIDE * FINE
    dark = np.zeros((side, side), np.float32)
    for line in relief.skeleton.lines:
        away = np.full((side, side), 9, np.float32)
        for start, end in pairwise(line):
            (x, y), (across, up) = start[:2].tolist(), (end - start)[:2].tolist()
            box = relief.box([start, end], 0.08)
            dx, dy = relief.x[:, box[1]] - x, relief.y[box[0]] - y
            t = np.clip((dx * across + dy * up) / max(across**2 + up**2, 1e-6), 0, 1)
            away[box] = np.minimum(away[box], np.hypot(dx - t * across, dy - t * up))
        dark = np.maximum(dark, 0.45 * np.exp(-((away / 0.02) ** 2)))
    return dark * (relief.part == PALM)


def _outlines(relief: _Relief) -> np.ndarray:
    """How dark the lines about the hand and between its fingers are, 0 to 1."""
    import numpy as np

    height, part = relief.height, relief.part
    cloth, digit = part == SLEEVE, part >= THUMB
    dark = np.zeros(height.shape, np.float32)
    for shift in ((0, 2), (2, 0), (0, -2), (-2, 0)):
        other, whose = _beside(height, *shift), _beside(part, *shift)
        cliff = np.clip((other - height - 0.07) * 6, 0, 1)
        dark = np.maximum(dark, cliff * ~(cloth & (whose == SLEEVE)))
        seam = (whose != part) & (digit & (whose >= THUMB) | (cloth != (whose == SLEEVE)))
        dark[seam] = np.maximum(dark[seam], 0.5)
        dark[other <= NOTHING] = 0.8
    return dark * relief.solid


def _beside(values: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """What is so many rows below and columns to the right; beyond the frame all goes on."""
    import numpy as np

    padded = np.pad(values, ((abs(rows),) * 2, (abs(columns),) * 2), mode="edge")
    down, across = abs(rows) + rows, abs(columns) + columns
    return padded[down : down + values.shape[0], across : across + values.shape[1]]


# -- the background ------------------------------------------------------------------------


class _Wall:
    """A painted wall behind a hand, seen from a slightly different place in each picture."""

    def __init__(self, hand: Hand, random: np.random.Generator) -> None:
        import numpy as np

        self.own = np.random.default_rng([hand.seed, 99])
        side = SIDE * FINE
        shift = random.uniform(-0.08, 0.08, 2)
        across = np.linspace(-1, 1, side, dtype=np.float32)
        self.x, self.y = across[None, :] + float(shift[0]), -across[:, None] + float(shift[1])
        self.paint = np.asarray(hand.wall, np.float32) / 255
        light = math.radians(hand.light)
        slope = self.x * math.cos(light) + self.y * math.sin(light)
        self.image = self.paint * (0.97 + 0.05 * slope)[..., None]

    def fill(self, inside: np.ndarray, factor: float) -> None:
        """Makes what lies inside (above 0, in halves of the picture's side) darker or lighter."""
        import numpy as np

        # A soft edge, as the wall is out of focus.
        part = np.clip(inside / 0.03 + 0.5, 0, 1)
        self.image = self.image * (1 + (factor - 1) * part)[..., None]

    def box(self, left: float, right: float, low: float, high: float) -> np.ndarray:
        """How far inside a rectangle each point lies."""
        import numpy as np

        flat = np.minimum(self.x - left, right - self.x)
        return np.minimum(flat, np.minimum(self.y - low, high - self.y))

    def somewhere(self, low: float, high: float) -> float:
        """A place of this hand's wall, the same in all its pictures."""
        return float(self.own.uniform(low, high))


def _plain(wall: _Wall) -> np.ndarray:
    return wall.image


def _gradient(wall: _Wall) -> np.ndarray:
    strength = wall.somewhere(0.1, 0.2) * (1 if wall.somewhere(0, 1) < 0.5 else -1)
    return wall.image * (1 - 0.05 + strength * wall.y)[..., None]


def _table(wall: _Wall) -> np.ndarray:
    wall.fill(wall.somewhere(-0.6, 0.2) - wall.y + 0 * wall.x, 0.82)
    return wall.image


def _door(wall: _Wall) -> np.ndarray:
    left = wall.somewhere(-0.9, 0.1)
    wall.fill(wall.box(left, left + 0.85, -2, 0.75), 0.86)
    wall.fill(wall.box(left + 0.06, left + 0.79, -2, 0.68), 1.08)
    return wall.image


def _shelf(wall: _Wall) -> np.ndarray:
    height, left = wall.somewhere(0.1, 0.6), wall.somewhere(-0.9, -0.3)
    wall.fill(wall.box(-2, 2, height - 0.07, height), 0.8)
    for _ in range(5):
        width, tall = wall.somewhere(0.08, 0.16), wall.somewhere(0.2, 0.36)
        wall.fill(wall.box(left, left + width, height, height + tall), wall.somewhere(0.8, 1.12))
        left += width
    return wall.image


def _frame(wall: _Wall) -> np.ndarray:
    left, low = wall.somewhere(-0.95, 0.2), wall.somewhere(0, 0.3)
    wall.fill(wall.box(left, left + 0.7, low, low + 0.55), 0.82)
    wall.fill(wall.box(left + 0.06, left + 0.64, low + 0.06, low + 0.49), 1.25)
    return wall.image


SCENES = {
    "plain": _plain,
    "gradient": _gradient,
    "table": _table,
    "door": _door,
    "shelf": _shelf,
    "frame": _frame,
}
"""What a background shows: a painted wall, and perhaps something simple on it."""


def _shaded(wall: np.ndarray, relief: _Relief, light: np.ndarray) -> np.ndarray:
    """The wall with the soft shadow that the hand casts on it."""
    import numpy as np

    shadow = _blurred(relief.solid.astype(np.float32), 0, 1, 0.12 * relief.scale)
    reach, side = 0.22 * relief.scale, np.arange(SIDE * FINE)
    rows = np.clip(side - round(light[1] * reach), 0, SIDE * FINE - 1)
    columns = np.clip(side + round(light[0] * reach), 0, SIDE * FINE - 1)
    return wall * (1 - 0.22 * shadow[np.ix_(rows, columns)])[..., None]


def _reduced(image: np.ndarray) -> np.ndarray:
    """The mean of the points of each pixel, ``float32 [96, 96]`` or ``[96, 96, 3]``."""
    # Slices are added, as NumPy's mean over two short axes takes ten times as long.
    rows = sum((image[i::FINE] for i in range(1, FINE)), image[::FINE])
    return sum((rows[:, i::FINE] for i in range(1, FINE)), rows[:, ::FINE]) / (FINE * FINE)
