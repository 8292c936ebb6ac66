"""Running the program :mod:`passgap.engines.local.worker_entry`, which imports nothing of the caller's."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import IO

PATIENCE_SECONDS = 5.0
"""How long a process that has hung up is given to end by itself, so that its status says why it did."""

_SHOWN_LINES = 60
_SHOWN_COLUMNS = 160


class WorkerProgram:
    """The program of a worker or of the fork server, with the modules that this process finds.

    Args:
        mode: one of the modes of :mod:`passgap.engines.local.worker_entry`.
        channel: the program's end of the connection.
        output: what it writes to stdout and stderr goes here.
    """

    def __init__(self, mode: str, channel: socket.socket, output: IO[bytes]) -> None:
        found = [entry or working_folder() for entry in sys.path]
        module = "passgap.engines.local.worker_entry"
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-P", "-m", module, mode, str(channel.fileno()), str(os.getpid())],
            pass_fds=[channel.fileno()],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(found)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # an interrupt at the terminal is the caller's
        )

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    def end(self, patience: float) -> int:
        """Wait for it, kill it after ``patience`` seconds, and return its exit code, or minus the signal's number."""
        try:
            return self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


def working_folder() -> str:
    """This process's working folder, or the root where it was removed."""
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        return os.sep


def last_output(output: IO[bytes]) -> list[str]:
    """The last lines that a process wrote, as one problem of an error; nothing where it wrote nothing."""
    output.seek(0)
    lines = output.read().decode("utf-8", "replace").strip().splitlines()
    return (
        ["It wrote:\n" + "\n".join(f"      {line[:_SHOWN_COLUMNS]}" for line in lines[-_SHOWN_LINES:])] if lines else []
    )
