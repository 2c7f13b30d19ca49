"""A server of files on loopback that honours, ignores and breaks ranges as a test chooses."""

from __future__ import annotations

import http.server
import threading


class FileServer(http.server.ThreadingHTTPServer):
    """Serves ``files``, bytes by path.

    ``honours_ranges``, ``breaks_after`` (bytes of an answer), ``chunks_after`` (bytes of an
    answer without a length), ``shortens_to`` (bytes of every range), ``refuses_with`` (the status
    that a request for a range gets), ``status`` and ``tag`` (the ETag) may be changed at any time.
    ``requests`` has the range of each request, ``paths`` its path, ``conditions`` its If-Range.
    """

    daemon_threads = True

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.honours_ranges = True
        self.breaks_after: int | None = None
        self.chunks_after: int | None = None
        self.shortens_to: int | None = None
        self.refuses_with: int | None = None
        self.status: int | None = None
        self.tag = '"one"'
        self.requests: list[str] = []
        self.paths: list[str] = []
        self.conditions: list[str] = []
        self.sent = 0
        super().__init__(("127.0.0.1", 0), _Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def close(self) -> None:
        self.shutdown()
        self.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    server: FileServer

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        server = self.server
        asked = self.headers.get("Range", "")
        condition = self.headers.get("If-Range", "")
        server.requests.append(asked)
        server.paths.append(self.path)
        server.conditions.append(condition)
        body = server.files.get(self.path)
        if server.status or body is None:
            self.send_error(server.status or 404)
        elif asked and server.refuses_with:
            self.send_error(server.refuses_with)
        elif server.chunks_after:
            self._chunks(body[: server.chunks_after])
        elif asked and server.honours_ranges and condition in ("", server.tag):
            self._part(body, *_range(asked))
        else:
            self._answer(200, body)

    def _part(self, body: bytes, start: int, end: int | None) -> None:
        if start >= len(body):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(body)}")
            self.end_headers()
            return
        last = min(len(body) - 1, len(body) - 1 if end is None else end)
        if self.server.shortens_to:
            last = min(last, start + self.server.shortens_to - 1)
        self._answer(206, body[start : last + 1], f"bytes {start}-{last}/{len(body)}")

    def _answer(self, status: int, part: bytes, content_range: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(part)))
        self.send_header("ETag", self.server.tag)
        if content_range:
            self.send_header("Content-Range", content_range)
        self.end_headers()
        if self.server.breaks_after is not None:
            part = part[: self.server.breaks_after]
            self.close_connection = True
        try:
            for at in range(0, len(part), 4096):
                self.wfile.write(part[at : at + 4096])
                self.server.sent += len(part[at : at + 4096])
        except OSError:
            self.close_connection = True  # the other side has what it wants

    def _chunks(self, part: bytes) -> None:
        """The beginning of a chunked answer that ends too soon."""
        self.protocol_version = "HTTP/1.1"
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        self.close_connection = True


def _range(text: str) -> tuple[int, int | None]:
    start, _, end = text.removeprefix("bytes=").partition("-")
    return int(start), int(end) if end else None
