"""Show a study's report and explorer in a browser of this machine, and nothing else of it.

The files that may be asked for are found once, by their names, before the first request. An address is looked up among
them and never joined to a path, so that no address reaches another file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from passgap.errors import StoreError
from passgap.paths import AnyPath
from passgap.report.explorer.files import DATA, PAGE

LOOPBACK = "127.0.0.1"
REPORTS = {"report.html": "text/html", PAGE: "text/html", "report.md": "text/plain", "report.json": "application/json"}
_DATA_NAME = re.compile(r"\d{5,}\.js")
_POLICY = re.compile(r'http-equiv="Content-Security-Policy" content="([^"]*)"')
_HEAD_BYTES = 4096
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True)
class Shown:
    """A file that may be asked for."""

    path: Path
    media_type: str


def shown_files(folder: AnyPath) -> Mapping[str, Shown]:
    """The files of a study that may be asked for, by their addresses.

    Raises:
        StoreError: there is no report in the folder.
    """
    folder = Path(folder).resolve()
    found = {f"/{name}": Shown(folder / name, kind) for name, kind in REPORTS.items() if _is_plain(folder / name)}
    data = folder / DATA
    if data.is_dir() and not data.is_symlink():
        for each in sorted(data.iterdir()):
            if _DATA_NAME.fullmatch(each.name) and _is_plain(each):
                found[f"/{DATA}/{each.name}"] = Shown(each, "text/javascript")
    if "/report.html" not in found or f"/{PAGE}" not in found:
        raise StoreError(f"there is no report to view in {folder}", ["Write it first: `passgap report STUDY`."])
    return {"/": found["/report.html"], **found}


def serve_study(folder: AnyPath, port: int = 0) -> ThreadingHTTPServer:
    """Return a server of a study's report on the loopback interface, which ``serve_forever`` starts.

    Args:
        folder: of the study.
        port: to listen on; 0 for a free one.

    Raises:
        StoreError: there is no report, or the port is taken.
    """
    files = shown_files(folder)
    try:
        server = ThreadingHTTPServer((LOOPBACK, port), _Handler)
    except OSError as error:
        raise StoreError(
            f"port {port} cannot be listened on", [f"{error}. Choose another one with `--port`."]
        ) from error
    server.daemon_threads = True
    server.files = files  # type: ignore[attr-defined]
    return server


def address_of(server: ThreadingHTTPServer) -> str:
    """The address of the report."""
    return f"http://{LOOPBACK}:{server.server_port}/"


class _Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD for the files that are shown, to pages of this server alone."""

    server_version, sys_version = "passgap", ""

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def log_message(self, format: str, *arguments: object) -> None:
        """Write no log: whoever looks at a study leaves no trace in it."""

    def _answer(self, *, with_body: bool) -> None:
        refused = self._refused()
        files: Mapping[str, Shown] = self.server.files  # type: ignore[attr-defined]
        shown = files.get(urlsplit(self.path).path)
        if refused or shown is None:
            self._send(refused or HTTPStatus.NOT_FOUND, b"", "text/plain", with_body=with_body)
            return
        try:
            content = shown.path.read_bytes() if _is_plain(shown.path) else None
        except OSError:
            content = None
        if content is None:
            self._send(HTTPStatus.NOT_FOUND, b"", "text/plain", with_body=with_body)
        else:
            self._send(HTTPStatus.OK, content, shown.media_type, with_body=with_body)

    def _refused(self) -> HTTPStatus | None:
        """Refuse other names for this machine (a page elsewhere may point one here), and requests of other pages."""
        port = self.server.server_port  # type: ignore[attr-defined]
        if self.headers.get("Host") not in (f"{LOOPBACK}:{port}", f"localhost:{port}"):
            return HTTPStatus.MISDIRECTED_REQUEST
        wanted = (self.headers.get("Sec-Fetch-Mode"), self.headers.get("Sec-Fetch-Dest"))
        if self.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site") and wanted != ("navigate", "document"):
            return HTTPStatus.FORBIDDEN
        return None

    def _send(self, status: HTTPStatus, content: bytes, media_type: str, *, with_body: bool) -> None:
        self.send_response(status)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Security-Policy", _policy_of(content, media_type))
        self.send_header("Content-Type", f"{media_type}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if with_body:
            self.wfile.write(content)


def _policy_of(content: bytes, media_type: str) -> str:
    """The page's own policy, which a header can also keep out of frames."""
    stated = _POLICY.search(content[:_HEAD_BYTES].decode("utf-8", "replace")) if media_type == "text/html" else None
    own = stated[1].replace("&#39;", "'").replace("&#x27;", "'") if stated else "default-src 'none'"
    return f"{own}; frame-ancestors 'none'"


def _is_plain(path: Path) -> bool:
    """Whether it is a file and no link to one."""
    return path.is_file() and not path.is_symlink()
