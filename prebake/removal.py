"""Removing files and folders, never outside the folder that they must lie in."""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path

from .errors import StoreError


def demand_inside(path: Path, folder: Path) -> None:
    """Refuses a path that does not lie below ``folder`` once its links are followed.

    The last part of the path may itself be a link: to remove it removes the link.

    Raises:
        StoreError: if it does not, or is ``folder`` itself.
    """
    home = folder.resolve()
    parent = path.parent.resolve()
    if path.name in ("", ".", "..") or not parent.is_relative_to(home):
        raise StoreError(
            f"{path} does not lie inside {folder}, so that it is not removed.",
            remedy="Please report this.",
        )


def remove(path: Path, folder: Path) -> None:
    """Removes a file, a link or a folder with all it holds; what is not there is no error.

    Folders that may not be written are made writable first; links are not followed.

    Args:
        path: what is removed.
        folder: what it must lie in.

    Raises:
        StoreError: if it lies elsewhere.
        OSError: if something in it cannot be removed.
    """
    demand_inside(path, folder)
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(mode):
        path.unlink(missing_ok=True)
        return
    make_writable(path)
    try:
        shutil.rmtree(path)
    except FileNotFoundError:
        if path.exists():  # another process removes it as well
            shutil.rmtree(path, ignore_errors=True)


def discard(path: Path, folder: Path) -> None:
    """As :func:`remove`, where it does no harm if something stays.

    Raises:
        StoreError: if the path lies outside ``folder``.
    """
    with suppress(OSError):
        remove(path, folder)


def make_writable(folder: Path) -> None:
    """Lets the owner of a folder, and of those below it, change what they hold."""
    with suppress(OSError):
        folder.chmod(folder.stat().st_mode | stat.S_IRWXU)
    for above, names, _ in os.walk(folder):  # follows no links
        for name in names:
            inner = Path(above, name)
            with suppress(OSError):
                if not inner.is_symlink():
                    inner.chmod(inner.stat().st_mode | stat.S_IRWXU)
