"""The graph of steps as lines and as a diagram."""

from __future__ import annotations

from collections.abc import Sequence

from .runner import Pending


def as_lines(pending: Sequence[Pending]) -> str:
    """One line for each step: status, name, what it waits for, reason."""
    lines = []
    for each in pending:
        needs = f"  ← {', '.join(dict.fromkeys(each.step.needs()))}" if each.step.needs() else ""
        why = f"  ({each.reason})" if each.reason else ""
        lines.append(f"{each.status:9} {each.step.name}{needs}{why}")
    return "\n".join(lines)


def as_mermaid(pending: Sequence[Pending]) -> str:
    """A flowchart in the language of Mermaid; steps that would run are marked."""
    numbers = {each.step.name: f"s{i}" for i, each in enumerate(pending)}
    lines = ["flowchart LR"]
    for each in pending:
        text = f"{each.step.name}<br/>{each.status}"
        lines.append(f'  {numbers[each.step.name]}["{text}"]')
    for each in pending:
        for needed in dict.fromkeys(each.step.needs()):
            lines.append(f"  {numbers[needed]} --> {numbers[each.step.name]}")
    stale = [numbers[e.step.name] for e in pending if e.status in ("to build", "unknown")]
    if stale:
        lines.append(f"  class {','.join(stale)} stale")
        lines.append("  classDef stale stroke-width:3px")
    return "\n".join(lines)
