"""Real models behind the gateway, asked by the official client: answers as from the servers themselves."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openai
import pytest

pytest.importorskip("torch")

from safetensors.torch import load_file, save_file

from gateways import gateway, settings, stubs, until
from passgap.promotion.telemetry.rows import FeedbackRow, Outcome, Role
from served import MODEL, serve

ASKED: dict[str, Any] = {"model": MODEL, "temperature": 1.0, "top_p": 0.9, "max_tokens": 6}


def client(url: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=url, api_key="none", max_retries=0, timeout=600)


def tuned_from(model: Path, folder: Path) -> Path:
    """The model with other weights, as a fine-tune leaves it."""
    shutil.copytree(model, folder)
    weights = load_file(folder / "model.safetensors")
    changed = {name: weight.flip(0).contiguous() for name, weight in weights.items()}
    save_file(changed, folder / "model.safetensors", {"format": "pt"})
    return folder


def test_two_models_answer_through_the_gateway_as_they_do_without_it(tmp_path: Path, tiny_model: Path) -> None:
    with serve(tiny_model) as base, serve(tuned_from(tiny_model, tmp_path / "tuned")) as tuned:
        tuned.drawing = base.drawing  # one process loads and runs one model at a time
        servers = {"base-checkpoint": client(base.url), "tuned-checkpoint": client(tuned.url)}
        places = SimpleNamespace(url=base.url), SimpleNamespace(url=tuned.url)
        changes = {"base": {"model": MODEL}, "tuned": {"model": MODEL}}
        declared = settings(*places, changes=changes, shadow={"share": 1.0}, canary={"share": 0.5})
        with gateway(tmp_path / "study", declared) as running:
            through = client(running.url + "/v1")
            served = set()
            for number in range(8):
                messages = [{"role": "user", "content": f"Add {number} numbers."}]
                asked = {**ASKED, "messages": messages, "seed": number, "user": f"user-{number}"}
                answer = through.chat.completions.with_raw_response.create(**asked)
                checkpoint = answer.headers["x-passgap-checkpoint"]
                direct = servers[checkpoint].chat.completions.with_raw_response.create(**asked)
                assert answer.http_response.content == direct.http_response.content
                assert answer.parse().choices[0].message.content == direct.parse().choices[0].message.content
                name = answer.headers["x-passgap-request-id"]
                through.post("/feedback", body={"request_id": name, "signal": "accepted"}, cast_to=object)
                served.add(checkpoint)
                [row] = [row for row in running.rows() if row.request_id == name]
                assert (row.checkpoint, row.outcome) == (checkpoint, Outcome.OK)
                assert row.completion_tokens == direct.parse().usage.completion_tokens  # type: ignore[union-attr]
            completed = through.completions.with_raw_response.create(**ASKED, prompt="def add(", seed=1)
            checkpoint = completed.headers["x-passgap-checkpoint"]
            assert checkpoint == "base-checkpoint", "it names no user"
            again = servers[checkpoint].completions.with_raw_response.create(**ASKED, prompt="def add(", seed=1)
            assert completed.http_response.content == again.http_response.content
            assert served == set(servers)
            production = [row for row in running.rows() if row.role is Role.PRODUCTION]
            until(lambda: sum(row.role is Role.SHADOW for row in running.rows()) == len(production))
            calls = {row.request_id for row in running.rows() if row.role is not Role.SHADOW}
            assert {row.request_id for row in running.rows(FeedbackRow)} < calls
            assert len(running.rows(FeedbackRow)) == 8
            assert {row.outcome for row in running.rows()} == {Outcome.OK}


def test_the_official_client_reads_a_stream_through_the_gateway(tmp_path: Path) -> None:
    with stubs.stub_upstream("base-model") as base, gateway(tmp_path, settings(base)) as running:
        asked: dict[str, Any] = {"model": "base-model", "messages": [{"role": "user", "content": "x"}], "stream": True}
        through = [each.model_dump() for each in client(running.url + "/v1").chat.completions.create(**asked)]
        direct = [each.model_dump() for each in client(base.url).chat.completions.create(**asked)]
        assert through == direct and len(through) == stubs.EVENTS - 1
        assert running.rows()[-1].completion_tokens == stubs.EVENTS - 3
        with pytest.raises(openai.APIError):
            base.become("cut", after=5)
            list(client(running.url + "/v1").chat.completions.create(**asked))
        base.become("hang")
        declared = settings(base, changes={"base": {"first_byte_seconds": 0.2}})
        running.change(declared)
        with pytest.raises(openai.APIStatusError) as failed:
            client(running.url + "/v1").chat.completions.create(**asked)
        assert failed.value.status_code == 504
        assert failed.value.response.headers["x-passgap-checkpoint"] == "base-checkpoint"
        assert json.loads(failed.value.response.content)["error"]["code"] == "timeout"
