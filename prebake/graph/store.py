"""The store: artifacts by the digest of their content, and by key what a step made.

::

    store/v1/
      keys/ab/ab12….json         a Record: which artifact, made how, with which files
      artifacts/cd/cd34…/        a folder, as its step left it
      traces/ab/ab12….json       which files steps of that key have read, newest first
      locks/ab12….lock           held while the step of that key runs
      tmp/HOST-PID-…/            a folder being filled

An artifact enters by a rename and a record after its artifact, so that a killed build leaves
at most a folder in ``tmp``. What is taken out is verified against its record; what does not
match is a miss. Several builds may use one store at once.

Nothing in it is trusted: a record may have been written by anybody. Paths are only made from what
has the form of a digest, and what is removed must lie in the store.
"""

from __future__ import annotations

import errno
import hashlib
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from ..errors import DamagedArtifact, StoreError
from ..notes import read_note, write_note
from ..removal import demand_inside, discard, make_writable, remove
from .alive import is_alive
from .key import Ingredients
from .record import Record, digest_tree, is_digest, read_record, write_record
from .trace import Trace, read_trace
from .tree import STRANGE, UNREADABLE, hash_tree

VERSION = "v1"
FULL = {errno.ENOSPC, errno.EDQUOT}
"""How the system says that there is no room."""
TRACES = 8
"""How many traces are kept of a key: as many branches one may change between freely."""


class Store:
    """The store in a folder of this machine.

    Args:
        root: the folder; it is made when something is first put in.
        warn: is told when something stored cannot be used.

    Raises:
        StoreError: if the folder cannot be made or written.
    """

    def __init__(self, root: Path, warn: Callable[[str], None] = lambda _: None) -> None:
        self.root = root
        self._warn = warn
        self.home = root / VERSION

    # -- finding ---------------------------------------------------------------------------

    def find(self, key: str) -> Record | None:
        """What is stored under ``key``, without verifying it; None if nothing usable is."""
        path = self._record_path(key)
        try:
            record = self._read_record(path)
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            self._warn(f"the record {key[:12]} in the store cannot be read; its step runs again")
            return None
        return record if record.key == key and self._holds(record.digest) else None

    def _holds(self, digest: str) -> bool:
        """Whether there is an artifact, and no link leads to it."""
        folder = self.folder(digest)
        return _is_folder(folder) and _is_folder(folder.parent)

    def folder(self, digest: str) -> Path:
        """Where an artifact lies.

        Raises:
            ValueError: if it is no digest, from which no path is made.
        """
        return self._place("artifacts", digest)

    def verified(self, record: Record) -> Path:
        """The artifact's folder, after comparing every file with the record.

        Raises:
            DamagedArtifact: if a file is missing, foreign or altered.
        """
        folder = self.folder(record.digest)
        try:
            found = hash_tree(folder) if _is_folder(folder) else {}
        except OSError as error:
            raise DamagedArtifact(record.digest, _cannot_be_read(error, folder)) from None
        if found != dict(record.files):
            raise DamagedArtifact(record.digest, _difference(record.files, found))
        return folder

    def read(self, record: Record, path: str) -> bytes:
        """The bytes of one file of an artifact, after comparing them with the record.

        Raises:
            DamagedArtifact: if they are not there, cannot be read or were altered.
        """
        folder = self.folder(record.digest)
        if (folder / path).is_symlink() or not (folder / path).is_file():
            raise DamagedArtifact(record.digest, f"{path} is missing or no file")
        try:
            data = (folder / path).read_bytes()
        except OSError as error:
            raise DamagedArtifact(record.digest, _cannot_be_read(error, folder)) from None
        if hashlib.sha256(data).hexdigest() != record.files.get(path):
            raise DamagedArtifact(record.digest, f"{path} was altered")
        return data

    def traces(self, key: str) -> list[Trace]:
        """Which files runs of a step of that key have read, the newest first; none of what cannot
        be read."""
        path = self._trace_path(key)
        try:
            kept = read_note(path)
            if not isinstance(kept, list):
                raise ValueError("traces are a list")
            return [read_trace(each) for each in kept]
        except FileNotFoundError:
            return []
        except (OSError, ValueError):
            self._warn(f"the trace {key[:12]} in the store cannot be read; its step runs again")
            return []

    def add_trace(self, key: str, trace: Trace) -> None:
        """Notes which files a step of that key has read; of traces the last few are kept.

        Raises:
            StoreError: if it cannot be written.
        """
        kept = [trace, *(each for each in self.traces(key) if each != trace)]
        try:
            self._write(self._trace_path(key), kept[:TRACES])
        except OSError as error:
            raise self.unwritable(error) from None

    def touch(self, record: Record) -> None:
        """Notes that a record was used; only pruning asks."""
        with suppress(OSError):
            os.utime(self._record_path(record.key))

    def prepare(self) -> None:
        """Makes the store's folders and removes what dead builds left. A store that may only be
        read serves what it has.

        Raises:
            StoreError: if it cannot be written and has nothing.
        """
        try:
            remove(self.begin(), self.home)
        except StoreError:
            if not any(listed(self.home / "keys")):
                raise
            return
        self.sweep()

    # -- putting ---------------------------------------------------------------------------

    def begin(self) -> Path:
        """A new empty folder for a step to fill."""
        name = f"{socket.gethostname()}-{os.getpid()}-{os.urandom(6).hex()}"
        path = self.home / "tmp" / name
        try:
            path.mkdir(parents=True)
        except OSError as error:
            raise self.unwritable(error) from None
        return path

    def commit(
        self,
        filled: Path,
        key: str,
        step: str,
        ingredients: Ingredients,
        seconds: float,
        warnings: list[str],
    ) -> Record:
        """Takes a filled folder into the store and writes its record.

        Raises:
            StoreError: if the store cannot be written.
        """
        try:
            files = hash_tree(filled)
            strange = next((p for p, d in files.items() if d in (STRANGE, UNREADABLE)), "")
            if strange:
                raise StoreError(f"{step} made {strange}, which cannot be kept.")
            digest = digest_tree(files)
            record = Record(key, step, digest, files, ingredients, seconds, tuple(warnings))
            self._take(filled, record)
            self._write(self._record_path(record.key), write_record(record))
        except OSError as error:
            raise self.unwritable(error) from None
        return record

    def _take(self, filled: Path, record: Record) -> None:
        home = self.folder(record.digest)
        self._make_way(home.parent)
        if os.path.lexists(home):
            # The same content from another key or another build: keep it if it is sound.
            try:
                self.verified(record)
                remove(filled, self.home)
                return
            except DamagedArtifact:
                self.evict(record.digest)
        try:
            filled.rename(home)
        except OSError:
            if not _is_folder(home):  # else another build was faster
                raise
            discard(filled, self.home)

    def _write(self, path: Path, value: Any) -> None:
        """Writes a record or traces, in place of whatever has their name."""
        self._make_way(path.parent)
        if _is_folder(path):
            remove(path, self.home)
        write_note(path, value)

    def _make_way(self, folder: Path) -> None:
        """Makes one of the store's folders; a file that has its name is removed."""
        if os.path.lexists(folder) and not _is_folder(folder):
            remove(folder, self.home)
        folder.mkdir(parents=True, exist_ok=True)

    def _read_record(self, path: Path) -> Record:
        return read_record(read_note(path))

    def _record_path(self, key: str) -> Path:
        return self._place("keys", key, ".json")

    def _trace_path(self, key: str) -> Path:
        return self._place("traces", key, ".json")

    def _place(self, room: str, digest: str, suffix: str = "") -> Path:
        if not is_digest(digest):
            raise ValueError(f"{digest!r} is no digest")
        return self.home / room / digest[:2] / f"{digest}{suffix}"

    # -- keeping house ---------------------------------------------------------------------

    def evict(self, digest: str) -> None:
        """Removes an artifact; records that name it become misses.

        Raises:
            StoreError: if it cannot be removed, so that nothing can take its place.
        """
        home = self.folder(digest)
        if not os.path.lexists(home):
            return
        demand_inside(home, self.home)
        aside = self.begin()
        try:
            # To move a folder elsewhere is to write in it.
            make_writable(home)
            with suppress(FileNotFoundError):  # another build may have evicted it first
                home.rename(aside / "evicted")
        except OSError as error:
            self._refuse_to_keep(home, error)
        finally:
            discard(aside, self.home)

    def _refuse_to_keep(self, home: Path, error: OSError) -> NoReturn:
        raise StoreError(
            f"{home.name[:12]} is damaged and cannot be replaced: {error.strerror}.",
            where=f"the store {self.root}",
            remedy="Remove the store as its owner, or choose another folder with --store or "
            "PREBAKE_STORE.",
        )

    def records(self) -> Iterator[Record]:
        """Every record that can be read and lies where its key says."""
        for path in self.notes("keys"):
            with suppress(OSError, ValueError):
                record = self._read_record(path)
                if record.key == path.stem:
                    yield record

    def notes(self, room: str) -> Iterator[Path]:
        """The files in ``keys`` or ``traces`` that lie where their names say."""
        for path in listed(self.home / room, deep=True):
            whole = path.suffix == ".json" and is_digest(path.stem)
            if whole and path == self._place(room, path.stem, ".json"):
                yield path

    def artifacts(self) -> Iterator[Path]:
        """The folders of artifacts that lie where their names say."""
        for path in listed(self.home / "artifacts", deep=True):
            if is_digest(path.name) and path == self.folder(path.name) and _is_folder(path):
                yield path

    def sweep(self) -> None:
        """Removes the temporary folders of builds on this machine that are no longer alive."""
        host = socket.gethostname()
        for path in listed(self.home / "tmp"):
            if not path.name.startswith(f"{host}-"):
                continue
            pid = path.name.removeprefix(f"{host}-").partition("-")[0]
            if pid.isdecimal() and not is_alive(int(pid)):
                discard(path, self.home)

    def lock_path(self, key: str) -> Path:
        """The file that is locked while the step of a key runs.

        Raises:
            StoreError: if it cannot be made.
        """
        if not is_digest(key):
            raise ValueError(f"{key!r} is no digest")
        path = self.home / "locks" / f"{key}.lock"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self.unwritable(error) from None
        return path

    def scratch(self, key: str) -> Path:
        """Where the step of a key may keep unfinished work from one build to the next."""
        if not is_digest(key):
            raise ValueError(f"{key!r} is no digest")
        return self.home / "scratch" / key

    def unwritable(self, error: OSError) -> StoreError:
        """What to say when something cannot be written here."""
        if error.errno in FULL:
            return StoreError(
                "the disk is full.",
                where=f"the store {self.root}",
                remedy="Free some space ('python build.py store prune' removes what no build "
                "used for a month), or choose another folder with --store or PREBAKE_STORE.",
            )
        return StoreError(
            f"cannot be written: {error.strerror}.",
            where=f"the store {self.root}",
            remedy="Choose another folder with --store or PREBAKE_STORE.",
        )


def _is_folder(path: Path) -> bool:
    """Whether it is a folder, and no link to one."""
    return path.is_dir() and not path.is_symlink()


def listed(folder: Path, *, deep: bool = False) -> list[Path]:
    """What lies in a folder, or with ``deep`` in the folders that it holds; sorted. Nothing where
    it cannot be read, and nothing behind a link."""
    if not _is_folder(folder):
        return []
    try:
        found = sorted(folder.iterdir())
    except OSError:
        return []
    return [each for inner in found for each in listed(inner)] if deep else found


def _cannot_be_read(error: OSError, folder: Path) -> str:
    path = Path(str(error.filename or folder))
    shown = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name
    return f"{'it' if shown == '.' else shown} cannot be read: {error.strerror}"


def _difference(expected: Mapping[str, str], found: Mapping[str, str]) -> str:
    for path in expected:
        if path not in found:
            return f"{path} is missing"
        if found[path] != expected[path]:
            return f"{path} {_STATES.get(found[path], 'was altered')}"
    foreign = next(iter(found.keys() - expected.keys()), "")
    return f"{foreign} does not belong"


_STATES = {STRANGE: "is no file", UNREADABLE: "cannot be read"}
