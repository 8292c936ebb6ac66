"""Runs a command in a process of a jail, and observes what it writes and how it ends."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ..exchange.frames import FrameError, Frames, from_json, pack
from ..inside.rootfs import SCRATCH
from .jail import Jail, JailLost
from .sample_process import Process
from .stdio_run import StdioRun

CHUNK = 1 << 16
MESSAGE_BYTES = 1 << 14
"""The bytes that are kept of standard error, and of a compiler's messages."""
NOT_STARTED_BYTES = 1 << 12


@dataclass(frozen=True)
class Command:
    """A command as the jail is told about it, with the limits of its process."""

    command: list[str]
    environment: dict[str, str]
    entries: list[Any]
    """The files that it is started beside, in the descriptor ``files``."""
    files: int
    memory: int
    """Bytes that its processes may hold together."""
    address_space: int
    """Bytes of address space that each of them may map."""
    processes: int
    file_bytes: int
    seconds: float
    texts: dict[str, str] = field(default_factory=dict)
    """Files that are written over those, by path."""

    def header(self, **more: Any) -> dict[str, Any]:
        """Return the message that describes it to the jail."""
        return {
            "commands": [self.command],
            "environment": self.environment,
            "entries": self.entries,
            "files": self.texts,
            "artefacts": None,
            "address_space": self.address_space,
            "processes": self.processes,
            "file_bytes": self.file_bytes,
            "seconds": self.seconds,
            **more,
        }


class Pipe:
    """One end of a pipe from a command, and what was read of it.

    Args:
        limit: the bytes that are kept.
        last: whether the last ones are kept, rather than the first.
    """

    def __init__(self, limit: int, *, last: bool = False) -> None:
        self._limit = limit
        self._last = last
        self.kept = bytearray()
        self.over = False
        self.reader, self.writer = os.pipe2(os.O_CLOEXEC)

    def give_away(self) -> None:
        """Close the end that the command has now."""
        if self.writer >= 0:
            os.close(self.writer)
        self.writer = -1

    def read(self) -> bool:
        """Read once; return False at the end."""
        chunk = os.read(self.reader, CHUNK)
        self.kept += chunk
        if len(self.kept) > self._limit:
            self.over = True
            del self.kept[: len(self.kept) - self._limit if self._last else 0]
            del self.kept[self._limit :]
        return bool(chunk)

    def close(self) -> None:
        """Close both ends."""
        self.give_away()
        os.close(self.reader)


def hand_over(process: Process, header: dict[str, Any], descriptors: Iterable[int]) -> bool:
    """Send a command and the descriptors that it gets; return False if its process is gone."""
    try:
        rights = b"".join(descriptor.to_bytes(4, sys.byteorder) for descriptor in descriptors)
        process.channel.sendmsg([b"0"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
        process.channel.sendall(pack(header))
    except OSError:
        return False
    return True


def run_command(jail: Jail, command: Command, stdin: bytes, clock: float, output_bytes: int, answers: int) -> StdioRun:
    """Run a command and wait until nothing is left of it.

    Args:
        jail: makes its process.
        command: with its limits.
        stdin: its standard input, which it gets as a file.
        clock: the seconds that it may take by the clock.
        output_bytes: the most bytes of standard output that are kept; it is ended if it prints more.
        answers: the same for descriptor 3; with 0 it does not have one.

    Raises:
        JailLost: the command is not there.
    """
    process = jail.take(command.memory, command.seconds)
    began = time.monotonic()
    source = os.memfd_create("passgap-input", os.MFD_CLOEXEC)
    output, errors = Pipe(output_bytes), Pipe(MESSAGE_BYTES, last=True)
    pipes = [output, errors, *([Pipe(answers)] if answers else [])]
    try:
        with open(source, "wb", closefd=False) as file:
            file.write(stdin)
        os.lseek(source, 0, os.SEEK_SET)
        process.channel.settimeout(clock)
        given = [source, *(pipe.writer for pipe in pipes), *([command.files] if command.entries else [])]
        held = hand_over(process, command.header(), given)
        for pipe in pipes:
            pipe.give_away()
        counted = [pipe for pipe in pipes if pipe is not errors]
        timed_out = held and not follow(process, pipes, began + clock, counted)
        held_up = timed_out and jail.was_held_up(process, clock)
        missing = why_not_started(process)
    finally:
        os.close(source)
        for pipe in pipes:
            pipe.close()
    jail.end(process)
    ended = jail.exit_of(process)
    if missing is not None and not command.command[0].startswith(SCRATCH + "/"):
        raise JailLost(f"{command.command[0]} cannot be started: {missing}")
    flooded = any(pipe.over for pipe in counted)
    answered = bytes(pipes[2].kept) if answers else b""
    return StdioRun(bytes(output.kept), ended, timed_out, held_up, flooded, bytes(errors.kept), answered)


def follow(
    process: Process,
    pipes: Iterable[Pipe],
    until: float,
    counted: Iterable[Pipe] = (),
    *,
    once: Pipe | None = None,
    also: int = -1,
) -> bool:
    """Read pipes until their process has ended, or something else that is waited for happens.

    Args:
        process: that writes to them.
        pipes: read all the while.
        until: the end of the time for that.
        counted: those of the pipes that may not go over their limit, which ends it.
        once: one of the pipes; something that was read of it ends it.
        also: a descriptor; something to read on it ends it.

    Returns:
        False if the time was up first.
    """
    open_pipes = {pipe.reader: pipe for pipe in pipes}
    ended = False
    while not any(pipe.over for pipe in counted):
        left = until - time.monotonic()
        if left <= 0 and not ended:
            return False
        waiting = [*open_pipes, *([] if ended else [process.handle])]
        ready = select.select([*waiting, *([] if ended or also < 0 else [also])], [], [], 0 if ended else left)[0]
        if ended and not ready:
            return True
        for descriptor in ready:
            if descriptor in (process.handle, also):
                ended = True
            elif not open_pipes[descriptor].read():
                del open_pipes[descriptor]
        if once is not None and once.reader in ready:
            return True
    return True


def why_not_started(process: Process) -> str | None:
    """Return why a command could not be started; None if it was."""
    process.channel.settimeout(0)
    frames = Frames(process.channel.recv, NOT_STARTED_BYTES)
    with contextlib.suppress(OSError, FrameError, ValueError):
        body = frames.read()
        return None if body is None else str(from_json(body)["failed"])
    return None
