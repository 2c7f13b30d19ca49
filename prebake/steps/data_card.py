"""The step that puts what an author says of a dataset beside what packing found out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..graph.step import Context


def run(context: Context) -> None:
    """Writes ``card.json``: what templates and the report know of a dataset."""
    facts = json.loads(context.inputs["facts"].read_text("utf-8"))
    card = {**facts, **context.params["texts"]}
    text = json.dumps(card, ensure_ascii=False, indent=1)
    (context.out / "card.json").write_text(text, "utf-8")
