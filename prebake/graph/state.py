"""What the last build of this checkout was, so that the next can say what changed."""

from __future__ import annotations

from pathlib import Path

from ..notes import recall, remember
from .key import Ingredients
from .record import is_digest, read_ingredients


class State:
    """For each step its last key and ingredients, in ``.prebake/state.json``.

    It decides nothing: without it every step is still found in the store, only the reasons
    are less exact.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        noted = recall(path)
        self._steps = {name: each for name, each in noted.items() if isinstance(each, dict)}
        self._changed = False

    def key(self, step: str) -> str | None:
        key = self._steps.get(step, {}).get("key")
        return key if is_digest(key) else None

    def ingredients(self, step: str) -> Ingredients | None:
        try:
            return read_ingredients(self._steps.get(step, {}).get("ingredients"))
        except ValueError:
            return None

    def note(self, step: str, key: str, ingredients: Ingredients) -> None:
        if self.key(step) != key:
            self._steps[step] = {"key": key, "ingredients": vars(ingredients)}
            self._changed = True

    def save(self) -> None:
        if not self._changed:
            return
        remember(self.path, self._steps)
        self._changed = False
