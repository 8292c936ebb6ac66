"""Has a program built in a jail of its own, and takes what the build left out of it."""

from __future__ import annotations

import os
import re
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..exchange.frames import ANSWER_BYTES, FrameError, Frames, from_json
from .artefact import Artefact, checked_entries
from .command_run import MESSAGE_BYTES, Command, Pipe, follow, hand_over
from .deadline import clock_seconds
from .jail import Jail
from .process_end import PROCESSOR, why_again
from .sample_process import Exit, Process
from .sample_result import SampleResult

REASON_CHARACTERS = 300
ERROR = re.compile(r"\berror\b|\bError\b|panic|undefined|cannot|expected", re.ASCII)


@dataclass
class Built:
    """A build's result: an artefact, or the outcome of a program that cannot be built."""

    artefact: Artefact | None
    kind: str = ""
    reason: str = ""
    seconds: float = 0.0
    """The processor time that it took."""
    peak: int = 0
    again: str = ""
    """Why it should be tried once more, as in :mod:`.process_end`."""

    def as_result(self, job: int) -> SampleResult:
        """The result of a sample that has come no further than this."""
        return SampleResult(job, self.kind, self.reason, self.seconds, peak=self.peak or None, again=self.again)


def run_build(jail: Jail, command: Command, files: Mapping[str, str], toolchain: dict[str, Any]) -> Built:
    """Build a program and wait until nothing is left of the compiler.

    Args:
        jail: makes the process of the build.
        command: with its limits; the toolchain has the others.
        files: the sources.
        toolchain: as the pool describes it.
    """
    limits = toolchain["limits"]
    process = jail.take(command.memory, command.seconds)
    clock = clock_seconds(command.seconds)
    messages = Pipe(MESSAGE_BYTES)
    nothing = os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC)
    answer, handle, held_up, timed_out = None, -1, False, False
    try:
        process.channel.settimeout(clock)
        header = command.header(
            commands=toolchain["build"],
            files=dict(files),
            artefacts=toolchain["artefacts"],
            artefact_bytes=limits["artefact_bytes"],
        )
        hand_over(process, header, [nothing, messages.writer, messages.writer])
        messages.give_away()
        answer, handle, timed_out = await_answer(process, messages, time.monotonic() + clock)
        held_up = timed_out and jail.was_held_up(process, clock)
    finally:
        os.close(nothing)
        messages.close()
    jail.end(process)
    ended = jail.exit_of(process)
    built = judged(answer, handle, bytes(messages.kept), ended, timed_out, limits)
    built.seconds, built.peak = ended.seconds, ended.peak
    if built.artefact is None:
        built.again = why_again(ended) or (PROCESSOR if held_up else "")
        if handle >= 0:
            os.close(handle)
    return built


def await_answer(process: Process, messages: Pipe, until: float) -> tuple[dict[str, Any] | None, int, bool]:
    """Read a compiler's messages until it is done, then the build's answer and its descriptor; say if time was up."""
    if not follow_build(process, messages, until):
        return None, -1, True
    process.channel.settimeout(max(0.1, until - time.monotonic()))
    handle = -1
    try:
        _, ancillary, _, _ = process.channel.recvmsg(1, socket.CMSG_SPACE(4), socket.MSG_CMSG_CLOEXEC)
        if ancillary:
            handle = int.from_bytes(ancillary[0][2][:4], sys.byteorder)
        body = Frames(process.channel.recv, ANSWER_BYTES).read()
        answer = from_json(body) if body else None
    except TimeoutError:
        return None, handle, True
    except (OSError, FrameError, ValueError):
        return None, handle, False
    return (answer if isinstance(answer, dict) else None), handle, False


def follow_build(process: Process, messages: Pipe, until: float) -> bool:
    """Read messages until every process that could write some has ended, or the build's own has; False if time was up.

    The build's process holds the pipe itself until it answers, so the answer on its channel counts as the end as well.
    """
    return follow(process, [messages], until, also=process.channel.fileno())


def judged(
    answer: dict[str, Any] | None, handle: int, messages: bytes, ended: Exit, timed_out: bool, limits: dict[str, Any]
) -> Built:
    """Return a build's result, by its answer and by how it ended."""
    seconds = limits["seconds"]
    if timed_out or ended.late:
        return Built(None, "timeout", f"it does not compile: the compiler was not done after {seconds:g} s")
    if ended.over or ended.full:
        return Built(None, "out-of-memory", "it does not compile: the compiler went over its memory limit")
    if ended.starved:
        return Built(None, "unscored", "the machine's memory ran out while it was compiled")
    try:
        return answered(answer, handle, messages, limits["artefact_bytes"])
    except (KeyError, TypeError, ValueError) as error:
        return Built(None, "failed", does_not_compile(f"error: what it compiles to cannot be taken: {error}".encode()))


def answered(answer: dict[str, Any] | None, handle: int, messages: bytes, most: int) -> Built:
    """Return a build's result by its answer, of which nothing is believed.

    Raises:
        KeyError, TypeError, ValueError: the answer is none that an honest build sends.
    """
    if answer is None:
        return Built(None, "failed", does_not_compile(b"the compiler's process ended before it was done"))
    if answer["status"] != 0:
        return Built(None, "failed", does_not_compile(messages))
    if handle >= 0:
        return Built(Artefact(checked_entries(answer["entries"], most), handle))
    size = sum(entry[3] for entry in answer["entries"])
    said = f"error: what it compiles to has more than {most >> 20} MiB".encode() if size else messages
    return Built(None, "failed", does_not_compile(said or b"no program came of it"))


def does_not_compile(messages: bytes) -> str:
    """Return the reason given for a program that a compiler refuses: its first error."""
    lines = [line.strip() for line in messages.decode("utf-8", "replace").splitlines() if line.strip()]
    first = next((line for line in lines if ERROR.search(line)), lines[0] if lines else "the compiler says nothing")
    return f"it does not compile: {first:.{REASON_CHARACTERS}}"
