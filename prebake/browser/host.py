"""A folder, or several, as a host of static files on loopback."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

HOST = "127.0.0.1"


@contextmanager
def hosting(folders: Mapping[str, Path]) -> Iterator[str]:
    """Serves folders until the block ends, and gives the address.

    Args:
        folders: by the path under which each is found, longest match first; ``/`` is the site.
    """
    handler = functools.partial(_Handler, folders=folders)
    server = http.server.ThreadingHTTPServer((HOST, 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


class _Handler(http.server.SimpleHTTPRequestHandler):
    extensions_map = {  # noqa: RUF012
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    def __init__(self, *given: object, folders: Mapping[str, Path]) -> None:
        self._folders = folders
        super().__init__(*given, directory=str(folders["/"]))  # type: ignore[arg-type]

    def translate_path(self, path: str) -> str:
        asked = unquote(urlsplit(path).path)
        for prefix in sorted(self._folders, key=len, reverse=True):
            if asked.startswith(prefix):
                root = self._folders[prefix].resolve()
                found = (root / asked.removeprefix(prefix).lstrip("/")).resolve()
                return str(found if found.is_relative_to(root) else root / "not-found")
        return str(self._folders["/"] / "not-found")

    def log_message(self, *_: object) -> None:
        pass
