"""A command in a real terminal: what a person sees on its screen, and what they type."""

from __future__ import annotations

import errno
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

import pyte

PATIENCE = 600.0
"""Seconds without any output after which a command counts as stuck."""


class Terminal:
    """A running command and the screen that it draws on."""

    def __init__(self, process: subprocess.Popen[bytes], master: int, columns: int, lines: int) -> None:
        self.process = process
        self._master = master
        self._screen = pyte.HistoryScreen(columns, lines, history=10_000, ratio=0.5)
        self._stream = pyte.ByteStream(self._screen)
        self.seen = ""
        """All that was written, with its control sequences."""

    @property
    def screen(self) -> str:
        """The text on the screen."""
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    @property
    def everything(self) -> str:
        """The screen, below what has scrolled out of it."""
        above = ["".join(line[at].data for at in sorted(line)).rstrip() for line in self._screen.history.top]
        return "\n".join([*above, self.screen])

    def type(self, text: str) -> None:
        """Type a text."""
        os.write(self._master, text.encode())

    def wait_for(self, text: str, times: int = 1) -> None:
        """Read until a text is so many times on the screen and above it; fails where the command ends before."""
        while self.everything.count(text) < times:
            assert self._read(), f"the command ended before it showed {text!r}:\n{self.everything}"

    def end(self) -> int:
        """Read to the end, and return the exit code."""
        while self._read():
            pass
        return self.process.wait(timeout=PATIENCE)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._master], [], [], PATIENCE)
        assert ready, f"no output for {PATIENCE:.0f} s:\n{self.everything}"
        try:
            data = os.read(self._master, 65536)
        except OSError as error:
            if error.errno != errno.EIO:  # the other end was closed
                raise
            return False
        self.seen += data.decode(errors="replace")
        self._stream.feed(data)
        return bool(data)


@contextmanager
def in_terminal(
    *arguments: str, columns: int = 100, lines: int = 40, environment: Mapping[str, str] | None = None
) -> Iterator[Terminal]:
    """Run ``passgap`` with these arguments in a terminal of this size."""
    with running([sys.executable, "-m", "passgap", *arguments], columns, lines, environment) as terminal:
        yield terminal


@contextmanager
def running(
    command: list[str], columns: int = 100, lines: int = 40, environment: Mapping[str, str] | None = None
) -> Iterator[Terminal]:
    """Run a command in a terminal of this size."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    given = {**os.environ, "TERM": "xterm-256color", **(environment or {})}
    for name in ("COLUMNS", "LINES", "NO_COLOR"):
        given.pop(name, None)
    process = subprocess.Popen(
        command,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=given,
        start_new_session=True,
        close_fds=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0) and None,  # noqa: PLW1509 - Ctrl-C needs a terminal
    )
    os.close(slave)
    try:
        yield Terminal(process, master, columns, lines)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        with suppress(OSError):
            os.close(master)
