"""How long steps usually take, and which of them a page waits for."""

from __future__ import annotations

from collections.abc import Iterable

from .declare.page import Page
from .declare.project import Project
from .graph.order import closure
from .graph.step import Step
from .plan import models_of

TYPICAL_SECONDS = {
    "train": 150.0,
    "pretrain": 120.0,
    "features": 90.0,
    "export": 25.0,
    "pack": 20.0,
    "convert": 15.0,
    "split": 15.0,
    "fetch": 10.0,
    "bundle": 5.0,
    "prove": 5.0,
    "style": 2.0,
    "picture": 1.0,
    "render": 0.1,
}
"""By kind, the seconds that a step is taken for before it ever ran."""


def page_steps(project: Project, steps: Iterable[Step]) -> dict[str, list[str]]:
    """By page the names of the steps without which it does not work: those that draw it, and
    those that make what it loads."""
    by_name = {step.name: step for step in steps}
    return {page.name: closure(_parts(project, page), by_name) for page in project.pages.values()}


def _parts(project: Project, page: Page) -> list[str]:
    return [
        f"render {page.name}",
        *(f"pack {name}" for name in page.front.datasets),
        *(f"export {name}" for name in models_of(project, page)),
    ]
