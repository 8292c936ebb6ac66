"""A compiler that stays loaded, in a process of a jail: it is sent sources, and answers with what it made of them."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any

from .artefact import write_all
from .command_run import MESSAGE_BYTES, Command, Pipe, follow, hand_over
from .deadline import clock_seconds
from .jail import Jail
from .sample_process import Exit

COMPILED, REFUSED = 0, 1
WORD = 4


class ServerFailed(Exception):
    """The server did not answer as it should, and was ended."""

    def __init__(self, reason: str, ended: Exit, timed_out: bool) -> None:
        super().__init__(reason)
        self.ended = ended
        self.timed_out = timed_out


class CompileServer:
    """One server and the process that it runs in.

    Args:
        jail: makes the process.
        command: that starts it, with the limits of each compilation.
    """

    def __init__(self, jail: Jail, command: Command) -> None:
        self._jail = jail
        self._command = command
        self._process = jail.take(command.memory, command.seconds)
        self._errors = Pipe(MESSAGE_BYTES, last=True)
        self._output = Pipe(1 << 30)
        self._requests, self._writer = os.pipe2(os.O_CLOEXEC)[:2]
        os.set_blocking(self._writer, True)
        self.compiles = 0
        """The compilations that it has been asked for."""
        header = command.header(seconds=1 << 30)
        given = [self._requests, self._output.writer, self._errors.writer]
        hand_over(self._process, header, [*given, *([command.files] if command.entries else [])])
        os.close(self._requests)
        self._output.give_away()
        self._errors.give_away()

    def compile(self, files: Mapping[str, str], most: int) -> tuple[int, bytes, dict[str, bytes], float]:
        """Have a program compiled.

        Args:
            files: its sources.
            most: the bytes of the longest answer.

        Returns:
            The status, the compiler's messages, the files that came of it, and the processor time that it took.

        Raises:
            ServerFailed: it gave no such answer in time, and was ended.
        """
        self.compiles += 1
        self._jail.resume(self._process, self._command.memory, self._command.seconds)
        before = self._jail.used(self._process)
        self._output.kept.clear()
        answer: tuple[int, bytes, dict[str, bytes]] | None = None
        timed_out = False
        try:
            write_all(self._writer, request(files))
            until = time.monotonic() + clock_seconds(self._command.seconds)
            answer, timed_out = self._answer(until, most)
        except (OSError, ValueError):
            answer = None
        if answer is None or answer[0] not in (COMPILED, REFUSED):
            said = bytes(self._errors.kept if answer is None else answer[1]).decode("utf-8", "replace").strip()
            raise ServerFailed(said.splitlines()[0] if said else "it gave no answer", self.end(), timed_out)
        seconds = self._jail.used(self._process) - before
        self._jail.pause(self._process)
        return *answer, seconds

    def _answer(self, until: float, most: int) -> tuple[tuple[int, bytes, dict[str, bytes]] | None, bool]:
        """Return the server's answer, and whether time was up before it."""
        while True:
            found = answer_in(self._output.kept, most)
            if found is not None:
                return found, False
            alive = follow(self._process, [self._output, self._errors], until, once=self._output)
            if not alive:
                return None, True
            if self._process.has_ended() and answer_in(self._output.kept, most) is None:
                return None, False

    def end(self) -> Exit:
        """End the server and return how it ended."""
        os.close(self._writer)
        self._output.close()
        self._errors.close()
        self._jail.end(self._process)
        return self._jail.exit_of(self._process)


def request(files: Mapping[str, str]) -> bytes:
    """Return the request to compile files."""
    parts = [len(files).to_bytes(WORD, "big")]
    for path, text in files.items():
        for each in (path, text):
            data = each.encode("utf-8", "replace")
            parts += [len(data).to_bytes(WORD, "big"), data]
    return b"".join(parts)


class Incomplete(Exception):
    """More of an answer is to come."""


def answer_in(data: bytearray, most: int) -> tuple[int, bytes, dict[str, bytes]] | None:
    """Return the answer in what a server wrote; None if it is not complete.

    Raises:
        ValueError: it is longer than ``most``.
    """
    if len(data) > most:
        raise ValueError("the answer is too long")
    place = 0

    def number() -> int:
        nonlocal place
        if len(data) < place + WORD:
            raise Incomplete
        place += WORD
        return int.from_bytes(data[place - WORD : place], "big")

    def text() -> bytes:
        nonlocal place
        size = number()
        if size > most:
            raise ValueError("the answer is too long")
        if len(data) < place + size:
            raise Incomplete
        place += size
        return bytes(data[place - size : place])

    try:
        status, messages = number(), text()
        return status, messages, {text().decode("utf-8"): text() for _ in range(number())}
    except Incomplete:
        return None


def servers_key(toolchain: dict[str, Any]) -> str:
    """Return what tells the server of one toolchain from those of others."""
    return f"{toolchain['language']} {toolchain['version']}"
