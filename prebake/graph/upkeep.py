"""Looking after a store: comparing all that it holds, and removing what nobody uses."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ..errors import DamagedArtifact, StoreError
from ..removal import discard
from .record import Record, is_digest
from .store import Store, listed
from .tree import tree_size


def verify(store: Store) -> Iterator[tuple[Record, str]]:
    """Every record, with what is wrong with its artifact; empty if nothing is.

    Damaged artifacts are evicted, so that the next build makes them again.
    """
    for record in store.records():
        try:
            store.verified(record)
            problem = ""
        except DamagedArtifact as error:
            problem = error.detail + _evict(store, record.digest)
        yield record, problem


def _evict(store: Store, digest: str) -> str:
    """Removes an artifact; why it cannot be removed, behind a semicolon."""
    try:
        store.evict(digest)
    except StoreError as error:
        return f"; {error.problem}"
    return ""


def prune(store: Store, unused_for: float) -> tuple[int, int]:
    """Removes what no build has used for ``unused_for`` seconds, and what is left over.

    Only what has the name of something of the store is removed.

    Returns:
        The number of artifacts removed and their size in bytes.

    Raises:
        StoreError: if something cannot be removed.
    """
    limit = time.time() - unused_for
    for room in ("keys", "traces"):
        for path in store.notes(room):
            if _last_written(path) < limit:
                discard(path, store.home)
    used = {record.digest for record in store.records()}
    removed = freed = 0
    for home in store.artifacts():
        if home.name not in used and _last_written(home) < limit:
            with suppress(OSError):
                freed += tree_size(home)
            store.evict(home.name)
            removed += 1
    for room, suffix in (("scratch", ""), ("locks", ".lock")):
        for path in listed(store.home / room):
            known = path.suffix == suffix and is_digest(path.stem)
            if known and _last_written(path) < limit:
                discard(path, store.home)
    store.sweep()
    return removed, freed


def _last_written(path: Path) -> float:
    """Seconds since the epoch; infinite for what is gone."""
    try:
        return path.lstat().st_mtime
    except OSError:
        return float("inf")
