"""One sample's process as the judge sees it, and how it ended."""

from __future__ import annotations

import _socket
import contextlib
import select
import signal
from dataclasses import dataclass

from ..exchange.frames import ANSWER_BYTES, Frames
from .process_tree import ProcessorTime
from .unpatched import killpg


@dataclass(frozen=True)
class Exit:
    """How a sample's process ended, and everything that it had started."""

    status: int
    """The exit code, or minus the number of the signal."""
    killed: bool
    """Whether it was still alive when the judge ended it."""
    over: bool
    """Whether its process tree went over the memory limit together."""
    peak: int
    """Its peak memory, in bytes."""
    seconds: float = 0.0
    """The processor time that its process tree used, in seconds."""
    late: bool = False
    """Whether that was more than it was allowed."""
    starved: bool = False
    """Whether the kernel killed it because this machine, or the container around it, had no memory left."""
    unexplained: bool = False
    """Whether it was ended by a SIGKILL that the judge did not send and that no want of memory explains: somebody
    outside sent it, or the kernel did at a hard limit of processor time that the program had set itself."""
    full: bool = False
    """Whether the kernel killed one of its processes for want of memory, in its own control group or on the machine."""


class Process:
    """A sample's process: a socket to talk to it, and a pidfd to end it by."""

    def __init__(self, pid: int, handle: int, channel: _socket.socket, grouped: bool) -> None:
        self.pid = pid
        """Its number in the jail."""
        self.handle = handle
        self.channel = channel
        self.frames = Frames(channel.recv, ANSWER_BYTES)
        self.killed = False
        """Whether it was still alive when the judge killed it."""
        self.peak = 0
        self.over = False
        """Whether its process tree went over the memory limit together."""
        self.allowed = 0.0
        """The processor time that its process tree may use, in seconds."""
        self.late = False
        """Whether it was found to have used more than that."""
        self.time = ProcessorTime()
        self._grouped = grouped

    def has_ended(self, seconds: float = 0.0) -> bool:
        """Whether the process itself has ended, or ends within ``seconds``; its children may outlive it briefly."""
        return bool(select.select([self.handle], [], [], seconds)[0])

    def kill(self) -> None:
        """Kill the process and everything that it started; without namespaces, everything in its session."""
        if not self.killed and not self.has_ended():
            self.killed = True
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.handle, signal.SIGKILL)
        if self._grouped:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                killpg(self.pid, signal.SIGKILL)
