"""All drawings of a model card."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .confusion import confusion_svg
from .curves import curves_svg
from .mistakes import mistakes_png


def draw_charts(
    made: Mapping[str, Any], mistakes: list[dict[str, Any]], tiles: np.ndarray | None, folder: Path
) -> list[str]:
    """Draws what there is to draw of a model.

    Args:
        made: its ``made.json``.
        mistakes: the surest, as :func:`prebake.training.evaluation.worst_mistakes` gives them.
        tiles: their images, ``uint8 [n, h, w, c]``; None without images.
        folder: where the drawings go.

    Returns:
        The names of the files, in the order in which a card shows them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    if made["history"]:
        best = made["fit"]["best_epoch"] if made["fit"]["stop"] else None
        (folder / "curves.svg").write_text(curves_svg(made["history"], best), "utf-8")
        drawn.append("curves.svg")
    marks = made["metrics"].get(made["judged"], {})
    if marks.get("confusion"):
        drawing = confusion_svg(marks["confusion"], made["classes"])
        (folder / "confusion.svg").write_text(drawing, "utf-8")
        drawn.append("confusion.svg")
    if tiles is not None and mistakes:
        captions = [_caption(each, made["classes"]) for each in mistakes]
        mistakes_png(list(tiles), captions, folder / "mistakes.png")
        drawn.append("mistakes.png")
    return drawn


def _caption(mistake: Mapping[str, Any], classes: list[str]) -> str:
    true, answer = classes[mistake["label"]], classes[mistake["answer"]]
    return f"{true} read as {answer}, {mistake['probability']:.0%}"
