"""A model server that answers at once, or misbehaves as it is told: for the gateway's benchmarks and tests.

    python benchmarks/stub_upstream.py 8000

It speaks the part of the OpenAI API that a gateway passes on, straight on the event loop, so that a measured gateway
and not its upstream is what takes the time. A JSON answer has 674 bytes, a stream 30 events, written one per turn of
the loop. ``POST /control`` sets how it behaves, ``GET /seen`` says what it has seen.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httptools

EVENTS = 30


def chat_document(model: str) -> bytes:
    """The JSON answer of a chat completion."""
    said = {
        "id": "chatcmpl-0123456789abcdef",
        "object": "chat.completion",
        "created": 1700000000,
        "model": model,
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "x"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 211, "completion_tokens": 28, "total_tokens": 239},
    }
    size = len(json.dumps(said))
    said["choices"][0]["message"]["content"] = "x" * max(1, 675 - size)  # type: ignore[index]
    return json.dumps(said).encode()


def text_document(model: str) -> bytes:
    """The JSON answer of a completion."""
    said = {
        "id": "cmpl-0123456789abcdef",
        "object": "text_completion",
        "created": 1700000000,
        "model": model,
        "choices": [{"index": 0, "text": "    return a + b\n", "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12},
    }
    return json.dumps(said).encode()


def stream_events(model: str, count: int = EVENTS) -> list[bytes]:
    """The events of a streamed chat completion, with usage before its end."""

    def event(delta: dict[str, str], reason: str | None = None, **more: Any) -> bytes:
        said = {
            "id": "chatcmpl-0123456789abcdef",
            "object": "chat.completion.chunk",
            "created": 1700000000,
            "model": model,
            "choices": [{"index": 0, "delta": delta, "finish_reason": reason}],
            **more,
        }
        return b"data: " + json.dumps(said).encode() + b"\n\n"

    first = event({"role": "assistant", "content": ""})
    middle = [event({"content": f" w{number}"}) for number in range(count - 3)]
    last = event({}, "stop", usage={"prompt_tokens": 211, "completion_tokens": count - 3, "total_tokens": 208 + count})
    return [first, *middle, last, b"data: [DONE]\n\n"]


@dataclass
class Behaviour:
    """How the stub answers."""

    mode: str = "ok"
    """``ok``, ``hang``, ``garbage``, ``html``, ``junk``, ``error`` (500), ``refuse`` (400), ``redirect``, ``cut``,
    ``unfinished``, ``reset``, ``raw``."""
    seconds: float = 0.0
    """How long it waits before it answers."""
    event_seconds: float = 0.0
    """How long it waits before each event."""
    after: int = 3
    """After how many events, or bytes of a document, ``cut`` and ``unfinished`` end."""
    location: str = ""
    """Where ``redirect`` leads."""
    raw: str = ""
    """The bytes that ``raw`` writes."""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Seen:
    """The calls that the stub has seen."""

    requests: list[dict[str, Any]] = field(default_factory=list)
    count: Counter[str] = field(default_factory=Counter)
    aborted: list[float] = field(default_factory=list)
    """When a connection closed before its answer had ended, on the monotonic clock."""


class Stub:
    """The server's state; ``keep`` says whether it remembers requests."""

    def __init__(self, model: str = "stub", *, keep: bool = True) -> None:
        self.model = model
        self.keep = keep
        self.behaviour = Behaviour()
        self.seen = Seen()
        self.connections: set[_Connection] = set()
        self.models = {"object": "list", "data": [{"id": model, "object": "model"}]}
        self.chat, self.text, self.events = chat_document(model), text_document(model), stream_events(model)
        self.port = 0
        self.loop: asyncio.AbstractEventLoop | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def become(self, mode: str = "ok", **how: Any) -> None:
        """Behave like this from now on."""
        self.behaviour = Behaviour(mode=mode, **how)

    def close_connections(self) -> None:
        """Close every connection, as a server does with idle ones; to be called in its loop."""
        for each in list(self.connections):
            each.transport.close()

    async def listen(self, port: int = 0) -> asyncio.AbstractServer:
        self.loop = asyncio.get_running_loop()
        server = await self.loop.create_server(lambda: _Connection(self), "127.0.0.1", port, backlog=1024)
        self.port = server.sockets[0].getsockname()[1]
        return server


class _Connection(asyncio.Protocol):
    def __init__(self, stub: Stub) -> None:
        self.stub = stub
        self.parser = httptools.HttpRequestParser(self)
        self.transport: Any = None
        self.answering: asyncio.Task[None] | None = None
        self.url, self.body, self.headers = b"", b"", []

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.stub.connections.add(self)

    def connection_lost(self, _: Exception | None) -> None:
        self.stub.connections.discard(self)
        if self.answering is not None and not self.answering.done():
            self.stub.seen.aborted.append(time.monotonic())
            self.answering.cancel()

    def data_received(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            self.transport.close()

    def on_message_begin(self) -> None:
        self.url, self.body, self.headers = b"", b"", []

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.stub.keep:
            self.headers.append((name.decode("latin-1").lower(), value.decode("latin-1")))

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        method, stub = self.parser.get_method().decode(), self.stub
        path = self.url.decode()
        if path == "/control":
            stub.become(**json.loads(self.body))
            self.send(200, b"{}")
            return
        if path == "/seen":
            seen = {"count": dict(stub.seen.count), "aborted": len(stub.seen.aborted), "requests": stub.seen.requests}
            self.send(200, json.dumps(seen).encode())
            return
        stub.seen.count[path.partition("?")[0]] += 1
        if stub.keep:
            stub.seen.requests.append(
                {"method": method, "path": path, "headers": self.headers, "body": self.body.decode("latin-1")}
            )
        how = stub.behaviour
        streamed = b'"stream": true' in self.body or b'"stream":true' in self.body
        if how.mode == "ok" and not how.seconds and not how.event_seconds and not streamed:
            self.send(200, self.document(path), how.headers)
        elif path.startswith("/v1/models"):
            self.send(200 if how.mode != "error" else 500, json.dumps(stub.models).encode(), how.headers)
        else:
            self.answering = asyncio.get_running_loop().create_task(self.answer(how, path, streamed))

    def document(self, path: str) -> bytes:
        if path.startswith("/v1/models"):
            return json.dumps(self.stub.models).encode()
        return self.stub.text if path.startswith("/v1/completions") else self.stub.chat

    def send(
        self, status: int, body: bytes, headers: dict[str, str] | None = None, kind: str = "application/json"
    ) -> None:
        more = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
        head = f"HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n{more}\r\n"
        self.transport.write(head.encode() + body)

    async def answer(self, how: Behaviour, path: str, streamed: bool) -> None:
        if how.seconds:
            await asyncio.sleep(how.seconds)
        match how.mode:
            case "hang":
                await asyncio.sleep(1e6)
            case "garbage":
                self.transport.write(b"\x16\x03\x01 this is no HTTP\r\n\r\n" * 4)
                self.transport.close()
            case "html":
                self.send(200, b"<html>It works</html>", kind="text/html")
            case "junk":
                self.send(200, b'{"choices": [{"text": "def')
            case "error":
                self.send(500, b'{"error": {"message": "oops"}}', how.headers)
            case "refuse":
                self.send(400, b'{"error": {"message": "bad request"}}', how.headers)
            case "redirect":
                self.send(302, b"", {"location": how.location})
            case "reset":
                self.transport.abort()
            case "raw":
                self.transport.write(how.raw.encode("latin-1"))
                self.transport.close()
            case "cut" if not streamed:
                body = self.document(path)
                head = f"HTTP/1.1 200 X\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
                self.transport.write(head.encode() + body[: how.after])
                await asyncio.sleep(0.01)
                self.transport.close()
            case _ if streamed:
                await self.stream(how)
            case _:
                self.send(200, self.document(path), how.headers)

    async def stream(self, how: Behaviour) -> None:
        more = "".join(f"{name}: {value}\r\n" for name, value in how.headers.items())
        self.transport.write(
            f"HTTP/1.1 200 X\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n{more}\r\n".encode()
        )
        for number, event in enumerate(self.stub.events):
            if how.mode in ("cut", "unfinished") and number == how.after:
                break
            await asyncio.sleep(how.event_seconds)
            self.transport.write(b"%x\r\n%s\r\n" % (len(event), event))
        if how.mode == "cut":
            await asyncio.sleep(0.01)
            self.transport.close()
        else:
            self.transport.write(b"0\r\n\r\n")


@contextmanager
def stub_upstream(model: str = "stub", port: int = 0, *, keep: bool = True) -> Iterator[Stub]:
    """Run a stub in a thread of its own for the length of a block."""
    stub, ready = Stub(model, keep=keep), threading.Event()
    stop: list[Any] = []

    async def run() -> None:
        server = await stub.listen(port)
        ended = asyncio.Event()
        stop.append(lambda: stub.loop.call_soon_threadsafe(ended.set))  # type: ignore[union-attr]
        ready.set()
        await ended.wait()
        server.close()
        stub.close_connections()
        await asyncio.sleep(0)

    thread = threading.Thread(target=asyncio.run, args=(run(),), daemon=True)
    thread.start()
    assert ready.wait(600)
    try:
        yield stub
    finally:
        stop[0]()
        thread.join(600)


async def _main(port: int, model: str) -> None:
    server = await Stub(model, keep=False).listen(port)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    import uvloop

    uvloop.run(_main(int(sys.argv[1]) if len(sys.argv) > 1 else 0, sys.argv[2] if len(sys.argv) > 2 else "stub"))
