"""Inside a sample's process: frames on the descriptor that leads to the judge."""

from __future__ import annotations

import os
from typing import Any

from ..exchange.frames import CHUNK, pack

LARGE_CHUNK = 1 << 20


class Connection:
    """Reads and writes the frames of one descriptor, with as few calls and copies as can be."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._rest = b""

    def read(self) -> bytes | None:
        """Return the next frame, or None where the judge hung up."""
        data = self._rest or os.read(self._descriptor, CHUNK)
        size = 4 + int.from_bytes(data[:4], "big")
        if len(data) < size or len(data) < 4:
            return self._read_long(data)
        self._rest = data[size:]
        return data[4:size]

    def _read_long(self, start: bytes) -> bytes | None:
        """Return the next frame where it takes more than one read."""
        data = bytearray(start)
        while len(data) < 4 or len(data) < (size := 4 + int.from_bytes(data[:4], "big")):
            chunk = os.read(self._descriptor, LARGE_CHUNK)
            if not chunk:
                return None
            data += chunk
        self._rest = bytes(data[size:])
        return bytes(data[4:size])

    def send(self, *messages: Any) -> None:
        """Send one frame for each message, in one go."""
        data = b"".join(map(pack, messages))
        sent = os.write(self._descriptor, data)
        while sent < len(data):
            sent += os.write(self._descriptor, memoryview(data)[sent:])
