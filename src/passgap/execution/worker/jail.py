"""The judge's side of one jail: starting it, taking a process for a program, ending it."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import zygote
from .wire import ANSWER_BYTES, Frames

BOOT = """
import importlib.util, sys
name, folder, descriptor = sys.argv[1:4]
spec = importlib.util.spec_from_file_location(name, folder + "/__init__.py", submodule_search_locations=[folder])
sys.modules[name] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sys.modules[name])
importlib.import_module(name + "." + sys.argv[4]).main(int(descriptor))
"""
"""Loads the package that this module is part of, with nothing else on the path, and runs one of its modules."""
PACKAGE = "passgap_worker"
START_SECONDS = 60.0


class JailLost(Exception):
    """The jail is gone or cannot be set up: a fault of ours or of the machine, never of a program."""


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


class Process:
    """A sample's process: a socket to talk to it, and a number to end it by."""

    def __init__(self, pid: int, descriptor: int) -> None:
        self.pid = pid
        self.channel = socket.socket(fileno=descriptor)
        self.frames = Frames(self.channel, ANSWER_BYTES)


def command(module: str, descriptor: int, *, site: bool) -> list[str]:
    """The command line of a fresh interpreter that runs one of this package's modules."""
    flags = ["-I"] if site else ["-I", "-S"]
    executable = sys.executable if site else os.path.realpath(getattr(sys, "_base_executable", sys.executable))
    folder = str(Path(__file__).resolve().parent)
    return [executable, *flags, "-c", BOOT, PACKAGE, folder, str(descriptor), module]


class Jail:
    """One zygote and the processes that it keeps.

    Args:
        config: see :func:`passgap.execution.pool.worker_config`.

    Raises:
        JailLost: the zygote could not be started; the message says which call the kernel refused.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
            command("launch", theirs.fileno(), site=False),
            pass_fds=[theirs.fileno()],
            env=zygote.ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=None if config.get("verbose") else subprocess.DEVNULL,
        )
        theirs.close()
        self._spares: deque[Process] = deque()
        self._exits: dict[int, Exit] = {}
        self._control.settimeout(START_SECONDS)
        self._control.send(json.dumps(config).encode())
        answer = self._receive()
        if "refused" in answer:
            raise JailLost(str(answer["refused"]))
        self.protections: dict[str, Any] = answer["ready"]

    def fileno(self) -> int:
        return self._control.fileno()

    def take(self, memory: int) -> Process:
        """Return a fresh process that waits for a program."""
        while not self._spares:
            self._pump()
        process = self._spares.popleft()
        self._send({"pid": process.pid, "take": memory})
        return process

    def end(self, process: Process, grace: float = 0.0) -> None:
        """Kill the process and all that it started, after ``grace`` seconds where it has not ended by itself."""
        process.channel.close()
        self._send({"pid": process.pid, "end": grace})

    def exit_of(self, process: Process) -> Exit:
        """Wait until nothing is left of the process, and say how it ended."""
        while process.pid not in self._exits:
            self._pump()
        return self._exits.pop(process.pid)

    def has_ended(self, process: Process) -> bool:
        """Whether nothing is left of the process."""
        while process.pid not in self._exits and select.select([self._control], [], [], 0)[0]:
            self._pump()
        return process.pid in self._exits

    def close(self) -> None:
        """Hang up, which ends the zygote and everything in it, and wait for that."""
        self._control.close()
        for spare in self._spares:
            spare.channel.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _send(self, message: dict[str, Any]) -> None:
        try:
            self._control.send(json.dumps(message).encode())
        except OSError as error:
            raise JailLost("the jail ended by itself") from error

    def _receive(self) -> dict[str, Any]:
        try:
            data, descriptors, _, _ = socket.recv_fds(self._control, 1 << 12, 1)
        except OSError as error:
            raise JailLost(f"the jail does not answer: {error}") from error
        if not data:
            raise JailLost("the jail ended by itself")
        message: dict[str, Any] = json.loads(data)
        if "spare" in message:
            self._spares.append(Process(message["spare"], descriptors[0]))
        elif "exit" in message:
            if any(spare.pid == message["exit"] for spare in self._spares):
                raise JailLost("a process ended before it was given a program")
            self._exits[message["exit"]] = Exit(message["status"], message["killed"], message["over"], message["peak"])
        return message

    def _pump(self) -> None:
        self._receive()
