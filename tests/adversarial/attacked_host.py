"""A host to be harmed: a file, a secret, a listener and a socket, each of which shows whether a program reached it."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

SECRET = "s3cr3t-" + os.urandom(12).hex()
MARKER = "passgap-marker-" + os.urandom(8).hex()
UNTOUCHED = "untouched"


@dataclass(frozen=True)
class Host:
    """The facts of this machine that hostile programs are given, and the state that must not change."""

    folder: Path
    tcp: socket.socket
    udp: socket.socket
    file_socket: socket.socket
    abstract: socket.socket

    @property
    def canary(self) -> Path:
        return self.folder / "canary"

    def fill(self, program: str) -> str:
        """Put this host's paths and numbers into a program."""
        known = {
            "canary": str(self.canary),
            "folder": str(self.folder),
            "secret": SECRET,
            "pid": str(os.getpid()),
            "port": str(self.tcp.getsockname()[1]),
            "unix": str(self.folder / "socket"),
            "marker": MARKER,
            "nice": str(os.nice(0)),
        }
        for name, value in known.items():
            program = program.replace("{" + name + "}", value)
        return program

    def marks(self) -> list[str]:
        """Say what was done to this host."""
        found = []
        if self.canary.read_text() != UNTOUCHED:
            found.append("the file was changed")
        found += [f"{path} appeared" for path in self.folder.iterdir() if path.name not in ("canary", "socket")]
        for name in ("tcp", "udp", "file_socket", "abstract"):
            listener = getattr(self, name)
            try:
                listener.recv(1) if name == "udp" else listener.accept()
            except BlockingIOError:
                continue
            found.append(f"the {name} listener was reached")
        found += [f"process {line} is left" for line in command_lines() if MARKER in line]
        found += [f"shared memory {entry.name} is left" for entry in shared_memory() if MARKER in entry.name]
        for kind in ("shm", "msg", "sem"):
            path = Path("/proc/sysvipc") / kind
            if path.exists() and str(0x5A5A5A) in path.read_text().split():
                found.append(f"a System V {kind} object is left")
        return found


def command_lines() -> Iterator[str]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield path.read_text(errors="replace")
        except OSError:
            continue


def shared_memory() -> list[Path]:
    folder = Path("/dev/shm")
    return list(folder.iterdir()) if folder.is_dir() else []


@contextlib.contextmanager
def attacked_host(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    """Set up a host with canaries for the time of one test."""
    monkeypatch.setenv("PASSGAP_TEST_SECRET", SECRET)
    folder.chmod(0o777)
    (folder / "canary").write_text(UNTOUCHED)
    (folder / "canary").chmod(0o666)
    listeners = [
        socket.socket(),
        socket.socket(type=socket.SOCK_DGRAM),
        socket.socket(socket.AF_UNIX),
        socket.socket(socket.AF_UNIX),
    ]
    listeners[0].bind(("127.0.0.1", 0))
    listeners[1].bind(("127.0.0.1", listeners[0].getsockname()[1]))
    listeners[2].bind(str(folder / "socket"))
    listeners[3].bind("\0" + MARKER)
    for listener in listeners:
        listener.setblocking(False)
        if listener.type == socket.SOCK_STREAM:
            listener.listen()
    yield Host(folder, *listeners)
    for listener in listeners:
        listener.close()
