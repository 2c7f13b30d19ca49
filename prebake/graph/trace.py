"""Which files a step has read, as the store keeps it."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

ABSENT = "absent"
"""In place of a digest: there was no such file."""
_DIGEST = re.compile(r"[0-9a-f]{64}")

Trace = dict[str, dict[str, str]]
"""For each input of kind ``Tree``, by its name, the files that were read in it: digests by path."""


def read_trace(value: object) -> Trace:
    """A trace as it stands in the store.

    Raises:
        ValueError: if it is of another shape, or names a path that leads out of its folder.
    """
    if not isinstance(value, dict):
        raise ValueError("a trace is an object")
    for files in value.values():
        if not isinstance(files, dict):
            raise ValueError("the files of a trace are an object")
        for path, digest in files.items():
            whole = isinstance(digest, str) and (digest == ABSENT or _DIGEST.fullmatch(digest))
            if not whole or not is_inside(path):
                raise ValueError("a trace names a path and a digest for each file")
    return value


def is_inside(path: str) -> bool:
    """Whether a relative path with ``/`` stays below the folder that it is relative to."""
    parts = PurePosixPath(path).parts
    inside = bool(parts) and not path.startswith("/") and ".." not in parts and "\0" not in path
    return inside and _is_unicode(path)


def _is_unicode(path: str) -> bool:
    """JSON may hold half a character (a lone surrogate), which no file name can."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
