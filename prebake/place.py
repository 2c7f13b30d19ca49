"""Whether a site can be put where it shall go, asked before anything is built."""

from __future__ import annotations

import os
from pathlib import Path

from .errors import PrebakeError, UsageError
from .graph.store import FULL
from .graph.tree import list_tree

MARK = ".prebake-site"
"""The file that marks a folder as one that prebake made, and may replace and clean."""


def demand_place(out: Path, store: Path) -> None:
    """Makes the folder in which ``out`` lies, and sees that a site can be put there.

    Args:
        out: the folder of the site, with all links followed.
        store: where results are kept.

    Raises:
        UsageError: if something else is there, or the system does not allow it.
    """
    demand_ours(out)
    _demand_apart(out, store)
    if os.path.ismount(out):
        raise _refusal(
            out,
            "a file system is mounted there, so that the folder cannot be replaced as a whole.",
            f"Choose a folder inside it, such as --out {out / 'site'}.",
        )
    for above in out.parents:
        if above.exists() and not above.is_dir():
            raise _refusal(out, f"{above} is a file, expected a folder.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        trial = out.with_name(f".{out.name}.{os.urandom(8).hex()}")
        trial.mkdir()
        trial.rmdir()
    except OSError as error:
        raise unwritable(out, error) from None


def demand_ours(out: Path) -> None:
    """Refuses a folder that holds what prebake did not make.

    Raises:
        UsageError: if it does, or is no folder.
    """
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise _refusal(out, "it is a file or a link, expected a folder.")
    if not out.is_dir():
        return
    try:
        names = {path.name for path in out.iterdir()}
        foreign = list_tree(out)[:1] if names and not (out / MARK).is_file() else []
    except OSError as error:
        raise unwritable(out, error) from None
    if names and not (out / MARK).is_file():
        shown = foreign[0] if foreign else min(names)
        raise _refusal(
            out,
            f"the folder holds files that prebake did not make, such as {shown}.",
            "Empty it, or choose another folder.",
        )
    if ".git" in names:
        raise _refusal(
            out,
            "the folder is a Git repository, which the next build would replace.",
            "Choose another folder, and copy its files into the repository.",
        )


def _demand_apart(out: Path, store: Path) -> None:
    """A site inside another one, or around the store, would be removed by the next build."""
    for above in out.parents:
        if (above / MARK).is_file():
            raise _refusal(
                out,
                f"it lies inside the site {above}, whose next build would remove it.",
                "Choose a folder beside it.",
            )
    store = store.resolve()
    if out.is_relative_to(store) or store.is_relative_to(out):
        raise _refusal(
            out,
            f"the store {store} and the site must not lie inside one another.",
            "Choose another folder with --out or --store.",
        )


def unwritable(out: Path, error: OSError) -> PrebakeError:
    """What to say when the system does not let a site be put in its place."""
    if error.errno in FULL:
        return PrebakeError(
            "the disk is full; the site that was there is untouched.",
            where=f"--out {out}",
            remedy="Free some space, or choose a folder on another disk.",
        )
    return _refusal(
        out, f"the site cannot be put there: {error.strerror}.", "Choose another folder."
    )


def _refusal(out: Path, problem: str, remedy: str = "Choose another folder.") -> UsageError:
    return UsageError(problem, where=f"--out {out}", remedy=remedy)
