"""Calls as OpenTelemetry spans, by the conventions for generative AI in the version that is pinned here.

The conventions are in development, and their names have changed: a span names the schema that it follows, and this file
changes when another one is adopted. Contents are in no span. What has no name in the conventions is named
``passgap.*``: the checkpoint above all.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from passgap._version import __version__
from passgap.promotion.gateway.calls import Call
from passgap.promotion.telemetry.rows import CallRow, Outcome, Role

SCHEMA = "https://opentelemetry.io/schemas/1.44.0"
"""The semantic conventions whose names the attributes have."""

_OPERATIONS = {"/v1/chat/completions": "chat", "/v1/completions": "text_completion", "/v1/embeddings": "embeddings"}

_NO_FAULT = frozenset({Outcome.OK, Outcome.CLIENT_CLOSED, Outcome.DROPPED})


class Spans:
    """Makes one span of every call that was sent to an upstream.

    Args:
        processor: takes the spans; a batching one that sends them by OTLP over HTTP by default, to where the standard
            variables say (``OTEL_EXPORTER_OTLP_ENDPOINT``).
    """

    def __init__(self, processor: SpanProcessor | None = None) -> None:
        name = os.environ.get("OTEL_SERVICE_NAME", "passgap-gateway")
        self._provider = TracerProvider(resource=Resource.create({SERVICE_NAME: name}), shutdown_on_exit=False)
        self._provider.add_span_processor(processor or _by_otlp())
        self._tracer = self._provider.get_tracer("passgap.gateway", __version__, schema_url=SCHEMA)
        self._propagator = TraceContextTextMapPropagator()

    def end(self, call: Call, row: CallRow) -> None:
        """Make the span of a call that has ended, below the client's own span where its headers name one."""
        if row.upstream is None or row.role is Role.NONE or row.attempts == 0:
            return
        operation = _OPERATIONS.get(row.route, row.route.removeprefix("/v1/"))
        waited = row.queue_seconds if row.role is Role.SHADOW else 0.0  # a copy's latency begins when it is sent
        began = int((row.time.timestamp() + waited) * 1e9)
        span = self._tracer.start_span(
            f"{operation} {row.model}" if row.model else operation,
            context=self._propagator.extract(call.trace) if call.trace else None,
            kind=SpanKind.CLIENT,
            attributes=_attributes(call, row, operation),
            start_time=began,
        )
        if row.outcome not in _NO_FAULT:
            span.set_attribute("error.type", row.error or row.outcome)
            span.set_status(Status(StatusCode.ERROR, str(row.outcome)))
        span.end(began + int(row.latency_seconds * 1e9))

    def close(self) -> None:
        """Send what waits."""
        self._provider.shutdown()


def _attributes(call: Call, row: CallRow, operation: str) -> Mapping[str, Any]:
    assert call.upstream is not None
    address = urlsplit(call.upstream.section.base_url)
    named: dict[str, Any] = {
        "gen_ai.operation.name": operation,
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": row.model,
        "gen_ai.request.stream": row.stream,
        "gen_ai.response.model": call.upstream.section.model,
        "gen_ai.response.finish_reasons": (row.finish_reason,) if row.finish_reason else None,
        "gen_ai.response.time_to_first_chunk": row.first_token_seconds,
        "gen_ai.usage.input_tokens": row.prompt_tokens,
        "gen_ai.usage.output_tokens": row.completion_tokens,
        "server.address": address.hostname,
        "server.port": address.port or (443 if address.scheme == "https" else 80),
        "http.response.status_code": row.status,
        "passgap.checkpoint.id": row.checkpoint,
        "passgap.route.role": row.role,
        "passgap.request.id": row.request_id,
        "passgap.pair.id": row.pair_id,
        "passgap.outcome": row.outcome,
        "passgap.config.hash": row.config_hash,
        "passgap.user.pseudonym": row.user,
    }
    return {name: value for name, value in named.items() if value is not None}


def _by_otlp() -> SpanProcessor:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    return BatchSpanProcessor(OTLPSpanExporter())
