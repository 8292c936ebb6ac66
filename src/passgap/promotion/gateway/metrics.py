"""Metrics in Prometheus's form, named as OpenTelemetry's conventions for GenAI servers name them where they do."""

from __future__ import annotations

from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from passgap.promotion.telemetry.rows import CallRow

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)

_LABELS = ("role", "checkpoint", "route")


class Metrics:
    """The metrics of one gateway."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._calls = Counter("passgap_calls", "Calls that ended.", (*_LABELS, "outcome"), registry=self._registry)
        self._tokens = Counter(
            "passgap_tokens",
            "Tokens, as upstreams counted them.",
            ("role", "checkpoint", "kind"),
            registry=self._registry,
        )
        self._retries = Counter(
            "passgap_stale_connections",
            "Requests sent again because a pooled connection was closed.",
            ("checkpoint",),
            registry=self._registry,
        )
        self._refused = Counter(
            "passgap_unauthorised", "Calls without a valid key, of which no row is kept.", registry=self._registry
        )
        self._duration = Histogram(
            "gen_ai_server_request_duration_seconds",
            "From a call's arrival to the end of its answer.",
            _LABELS,
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._first_token = Histogram(
            "gen_ai_server_time_to_first_token_seconds",
            "From the request sent to the first text.",
            _LABELS,
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.in_flight = Gauge("passgap_calls_in_flight", "Calls in flight.", registry=self._registry)
        self.mirrors_waiting = Gauge("passgap_mirrors_waiting", "Copies in the queue.", registry=self._registry)
        self.rows_waiting = Gauge(
            "passgap_rows_waiting", "Rows in memory that the disk has not taken.", registry=self._registry
        )
        self.rows_lost = Gauge("passgap_rows_lost", "Rows that neither disk nor memory took.", registry=self._registry)
        self._of: dict[tuple[str, ...], tuple[Any, Any, Any]] = {}

    def count(self, row: CallRow) -> None:
        """Count a call that ended."""
        checkpoint = row.checkpoint or ""
        key = (row.role, checkpoint, row.route, row.outcome)
        found = self._of.get(key)
        if found is None:
            found = self._of[key] = (
                self._calls.labels(*key),
                self._duration.labels(*key[:3]),
                self._first_token.labels(*key[:3]),
            )
        calls, duration, first_token = found
        calls.inc()
        duration.observe(row.latency_seconds)
        if row.first_token_seconds is not None:
            first_token.observe(row.first_token_seconds)
        if row.prompt_tokens:
            self._tokens.labels(row.role, checkpoint, "input").inc(row.prompt_tokens)
        if row.completion_tokens:
            self._tokens.labels(row.role, checkpoint, "output").inc(row.completion_tokens)
        if row.attempts > 1:
            self._retries.labels(checkpoint).inc()

    def refuse(self) -> None:
        """Count a call without a valid key."""
        self._refused.inc()

    def text(self) -> bytes:
        """All metrics in Prometheus's text format."""
        return generate_latest(self._registry)
