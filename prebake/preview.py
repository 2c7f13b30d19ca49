"""Pages as they can be shown before all that they need is made.

A page that was built here before is drawn with the results of that time for what still has to be
made, and every page without the pictures that are not there yet: an edited text is seen at once,
though the page's model is being trained, and the gallery as long as pictures are drawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from .graph.record import Record
from .graph.runner import Outcome
from .graph.step import Input, Output, Step
from .graph.watch import Extra

KIND = "preview"


class Previews:
    """Says which pages can be drawn early, as a build goes on.

    Args:
        steps: those of the build.
        last: the result that a step had in the last build of this checkout, if it is known.
    """

    def __init__(self, steps: Mapping[str, Step], last: Callable[[str], Record | None]) -> None:
        self._steps = steps
        self._last = last
        self._records: dict[str, Record] = {}
        self._missing: set[str] = set()
        self._late: Counter[str] = Counter()
        self._shown: dict[str, Mapping[str, str]] = {}
        self._news = False
        self._readers: dict[str, set[str]] = {}
        for step in steps.values():
            for name in step.needs():
                self._readers.setdefault(name, set()).add(step.name)

    def wanted(self, step: Step) -> None:
        """A step has to run; what reads its result, or a result of that, is late."""
        # Others take so little time that it is better to wait for them.
        if step.where == "worker" and step.name not in self._missing:
            self._missing.add(step.name)
            self._count(step.name, 1)
            self._news = True

    def done(self, outcome: Outcome) -> None:
        name = outcome.step.name
        self._records[name] = outcome.record
        if name in self._missing:
            self._missing.discard(name)
            self._count(name, -1)
        self._news = True

    def possible(self) -> Iterator[Extra]:
        """The steps that draw what could not be drawn so before."""
        if not self._news:
            return
        self._news = False
        for name, step in self._steps.items():
            if step.kind == "render" and self._late[name] and name not in self._records:
                extra = self._preview(step)
                if extra is not None:
                    yield extra

    def _preview(self, step: Step) -> Extra | None:
        inputs: dict[str, Input] = {}
        records: dict[str, Record] = {}
        for name, given in step.inputs.items():
            if isinstance(given, Output):
                record = self._record(given.step)
                if record is None and self._steps[given.step].kind == "picture":
                    continue
                if record is None:
                    return None
                records[given.step] = record
            inputs[name] = given
        uses = {name: record.key for name, record in records.items()}
        if self._shown.get(step.name) == uses:
            return None
        self._shown[step.name] = uses
        return Extra(replace(step, kind=KIND, inputs=inputs), records)

    def _record(self, name: str) -> Record | None:
        """What a step made, or had made the last time if it will take a while."""
        found = self._records.get(name)
        return self._last(name) if found is None and self._late[name] else found

    def _count(self, name: str, difference: int) -> None:
        """Adds to the number of missing steps on which each step behind ``name`` waits."""
        seen = {name}
        waiting = [name]
        while waiting:
            each = waiting.pop()
            self._late[each] += difference
            behind = self._readers.get(each, set()) - seen
            seen |= behind
            waiting.extend(behind)
