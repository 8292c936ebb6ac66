"""The judge's side of one jail: starts it, takes a process for a program, ends the process."""

from __future__ import annotations

import _socket
import json
import math
import os
import select
import signal
import socket
import subprocess
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from ..inside import zygote
from . import memory_counts, process_tree
from .boot import command
from .sample_process import Exit, Process
from .watch import Watch

T = TypeVar("T")

START_SECONDS = 60.0
SPARES = 3
"""Processes of a jail: one that runs, one that waits, and one that is being torn down, which takes the kernel as long
as a short program takes to run."""


class JailLost(Exception):
    """The jail is gone or cannot be set up: a bug in passgap or a limit of this machine, never caused by a program."""


class Jail:
    """One zygote and its processes.

    Args:
        config: sent by the pool; see :class:`passgap.execution.SandboxExecutor`.
        watch: enforces limits on the memory and processor time of the process that runs.

    Raises:
        JailLost: the zygote could not be started; the message says which call the kernel refused.
    """

    def __init__(self, config: dict[str, Any], watch: Watch) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
            command("inside.launch", theirs.fileno(), site=False),
            pass_fds=[theirs.fileno()],
            env=zygote.ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=None if config.get("verbose") else subprocess.DEVNULL,
        )
        theirs.close()
        self._expected: deque[_socket.socket] = deque()
        """The judge's ends of the sockets of processes that are being made."""
        self._spares: deque[Process] = deque()
        self._ending: dict[int, Process] = {}
        self._exits: dict[int, Exit] = {}
        self._watch = watch
        self._groups: list[str] = config["cgroup"]
        self._excesses = memory_counts.excesses(self._groups)
        self._kills = memory_counts.kills()
        self._control.settimeout(START_SECONDS)
        self._control.send(json.dumps(config).encode())
        answer = json.loads(self._hear(self._control.recv, 1 << 12))
        if "refused" in answer:
            raise JailLost(str(answer["refused"]))
        self.protections: dict[str, Any] = answer["ready"]
        self._control.settimeout(None)
        for _ in range(SPARES):
            self._ask(0)

    def fileno(self) -> int:
        return self._control.fileno()

    def take(self, memory: int, seconds: float) -> Process:
        """Return a fresh process that waits for a program.

        Together with its children it may hold ``memory`` bytes and use ``seconds`` of processor time.
        """
        while not self._spares:
            self._pump()
        process = self._spares.popleft()
        if process.has_ended():
            raise JailLost("a process ended before it was given a program")
        self._watch.begin(process, memory, seconds)
        return process

    def pause(self, process: Process) -> None:
        """Stop watching a process that is kept for later; what it does until then is not limited."""
        self._watch.finish(process)

    def resume(self, process: Process, memory: int, seconds: float) -> None:
        """Watch a process again, which may use ``seconds`` of processor time from now on."""
        self._watch.begin(process, memory, math.inf)
        process.allowed = self._watch.used(process) + seconds

    def used(self, process: Process) -> float:
        """Return the seconds of processor time that a process and its children have used so far."""
        return self._watch.used(process)

    def shorten(self, process: Process, seconds: float) -> None:
        """Let a process and its children use at most ``seconds`` of processor time from now on."""
        self._watch.shorten(process, seconds)

    def is_late(self, process: Process) -> bool:
        """Whether a process and its children have used more processor time than they may."""
        return self._watch.used(process) > process.allowed

    def was_held_up(self, process: Process, seconds: float, own: float = 0.0) -> bool:
        """Whether other work may have kept a process from running; see :func:`.process_tree.held_up`."""
        number = process_tree.number_of(process.handle)
        return number > 0 and process_tree.held_up(number, seconds, own)

    def end(self, process: Process, grace: float = 0.0) -> None:
        """Kill the process and everything that it started, after ``grace`` seconds if it has not ended by itself."""
        process.channel.close()
        if grace:
            process.has_ended(grace)
        self._watch.finish(process)
        process.kill()
        self._ending[process.pid] = process
        self._ask(process.pid)

    def exit_of(self, process: Process) -> Exit:
        """Wait until nothing is left of the process, and return how it ended."""
        while process.pid not in self._exits:
            self._pump()
        return self._exits.pop(process.pid)

    def is_gone(self, process: Process) -> bool:
        """Whether nothing is left of a process that was ended."""
        while process.pid not in self._exits and select.select([self._control], [], [], 0)[0]:
            self._pump()
        return process.pid in self._exits

    def close(self) -> None:
        """Hang up, which ends the zygote and everything in the jail, and wait for that."""
        self._control.close()
        for spare in self._spares:
            spare.channel.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _ask(self, pid: int) -> None:
        """Have one process reaped and another one made."""
        ours, theirs = _socket.socketpair()
        self._hear(socket.send_fds, self._control, [zygote.REQUEST.pack(pid)], [theirs.fileno()])
        theirs.close()
        self._expected.append(ours)

    def _pump(self) -> None:
        """Wait for the answer to the oldest request."""
        data, descriptors, _, _ = self._hear(socket.recv_fds, self._control, zygote.REPLY.size, 1)
        if len(data) < zygote.REPLY.size:
            raise JailLost("the jail ended by itself")
        new, old, status, peak, used = zygote.REPLY.unpack(data)
        if old in self._ending:
            process = self._ending.pop(old)
            os.close(process.handle)
            seconds = max(used, process.time.seconds)
            late = process.late or (status == -signal.SIGKILL and not process.killed and seconds > process.allowed)
            by_kernel = status == -signal.SIGKILL and not process.killed and not late
            starved, full = self._lacked_memory() if by_kernel else (False, False)
            peak = max(process.peak, peak << 10)
            unexplained = by_kernel and bool(self.protections["namespaces"]) and not starved and not full
            self._exits[old] = Exit(
                status, process.killed, process.over, peak, seconds, late, starved, unexplained, full
            )
        channel = self._expected.popleft()
        self._spares.append(Process(new, descriptors[0], channel, grouped=not self.protections["namespaces"]))

    def _lacked_memory(self) -> tuple[bool, bool]:
        """Return whether a SIGKILL from elsewhere came because the machine, and because the jail, ran out of memory.

        Nobody in a process namespace can kill its first process; the kernel does if a control group is full. If that
        group is the jail's own, the sample held too much. The kernel also does so if a program has lowered the hard
        limit of its own processor time: so neither is assumed unless the kernel counted a kill for want of memory.
        """
        excesses, self._excesses = self._excesses, memory_counts.excesses(self._groups)
        kills, self._kills = self._kills, memory_counts.kills()
        full = self._excesses > excesses
        return bool(self.protections["namespaces"]) and self._kills > kills and not full, full or self._kills > kills

    def _hear(self, call: Callable[..., T], *arguments: Any) -> T:
        try:
            return call(*arguments)
        except OSError as error:
            raise JailLost(f"the jail does not answer: {error}") from error
