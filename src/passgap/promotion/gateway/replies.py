"""Answers that the gateway gives by itself, in the form in which the OpenAI API reports errors."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class Refusal(Exception):  # noqa: N818 - an answer to a client
    """A call that is not passed on, or that no upstream answered."""

    status: int
    code: str
    message: str
    headers: tuple[tuple[bytes, bytes], ...] = ()


def error_body(code: str, message: str) -> bytes:
    """The document of an error."""
    return json.dumps({"error": {"message": message, "type": "gateway_error", "param": None, "code": code}}).encode()


async def reply(
    send: Send,
    status: int,
    body: bytes,
    headers: Sequence[tuple[bytes, bytes]] = (),
    content_type: bytes = b"application/json",
) -> None:
    """Send a whole answer."""
    own = ((b"content-type", content_type), (b"content-length", str(len(body)).encode()), *headers)
    await send({"type": "http.response.start", "status": status, "headers": list(own)})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def too_large(limit: int) -> Refusal:
    """The refusal of a body of more than ``limit`` bytes."""
    return Refusal(413, "body_too_large", f"The request's body has over {limit} bytes.", ((b"connection", b"close"),))


async def read_body(receive: Receive, limit: int, announced: str | None) -> bytes:
    """Read a request's body.

    Args:
        receive: of ASGI.
        limit: bytes, at most.
        announced: its ``Content-Length``.

    Raises:
        Refusal: it is larger than the limit.
        ConnectionResetError: the client went away.
    """
    if announced is not None and announced.isdigit() and (len(announced) > 18 or int(announced) > limit):
        raise too_large(limit)
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            raise too_large(limit)
        if not message.get("more_body"):
            return b"".join(parts)
