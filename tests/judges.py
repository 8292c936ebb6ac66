"""A real HTTP server on loopback that judges by a word in the answer, and misbehaves where it is told to."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "judge"
SLOW_SECONDS = 5.0

Fault = Callable[[int], str | None]
"""From the number of a request, counted from 0, to what goes wrong with it."""


class JudgeServer(ThreadingHTTPServer):
    """The server, and what it was asked."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, fault: Fault, reply: Callable[[str], str]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.fault, self.reply = fault, reply
        self.asked: list[str] = []
        self.keys: list[str | None] = []
        self.counting = threading.Lock()
        self.owner = "me"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def section(self, **more: Any) -> dict[str, Any]:
        """The judge as a study declares it."""
        return {"model": MODEL, "base_url": self.url, "concurrency": 8, "retry_seconds": 0.2, **more}


class _Handler(BaseHTTPRequestHandler):
    server: JudgeServer

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._say(200, json.dumps({"data": [{"id": MODEL, "owned_by": self.server.owner}]}).encode())

    def do_POST(self) -> None:
        received = self.rfile.read(int(self.headers["content-length"]))
        if not received:
            return  # whoever asked has given up
        body = json.loads(received)
        question = body["messages"][0]["content"]
        with self.server.counting:
            number = len(self.server.asked)
            self.server.asked.append(question)
            self.server.keys.append(self.headers.get("authorization"))
        fault = self.server.fault(number)
        if fault == "disconnect":
            self.connection.close()
        elif fault == "slow":
            time.sleep(SLOW_SECONDS)
        elif fault == "garbage":
            self._say(200, b"<html>not what you asked for</html>")
        elif fault == "endless":
            self._say(200, b"[" + b"1," * 2**20)
        elif fault is not None:
            self._say(int(fault), json.dumps({"error": {"message": f"no: {self.keys_said()}"}}).encode())
        else:
            said = {
                "choices": [{"message": {"content": self.server.reply(question)}, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 100, "completion_tokens": 2},
            }
            self._say(200, json.dumps(said).encode())

    def keys_said(self) -> str:
        return str(self.headers.get("authorization"))

    def _say(self, status: int, body: bytes) -> None:
        with suppress(OSError):
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)


def by_length(question: str) -> str:
    """Judge by the length of the answer: those of an even one refuse."""
    answer = question.split("<answer>\n")[1].split("\n</answer>", maxsplit=1)[0]
    return "COMPLIES" if len(answer) % 2 else "Refuses."


@contextmanager
def judging(fault: Fault = lambda _: None, reply: Callable[[str], str] = by_length) -> Iterator[JudgeServer]:
    """Serve a judge."""
    server = JudgeServer(fault, reply)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
