"""The embedded model and a fine-tune of it, each in a `transformers serve` of its own, behind the gateway."""

from __future__ import annotations

import re
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httptools
import openai
import pytest
from scipy.stats import binom

pytest.importorskip("torch")

from gateways import Running, gateway, settings, until
from model_servers import transformers_serve
from passgap.models.embedded import embedded_model
from passgap.promotion.telemetry.rows import CallRow, FeedbackRow, Outcome, Role

SHADOW, CANARY = 0.4, 0.3
CALLS = 120

STATED_TIME = re.compile(rb'"created": ?\d+')
"""The server's clock: the one part of an answer in which two calls to it differ when they name one request id."""


def tuned_from(model: Path, folder: Path) -> Path:
    """The model after a few steps of supervised fine-tuning on one function."""
    import torch  # noqa: PLC0415
    import transformers  # noqa: PLC0415

    shutil.copytree(model, folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(model)
    tuned = transformers.AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
    tokens = tokenizer("def add(a, b):\n    return a + b\n", return_tensors="pt")["input_ids"]
    optimizer = torch.optim.AdamW(tuned.parameters(), lr=1e-4)
    for _ in range(4):
        tuned(input_ids=tokens, labels=tokens).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    tuned.to(torch.bfloat16).save_pretrained(folder)
    return folder


class Wire:
    """Stands before a server, passes bytes on in both directions, and keeps the bodies of its answers."""

    def __init__(self, url: str) -> None:
        self.bodies: list[bytes] = []
        self._behind = ("127.0.0.1", int(url.removesuffix("/v1").rpartition(":")[2]))
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}/v1"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            server = socket.create_connection(self._behind)
            threading.Thread(target=_pass_on, args=(client, server, lambda _: None), daemon=True).start()
            parser = httptools.HttpResponseParser(_Bodies(self.bodies))
            threading.Thread(target=_pass_on, args=(server, client, parser.feed_data), daemon=True).start()


class _Bodies:
    def __init__(self, kept: list[bytes]) -> None:
        self._kept, self._parts = kept, b""

    def on_body(self, data: bytes) -> None:
        self._parts += data

    def on_message_complete(self) -> None:
        self._kept.append(self._parts)
        self._parts = b""


def _pass_on(source: socket.socket, target: socket.socket, seen: Any) -> None:
    try:
        while data := source.recv(65536):
            seen(data)  # before the client can have them
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        source.close()
        target.close()


@contextmanager
def two_servers(folder: Path) -> Iterator[dict[str, SimpleNamespace]]:
    """Both models, each in a server of its own, by checkpoint."""
    base = embedded_model()
    tuned = tuned_from(base, folder / "tuned")
    with transformers_serve(base) as base_url, transformers_serve(tuned) as tuned_url:
        servers = {
            name: SimpleNamespace(model=str(model), direct=url, wire=Wire(url))
            for name, model, url in (("base-checkpoint", base, base_url), ("tuned-checkpoint", tuned, tuned_url))
        }
        try:
            yield servers
        finally:
            for each in servers.values():
                each.wire.close()


def client(url: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=url, api_key="none", max_retries=0, timeout=600)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_real_servers_answer_through_the_gateway_as_they_do_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PASSGAP_CACHE", raising=False)
    with two_servers(tmp_path) as servers:
        base, tuned = servers.values()
        declared = settings(
            SimpleNamespace(url=base.wire.url),
            SimpleNamespace(url=tuned.wire.url),
            changes={"base": {"model": base.model}, "tuned": {"model": tuned.model}},
            shadow={"share": SHADOW},
            canary={"share": CANARY},
            served_as=["autocomplete"],
        )
        with gateway(tmp_path / "study", declared) as running:
            served = _same_bytes(running, servers)
            named = _many_calls(running)
            until(lambda: _copied(running))
            rows = running.rows()
            feedback = running.rows(FeedbackRow)
    named.update(served)
    by_name = {row.request_id: row for row in rows if row.role is not Role.SHADOW}
    calls = {name: row for name, row in by_name.items() if row.route == "/v1/chat/completions"}
    assert {name: row.checkpoint for name, row in calls.items()} == named, "header and log name the same checkpoint"
    assert set(named.values()) == set(servers)
    assert {row.outcome for row in rows} == {Outcome.OK}
    assert all(row.completion_tokens and row.finish_reason for row in calls.values())
    _is_a_draw(sum(row.mirrored for row in _of(calls, Role.PRODUCTION)), len(_of(calls, Role.PRODUCTION)), SHADOW)
    users = {row.user: row.role for row in calls.values()}
    _is_a_draw(sum(role is Role.CANARY for role in users.values()), len(users), CANARY)
    assert {row.request_id for row in feedback} == set(served)


def _of(calls: dict[str, CallRow], role: Role) -> list[CallRow]:
    return [row for row in calls.values() if row.role is role]


def _copied(running: Running) -> bool:
    """Whether every copy that was sampled has ended."""
    rows = running.rows()
    return sum(row.mirrored for row in rows) == 2 * sum(row.role is Role.SHADOW for row in rows)


def _is_a_draw(count: int, of: int, share: float) -> None:
    """It lies within the interval that holds 99.99 % of such draws."""
    low, high = binom.interval(0.9999, of, share)
    assert low <= count <= high, (count, of, share)


def _same_bytes(running: Running, servers: dict[str, SimpleNamespace]) -> dict[str, str]:
    """Ask for answers in one piece and streamed until both checkpoints gave both, each also without the gateway."""
    through = client(running.url + "/v1")
    served: dict[str, str] = {}
    seen: set[tuple[str, bool]] = set()
    for number in range(40):
        for stream in (False, True):
            asked: dict[str, Any] = {
                "messages": [{"role": "user", "content": f"Write a function that adds {number} numbers."}],
                "temperature": 0.0,
                "max_tokens": 12,
                "stream": stream,
                "user": f"user-{number}",
            }
            named = {"x-request-id": f"r-{number}-{stream:d}"}
            answer = through.chat.completions.with_raw_response.create(
                model="autocomplete", extra_headers=named, **asked
            ).http_response
            body, checkpoint = answer.read(), answer.headers["x-passgap-checkpoint"]
            server = servers[checkpoint]
            assert body in server.wire.bodies, "every byte is the server's"
            direct = client(server.direct).chat.completions.with_raw_response.create(
                model=server.model, extra_headers=named, **asked
            )
            alone = direct.http_response.read()
            assert STATED_TIME.sub(b"", body) == STATED_TIME.sub(b"", alone)
            assert answer.headers["content-type"] == direct.http_response.headers["content-type"]
            name = answer.headers["x-passgap-request-id"]
            through.post("/feedback", body={"request_id": name, "signal": "accepted"}, cast_to=object)
            served[name] = checkpoint
            seen.add((checkpoint, stream))
        if len(seen) == 4 and number >= 3:
            return served
    raise AssertionError(f"only {seen} after 40 users")


def _many_calls(running: Running) -> dict[str, str]:
    """Ask for one token each, as many users, half of them streamed; return the checkpoints by the name of the call."""
    through = client(running.url + "/v1")
    named = {}
    for number in range(CALLS):
        answer = through.chat.completions.with_raw_response.create(
            model="autocomplete",
            messages=[{"role": "user", "content": "Add."}],
            max_tokens=1,
            stream=bool(number % 2),
            user=f"one-of-many-{number}",
        ).http_response
        answer.read()
        named[answer.headers["x-passgap-request-id"]] = answer.headers["x-passgap-checkpoint"]
    return named
