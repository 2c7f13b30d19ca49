"""A script for hosts that serve a page without the slash at the end of its address.

Addresses on a page are relative to its folder: at ``/one`` in place of ``/one/`` nothing would be
found. Most hosts redirect. For the others this script lies in the folder of each page and in the
folder above it, so that it is found either way, and goes to the address with the slash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

SCRIPT = """// Without the slash at the end of its address nothing on this page would be found.
if (!/(\\/|\\.html)$/.test(location.pathname)) {
  location.replace(`${location.pathname}/${location.search}${location.hash}`);
}
"""
NAME = f"slash-{hashlib.sha256(SCRIPT.encode()).hexdigest()[:8]}.js"


def places(urls: Iterable[str]) -> list[str]:
    """Where the script lies, for the addresses of all pages (``""``, ``a/b/``), sorted."""
    found = {NAME}
    for url in urls:
        parts = url.strip("/").split("/") if url else []
        found |= {"/".join([*parts[:depth], NAME]) for depth in range(len(parts) + 1)}
    return sorted(found)
