"""Metrics in Prometheus's form, named as OpenTelemetry's conventions for GenAI servers name them where they do.

Calls are tallied in plain numbers, which Prometheus's client reads when it is asked: its own counters would take more
processor time than the rest of a call's telemetry.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from passgap.promotion.telemetry.rows import CallRow

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)

_LABELS = ("role", "checkpoint", "route")


@dataclass
class _Histogram:
    counts: list[int] = field(default_factory=lambda: [0] * (len(_SECONDS) + 1))
    total: float = 0.0

    def observe(self, seconds: float) -> None:
        self.counts[bisect_left(_SECONDS, seconds)] += 1
        self.total += seconds

    def buckets(self) -> list[tuple[str, float]]:
        found, below = [], 0
        for bound, count in zip((*map(str, _SECONDS), "+Inf"), self.counts, strict=True):
            below += count
            found.append((bound, float(below)))
        return found


@dataclass
class _Tally:
    calls: dict[str, int] = field(default_factory=dict)
    """By outcome."""
    prompt: int = 0
    completion: int = 0
    stale: int = 0
    duration: _Histogram = field(default_factory=_Histogram)
    first_token: _Histogram = field(default_factory=_Histogram)


class Metrics(Collector):
    """The metrics of one gateway."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(self)
        self._tallies: dict[tuple[str, str, str], _Tally] = {}
        self._refused = 0
        self.gauges: dict[str, float] = {}
        """Present values by name, which are set before the metrics are asked for."""

    def count(self, row: CallRow) -> None:
        """Count a call that ended."""
        key = (row.role.value, row.checkpoint or "", row.route)
        tally = self._tallies.get(key)
        if tally is None:
            tally = self._tallies[key] = _Tally()
        tally.calls[row.outcome] = tally.calls.get(row.outcome, 0) + 1
        tally.duration.observe(row.latency_seconds)
        if row.first_token_seconds is not None:
            tally.first_token.observe(row.first_token_seconds)
        tally.prompt += row.prompt_tokens or 0
        tally.completion += row.completion_tokens or 0
        tally.stale += row.attempts > 1

    def refuse(self) -> None:
        """Count a call without a valid key."""
        self._refused += 1

    def text(self) -> bytes:
        """All metrics in Prometheus's text format."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Yield every metric; Prometheus's client calls this."""
        calls = CounterMetricFamily("passgap_calls", "Calls that ended.", labels=(*_LABELS, "outcome"))
        tokens = CounterMetricFamily("passgap_tokens", "Tokens, as upstreams counted them.", labels=(*_LABELS, "kind"))
        stale = CounterMetricFamily(
            "passgap_stale_connections", "Requests sent again on a fresh connection.", labels=_LABELS
        )
        duration = HistogramMetricFamily(
            "gen_ai_server_request_duration_seconds", "From a call's arrival to the end of its answer.", labels=_LABELS
        )
        first_token = HistogramMetricFamily(
            "gen_ai_server_time_to_first_token_seconds", "From the request sent to the first text.", labels=_LABELS
        )
        for key, tally in self._tallies.items():
            for outcome, count in tally.calls.items():
                calls.add_metric((*key, outcome), count)
            tokens.add_metric((*key, "input"), tally.prompt)
            tokens.add_metric((*key, "output"), tally.completion)
            stale.add_metric(key, tally.stale)
            duration.add_metric(key, tally.duration.buckets(), tally.duration.total)
            first_token.add_metric(key, tally.first_token.buckets(), tally.first_token.total)
        yield from (calls, tokens, stale, duration, first_token)
        yield CounterMetricFamily(
            "passgap_unauthorised", "Calls without a valid key, of which no row is kept.", value=self._refused
        )
        for name, value in self.gauges.items():
            yield GaugeMetricFamily(f"passgap_{name}", name.replace("_", " ").capitalize() + ".", value=value)
