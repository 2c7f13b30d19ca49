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
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import DamagedArtifact, StoreError
from .key import Ingredients, file_digest
from .trace import Trace, read_trace

VERSION = "v1"
TRACES = 8
"""How many traces are kept of a key: as many branches one may change between freely."""


@dataclass(frozen=True)
class Record:
    """What a step made under a key."""

    key: str
    step: str
    digest: str
    files: Mapping[str, str]
    """From each path in the artifact to the SHA-256 of its bytes."""
    ingredients: Ingredients
    seconds: float
    warnings: tuple[str, ...] = field(default=())

    def part(self, path: str) -> str:
        """The digest of the artifact, or of one file or folder in it; empty if not there."""
        if not path:
            return self.digest
        if path in self.files:
            return self.files[path]
        below = {p: d for p, d in self.files.items() if p.startswith(f"{path}/")}
        return digest_tree(below) if below else ""


def digest_tree(files: Mapping[str, str]) -> str:
    """SHA-256 over the sorted paths and digests of a folder's files."""
    lines = "".join(f"{files[path]}  {path}\n" for path in sorted(files))
    return hashlib.sha256(lines.encode()).hexdigest()


def list_tree(folder: Path) -> list[str]:
    """The files below a folder, sorted, as paths with ``/``."""
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def hash_tree(folder: Path) -> dict[str, str]:
    """The SHA-256 of each file below a folder, by its path."""
    return {path: file_digest(folder / path) for path in list_tree(folder)}


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
            record = _decode(json.loads(path.read_text()))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError):
            self._warn(f"the record {key[:12]} in the store cannot be read; its step runs again")
            return None
        if record.key != key or not self.folder(record.digest).is_dir():
            return None
        return record

    def folder(self, digest: str) -> Path:
        """Where an artifact lies."""
        return self.home / "artifacts" / digest[:2] / digest

    def verified(self, record: Record) -> Path:
        """The artifact's folder, after comparing every file with the record.

        Raises:
            DamagedArtifact: if a file is missing, foreign or altered.
        """
        folder = self.folder(record.digest)
        found = hash_tree(folder) if folder.is_dir() else {}
        if found != dict(record.files):
            raise DamagedArtifact(record.digest, _difference(record.files, found))
        return folder

    def read(self, record: Record, path: str) -> bytes:
        """The bytes of one file of an artifact, after comparing them with the record.

        Raises:
            DamagedArtifact: if they are not there or were altered.
        """
        try:
            data = (self.folder(record.digest) / path).read_bytes()
        except OSError:
            raise DamagedArtifact(record.digest, f"{path} is missing") from None
        if hashlib.sha256(data).hexdigest() != record.files.get(path):
            raise DamagedArtifact(record.digest, f"{path} was altered")
        return data

    def traces(self, key: str) -> list[Trace]:
        """Which files runs of a step of that key have read, the newest first; none of what cannot
        be read."""
        try:
            kept = json.loads(self._trace_path(key).read_text("utf-8"))
            return [read_trace(each) for each in kept]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, TypeError):
            self._warn(f"the trace {key[:12]} in the store cannot be read; its step runs again")
            return []

    def add_trace(self, key: str, trace: Trace) -> None:
        """Notes which files a step of that key has read; of traces the last few are kept.

        Raises:
            StoreError: if it cannot be written.
        """
        kept = [trace, *(each for each in self.traces(key) if each != trace)]
        try:
            _write_json(self._trace_path(key), kept[:TRACES])
        except OSError as error:
            raise self._unwritable(error) from None

    def touch(self, record: Record) -> None:
        """Notes that a record was used; only :meth:`prune` asks."""
        with suppress(OSError):
            os.utime(self._record_path(record.key))

    def prepare(self) -> None:
        """Makes the store's folders and removes what dead builds left.

        Raises:
            StoreError: if it cannot be written.
        """
        shutil.rmtree(self.begin())
        self.sweep()

    # -- putting ---------------------------------------------------------------------------

    def begin(self) -> Path:
        """A new empty folder for a step to fill."""
        name = f"{socket.gethostname()}-{os.getpid()}-{os.urandom(6).hex()}"
        path = self.home / "tmp" / name
        try:
            path.mkdir(parents=True)
        except OSError as error:
            raise self._unwritable(error) from None
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
        """Takes a filled folder into the store and writes its record."""
        files = hash_tree(filled)
        record = Record(key, step, digest_tree(files), files, ingredients, seconds, tuple(warnings))
        home = self.folder(record.digest)
        home.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._take(filled, home, record)
            self._write_record(record)
        except OSError as error:
            raise self._unwritable(error) from None
        return record

    def _take(self, filled: Path, home: Path, record: Record) -> None:
        if home.exists():
            # The same content from another key or another build: keep it if it is sound.
            try:
                self.verified(record)
                shutil.rmtree(filled)
                return
            except DamagedArtifact:
                self.evict(record.digest)
        try:
            filled.rename(home)
        except OSError:
            if not home.is_dir():  # else another build was faster
                raise
            shutil.rmtree(filled, ignore_errors=True)

    def _write_record(self, record: Record) -> None:
        _write_json(self._record_path(record.key), _encode(record))

    def _record_path(self, key: str) -> Path:
        return self.home / "keys" / key[:2] / f"{key}.json"

    def _trace_path(self, key: str) -> Path:
        return self.home / "traces" / key[:2] / f"{key}.json"

    # -- keeping house ---------------------------------------------------------------------

    def evict(self, digest: str) -> None:
        """Removes an artifact; records that name it become misses."""
        home = self.folder(digest)
        if home.exists():
            aside = self.begin()
            with suppress(OSError):  # another build may have evicted it first
                home.rename(aside / "evicted")
            shutil.rmtree(aside, ignore_errors=True)

    def records(self) -> Iterator[Record]:
        for path in sorted((self.home / "keys").glob("*/*.json")):
            try:
                yield _decode(json.loads(path.read_text()))
            except (OSError, ValueError, TypeError, KeyError):
                continue

    def verify(self) -> Iterator[tuple[Record, str]]:
        """Every record, with what is wrong with its artifact; empty if nothing is.

        Damaged artifacts are evicted, so that the next build makes them again.
        """
        for record in self.records():
            try:
                self.verified(record)
                yield record, ""
            except DamagedArtifact as error:
                self.evict(record.digest)
                yield record, error.detail

    def prune(self, unused_for: float) -> tuple[int, int]:
        """Removes what no build has used for ``unused_for`` seconds, and what is left over.

        Returns:
            The number of artifacts removed and their size in bytes.
        """
        limit = time.time() - unused_for
        for path in (self.home / "keys").glob("*/*.json"):
            if path.stat().st_mtime < limit:
                path.unlink(missing_ok=True)
        for path in (self.home / "traces").glob("*/*.json"):
            if path.stat().st_mtime < limit:
                path.unlink(missing_ok=True)
        used = {record.digest for record in self.records()}
        removed = freed = 0
        for home in (self.home / "artifacts").glob("*/*"):
            if home.name not in used and home.stat().st_mtime < limit:
                freed += tree_size(home)
                removed += 1
                self.evict(home.name)
        for left in (self.home / "scratch").glob("*"):
            if left.stat().st_mtime < limit:
                shutil.rmtree(left, ignore_errors=True)
        for lock in (self.home / "locks").glob("*.lock"):
            if lock.stat().st_mtime < limit:
                lock.unlink(missing_ok=True)
        self.sweep()
        return removed, freed

    def sweep(self) -> None:
        """Removes the temporary folders of builds on this machine that are no longer alive."""
        host = socket.gethostname()
        for path in (self.home / "tmp").glob(f"{host}-*"):
            pid = path.name.removeprefix(f"{host}-").partition("-")[0]
            if pid.isdigit() and not _alive(int(pid)):
                shutil.rmtree(path, ignore_errors=True)

    def lock_path(self, key: str) -> Path:
        """The file that is locked while the step of a key runs."""
        path = self.home / "locks" / f"{key}.lock"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._unwritable(error) from None
        return path

    def scratch(self, key: str) -> Path:
        """Where the step of a key may keep unfinished work from one build to the next."""
        return self.home / "scratch" / key

    def _unwritable(self, error: OSError) -> StoreError:
        return StoreError(
            f"cannot be written: {error.strerror}.",
            where=f"the store {self.root}",
            remedy="Choose another folder with --store or PREBAKE_STORE.",
        )


def tree_size(folder: Path) -> int:
    """The bytes of all files below a folder."""
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())


def _write_json(path: Path, value: Any) -> None:
    """Writes a file as a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}")
    temporary.write_text(json.dumps(value, ensure_ascii=False), "utf-8")
    temporary.replace(path)


def _encode(record: Record) -> dict[str, Any]:
    return {**vars(record), "ingredients": vars(record.ingredients)}


def _decode(value: Any) -> Record:
    if not isinstance(value, dict):
        raise TypeError("a record is an object")
    ingredients = Ingredients(**value.pop("ingredients"))
    value["warnings"] = tuple(value["warnings"])
    return Record(ingredients=ingredients, **value)


def _difference(expected: Mapping[str, str], found: Mapping[str, str]) -> str:
    for path in expected:
        if path not in found:
            return f"{path} is missing"
        if found[path] != expected[path]:
            return f"{path} was altered"
    foreign = next(iter(found.keys() - expected.keys()), "")
    return f"{foreign} does not belong"


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return not _zombie(pid)


def _zombie(pid: int) -> bool:
    """Whether a process has ended but nobody has asked how (known on Linux only)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] == "Z"
