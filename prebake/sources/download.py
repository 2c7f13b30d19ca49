"""Downloading a file whose hash is known: resumed, from mirrors, kept for every project.

Downloads lie by their hash in the user's cache folder. A partial one keeps its bytes under
``NAME.part`` and is continued with an HTTP range request (RFC 9110, section 14); a server
that does not honour the range sends everything, and the file is started again.
"""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import requests
from filelock import FileLock
from urllib3.exceptions import ProtocolError, ReadTimeoutError

from ..declare.source import MAX_BYTES
from ..errors import DownloadError, HashMismatch

Progress = Callable[[float, float, str], None]

TRIES = 3
"""How often an address is tried before the next; each try goes on where the last ended."""
TIMEOUT = (10, 60)
"""Seconds to connect, and to wait for the next bytes."""
REFUSALS = (400, 403, 405, 416, 501)
"""How servers that know no ranges, or will have none, answer to one."""
_BLOCK = 1 << 18


class Pin:
    """The expected hash of a file: ``sha256`` as hexadecimal digits, or an npm ``sha512-…``."""

    def __init__(self, text: str) -> None:
        self.text = text
        algorithm, dash, encoded = text.partition("-")
        self.algorithm = algorithm if dash else "sha256"
        self.expected = base64.b64decode(encoded) if dash else bytes.fromhex(text)

    @property
    def name(self) -> str:
        """A file name for the bytes with this hash."""
        return self.expected.hex()[:64]

    def of(self, path: Path) -> bytes:
        digest = hashlib.new(self.algorithm)
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
        return digest.digest()

    def fits(self, path: Path) -> bool:
        return path.is_file() and self.of(path) == self.expected


def download(
    urls: Sequence[str],
    pin: Pin,
    cache: Path,
    label: str,
    progress: Progress = lambda *_: None,
    pause: Callable[[float], None] = time.sleep,
    most: int = MAX_BYTES,
) -> Path:
    """The file with the hash ``pin``, from the cache or from the first address that has it.

    Args:
        urls: addresses of the same bytes, tried in order.
        pin: the hash that the bytes must have.
        cache: the folder of finished and partial downloads.
        label: what an error calls the file.
        progress: is told the bytes done and in all (0 if unknown).
        pause: waits some seconds between two tries.
        most: how many bytes it may have.

    Raises:
        DownloadError: if no address could be read to its end; what came is kept, unless it is
            more than ``most``.
        HashMismatch: if the bytes are others than were pinned.
    """
    cache.mkdir(parents=True, exist_ok=True)
    target = cache / pin.name
    with FileLock(cache / f"{pin.name}.lock"):
        if pin.fits(target):
            return target
        part = cache / f"{pin.name}.part"
        problems: list[str] = []
        wrong: list[str] = []
        for url in urls:
            problem = fill(url, part, progress, pause, most=most)
            if problem:
                problems.append(f"{host(url)}: {problem}")
                continue
            found = pin.of(part)
            if found == pin.expected:
                part.replace(target)
                return target
            part.unlink()  # another address may have the right bytes
            wrong.append(f"the bytes from {host(url)} have the {pin.algorithm} {found.hex()[:16]}…")
    if wrong:
        raise HashMismatch(
            f"{', '.join(wrong)}, expected {pin.expected.hex()[:16]}….",
            where=label,
            remedy="Either the file was replaced or the connection alters it; if you trust the "
            "new file, pin its hash in the dataset.",
        )
    raise DownloadError(
        f"could not be downloaded ({'; '.join(problems)}).",
        where=label,
        remedy="If the file is meant to be that large, set max_bytes of the source."
        if any("bytes that are allowed" in each for each in problems)
        else "Check the connection and build again: what was downloaded so far is kept. "
        "Another source can be chosen with --data.",
    )


class TooLarge(Exception):
    """A server sends more than a source may have."""


class Note(Protocol):
    """Keeps what a server calls a file (its ETag, or when it was changed) beside the part of it
    that came, for files whose hash is not known."""

    tag: str

    def keep(self, tag: str) -> None: ...


def fill(
    url: str,
    part: Path,
    progress: Progress,
    pause: Callable[[float], None],
    limit: int = 0,
    note: Note | None = None,
    most: int = MAX_BYTES,
) -> str:
    """Fills ``part`` from ``url``, going on where it ends.

    Args:
        limit: bytes that are needed; 0 for all. A server that does not know ranges is cut off.
        note: what the part is said to belong to.
        most: how many bytes the whole may have; a larger one is not begun, or removed.

    Returns:
        The problem as a phrase, or nothing.
    """
    problem, attempt = "", 0
    while attempt < TRIES:
        if problem:
            pause(2.0**attempt / 2)
        try:
            problem, again = _continue(url, part, progress, limit, note, most)
        except TooLarge as error:
            part.unlink(missing_ok=True)
            return f"its file has more than the {most:,} bytes that are allowed ({error})"
        except requests.exceptions.SSLError:
            problem, again = "its certificate is not trusted", False
        except requests.exceptions.ConnectionError as error:
            problem, again = _connection(error), True
        except requests.exceptions.Timeout:
            problem, again = "it did not answer in time", True
        except requests.RequestException as error:
            problem, again = f"{type(error).__name__}", True
        if not again:
            break
        attempt += bool(problem)
    return problem


def _continue(
    url: str, part: Path, progress: Progress, limit: int, note: Note | None, most: int
) -> tuple[str, bool]:
    """One request; the problem, if there is one, and whether another request is needed or could
    help."""
    have = part.stat().st_size if part.exists() else 0
    if limit and have >= limit:
        progress(limit, limit, "bytes")
        return "", False
    if have and note is not None and not note.tag:
        # Nothing says that the rest would belong to the same file.
        part.unlink()
        have = 0
    headers = {"Accept-Encoding": "identity"}
    if have or limit:
        headers["Range"] = f"bytes={have}-{limit - 1 if limit else ''}"
    if have and note is not None and note.tag:
        # The rest of this very file, or all of the one that has taken its place.
        headers["If-Range"] = note.tag
    with _get(url, headers, optional=not have) as response:
        if response.status_code == 416:  # nothing behind what we have: whole, or not this file
            total = response.headers.get("Content-Range", "").rpartition("/")[2]
            if total == str(have):
                return "", False
            part.unlink(missing_ok=True)
            return "its file is shorter than what was downloaded before", True
        if response.status_code not in (200, 206):
            return f"it answered {response.status_code}", response.status_code >= 500
        if response.status_code == 206 and not _continues(response, have):
            part.unlink(missing_ok=True)
            return "it answered with another range than asked for", True
        if note is not None and url.startswith("https:") and not response.url.startswith("https:"):
            return "it leads to an address without https", False
        if response.status_code == 200:
            part.unlink(missing_ok=True)  # before the new tag is kept: they belong together
            have = 0
        if note is not None:
            _keep_tag(response, note)
        return _save(response, part, have, progress, limit, most)


def _get(url: str, headers: dict[str, str], optional: bool) -> requests.Response:
    """An answer whose body is still to be read.

    Args:
        optional: whether the range could as well be left out, if the server will have none.
    """
    response = requests.get(url, headers=headers, stream=True, timeout=TIMEOUT)
    if response.status_code in REFUSALS and "Range" in headers and optional:
        response.close()
        plain = {name: value for name, value in headers.items() if name != "Range"}
        return requests.get(url, headers=plain, stream=True, timeout=TIMEOUT)
    return response


def _keep_tag(response: requests.Response, note: Note) -> None:
    """Only what If-Range may name: no weak ETag (RFC 9110, section 13.1.5)."""
    tag = response.headers.get("ETag", "")
    strong = "" if tag.startswith("W/") else tag
    note.keep(strong or response.headers.get("Last-Modified", ""))


def _continues(response: requests.Response, have: int) -> bool:
    return response.headers.get("Content-Range", "").startswith(f"bytes {have}-")


def _save(
    response: requests.Response, part: Path, have: int, progress: Progress, limit: int, most: int
) -> tuple[str, bool]:
    length = response.headers.get("Content-Length", "")
    total = have + int(length) if length.isdigit() else 0
    whole = response.headers.get("Content-Range", "").rpartition("/")[2]
    if limit:
        # A server may answer a range with a shorter one (RFC 9110, section 15.3.7).
        total = min(int(whole) if whole.isdigit() else total, limit)
    if not limit and total > most:
        raise TooLarge(f"{total:,}")
    of = f" of {total:,}" if total else ""
    start = have
    with part.open("ab" if have else "wb") as file:
        try:
            # read1 hands out what has arrived; read would wait for a whole block and lose what
            # it had of one when the connection breaks.
            while block := response.raw.read1(min(_BLOCK, limit - have) if limit else _BLOCK):
                file.write(block)
                have += len(block)
                progress(have, total, "bytes")
                if not limit and have > most:
                    raise TooLarge(f"{have:,} came")
                if limit and have >= limit:
                    break
        except (ProtocolError, ReadTimeoutError):
            return f"it broke off after {have:,}{of} bytes", True
    shortened = response.status_code == 206 and have > start
    if have < total and not (shortened and response.raw.length_remaining == 0):
        return f"it broke off after {have:,}{of} bytes", True
    return "", have < total


def _connection(error: requests.exceptions.ConnectionError) -> str:
    text = str(error)
    if "NameResolution" in text or "getaddrinfo" in text or "resolve" in text:
        return "its name is not known here"
    if "refused" in text:
        return "it refused the connection"
    return "the connection broke off"


def host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0]
