"""All drawings of a model card."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .confusion import confusion_svg
from .curves import curves_svg
from .mistakes import mistakes_png


def draw_charts(made: Mapping[str, Any], source: Path, folder: Path) -> list[str]:
    """Draws what there is to draw of a model.

    Args:
        made: its ``made.json``.
        source: the folder that this lies in.
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
    if (source / "mistakes.npz").is_file():
        with np.load(source / "mistakes.npz", allow_pickle=False) as saved:
            tiles = saved["tiles"]
        captions = [_caption(each, made["classes"]) for each in made["mistakes"]]
        mistakes_png(list(tiles), captions, folder / "mistakes.png")
        drawn.append("mistakes.png")
    return drawn


def _caption(mistake: Mapping[str, Any], classes: list[str]) -> str:
    true, answer = classes[mistake["label"]], classes[mistake["answer"]]
    return f"{true} read as {answer}, {mistake['probability']:.0%}"
