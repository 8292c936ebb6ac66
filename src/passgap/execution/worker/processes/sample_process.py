"""One sample's process as the judge sees it, and how it ended."""

from __future__ import annotations

import _socket
import contextlib
import os
import select
import signal
from dataclasses import dataclass

from ..exchange.frames import ANSWER_BYTES, Frames
from .process_tree import ProcessorTime


@dataclass(frozen=True)
class Exit:
    """How a sample's process ended, after everything that it had started."""

    status: int
    """The exit code, or minus the number of the signal."""
    killed: bool
    """Whether it was still alive when we ended it."""
    over: bool
    """Whether its process tree went over the memory limit together."""
    peak: int
    """The most memory that it held, in bytes."""
    seconds: float = 0.0
    """The processor time that its process tree used."""
    late: bool = False
    """Whether that was more than it might use."""
    starved: bool = False
    """Whether the kernel killed it because this machine, or what holds all of us, had no memory left."""
    unexplained: bool = False
    """Whether a SIGKILL ended it that is not ours, and that no want of memory explains: somebody outside sent it, or
    the kernel did at a hard limit of processor time that the program had set itself."""
    full: bool = False
    """Whether the kernel killed a process of its for want of memory, in its own control group or on the machine."""


class Process:
    """A sample's process: a socket to talk to it, and a handle to end it by."""

    def __init__(self, pid: int, handle: int, channel: _socket.socket, grouped: bool) -> None:
        self.pid = pid
        """Its number in the jail."""
        self.handle = handle
        self.channel = channel
        self.frames = Frames(channel.recv, ANSWER_BYTES)
        self.killed = False
        """Whether it was still alive when we killed it."""
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
        """Whether the process itself has ended, or does so in time; what it started may live on a little longer."""
        return bool(select.select([self.handle], [], [], seconds)[0])

    def kill(self) -> None:
        """Kill the process, and with it all that it started; in the open (no namespaces), all in its session."""
        if not self.killed and not self.has_ended():
            self.killed = True
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.handle, signal.SIGKILL)
        if self._grouped:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
