"""Frames on a stream: four bytes of length, then that many bytes of JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

REQUEST_BYTES = 256 << 20
"""The longest frame that the jail accepts, in bytes; frames to the jail come from trusted code."""
ANSWER_BYTES = 16 << 20
"""The longest frame that the judge accepts from a program, in bytes."""
CHUNK = 1 << 14
"""Bytes per read, few enough for the heap: a larger buffer would be mapped, shrunk and unmapped again at every read."""

_encode = json.JSONEncoder(separators=(",", ":")).encode
_scan = json.JSONDecoder().scan_once  # type: ignore[attr-defined]


class FrameError(Exception):
    """The other side sent something that is not a frame."""


def to_json(message: Any) -> bytes:
    """Return a message as JSON. Lone surrogates survive, since everything outside ASCII is escaped."""
    return _encode(message).encode("ascii")


def from_json(body: bytes) -> Any:
    """Return the message in a body.

    Raises:
        ValueError: it is not JSON as :func:`to_json` writes it.
    """
    text = body.decode("ascii")
    try:
        message, end = _scan(text, 0)
    except StopIteration:
        raise ValueError("no JSON") from None
    if end != len(text):
        raise ValueError("more than one JSON value")
    return message


def pack(message: Any) -> bytes:
    """Return one frame around a message."""
    return pack_raw(to_json(message))


def pack_raw(body: bytes) -> bytes:
    """Return one frame around JSON that is already written."""
    return len(body).to_bytes(4, "big") + body


class Frames:
    """Reads the frames of one stream; a read that an exception interrupts, as from a signal handler, can be resumed.

    Args:
        receive: returns at most so many bytes, and none at the end of the stream.
        limit: the longest frame that is accepted, in bytes.
    """

    def __init__(self, receive: Callable[[int], bytes], limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._buffer = bytearray()

    def read(self) -> bytes | None:
        """Return the body of the next frame, or None at the end of the stream.

        Raises:
            FrameError: the frame is longer than the limit.
        """
        while True:
            if len(self._buffer) >= 4:
                size = int.from_bytes(self._buffer[:4], "big")
                if size > self._limit:
                    raise FrameError(f"a message of {size} bytes, over the limit of {self._limit}")
                if len(self._buffer) >= 4 + size:
                    body = bytes(self._buffer[4 : 4 + size])
                    del self._buffer[: 4 + size]
                    return body
            try:
                chunk = self._receive(CHUNK)
            except ConnectionError:
                return None
            if not chunk:
                return None
            self._buffer += chunk

    def waiting(self) -> bool:
        """Whether a complete frame has already arrived."""
        return len(self._buffer) >= 4 and len(self._buffer) >= 4 + int.from_bytes(self._buffer[:4], "big")
