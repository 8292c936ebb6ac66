"""Runs a program over standard input and output, and observes how its process ended."""

from __future__ import annotations

import os
import select
import socket
import sys
import time
from dataclasses import dataclass
from typing import Any

from ..exchange.frames import pack
from .jail import Jail
from .sample_process import Exit, Process

FIRST_MESSAGE = 64
CHUNK = 1 << 16


@dataclass(frozen=True)
class StdioRun:
    """The observed result of one run."""

    output: bytes
    exit: Exit
    timed_out: bool
    """Whether it was ended because its time by the clock was up."""
    held_up: bool
    """Whether other work on this machine may have been the reason for that."""
    flooded: bool
    """Whether it was ended because it printed more than the limit."""
    errors: bytes = b""
    """The end of what it wrote to standard error, where that is kept."""
    answers: bytes = b""
    """Its output on descriptor 3, where it has that."""


def run_stdio(jail: Jail, header: dict[str, Any], stdin: str, limit: int, seconds: float, clock: float) -> StdioRun:
    """Run a program once and wait until nothing is left of it.

    Args:
        jail: makes its process.
        header: describes the program and its limits.
        stdin: its standard input.
        limit: the most bytes of output that are kept; it is ended if it prints more.
        seconds: the processor time that it may use.
        clock: the time that it may take by the clock, in seconds.
    """
    process = jail.take(header["memory"], seconds)
    began = time.monotonic()
    reader = start(process, {**header, "stdin": stdin, "batch": False}, clock)
    output = bytearray()
    try:
        if reader is not None:
            timed_out = not follow(process, reader, output, limit, began + clock)
        else:
            timed_out = not process.has_ended()
    finally:
        if reader is not None:
            os.close(reader)
    held_up = timed_out and jail.was_held_up(process, clock)
    jail.end(process)
    return StdioRun(bytes(output[:limit]), jail.exit_of(process), timed_out, held_up, len(output) > limit)


def start(process: Process, header: dict[str, Any], seconds: float) -> int | None:
    """Send the program and return the descriptor of its output; None if its process ended before."""
    process.channel.settimeout(seconds)
    try:
        process.channel.sendall(pack(header))
        _, ancillary, _, _ = process.channel.recvmsg(FIRST_MESSAGE, socket.CMSG_SPACE(4))
    except OSError:
        return None
    return int.from_bytes(ancillary[0][2], sys.byteorder) if ancillary else None


def follow(process: Process, reader: int, output: bytearray, limit: int, until: float) -> bool:
    """Collect output until the process has ended or printed too much; return False if the time was up first."""
    waiting = [reader, process.handle]
    while len(output) <= limit and waiting:
        left = until - time.monotonic()
        if left <= 0:
            return False
        ended = process.handle not in waiting
        ready = select.select(waiting, [], [], 0 if ended else left)[0]
        if reader in ready:
            chunk = os.read(reader, CHUNK)
            output += chunk
            if not chunk:
                waiting.remove(reader)
        elif process.handle in ready:
            waiting.remove(process.handle)
        elif ended:  # without namespaces, processes that it started may still hold the pipe
            return True
    return True
