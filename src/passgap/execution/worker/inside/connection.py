"""Frames on the descriptor that leads from a sample's process to the judge."""

from __future__ import annotations

from os import read, write
from typing import Any

from ..exchange.frames import CHUNK, pack

LARGE_CHUNK = 1 << 20


class Connection:
    """Reads and writes the frames of one descriptor, with as few system calls and copies as possible."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._rest = b""

    def read(self) -> bytes | None:
        """Return the body of the next frame, or None if the judge hung up."""
        data = self._rest or read(self._descriptor, CHUNK)
        size = 4 + int.from_bytes(data[:4], "big")
        if len(data) < size or len(data) < 4:
            return self._read_long(data)
        self._rest = data[size:]
        return data[4:size]

    def _read_long(self, start: bytes) -> bytes | None:
        """Return the body of the next frame if it takes more than one read."""
        data = bytearray(start)
        while len(data) < 4 or len(data) < (size := 4 + int.from_bytes(data[:4], "big")):
            chunk = read(self._descriptor, LARGE_CHUNK)
            if not chunk:
                return None
            data += chunk
        self._rest = bytes(data[size:])
        return bytes(data[4:size])

    def send(self, *messages: Any) -> None:
        """Send one frame per message, all in one write."""
        data = b"".join(map(pack, messages))
        sent = write(self._descriptor, data)
        while sent < len(data):
            sent += write(self._descriptor, memoryview(data)[sent:])
