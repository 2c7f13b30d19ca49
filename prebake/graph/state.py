"""What the last build of this checkout was, so that the next can say what changed."""

from __future__ import annotations

import json
import os
from pathlib import Path

from .key import Ingredients


class State:
    """For each step its last key and ingredients, in ``.prebake/state.json``.

    It decides nothing: without it every step is still found in the store, only the reasons
    are less exact.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._steps: dict[str, dict] = {}
        try:
            loaded = json.loads(path.read_text())
            self._steps = loaded if isinstance(loaded, dict) else {}
        except (OSError, ValueError):
            pass
        self._changed = False

    def key(self, step: str) -> str | None:
        return self._steps.get(step, {}).get("key")

    def ingredients(self, step: str) -> Ingredients | None:
        try:
            return Ingredients(**self._steps[step]["ingredients"])
        except (KeyError, TypeError):
            return None

    def note(self, step: str, key: str, ingredients: Ingredients) -> None:
        if self.key(step) != key:
            self._steps[step] = {"key": key, "ingredients": vars(ingredients)}
            self._changed = True

    def save(self) -> None:
        if not self._changed:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_suffix(f".{os.getpid()}")
        temporary.write_text(json.dumps(self._steps, ensure_ascii=False))
        temporary.replace(self.path)
        self._changed = False
