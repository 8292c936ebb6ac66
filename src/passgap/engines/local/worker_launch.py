"""Starting the processes of lanes, and ending them: programs of their own, which import nothing of the caller's."""

from __future__ import annotations

import atexit
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Lock
from typing import IO, Any

from passgap.engines.local.worker_entry import END, FORK, LANE, ORDER_BYTES, START
from passgap.errors import EngineError

PATIENCE_SECONDS = 5.0
"""How long a process that has hung up is given to end by itself, so that its status says why it did."""

_SHOWN_LINES = 60
_SHOWN_COLUMNS = 160

_VM_STATISTICS = Path("/proc/vmstat")


class LaneProcess:
    """One lane's process, and the link over which it is called.

    Args:
        opener: opens the engine; it is called in the process, so it must be picklable.
        forking: fork it from a process that has imported the libraries already; else it imports them itself.
    """

    def __init__(self, opener: Callable[[], Any], *, forking: bool = sys.platform == "linux") -> None:
        self._output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
        self._kills = _memory_kills()
        ours, theirs = socket.socketpair()
        with theirs:
            if forking:
                self.pid, self._end = _forked(theirs, self._output)
            else:
                program = _Program(LANE, theirs, self._output)
                self.pid, self._end = program.pid, program.end
        self.link = Connection(ours.detach())
        try:
            with suppress(BrokenPipeError):  # whoever reads the answer finds out why it has ended
                self.link.send({"environ": dict(os.environ), "path": sys.path, "folder": _folder()})
                self.link.send(opener)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the process at once."""
        self._end(0.0)
        self.link.close()
        self._output.close()

    def fault(self) -> EngineError:
        """Close a process that has ended by itself, and say why it did, as far as that is known."""
        status = self._end(PATIENCE_SECONDS)
        said = _last_lines(self._output)
        self.link.close()
        self._output.close()
        if status >= 0:
            return EngineError(
                f"a process of the local engine ended with exit code {status}", [*said, "Finished shards are kept."]
            )
        kills = _memory_kills() - self._kills
        if status == -signal.SIGKILL and kills > 0:
            advice = "Finished shards are kept; free memory and run again, or take a smaller model."
            return EngineError(
                "a process of the local engine was killed: memory ran out",
                [*said, f"Since it was started the kernel killed for want of memory (`oom_kill` {kills}). {advice}"],
            )
        name = signal.Signals(-status).name if -status in set(signal.Signals) else f"signal {-status}"
        why = {
            -signal.SIGKILL: "The kernel reports no want of memory here: a scheduler, the limit of a container, or a "
            "person may have done it.",
        }.get(status, "passgap did not send it.")
        return EngineError(
            f"a process of the local engine was killed by {name}",
            [*said, f"{why} Finished shards are kept; run again."],
        )


class _Program:
    """``python -m passgap.engines.local.worker_entry``, with the modules that this process finds."""

    def __init__(self, mode: str, channel: socket.socket, output: IO[bytes]) -> None:
        found = [entry or _folder() for entry in sys.path]
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
            [
                sys.executable,
                "-P",
                "-m",
                "passgap.engines.local.worker_entry",
                mode,
                str(channel.fileno()),
                str(os.getpid()),
            ],
            pass_fds=[channel.fileno()],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(found)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # an interrupt at the terminal is the caller's
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def end(self, patience: float) -> int:
        """Wait for it, kill it after ``patience`` seconds, and return its exit code, or a signal's number below 0."""
        try:
            return self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


class _ForkingProgram:
    """The process that has imported the libraries; a calling process has one, and ends it when it ends itself."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self._output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._lock = Lock()
        with theirs:
            self._program = _Program(FORK, theirs, self._output)

    def start(self, channel: socket.socket, output: IO[bytes]) -> int:
        """Fork a lane and return its id."""
        return self._ask(START, [channel.fileno(), output.fileno()])

    def end(self, lane: int, patience: float) -> int:
        """End a lane and return its exit code, or a signal's number below 0."""
        try:
            status = self._ask(b"%b %d %f" % (END, lane, patience), [])
        except OSError:
            return -signal.SIGKILL  # it was killed with the process that forked it
        return os.waitstatus_to_exitcode(status)

    def close(self) -> None:
        """End the process and all its lanes. Of a process that was forked from the owner, nothing is ended."""
        if self.owner == os.getpid():
            self._control.close()
            self._program.end(PATIENCE_SECONDS)

    def fault(self) -> EngineError:
        """Why it cannot be asked any more."""
        status = self._program.end(PATIENCE_SECONDS)
        return EngineError(
            f"the process that starts the local engine's processes ended with status {status}",
            _last_lines(self._output),
        )

    def _ask(self, order: bytes, descriptors: list[int]) -> int:
        with self._lock:
            socket.send_fds(self._control, [order], descriptors)
            answer = self._control.recv(ORDER_BYTES)
        if not answer:
            raise ConnectionError("it hung up")
        return int(answer)


_forking: list[_ForkingProgram] = []
"""The forking process of this one, where it has been started."""

_starting = Lock()


def _forked(channel: socket.socket, output: IO[bytes]) -> tuple[int, Callable[[float], int]]:
    """A forked lane's id, and what ends it; a forking process that was killed is started once more."""
    with _starting:
        used = bool(_forking) and _forking[0].owner == os.getpid()
        for again in (used, False):
            if not used or not again:
                _renew()
            program = _forking[0]
            try:
                lane = program.start(channel, output)
            except OSError as error:
                if not again:
                    raise program.fault() from error
            else:
                return lane, partial(program.end, lane)
    raise AssertionError("one of the two tries returned or raised")


def _renew() -> None:
    while _forking:
        _forking.pop().close()
    _forking.append(_ForkingProgram())
    atexit.register(_forking[0].close)


def _folder() -> str:
    try:
        return str(Path.cwd())
    except FileNotFoundError:  # it was removed
        return os.sep


def _memory_kills() -> int:
    """How many processes the kernel has killed for want of memory since it started, where it says so."""
    try:
        lines = _VM_STATISTICS.read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)


def _last_lines(output: IO[bytes]) -> list[str]:
    """The last that a process wrote, as one problem of an error."""
    output.seek(0)
    lines = output.read().decode("utf-8", "replace").strip().splitlines()
    return (
        ["It wrote:\n" + "\n".join(f"      {line[:_SHOWN_COLUMNS]}" for line in lines[-_SHOWN_LINES:])] if lines else []
    )
