"""The standard streams of a program whose tests look at what it prints or decide what it reads.

In one process, tests and program would share ``sys.stdout`` and ``input``. Here, what the program prints travels with
its next message and is written to the judge's ``sys.stdout``, which the tests may have replaced; what it reads comes
from the judge's ``input`` and ``sys.stdin``.
"""

from __future__ import annotations

import builtins
import io
import sys
from collections.abc import Callable
from typing import Any

PRINTED_BYTES = 1 << 20
"""The most bytes that a program may print to each stream if its tests look at it; the rest is dropped."""


class Printed(io.RawIOBase):
    """Keeps what is written until it is taken."""

    def __init__(self) -> None:
        super().__init__()
        self._kept = bytearray()
        self._left = PRINTED_BYTES

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        written = bytes(data)
        self._kept += written[: self._left]
        self._left -= min(self._left, len(written))
        return len(written)

    def take(self) -> str:
        """Return what was written since the last call."""
        text = self._kept.decode("utf-8", "replace")
        self._kept.clear()
        return text


class Read(io.TextIOBase):
    """A standard input whose lines come from the tests; empty until it is connected."""

    def __init__(self) -> None:
        super().__init__()
        self.next_line: Callable[[], str] = str
        self._rest = ""

    def readable(self) -> bool:
        return True

    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]
        line = self._rest or self.next_line()
        end = len(line) if size is None or size < 0 else size
        self._rest = line[end:]
        return line[:end]

    def read(self, size: int | None = -1, /) -> str:
        parts: list[str] = []
        left = -1 if size is None else size
        while left and (part := self.readline(left)):
            parts.append(part)
            left -= len(part) if left > 0 else 0
        return "".join(parts)


class Streams:
    """Replacements for a program's standard streams and for ``input``."""

    def __init__(self) -> None:
        self._raw = (Printed(), Printed())
        self._texts = tuple(
            io.TextIOWrapper(io.BufferedWriter(raw), "utf-8", "surrogateescape", write_through=True)
            for raw in self._raw
        )
        self._stdin = Read()
        self._input: Callable[..., str] | None = None

    def install(self) -> None:
        """Install them where a program finds them."""
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__ = self._texts  # type: ignore[misc]
        sys.stdin = sys.__stdin__ = self._stdin  # type: ignore[assignment,misc]
        builtins.input = self._ask

    def connect(self, ask: Callable[..., str], next_line: Callable[[], str]) -> None:
        """Read from the tests from now on: ``input`` by ``ask``, lines of standard input by ``next_line``."""
        self._input, self._stdin.next_line = ask, next_line

    def printed(self) -> list[str]:
        """Return what was written to standard output and standard error since the last call."""
        for text in self._texts:
            if not text.closed:
                text.flush()
        return [raw.take() for raw in self._raw]

    def _ask(self, prompt: object = "", /) -> str:
        if self._input is None:
            raise EOFError("EOF when reading a line")
        return self._input(str(prompt))
