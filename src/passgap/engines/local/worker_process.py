"""One worker's process, the connection over which it is called, and why it ended where it ended by itself."""

from __future__ import annotations

import os
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO, Any

from passgap.engines.local import fork_server
from passgap.engines.local.worker_entry import WORKER
from passgap.engines.local.worker_program import PATIENCE_SECONDS, WorkerProgram, last_output, working_folder
from passgap.errors import EngineError

_VM_STATISTICS = Path("/proc/vmstat")


class WorkerProcess:
    """One worker's process, and the connection over which it is called.

    Args:
        opener: opens the engine; it is called in the process, so it must be picklable.
        forking: fork it from a process that has imported the libraries already; otherwise it imports them itself.
    """

    def __init__(self, opener: Callable[[], Any], *, forking: bool = sys.platform == "linux") -> None:
        self._output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
        self._kills = _memory_kills()
        ours, theirs = socket.socketpair()
        with theirs:
            if forking:
                self.pid, self._end = fork_server.fork(theirs, self._output)
            else:
                program = WorkerProgram(WORKER, theirs, self._output)
                self.pid, self._end = program.pid, program.end
        self.connection = Connection(ours.detach())
        try:
            with suppress(BrokenPipeError):  # whoever reads the answer finds out why it has ended
                self.connection.send({"environ": dict(os.environ), "path": sys.path, "folder": working_folder()})
                self.connection.send(opener)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the process at once."""
        self._end(0.0)
        self.connection.close()
        self._output.close()

    def fault(self) -> EngineError:
        """Close a process that has ended by itself, and say why it ended, as far as that is known."""
        status = self._end(PATIENCE_SECONDS)
        output = last_output(self._output)
        self.connection.close()
        self._output.close()
        if status >= 0:
            return EngineError(
                f"a process of the local engine ended with exit code {status}", [*output, "Finished shards are kept."]
            )
        kills = _memory_kills() - self._kills
        if status == -signal.SIGKILL and kills > 0:
            advice = "Finished shards are kept; free memory and run again, or take a smaller model."
            return EngineError(
                "a process of the local engine was killed: memory ran out",
                [*output, f"Since it was started the kernel killed for want of memory (`oom_kill` {kills}). {advice}"],
            )
        name = signal.Signals(-status).name if -status in set(signal.Signals) else f"signal {-status}"
        why = {
            -signal.SIGKILL: "The kernel reports no want of memory here: a scheduler, the limit of a container, or a "
            "person may have done it.",
        }.get(status, "passgap did not send it.")
        return EngineError(
            f"a process of the local engine was killed by {name}",
            [*output, f"{why} Finished shards are kept; run again."],
        )


def _memory_kills() -> int:
    """How many processes the kernel has killed for want of memory since it started; 0 where it does not say.

    The sandbox's judge reads the same counter in ``passgap.execution.worker.memory``. The two cannot share the code:
    the judge's package is copied into the sandbox and loaded under any name, so it imports nothing of passgap, and one
    adapter does not import another.
    """
    try:
        lines = _VM_STATISTICS.read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)
