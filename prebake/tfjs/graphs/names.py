"""Names that TensorFlow allows for nodes."""

from __future__ import annotations

import re
from collections.abc import Iterable


def unique(names: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """Names that TensorFlow allows for nodes, each a different one and none of ``taken``."""
    used = set(taken)
    found = []
    for name in names:
        clean = re.sub(r"[^A-Za-z0-9_.-]", "_", name)
        clean = clean if re.match(r"[A-Za-z0-9.]", clean) else f"x{clean}"
        free, number = clean, 1
        while free in used:
            free, number = f"{clean}_{number}", number + 1
        used.add(free)
        found.append(free)
    return found
