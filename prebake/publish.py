"""Bringing what the steps made together in ``_site``, all of it or nothing.

The new site is laid out beside the old one and the two folders change places, so that a
reader sees the one or the other. The name of the new folder is written down before it is made:
what a killed build left is removed by the next, and nothing else.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from .draft import Draft
from .errors import BundleError
from .graph.record import Record
from .graph.store import Store
from .graph.tree import hash_tree
from .notes import recall, write_note
from .place import MARK, demand_ours, unwritable
from .removal import remove
from .swap import exchange

REPORT = "report.json"


@dataclass(frozen=True)
class Published:
    """What changed in ``_site``: how many files were written, removed and left alone."""

    written: int
    removed: int
    kept: int


def layout(records: Iterable[Record]) -> dict[str, tuple[Record, str]]:
    """For each path of the site the record that has it, and its path there.

    Raises:
        BundleError: if two steps made the same path, or one that of a file of prebake's own.
    """
    site: dict[str, tuple[Record, str]] = {}
    for record in records:
        for path in record.files:
            if not path.startswith("site/"):
                continue
            where = path.removeprefix("site/")
            if where in (REPORT, MARK):
                raise BundleError(
                    f"{record.step!r} makes it, but prebake writes a file of that name itself.",
                    where=where,
                    remedy="Rename the file in site/static.",
                )
            if where in site:
                raise BundleError(
                    f"both {site[where][0].step!r} and {record.step!r} make it.",
                    where=where,
                    remedy="Rename the page or the file in site/static.",
                )
            site[where] = (record, path)
    return site


def publish(
    site: Mapping[str, tuple[Record, str]], store: Store, out: Path, report: Mapping[str, Any]
) -> Published:
    """Makes ``out`` hold exactly ``site``, replacing it in one exchange if anything differs,
    and the report beside it.

    Raises:
        PrebakeError: if ``out`` is a folder of something else, or cannot be written.
        DamagedArtifact: if a file in the store is not what its record says; ``out`` is as it was.
    """
    demand_ours(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(out.parent / f".{out.name}.lock"):
            published = _replace(site, store, out)
            write_report(out, report)
            return published
    except OSError as error:
        raise unwritable(out, error) from None


def _replace(site: Mapping[str, tuple[Record, str]], store: Store, out: Path) -> Published:
    draft = Draft(out)
    draft.sweep()
    present = hash_tree(out) if out.is_dir() else {}
    present.pop(REPORT, None)
    wanted = {path: record.files[inside] for path, (record, inside) in site.items()}
    wanted[MARK] = _digest_of_mark()
    if present == wanted:
        return Published(0, 0, len(wanted))
    new = draft.begin()
    try:
        kept = _fill(new, out, site, wanted, present, store)
        if (out / REPORT).is_file():
            shutil.copyfile(out / REPORT, new / REPORT)
        exchange(new, out, draft.aside(new))
    finally:
        draft.sweep()
    removed = len(present.keys() - wanted.keys())
    return Published(len(wanted) - kept, removed, kept)


def write_report(out: Path, report: Mapping[str, Any]) -> None:
    """Replaces the report of the site in place, in one move."""
    write_note(out / REPORT, report, indent=1)


def read_report(out: Path) -> dict[str, Any]:
    """The report of the site in place; empty if there is none that can be read."""
    return recall(out / REPORT)


def clean(out: Path) -> bool:
    """Removes the site; False if there was none.

    Raises:
        PrebakeError: if it is no site that prebake made, or cannot be removed.
    """
    demand_ours(out)
    try:
        Draft(out).sweep()
        if not out.is_dir():
            return False
        remove(out, out.parent)
    except OSError as error:
        raise unwritable(out, error) from None
    return True


def _fill(
    new: Path,
    old: Path,
    site: Mapping[str, tuple[Record, str]],
    wanted: Mapping[str, str],
    present: Mapping[str, str],
    store: Store,
) -> int:
    kept = 0
    for path, (record, inside) in site.items():
        target = new / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if present.get(path) == wanted[path]:
            _link(old / path, target)
            kept += 1
            continue
        data = store.read(record, inside)
        target.write_bytes(data)
    (new / MARK).write_text(_MARK_TEXT)
    return kept


def _link(source: Path, target: Path) -> None:
    """The same file under another name; a copy where the disk has no links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


_MARK_TEXT = "Made by prebake; the next build replaces this folder.\n"


def _digest_of_mark() -> str:
    return hashlib.sha256(_MARK_TEXT.encode()).hexdigest()
