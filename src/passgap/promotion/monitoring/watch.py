"""A watch on one candidate: reads what telemetry has gained, in batches, and brings its monitors up to date."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from pydantic import Field, ValidationError

from passgap.errors import StoreError
from passgap.estimates.differences import DifferenceMonitor
from passgap.estimates.user_blocks import UserBlocks
from passgap.promotion.metrics import METRICS, Reads
from passgap.promotion.monitoring.enrolling import (
    UserValue,
    add,
    call_values,
    close_windows,
    enrol,
    forget_early,
    keep_early,
)
from passgap.promotion.monitoring.pairing import content_differences, forget_lost, half_differences, pair_differences
from passgap.promotion.monitoring.plan import Design, Guard, guards_of
from passgap.promotion.monitoring.state import read_state, write_state
from passgap.promotion.telemetry.reading import end_of, read_rows
from passgap.promotion.telemetry.rows import CallRow, ContentRow, FeedbackRow, Outcome, Role
from passgap.records import Record
from passgap.spec.promotion import PromotionSection

BATCH = 2_000
CALIBRATION = 200
"""Production's first calls, whose latencies say from which time on a call is slow."""


class ValueRow(Record):
    """One line of the product's own values, ``values-*.jsonl`` beside the telemetry."""

    request_id: str
    """Of the call."""
    metric: str
    value: float = Field(ge=0.0, le=1.0)
    pair_id: str | None = None
    """Of the pair, with ``role``, where the answers of mirrored calls were judged too."""
    role: Role | None = None


class Watch:
    """The monitors of one candidate.

    Args:
        telemetry: the folder of the gateway's telemetry.
        state: the file of the watch's state.
        checkpoint: the candidate's id; upstreams may name it by its beginning.
        rules: as they were declared.
        since: when the candidate first got traffic; earlier rows are not about it.
    """

    def __init__(
        self, telemetry: Path, state: Path, checkpoint: str, rules: PromotionSection, since: dt.datetime
    ) -> None:
        self.guards = guards_of(rules)
        self.state = read_state(state, checkpoint)
        self._rules, self._since = rules, since
        self._telemetry, self._path, self._checkpoint = telemetry, state, checkpoint
        self._by_design = {
            (design, reads): [
                each.metric for each in self.guards if each.design is design and METRICS[each.metric].reads is reads
            ]
            for design in Design
            for reads in Reads
        }

    def read(self) -> int:
        """Read everything new, and keep the state; return how many rows there were.

        Raises:
            StoreError: a file was damaged or edited.
        """
        before = self.state.rows
        # Texts and signals only as far as they go now: the rows of their calls were written before them.
        texts_end, signals_end = end_of(self._telemetry, ContentRow), end_of(self._telemetry, FeedbackRow)
        for batch in read_rows(self._telemetry, CallRow, after=self.state.calls, size=BATCH):
            self._take_calls(batch.rows)
            self.state.calls = batch.position
        for texts in read_rows(self._telemetry, ContentRow, after=self.state.contents, until=texts_end, size=BATCH):
            self._take_contents(texts.rows)
            self.state.contents = texts.position
        for signals in read_rows(
            self._telemetry, FeedbackRow, after=self.state.feedback, until=signals_end, size=BATCH
        ):
            self._take_feedback(signals.rows)
            self.state.feedback = signals.position
        self._take_values()
        forget_lost(self.state)
        forget_early(self.state)
        window = dt.timedelta(hours=self._rules.window_hours)
        self._observe_users(close_windows(self.state, window))
        write_state(self._path, self.state)
        return self.state.rows - before

    def _is_candidate(self, checkpoint: str | None) -> bool:
        return bool(checkpoint) and self._checkpoint.startswith(str(checkpoint))

    def _take_calls(self, rows: Sequence[CallRow]) -> None:
        state = self.state
        pairs: dict[str, list[float]] = {}
        users: list[UserValue] = []
        mirrored: list[tuple[bool, float]] = []
        drawn: list[tuple[bool, float]] = []
        for row in rows:
            state.rows += 1
            if row.time < self._since or row.role is Role.NONE:
                continue
            killed = row.outcome is Outcome.GATEWAY_KILLED  # accounted for as a pair, and in nothing else
            state.begun = row.time if state.begun is None else min(state.begun, row.time)
            state.clock = row.time if state.clock is None else max(state.clock, row.time)
            self._calibrate(row)
            if row.role is Role.SHADOW or (row.role is Role.PRODUCTION and row.mirrored):
                if row.role is Role.SHADOW and not self._is_candidate(row.checkpoint):
                    continue
                for name, difference in pair_differences(state, row, self._by_design[Design.PAIRS, Reads.CALLS]):
                    pairs.setdefault(name, []).append(difference)
            if row.role is Role.PRODUCTION and row.shadow_share > 0.0 and not killed:
                mirrored.append((row.mirrored, row.shadow_share))
            if row.role in (Role.PRODUCTION, Role.CANARY) and row.canary_share > 0.0 and not killed:
                if row.role is Role.CANARY and not self._is_candidate(row.checkpoint):
                    continue
                users += self._take_user(row, drawn)
        self._observe_pairs(pairs)
        self._observe_users(users)
        state.mirror = state.mirror.observe(*_columns(mirrored))
        state.split = state.split.observe(*_columns(drawn))

    def _take_user(self, row: CallRow, drawn: list[tuple[bool, float]]) -> Iterator[UserValue]:
        if row.user is None:
            self.state.unnamed += 1
            return
        enrolled = enrol(self.state, row)
        if enrolled is not None:
            drawn.append((enrolled.canary, enrolled.share))
        yield from call_values(self.state, row, self._by_design[Design.USERS, Reads.CALLS])

    def _calibrate(self, row: CallRow) -> None:
        """Learn from which time on a call is slow: from production alone, and before anything is compared by it."""
        state = self.state
        if state.slow is not None or row.role is not Role.PRODUCTION or row.outcome != "ok":
            return
        state.latencies.append(row.latency_seconds)
        if len(state.latencies) == CALIBRATION:
            state.slow = float(np.quantile(state.latencies, self._rules.latency_quantile, method="higher"))

    def _take_contents(self, rows: Sequence[ContentRow]) -> None:
        pairs: dict[str, list[float]] = {}
        metrics = self._by_design[Design.PAIRS, Reads.CONTENTS]
        for row in rows:
            if row.time < self._since or (row.role is Role.SHADOW and not self._is_candidate(row.checkpoint)):
                continue
            for name, difference in content_differences(self.state, row, metrics):
                pairs.setdefault(name, []).append(difference)
            user = self.state.requests.get(row.request_id)
            for name in self._by_design[Design.USERS, Reads.CONTENTS] if user is not None else ():
                judge = METRICS[name].of_content
                value = judge(row) if judge is not None else None
                self._add(user, name, value)
        self._observe_pairs(pairs)

    def _take_feedback(self, rows: Sequence[FeedbackRow]) -> None:
        names = self._by_design[Design.USERS, Reads.FEEDBACK]
        for row in rows:
            judged = {name: METRICS[name].of_feedback for name in names}
            found = {name: judge(row) for name, judge in judged.items() if judge is not None}
            values = {name: value for name, value in found.items() if value is not None}
            user = self.state.requests.get(row.request_id)
            if user is None:
                keep_early(self.state, row.request_id, row.time, values)
            for name, value in values.items():
                self._add(user, name, value)

    def _take_values(self) -> None:
        """Read the product's own values; a line that is being written is left for the next time."""
        pairs: dict[str, list[float]] = {}
        paired, by_user = self._by_design[Design.PAIRS, Reads.VALUES], self._by_design[Design.USERS, Reads.VALUES]
        for path in sorted(self._telemetry.glob("values-*.jsonl")) if self._telemetry.is_dir() else ():
            with path.open("rb") as handle:
                handle.seek(self.state.values.get(path.name, 0))
                for line in handle:
                    if not line.endswith(b"\n"):
                        break
                    row = _value_row(line, path)
                    self.state.values[path.name] = self.state.values.get(path.name, 0) + len(line)
                    if row.pair_id is not None and row.role is not None and row.metric in paired:
                        found = half_differences(self.state, row.pair_id, row.role, {row.metric: row.value})
                        for name, difference in found:
                            pairs.setdefault(name, []).append(difference)
                    user = self.state.requests.get(row.request_id)
                    if row.metric in by_user:
                        self._add(user, row.metric, row.value)
        self._observe_pairs(pairs)

    def _add(self, user: str | None, metric: str, value: float | None) -> None:
        if user is not None and value is not None and user in self.state.open:
            add(self.state, user, metric, value)

    def _observe_pairs(self, pairs: dict[str, list[float]]) -> None:
        for name, differences in pairs.items():
            self._observe(self._guard(Design.PAIRS, name), np.array(differences))

    def _observe_users(self, values: Iterable[UserValue]) -> None:
        """Form blocks of the users, one after the other, since each may have come at another share."""
        for each in values:
            guard = self._guard(Design.USERS, each.metric)
            ours, theirs = ([each.value], []) if each.canary else ([], [each.value])
            blocks, differences = self.state.blocks.get(guard.key, UserBlocks()).observe(ours, theirs, each.share)
            self.state.blocks[guard.key] = blocks
            self._observe(guard, differences)

    def _guard(self, design: Design, metric: str) -> Guard:
        return next(each for each in self.guards if (each.design, each.metric) == (design, metric))

    def _observe(self, guard: Guard, differences: np.ndarray) -> None:
        monitor = self.state.monitors.get(guard.key) or DifferenceMonitor(margin=guard.margin)
        self.state.monitors[guard.key] = monitor.observe(differences)


def _columns(drawn: Sequence[tuple[bool, float]]) -> tuple[list[bool], list[float]]:
    return [each for each, _ in drawn], [share for _, share in drawn]


def _value_row(line: bytes, path: Path) -> ValueRow:
    try:
        return ValueRow.model_validate(json.loads(line))
    except (ValueError, ValidationError) as error:
        raise StoreError(
            f"{path} holds a line that is no value",
            [f'{line[:80]!r}. Example: {{"request_id": "...", "metric": "tests", "value": 1.0}}'],
        ) from error
