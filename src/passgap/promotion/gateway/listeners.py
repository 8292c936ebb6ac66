"""The sockets that a gateway listens at, and the uvicorn servers on them."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvicorn

from passgap.errors import StudyError
from passgap.promotion.gateway.protocol import bounded
from passgap.promotion.settings import AdminSection, LimitsSection, ListenSection

_BACKLOG = 4096


class QuietServer(uvicorn.Server):
    """A server that leaves the process's signals to its owner."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def server_of(application: Any, limits: LimitsSection, grace: float) -> QuietServer:
    """A server for an application, which adds no header of its own."""
    return QuietServer(
        uvicorn.Config(
            application,
            http=bounded(limits),
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            backlog=_BACKLOG,
            timeout_keep_alive=max(1, round(limits.idle_seconds)),
            timeout_graceful_shutdown=max(1, round(grace)),
        )
    )


def client_socket(listen: ListenSection) -> socket.socket:
    """The clients' socket, which listens when the server takes it.

    Raises:
        StudyError: the address cannot be used.
    """
    return _bound(listen.host, listen.port, "listen")


def admin_socket(admin: AdminSection, study: Path) -> socket.socket:
    """The operators' socket: of Unix, for its user alone, unless a port is declared.

    Raises:
        StudyError: the address cannot be used.
    """
    if admin.port is not None:
        return _bound(admin.host, admin.port, "admin")
    path = study / (admin.socket or "promotion/admin.sock")
    found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_socket():
            _refuse_a_second(path)
            path.unlink()
        before = os.umask(0o177)
        try:
            found.bind(str(path))
        finally:
            os.umask(before)
    except OSError as error:
        found.close()
        raise StudyError(
            f"admin.socket: {path} cannot be used",
            [f"{error}. A path of at most 100 characters is needed: set `admin.socket`, or `admin.port` with a key."],
        ) from error
    return found


def _refuse_a_second(path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as other:
        if other.connect_ex(str(path)) == 0:
            raise StudyError(
                "a gateway of this study is running already",
                [f"It listens at {path}. Give a second one its own file with another `admin.socket`."],
            )


def _bound(host: str, port: int, place: str) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        found = socket.socket(family, kind, protocol)
        try:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.bind(address)
        except OSError:
            found.close()
            raise
    except OSError as error:
        raise StudyError(
            f"{place}: {host} port {port} cannot be used",
            [f"{error.strerror or error}. End what listens there, or choose another port."],
        ) from error
    return found


def address_of(listening: socket.socket) -> str:
    """The URL of a socket."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
