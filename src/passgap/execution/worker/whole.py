"""Runs of whole programs: standard input in, standard output out, and how the process ended."""

from __future__ import annotations

import os
import select
import socket
import sys
import time
from dataclasses import dataclass
from typing import Any

from .jail import Exit, Jail, Process
from .wire import pack

FIRST_MESSAGE = 64
CHUNK = 1 << 16
POLL_SECONDS = 0.01
NATURAL_END_SECONDS = 1.0
"""How long a process that closed its output may still take to end by itself."""


@dataclass(frozen=True)
class WholeRun:
    """What was seen of one run."""

    output: bytes
    exit: Exit
    seconds: float
    timed_out: bool
    flooded: bool
    """Whether it printed more than the limit, and was ended for that."""


def run_whole(jail: Jail, header: dict[str, Any], stdin: str, limit: int, seconds: float) -> WholeRun:
    """Run a program once and wait until nothing is left of it; at most ``limit`` bytes of its output are ever held."""
    process = jail.take(header["memory"])
    began = time.monotonic()
    reader = start(process, {**header, "stdin": stdin, "batch": False}, seconds)
    output = bytearray()
    try:
        if reader is not None:
            timed_out = not follow(process, reader, output, limit, began + seconds)
        else:
            timed_out = time.monotonic() >= began + seconds
    finally:
        if reader is not None:
            os.close(reader)
    taken = time.monotonic() - began
    flooded = len(output) > limit
    jail.end(process, 0.0 if timed_out or flooded else NATURAL_END_SECONDS)
    ended = jail.exit_of(process)
    return WholeRun(bytes(output[:limit]), ended, taken, timed_out or (ended.killed and not flooded), flooded)


def start(process: Process, header: dict[str, Any], seconds: float) -> int | None:
    """Send the program and return the descriptor of its output, or None where its process ended before."""
    process.channel.settimeout(seconds)
    try:
        process.channel.sendall(pack(header))
        _, ancillary, _, _ = process.channel.recvmsg(FIRST_MESSAGE, socket.CMSG_SPACE(4))
    except OSError:
        return None
    return int.from_bytes(ancillary[0][2], sys.byteorder) if ancillary else None


def follow(process: Process, reader: int, output: bytearray, limit: int, until: float) -> bool:
    """Collect output until the process ended, closed it, or printed too much; False where the time was up first."""
    ended = False
    while len(output) <= limit:
        if time.monotonic() >= until:
            return False
        if select.select([reader], [], [], 0 if ended else POLL_SECONDS)[0]:
            chunk = os.read(reader, CHUNK)
            output += chunk
            if not chunk:
                return True
        elif ended:
            return True
        else:
            ended = process.has_ended()
    return True
