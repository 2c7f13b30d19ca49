"""How long steps usually take, and what a reader of the site waits for."""

from __future__ import annotations

TYPICAL_SECONDS = {
    "train": 300.0,
    "pretrain": 300.0,
    "features": 120.0,
    "export": 60.0,
    "pack": 30.0,
    "convert": 20.0,
    "split": 20.0,
    "fetch": 10.0,
    "bundle": 5.0,
    "prove": 5.0,
    "style": 2.0,
    "picture": 1.0,
    "render": 0.1,
}
"""By kind, the seconds that a step is taken for before it ever ran; nobody is told them."""
