"""The step that says what each page needs without a network, and the worker that keeps it."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ..pages import slash
from .links import WRITTEN

if TYPE_CHECKING:
    from ..graph.step import Context

FORMAT = "prebake-offline/2"
VERSION_MARK = "'VERSION'"
"""Stands in the worker's source where the site's version belongs."""

SITE = "site/"
"""Below it lies what an artifact brings to the site."""
CHECKSUM = 32
"""How many of the 64 digits of a SHA-256 are listed: 128 bits, against damage."""

File = list[Any]
"""``[address, bytes, checksum]``."""

UNSHOWN = ("contact.png", "twins.png")
"""Pictures that a page shows only when they are asked for."""


def run(context: Context) -> None:
    """Writes ``site/offline.json``, ``site/offline-worker.js`` and ``site/site.webmanifest``.

    The worker's own text changes with the site's version, which is how a browser notices.
    """
    out = context.out / "site"
    out.mkdir()
    manifest = json.dumps(_manifest(context.params["site"]), ensure_ascii=False, indent=1)
    (out / "site.webmanifest").write_text(manifest, "utf-8")
    pages = {page["url"]: _page(context, page) for page in context.params["pages"]}
    listed = {"format": FORMAT, "pages": pages, "beside": _at_the_root(context, out)}
    version = _digest(json.dumps(listed, sort_keys=True).encode())
    text = json.dumps({"version": version, **listed}, ensure_ascii=False, separators=(",", ":"))
    (out / "offline.json").write_text(text, "utf-8")
    source = (context.inputs["project"] / context.params["worker"]).read_text("utf-8")
    assert VERSION_MARK in source
    (out / "offline-worker.js").write_text(source.replace(VERSION_MARK, repr(version)), "utf-8")


def _at_the_root(context: Context, out: Path) -> list[File]:
    """What every page links at the root of the site."""
    manifest = _listed((out / "site.webmanifest").read_bytes(), "site.webmanifest")
    icon = "site/favicon.svg"
    has_icon = icon in context.digests["static"]
    return [*([_made(context, "static", icon)] if has_icon else []), manifest]


def _listed(content: bytes, address: str) -> File:
    """A file as it is listed: address, bytes and the beginning of its SHA-256."""
    return [address, len(content), hashlib.sha256(content).hexdigest()[:CHECKSUM]]


def _made(context: Context, name: str, path: str) -> File:
    """The same of a file that another step has made, whose SHA-256 is known.

    Args:
        name: of the input.
        path: in it, below ``site/``.
    """
    size = (context.inputs[name] / path).stat().st_size
    address = quote(path.removeprefix(SITE))
    return [address, size, context.digests[name][path][:CHECKSUM]]


def _page(context: Context, page: dict[str, Any]) -> dict[str, Any]:
    """What a page needs at once (``own``), and the samples it may ask for (``data``).

    The page itself has its whole hash, since its name has none.
    """
    rendered = f"render {page['name']}"
    html = f"{SITE}{page['url']}index.html"
    content = (context.inputs[rendered] / html).read_bytes()
    named = json.loads((context.inputs[rendered] / WRITTEN).read_text("utf-8"))
    own = _bundle(context, page["name"])
    models = (f"model {each}" for each in page["models"])
    pictures = (f"picture {each}" for each in page["pictures"])
    for name in ("style", *models, *pictures):
        own += _files(context, name)
    own += _beside(context, rendered, named["shown"])
    own.append(_listed(slash.SCRIPT.encode(), f"{page['url']}{slash.NAME}"))
    data = [file for name in page["datasets"] for file in _files(context, f"dataset {name}")]
    manifests = [file for file in data if file[0].endswith("/manifest.json")]
    samples = [file for file in data if file not in manifests]
    version = re.search(rb'<meta name="version" content="([0-9a-f]{16})"', content)
    return {
        "title": page["title"],
        "version": version[1].decode() if version else "",
        "bytes": len(content),
        "sha256": context.digests[rendered][html],
        "own": sorted(own + manifests),
        "data": sorted(samples + _beside(context, rendered, named["linked"])),
    }


def _beside(context: Context, rendered: str, addresses: list[str]) -> list[File]:
    """Files that the text of a page shows or links: beside it, or in ``site/static``."""
    places = [(SITE + each, (rendered, "static")) for each in addresses]
    return [
        _made(context, next(name for name in names if path in context.digests[name]), path)
        for path, names in places
    ]


def _bundle(context: Context, page: str) -> list[File]:
    """The files of a page's script, those that it loads on demand as well."""
    found: dict[str, File] = {}
    for name, entry in (("bundle", page), ("offline", "offline")):
        described = context.inputs[name] / "pages" / f"{entry}.json"
        if described.is_file():
            for path in json.loads(described.read_text("utf-8"))["files"]:
                found[path] = _made(context, name, SITE + path)
    return list(found.values())


def _files(context: Context, name: str) -> list[File]:
    """The files of an artifact that a page may ask for."""
    return [
        _made(context, name, path)
        for path in sorted(context.digests[name])
        if path.startswith(SITE)
        and not path.endswith((".txt", ".svg"))
        and PurePosixPath(path).name not in UNSHOWN
    ]


def _manifest(site: dict[str, Any]) -> dict[str, Any]:
    """A web application manifest (www.w3.org/TR/appmanifest); addresses are relative to it, so
    that it holds under any path."""
    return {
        "name": site["title"],
        "description": site["description"],
        "lang": site["language"],
        "start_url": "./",
        "scope": "./",
        "display": "standalone",
        "background_color": "#fbfaf8",
        "theme_color": "#b3401a",
        "icons": [{"src": "favicon.svg", "type": "image/svg+xml", "sizes": "any"}],
    }


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
