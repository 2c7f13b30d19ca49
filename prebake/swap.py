"""Letting two folders change places in one step, where the system can."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2  # linux/fs.h
_RENAME_SWAP = 2  # sys/stdio.h of macOS


def exchange(new: Path, old: Path, aside: Path) -> None:
    """Puts ``new`` where ``old`` is; afterwards ``new`` holds what was there, if anything.

    Args:
        aside: where ``old`` may lie for an instant; nothing is there before and afterwards.

    On Linux and macOS there is no moment without ``old``. Elsewhere it is renamed away
    first, and a reader may for an instant find nothing, but never a part.
    """
    if not old.exists():
        new.rename(old)
        return
    if _exchange_atomically(new, old):
        return
    old.rename(aside)
    new.rename(old)
    aside.rename(new)


def _exchange_atomically(new: Path, old: Path) -> bool:
    import ctypes

    try:
        library = ctypes.CDLL(None, use_errno=True)
        first, second = os.fsencode(new), os.fsencode(old)
        if sys.platform == "linux":
            done = library.renameat2(_AT_FDCWD, first, _AT_FDCWD, second, _RENAME_EXCHANGE)
        elif sys.platform == "darwin":
            done = library.renamex_np(first, second, _RENAME_SWAP)
        else:
            return False
    except (OSError, AttributeError, TypeError):
        return False
    return done == 0
