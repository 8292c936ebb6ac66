"""Runs of whole programs: standard input in, standard output out, and how the process ended."""

from __future__ import annotations

import os
import select
import socket
from dataclasses import dataclass
from typing import Any

from .jail import Exit, Jail
from .session import Deadline, DeadlineReached, ProgramGone
from .wire import pack

FIRST_MESSAGE = 64
CHUNK = 1 << 16


@dataclass(frozen=True)
class WholeRun:
    """What was seen of one run."""

    output: bytes
    exit: Exit
    timed_out: bool
    flooded: bool
    """Whether it printed more than the limit, and was ended for that."""


def run_whole(jail: Jail, header: dict[str, Any], stdin: str, limit: int, deadline: Deadline) -> WholeRun:
    """Run a program once and wait until nothing is left of it; at most ``limit`` bytes of its output are ever held."""
    process = jail.take(header["memory"])
    output = bytearray()
    timed_out = False
    reader = -1
    try:
        with deadline:
            process.channel.sendall(pack({**header, "stdin": stdin, "batch": False}))
            _, descriptors, _, _ = socket.recv_fds(process.channel, FIRST_MESSAGE, 1)
            if not descriptors:
                raise ProgramGone
            reader = descriptors[0]
            while len(output) <= limit:
                if select.select([reader], [], [], 0.01)[0]:
                    chunk = os.read(reader, CHUNK)
                    output += chunk
                    if not chunk:
                        break
                elif jail.has_ended(process):
                    break
    except DeadlineReached:
        timed_out = True
    except (OSError, ProgramGone):
        pass
    flooded = len(output) > limit
    jail.end(process, 0.0 if timed_out or flooded else 1.0)
    try:
        ended = jail.exit_of(process)
    finally:
        if reader >= 0:
            os.close(reader)
    return WholeRun(bytes(output[:limit]), ended, timed_out or (ended.killed and not flooded), flooded)
