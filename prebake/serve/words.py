"""What a build does, in the words of those who wait for a page."""

from __future__ import annotations

from ..remaining import says_left

_DOING = {
    "bundle": "Bundling {}",
    "convert": "Converting {}",
    "data-card": "Describing {}",
    "export": "Exporting {}",
    "features": "Computing features for {}",
    "fetch": "Fetching {}",
    "links": "Checking links",
    "model-card": "Describing {}",
    "pack": "Packing {}",
    "picture": "Drawing the picture of {}",
    "pretrain": "Pretraining {}",
    "prove": "Testing {} in Node",
    "render": "Rendering {}",
    "split": "Splitting {}",
    "style": "Bundling styles",
    "train": "Training {}",
    "weigh": "Measuring {}",
}


def doing(step: str) -> str:
    """``train digits`` is ``Training digits``."""
    kind, _, target = step.partition(" ")
    return _DOING.get(kind, f"{kind.capitalize()} {{}}").format(target)


def amount(done: float, total: float, unit: str) -> str:
    """How far a step is, from what it reports: ``epoch 3 of 10``, ``1.5 of 3.0 MB``."""
    if unit == "bytes":
        of = f" of {total / 1e6:.1f}" if total else ""
        return f"{done / 1e6:.1f}{of} MB"
    unit, *more = unit.split(", ")
    better = [part for part in more if not says_left(part)]
    if better:
        return better[0]
    of = f" of {total:,.0f}" if total else ""
    return f"{done:,.0f}{of} {unit}"


def about(seconds: float) -> str:
    """``about 4 min``; for what is put together from several steps."""
    if seconds < 15:
        return "a few seconds"
    if seconds < 55:
        return f"about {round(seconds, -1):.0f} s"
    if seconds < 5400:
        return f"about {max(1, round(seconds / 60))} min"
    return f"about {seconds / 3600:.1f} h"


def small(text: str) -> str:
    """The text as it stands inside a sentence."""
    return text[:1].lower() + text[1:]
