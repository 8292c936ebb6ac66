"""A real PostgreSQL server of its own for tests, on loopback."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest


def _program(name: str) -> str:
    found = shutil.which(name) or next((str(each) for each in Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), None)
    if found is None:
        pytest.skip("PostgreSQL is not installed")
    return found


class Server:
    """A server that can be stopped and started again."""

    def __init__(self, folder: Path, port: int, account: dict[str, Any]) -> None:
        self.url = f"postgresql://passgap@127.0.0.1:{port}/postgres"
        self._options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
        self._folder, self._account = folder, account

    def start(self) -> None:
        self._control("-o", self._options, "-l", str(self._folder / "log"), "start")

    def stop(self) -> None:
        self._control("-m", "immediate", "stop")

    def _control(self, *arguments: str) -> None:
        command = [_program("pg_ctl"), "-w", "-t", "600", "-D", str(self._folder / "data"), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self._account)


@contextmanager
def postgres() -> Iterator[Server]:
    """Run a server for the length of a block. It refuses to run as root, so root runs it as another user."""
    initdb = _program("initdb")
    account: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as place, socket.socket() as free:
        folder = Path(place)
        if os.geteuid() == 0:
            other = pwd.getpwnam("nobody")
            os.chown(folder, other.pw_uid, other.pw_gid)
            account = {"user": other.pw_uid, "group": other.pw_gid, "extra_groups": []}
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        command = [initdb, "-D", str(folder / "data"), "-U", "passgap", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder, **account)
        server = Server(folder, port, {**account, "cwd": folder})
        server.start()
        try:
            yield server
        finally:
            server.stop()
