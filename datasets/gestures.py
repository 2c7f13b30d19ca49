"""Hands that show rock, paper, scissors, lizard or Spock, 96 x 96 px, RGB.

``synthetic`` (the default) is drawn by a program and labelled as generated: a set to begin with
for whoever has no camera at hand. ``folder`` takes photographs, in a folder for each gesture
(``gestures/rock/…``); ``python build.py --data gestures=./my_hands`` reads another folder.
"""

from __future__ import annotations

from collections.abc import Callable

from prebake import Dataset, Folder, Holdout, Samples, Synthetic

CLASSES = ["rock", "paper", "scissors", "lizard", "Spock"]
HANDS, PICTURES = 15, 4
"""How many hands there are, and how many pictures of each gesture of each."""


def draw(seed: int, progress: Callable[[int, int], None] = lambda done, total: None) -> Samples:
    """Every picture of every hand, ``uint8 [300, 96, 96, 3]``.

    A hand is a group, so that its skin, its sleeve and the wall behind it are never on both
    sides. Each shows every gesture equally often, so that none of them tells the gesture.
    """
    import numpy as np

    from datasets._hands import hands, picture

    images = np.empty((HANDS * len(CLASSES) * PICTURES, 96, 96, 3), np.uint8)
    labels, groups, names = [], [], []
    for index, hand in enumerate(hands(HANDS, seed)):
        for label, gesture in enumerate(CLASSES):
            for number in range(PICTURES):
                images[len(labels)], _ = picture(hand, gesture, number)
                labels.append(label)
                groups.append(f"hand {index + 1}")
                names.append(f"hand {index + 1}, {gesture}, drawing {number + 1}")
        progress(index + 1, HANDS)
    return Samples(images, labels, group=groups, names=names)


gestures = Dataset(
    title="Rock, paper, scissors, lizard, Spock",
    description="Right and left hands that show the five gestures of the game. The built-in ones "
    "are drawn, not photographed, with many tones of skin before many walls.",
    classes=CLASSES,
    tile=(96, 96, 3),
    # Of photographs in a folder, whichever it is; what is drawn has its own.
    licence="as whoever took the photographs says",
    origin="A folder of photographs",
    sources={
        "synthetic": Synthetic(
            draw,
            seed=96,
            licence="CC0-1.0",
            origin="Drawn by a program of this project, not photographed",
        ),
        "folder": Folder("./gestures"),
    },
    # Three hands of fifteen; with this seed a light, a medium and a dark one, right and left ones.
    holdout=Holdout(test=0.2, seed=128),
    # Photographs are rarely square, and the hand is rarely at their edge.
    fit="cover",
    seed=96,
)
