"""The live page of a candidate: the same as ``passgap canary`` prints, on the loopback interface, as it changes.

The script and style of the page are files of their own, so that its content security policy allows nothing inline. The
report is sent as server-sent events (HTML standard, section 9.2), and the script writes texts, never markup.
"""

from __future__ import annotations

import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from urllib.parse import urlsplit

from passgap.errors import StoreError

LOOPBACK = "127.0.0.1"
_SHOWN = {
    "/": ("page.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_HEARTBEAT = 15.0


class LivePage:
    """Serves the page until it is closed.

    Args:
        port: to listen on; 0 for a free one.

    Raises:
        StoreError: the port is taken.
    """

    def __init__(self, port: int = 0) -> None:
        try:
            self._server = ThreadingHTTPServer((LOOPBACK, port), _Handler)
        except OSError as error:
            raise StoreError(
                f"port {port} cannot be listened on", [f"{error}. Choose another one with `--port`."]
            ) from error
        self._server.daemon_threads = True
        self._server.page = self  # type: ignore[attr-defined]
        self.changed = threading.Condition()
        self.version, self.report, self.closed = 0, "", False
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """Where the page is."""
        return f"http://{LOOPBACK}:{self._server.server_port}/"

    def publish(self, report: str) -> None:
        """Send a report, one JSON document, to everybody who looks."""
        with self.changed:
            self.version, self.report = self.version + 1, report
            self.changed.notify_all()

    def close(self) -> None:
        """End the server and all streams."""
        with self.changed:
            self.closed = True
            self.changed.notify_all()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    """Answers GET for the page's own addresses, asked under this machine's own names."""

    server_version, sys_version = "passgap", ""

    def do_GET(self) -> None:
        port = self.server.server_port  # type: ignore[attr-defined]
        address = urlsplit(self.path).path
        if self.headers.get("Host") not in (f"{LOOPBACK}:{port}", f"localhost:{port}"):
            self._send(HTTPStatus.MISDIRECTED_REQUEST, b"", "text/plain")
        elif self.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            self._send(HTTPStatus.FORBIDDEN, b"", "text/plain")
        elif address == "/events":
            self._stream()
        elif address in _SHOWN:
            name, kind = _SHOWN[address]
            content = files("passgap.promotion.monitoring").joinpath("static", name).read_bytes()
            self._send(HTTPStatus.OK, content, kind)
        else:
            self._send(HTTPStatus.NOT_FOUND, b"", "text/plain")

    def log_message(self, format: str, *arguments: object) -> None:
        """Write no log."""

    def _send(self, status: HTTPStatus, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _stream(self) -> None:
        page: LivePage = self.server.page  # type: ignore[attr-defined]
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        seen = 0
        try:
            while not page.closed:
                with page.changed:
                    page.changed.wait_for(lambda: page.closed or page.version > seen, timeout=_HEARTBEAT)  # noqa: B023
                    fresh, report = page.version > seen, page.report
                    seen = page.version
                self.wfile.write(f"data: {report}\n\n".encode() if fresh else b": alive\n\n")
                self.wfile.flush()
        except OSError:
            return  # whoever looked has gone
