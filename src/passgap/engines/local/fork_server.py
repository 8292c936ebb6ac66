"""The caller's side of the fork server: a process that has imported the libraries and forks workers on request."""

from __future__ import annotations

import atexit
import os
import signal
import socket
import tempfile
from collections.abc import Callable
from functools import partial
from threading import Lock
from typing import IO

from passgap.engines.local.worker_entry import END, FORK_SERVER, ORDER_BYTES, START
from passgap.engines.local.worker_program import PATIENCE_SECONDS, WorkerProgram, last_output
from passgap.errors import EngineError


class _ForkServer:
    """The process that has imported the libraries; a calling process has one, and ends it when it ends itself."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self._output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._lock = Lock()
        with theirs:
            self._program = WorkerProgram(FORK_SERVER, theirs, self._output)

    def start(self, channel: socket.socket, output: IO[bytes]) -> int:
        """Fork a worker and return its process id."""
        return self._ask(START, [channel.fileno(), output.fileno()])

    def end(self, worker: int, patience: float) -> int:
        """End a worker and return its exit code, or minus the signal's number."""
        try:
            status = self._ask(b"%b %d %f" % (END, worker, patience), [])
        except OSError:
            return -signal.SIGKILL  # it was killed with the process that forked it
        return os.waitstatus_to_exitcode(status)

    def close(self) -> None:
        """End the process and all its workers; does nothing in a process that was forked from the owner."""
        if self.owner == os.getpid():
            self._control.close()
            self._program.end(PATIENCE_SECONDS)

    def fault(self) -> EngineError:
        """Why it no longer answers."""
        status = self._program.end(PATIENCE_SECONDS)
        return EngineError(
            f"the process that starts the local engine's processes ended with status {status}",
            last_output(self._output),
        )

    def _ask(self, order: bytes, descriptors: list[int]) -> int:
        with self._lock:
            socket.send_fds(self._control, [order], descriptors)
            answer = self._control.recv(ORDER_BYTES)
        if not answer:
            raise ConnectionError("it hung up")
        return int(answer)


_servers: list[_ForkServer] = []
"""The fork server of this process, where it has been started."""

_starting = Lock()


def fork(channel: socket.socket, output: IO[bytes]) -> tuple[int, Callable[[float], int]]:
    """Fork a worker; a fork server that was killed is started once more.

    Args:
        channel: the worker's end of its connection.
        output: what the worker writes to stdout and stderr goes here.

    Returns:
        The worker's process id, and a function that ends it: it waits so many seconds, then kills the worker, and
        returns its exit code, or minus the signal's number.

    Raises:
        EngineError: the fork server ended when it was started anew.
    """
    with _starting:
        used = bool(_servers) and _servers[0].owner == os.getpid()
        for again in (used, False):
            if not used or not again:
                _renew()
            server = _servers[0]
            try:
                worker = server.start(channel, output)
            except OSError as error:
                if not again:
                    raise server.fault() from error
            else:
                return worker, partial(server.end, worker)
    raise AssertionError("one of the two tries returned or raised")


def _renew() -> None:
    while _servers:
        _servers.pop().close()
    _servers.append(_ForkServer())
    atexit.register(_servers[0].close)
