"""Small JSON files in which a build remembers something for the next."""

from __future__ import annotations

import json
import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

LARGEST = 256 << 20
"""Bytes. A larger file is not one of these."""


def read_note(path: Path) -> Any:
    """The JSON value in a file.

    Raises:
        FileNotFoundError: if there is no such file.
        OSError: if it cannot be read, or is a folder.
        ValueError: if it holds no JSON in UTF-8, nests too deep, or is larger than ``LARGEST``.
    """
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise ValueError("the file is too large")
    try:
        return json.loads(data.decode("utf-8"))
    except RecursionError:
        raise ValueError("the file nests too deep") from None


def recall(path: Path | None) -> dict[str, Any]:
    """The JSON object in a file; empty if there is none that can be read."""
    if path is None:
        return {}
    try:
        value = read_note(path)
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def write_note(path: Path, value: Any, *, indent: int | None = None) -> None:
    """Writes a JSON value to a file, as a whole or not at all.

    Raises:
        OSError: if it cannot be written; the file is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}")
    try:
        temporary.write_text(json.dumps(value, ensure_ascii=False, indent=indent), "utf-8")
        temporary.replace(path)
    except OSError:
        with suppress(OSError):
            temporary.unlink()
        raise


def remember(path: Path, value: Any) -> None:
    """As :func:`write_note`, where nothing is lost if it cannot be written."""
    with suppress(OSError):
        write_note(path, value)
