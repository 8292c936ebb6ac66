"""Spans of calls, read back by OpenTelemetry's own exporter in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("opentelemetry.sdk")

from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from gateways import ASKED, Running, gateway, settings, stubs, until
from passgap.promotion.gateway import spans
from passgap.promotion.telemetry.rows import Role

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    monkeypatch.setattr(spans, "_by_otlp", lambda: SimpleSpanProcessor(exporter))
    return exporter


@pytest.fixture
def servers() -> Iterator[tuple[Any, Any]]:
    with stubs.stub_upstream("base-model") as base, stubs.stub_upstream("tuned-model") as tuned:
        yield base, tuned


def spans_of(kept: InMemorySpanExporter, running: Running, count: int) -> list[Any]:
    until(lambda: len(kept.get_finished_spans()) == count)
    assert len(running.rows()) >= count
    return list(kept.get_finished_spans())


def test_a_call_and_its_copy_are_spans_below_the_clients_own(
    kept: InMemorySpanExporter, servers: Any, tmp_path: Path
) -> None:
    declared = settings(*servers, shadow={"share": 1.0}, telemetry={"spans": "gen-ai-1.44"})
    with gateway(tmp_path, declared) as running:
        answer = running.post({**ASKED, "stream": True}, traceparent=f"00-{TRACE}-{PARENT}-01")
        found = {each.attributes["passgap.route.role"]: each for each in spans_of(kept, running, 2)}
        rows = {row.role: row for row in running.rows()}
    production, shadow = found["production"], found["shadow"]
    assert (production.name, production.kind) == ("chat base-model", SpanKind.CLIENT)
    assert production.instrumentation_scope.schema_url == "https://opentelemetry.io/schemas/1.44.0"
    for each in (production, shadow):
        assert f"{each.context.trace_id:032x}" == TRACE and f"{each.parent.span_id:016x}" == PARENT
        row = rows[Role(each.attributes["passgap.route.role"])]
        assert (each.end_time - each.start_time) / 1e9 == pytest.approx(row.latency_seconds, abs=1e-6)
    assert dict(production.attributes) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "base-model",
        "gen_ai.request.stream": True,
        "gen_ai.response.model": "base-model",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.response.time_to_first_chunk": rows[Role.PRODUCTION].first_token_seconds,
        "gen_ai.usage.input_tokens": 211,
        "gen_ai.usage.output_tokens": 27,
        "server.address": "127.0.0.1",
        "server.port": servers[0].port,
        "http.response.status_code": 200,
        "passgap.checkpoint.id": "base-checkpoint",
        "passgap.route.role": "production",
        "passgap.request.id": answer.headers["x-passgap-request-id"],
        "passgap.pair.id": answer.headers["x-passgap-request-id"],
        "passgap.outcome": "ok",
        "passgap.config.hash": rows[Role.PRODUCTION].config_hash,
        "passgap.user.pseudonym": rows[Role.PRODUCTION].user,
    }
    assert shadow.attributes["passgap.checkpoint.id"] == "tuned-checkpoint"
    assert shadow.attributes["passgap.pair.id"] == answer.headers["x-passgap-request-id"]


def test_a_failure_is_an_error_and_what_no_upstream_saw_is_no_span(
    kept: InMemorySpanExporter, servers: Any, tmp_path: Path
) -> None:
    servers[0].become("error")
    with gateway(tmp_path, settings(servers[0], telemetry={"spans": "gen-ai-1.44"})) as running:
        assert running.post(path="/v1/nowhere").status_code == 404
        assert running.post(traceparent="nonsense").status_code == 500
        [span] = spans_of(kept, running, 1)
    assert span.status.status_code is StatusCode.ERROR
    assert (span.attributes["error.type"], span.attributes["http.response.status_code"]) == ("status_500", 500)
    assert span.parent is None


def test_names_are_those_of_the_conventions() -> None:
    conventions = pytest.importorskip("opentelemetry.semconv._incubating.attributes.gen_ai_attributes")
    known = {value for value in vars(conventions).values() if isinstance(value, str)}
    source = Path(spans.__file__).read_text()
    used = {part for part in source.split('"') if part.startswith("gen_ai.")}
    assert used and used <= known
