"""Whether a model file can hold what it declares, asked before anything of it is built.

A file from elsewhere may declare a layer of billions of units: TensorFlow would fill the memory of
the machine before it finds that there are no such weights.
"""

from __future__ import annotations

from typing import Any

from ..errors import ModelError

_COUNTS = ("units", "filters", "input_dim", "output_dim", "num_heads", "key_dim", "value_dim")
DEEPEST = 200
"""Lists and objects in one another."""


def demand_plausible(config: Any, size: int, where: str) -> None:
    """Refuses a configuration whose layers need more weights than the file has bytes.

    Args:
        config: of a model, as JSON values.
        size: bytes of the weights, unpacked.
        where: what a message calls the file.

    Raises:
        ModelError: naming the layer, or that the configuration nests too deep.
    """
    waiting: list[tuple[Any, int]] = [(config, 0)]
    while waiting:
        value, depth = waiting.pop()
        if depth > DEEPEST:
            raise ModelError(
                f"its configuration nests deeper than {DEEPEST}.",
                where=where,
                remedy="Save the model again.",
            )
        if isinstance(value, dict):
            _demand_counts(value, size, where)
            waiting += [(each, depth + 1) for each in value.values()]
        elif isinstance(value, list):
            waiting += [(each, depth + 1) for each in value]


def _demand_counts(config: dict[str, Any], size: int, where: str) -> None:
    for key in _COUNTS:
        count = config.get(key)
        if isinstance(count, int) and not isinstance(count, bool) and count > max(size, 1000):
            raise ModelError(
                f"its layer {config.get('name')!r} declares {key}={count:,}, but the file has only "
                f"{size:,} bytes of weights.",
                where=where,
                remedy="The file is damaged: save the model again.",
            )
