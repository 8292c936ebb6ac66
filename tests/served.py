"""A real HTTP server on loopback with a real tiny model behind it, which misbehaves where it is told to.

It speaks the part of the OpenAI API that vLLM has: completions of text or token ids with ``top_k``, seeds and the top
log-probabilities, and chat completions that go on with a turn that was begun.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from passgap.engines.local.sampler import LocalSampler
from passgap.ports import SampleRequest
from passgap.records import Decoding, Prompt

MODEL = "tiny"

Misbehave = Callable[[int], str | None]
"""From the number of a POST request, counted from 0, to what goes wrong with it."""

SLOW_SECONDS = 1.5


class ModelServer(ThreadingHTTPServer):
    """The server, how it misbehaves, and what it saw."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        model: Path,
        misbehave: Misbehave,
        refuse: Callable[[dict[str, Any]], str | None],
        *,
        port: int,
        version: str,
        usage: bool,
        thoughts: Callable[[dict[str, Any]], int],
    ) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.model, self.misbehave, self.refuse, self.version, self.usage = model, misbehave, refuse, version, usage
        self.thoughts = thoughts
        self.sampler = LocalSampler(model, device="cpu", workers=1)
        self.drawing, self.counting = threading.Lock(), threading.Lock()
        self.connections: set[socket.socket] = set()
        self.bodies: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.keys: list[str | None] = []
        self.busy = 0
        self.busiest = 0
        self.three = threading.Barrier(3)
        """Where requests wait for each other until three are there."""
        """Most requests that it worked on at once."""
        self.stopping = False
        self.gone = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def begin(self, path: str, key: str | None, body: dict[str, Any]) -> int:
        """Note a request, and return its number."""
        with self.counting:
            self.bodies.append(body)
            self.paths.append(path)
            self.keys.append(key)
            self.busy += 1
            self.busiest = max(self.busiest, self.busy)
            return len(self.bodies) - 1

    def stop(self) -> None:
        """Die: nobody is listened to, and every connection is cut."""
        with self.counting:
            begun, self.stopping = self.stopping, True
        if begun:
            self.gone.wait()
            return
        self.shutdown()
        self.server_close()
        for connection in list(self.connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.gone.set()

    def handle_error(self, *_: Any) -> None:
        """A client that gave up is no error of a test's."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ModelServer

    def setup(self) -> None:
        super().setup()
        self.server.connections.add(self.connection)

    def finish(self) -> None:
        self.server.connections.discard(self.connection)
        super().finish()

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        if self.path == "/v1/models":
            card = {"id": MODEL, "object": "model", "created": time.time(), "root": str(self.server.model)}
            self._send(200, {"object": "list", "data": [card]})
        elif self.path == "/version":
            self._send(200, {"version": self.server.version})
        else:
            self._send(404, {"error": {"message": "no such place"}})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        number = self.server.begin(self.path, self.headers["Authorization"], body)
        try:
            self._answer(body, self.server.misbehave(number))
        finally:
            with self.server.counting:
                self.server.busy -= 1

    def _answer(self, body: dict[str, Any], wrong: str | None) -> None:
        refused = self.server.refuse(body)
        if self.path not in ("/v1/completions", "/v1/chat/completions"):
            self._send(404, {"error": {"message": "no such place"}})
        elif refused is not None:
            self._send(400, {"error": {"message": refused}})
        elif wrong == "429":
            self._send(429, {"error": {"message": "slow down"}}, {"Retry-After": "0"})
        elif wrong == "busy":
            self._send(503, {"error": {"message": "loading"}}, {"Retry-After": "900"})
        elif wrong == "500":
            self._send(500, {"error": {"message": f"oops {self.headers['Authorization']}"}})
        elif wrong == "garbage":
            self._send(200, '{"choices": [{"text": "def')
        elif wrong == "no choices":
            self._send(200, {"choices": []})
        elif wrong == "cut":
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
        elif wrong == "die":
            self.close_connection = True
            self.server.stop()
        else:
            if wrong == "slow":
                time.sleep(SLOW_SECONDS)
            elif wrong == "together":
                self.server.three.wait(600)
            with self.server.drawing:
                answer = _drawn(self.server.sampler, body)
            _think(answer, self.server.thoughts(body))
            if not self.server.usage:
                del answer["usage"]
            self._send(200, answer)

    def _send(self, status: int, document: Any, headers: dict[str, str] | None = None) -> None:
        payload = (document if isinstance(document, str) else json.dumps(document)).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(payload)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(payload)


@contextmanager
def serve(
    model: Path,
    *,
    misbehave: Misbehave = lambda _: None,
    refuse: Callable[[dict[str, Any]], str | None] = lambda _: None,
    port: int = 0,
    version: str = "1.0",
    usage: bool = True,
    thoughts: Callable[[dict[str, Any]], int] = lambda _: 0,
) -> Iterator[ModelServer]:
    """Start the server; it ends with the block, or when it misbehaves by dying.

    ``thoughts`` is how many words it thinks for a request before it answers, which it keeps apart from the answer.
    """
    server = ModelServer(model, misbehave, refuse, port=port, version=version, usage=usage, thoughts=thoughts)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield server
    finally:
        server.stop()
        while server.busy:  # a thread that is left in torch when the tests end takes the interpreter with it
            time.sleep(0.01)
        server.sampler.close()


def _drawn(sampler: LocalSampler, body: dict[str, Any]) -> dict[str, Any]:
    """Draw with the local engine, one request at a time, as the body says."""
    prompt = _prompt_of(sampler, body)
    decoding = Decoding(
        temperature=body["temperature"],
        top_k=max(0, body.get("top_k", 0)),
        top_p=body["top_p"],
        max_new_tokens=body.get("max_tokens", body.get("max_completion_tokens")),
    )
    [sample] = sampler.sample(
        [SampleRequest(problem_id="p", prompt=prompt, indices=(0,), seeds=(body["seed"],))], decoding
    )
    choice: dict[str, Any] = {"index": 0, "finish_reason": sample.finish_reason.value}
    if "messages" in body:
        choice["message"] = {"role": "assistant", "content": sample.completion}
    else:
        choice["text"] = sample.completion
    if body.get("logprobs"):
        logits = sampler.next_token_logits(prompt, "a", 1)[0]
        logprobs = logits - _log_total(logits)
        best = logprobs.argsort()[::-1][: body["logprobs"]]
        choice["logprobs"] = {"top_logprobs": [{f"token_id:{token}": float(logprobs[token]) for token in best}]}
    usage = {"prompt_tokens": sample.prompt_tokens, "completion_tokens": sample.completion_tokens}
    return {"id": "x", "model": MODEL, "choices": [choice], "usage": usage}


def _think(answer: dict[str, Any], words: int) -> None:
    """Put thoughts beside the answer, and count them."""
    message = answer["choices"][0].get("message")
    if message is not None and words:
        message["reasoning_content"] = "so " * words
        answer["usage"]["completion_tokens"] += words


def _prompt_of(sampler: LocalSampler, body: dict[str, Any]) -> Prompt:
    stop = tuple(body.get("stop", ()))
    if "messages" in body:
        *turns, last = body["messages"]
        begun = last["role"] == "assistant"
        user = turns[-1]["content"] if begun else last["content"]
        return Prompt(user=user, prefix=last["content"] if begun else "", stop=stop)
    sent = body["prompt"]
    text = sent if isinstance(sent, str) else sampler._prompts.tokenizer.decode(sent)
    return Prompt(user=text, stop=stop, chat=False)


def _log_total(logits: Any) -> float:
    import numpy as np  # noqa: PLC0415

    wide = logits.astype("float64")
    return float(np.log(np.exp(wide - wide.max()).sum()) + wide.max())
