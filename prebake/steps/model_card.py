"""The step that puts what an author says of a model beside what was measured, and demands what
the declaration expects."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..training.evaluation import demand_expected

if TYPE_CHECKING:
    from ..graph.step import Context


def run(context: Context) -> None:
    """Writes ``card.json``: what templates and the report know of a model.

    Raises:
        ExpectationMissed: if a metric of the model as it ships is not what is expected.
    """
    facts = json.loads(context.inputs["facts"].read_text("utf-8"))
    evaluated = facts["metrics"].get(facts["judged"])
    # What storing the weights cost counts too: these are the metrics of what ships.
    if evaluated and not facts["draft"]:
        expect = context.params["expect"]
        where = context.params["module"]
        demand_expected(expect, evaluated["metrics"], facts["judged"], where)
    card = {**facts, **context.params["texts"]}
    text = json.dumps(card, ensure_ascii=False, indent=1)
    (context.out / "card.json").write_text(text, "utf-8")
