"""The monitors read what a gateway logs: pairs, users, drops, splits; in one reading or in many."""

from __future__ import annotations

import datetime as dt
import json
import random
from pathlib import Path
from typing import Any

import pytest

from passgap.decisions.canary import Advice, CanaryDecision, decide_canary
from passgap.errors import StoreError
from passgap.promotion.monitoring.judging import evidence_of
from passgap.promotion.monitoring.watch import Watch
from passgap.promotion.registry import State
from passgap.spec.promotion import PromotionSection
from watched import START, call, pair, user_call, watch, written

RULES = PromotionSection(guards={"errors": 0.0, "longer": 0.1}, least_pairs=50, least_users=20, window_hours=1.0)


def decided(opened: Watch, state: State = State.SHADOW, rules: PromotionSection = RULES) -> CanaryDecision:
    return decide_canary(evidence_of(opened, state, rules))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "telemetry"


@pytest.mark.parametrize("outcome", ["unreachable", "timeout", "malformed", "upstream_cut", "client_error"])
def test_a_dead_candidate_is_out_after_a_dozen_pairs(folder: Path, outcome: str) -> None:
    """A candidate that does not answer has failed: that is an outcome, and no missing pair."""
    written(folder, (row for number in range(12) for row in pair(number, outcome=outcome, status=None)))
    assert decided(watch(folder, RULES)).advice is Advice.KEEP_GOING
    written(folder, (row for number in range(12, 14) for row in pair(number, outcome=outcome, status=None)))
    decision = decided(watch(folder, RULES))
    assert decision.advice is Advice.ROLL_BACK and "errors (pairs)" in decision.reasons[0]


def test_a_candidate_that_answers_alike_is_promoted_once_enough_is_shown(folder: Path) -> None:
    written(folder, (row for number in range(30) for row in pair(number)))
    early = decided(watch(folder, RULES))
    assert early.advice is Advice.KEEP_GOING and any("30 of 50 mirrored pairs" in each for each in early.reasons)
    assert early.expected_hours is not None and early.expected_hours > 0.0
    written(folder, (row for number in range(30, 600) for row in pair(number)))
    assert decided(watch(folder, RULES)).advice is Advice.PROMOTE
    assert decided(watch(folder, RULES), State.CANARY).advice is Advice.KEEP_GOING, "no user has been in the canary"


def test_a_dropped_copy_is_counted_and_no_pair(folder: Path) -> None:
    rows = [row for number in range(10) for row in pair(number, outcome="dropped", error="queue", status=None)]
    rows += [
        row for number in range(10, 15) for row in pair(number, outcome="dropped", error="size", request_bytes=1 << 21)
    ]
    seen = watch(written(folder, rows), RULES).state
    assert (seen.pairs, seen.drops) == (0, {"queue": 10, "size": 5})
    assert seen.sizes == {"up to 1 KiB": (10, 10), "over 256 KiB": (5, 5)} and not seen.waiting


def test_a_copy_that_was_dropped_before_its_original_ended_is_counted_once(folder: Path) -> None:
    """The gateway drops a copy when the call arrives, so that its row comes before that of the call."""
    rows = [row for number in range(3) for row in pair(number, outcome="dropped", error="size", status=None)]
    rows = [*rows[1::2], *rows[::2], call(3 * 3600, shadow_share=0.5)]
    seen = watch(written(folder, rows), RULES).state
    assert (seen.pairs, seen.drops, seen.lost, len(seen.waiting)) == (0, {"size": 3}, 0, 0)


@pytest.mark.parametrize("outcome", ["gateway_killed", "gateway_cut"])
def test_a_pair_that_the_end_of_the_gateway_cut_is_counted_once_and_is_no_failure(folder: Path, outcome: str) -> None:
    rows = [row for number in range(20) for row in pair(number, outcome=outcome, status=None)]
    for row in rows[:10:2]:
        row["outcome"] = outcome  # the original did not end either
    rows += [row for number in range(20, 30) for row in pair(number)]
    opened = watch(written(folder, rows), RULES)
    seen = opened.state
    assert (seen.pairs, seen.cut, seen.lost, len(seen.waiting)) == (10, {outcome: 20}, 0, 0)
    assert seen.monitors["pairs:errors"].observed == 10 and seen.monitors["pairs:errors"].mean == 0.0
    assert seen.sizes == {"up to 1 KiB": (30, 20)}


def test_calls_that_a_kill_left_are_not_in_the_test_of_the_split(folder: Path) -> None:
    """Only what ended counts: what was in flight at a kill is not a random part of the calls."""
    killed = {"outcome": "gateway_killed", "status": None}
    rows = [call(number, shadow_share=0.5, mirrored=True, **killed) for number in range(50)]
    rows += [user_call(100 + number, f"u{number}", canary=True, share=0.5, **killed) for number in range(50)]
    seen = watch(written(folder, rows), RULES).state
    assert (seen.mirror.observed, seen.split.observed, seen.users) == (0, 0, {})


def test_a_call_that_its_client_left_says_nothing(folder: Path) -> None:
    rows = [row for number in range(30) for row in pair(number)]
    for row in rows[::2]:
        row["outcome"] = "client_closed"
    opened = watch(written(folder, rows), RULES)
    assert opened.state.pairs == 30 and "pairs:errors" not in opened.state.monitors


def test_a_pair_whose_other_half_was_never_logged_is_counted_as_lost(folder: Path) -> None:
    rows = [call(0, mirrored=True, shadow_share=0.5), call(3 * 3600, shadow_share=0.5)]
    seen = watch(written(folder, rows), RULES).state
    assert seen.lost == 1 and not seen.waiting


def test_a_mirror_that_is_not_sent_as_declared_is_seen(folder: Path) -> None:
    """Calls of an endpoint that the mirror silently leaves out: the copies are fewer than the declared share."""
    written(folder, (call(number, shadow_share=0.5, mirrored=number % 10 == 0) for number in range(300)))
    decision = decided(watch(folder, RULES))
    assert decision.advice is Advice.KEEP_GOING and "mirrored calls" in decision.reasons[0]


def stream(users: int, *, share: float = 0.5, fails: float = 0.0, seed: int = 0) -> list[dict[str, Any]]:
    """Three calls of each user; those in the canary fail with a probability."""
    generator, rows = random.Random(seed), []
    for number in range(users):
        canary = generator.random() < share
        failed = canary and generator.random() < fails
        rows += [
            user_call(
                10 * number + each,
                f"u{number}",
                canary=canary,
                share=share,
                outcome="upstream_error" if failed else "ok",
            )
            for each in range(3)
        ]
    return rows


def test_each_user_of_the_canary_counts_once(folder: Path) -> None:
    opened = watch(written(folder, stream(200)), RULES)
    opened.state.clock = None
    seen = opened.state
    assert sum(each.canary for each in seen.users.values()) == seen.split.chosen and seen.split.observed == 200
    blocks = seen.blocks["users:errors"]
    assert blocks.formed == seen.monitors["users:errors"].observed
    assert 2 * blocks.formed + len(blocks.canary) + len(blocks.production) == 200, "600 calls of 200 users"


def test_users_who_get_errors_roll_the_candidate_back(folder: Path) -> None:
    assert decided(watch(written(folder, stream(300)), RULES), State.CANARY).advice is not Advice.ROLL_BACK
    bad = written(folder.parent / "bad", stream(60, fails=0.9))
    decision = decided(watch(bad, RULES, "bad.json"), State.CANARY)
    assert decision.advice is Advice.ROLL_BACK and "errors (users)" in decision.reasons[0]


def test_a_share_that_grows_enrols_who_was_outside_again_and_nobody_twice_at_one_share(folder: Path) -> None:
    rows = [user_call(number, f"u{number}", canary=number % 10 == 0, share=0.1) for number in range(100)]
    rows += [user_call(1000 + number, f"u{number}", canary=number % 2 == 0, share=0.5) for number in range(100)]
    rows += [user_call(2000 + number, f"u{number}", canary=number % 2 == 0, share=0.5) for number in range(100)]
    seen = watch(written(folder, rows), RULES).state
    assert seen.split.observed == 100 + 90 and seen.split.chosen == 10 + 40
    assert seen.split.expected == pytest.approx(100 * 0.1 + 90 * (0.4 / 0.9))
    assert not seen.split.alarm(0.05)


def test_a_split_that_is_not_as_declared_is_seen_and_stops_a_promotion(folder: Path) -> None:
    rows = stream(600, share=0.5)
    for row in rows:
        row["canary_share"] = 0.2
    decision = decided(watch(written(folder, rows), RULES), State.CANARY)
    assert decision.advice is Advice.KEEP_GOING and "The split is not as declared" in decision.reasons[0]


def test_calls_without_a_user_are_in_no_comparison(folder: Path) -> None:
    written(folder, (call(number, canary_share=0.5) for number in range(40)))
    seen = watch(folder, RULES).state
    assert seen.unnamed == 40 and not seen.users and not seen.monitors


@pytest.mark.parametrize("size", [1, 37, 400])
def test_it_goes_on_from_where_it_was_and_comes_to_the_same(folder: Path, size: int) -> None:
    rows = [row for number in range(60) for row in pair(number, outcome="ok" if number % 3 else "timeout")]
    rows += stream(60, fails=0.2)
    whole = watch(written(folder.parent / "whole", rows), RULES, "whole.json").state
    for begin in range(0, len(rows), size):
        written(folder, rows[begin : begin + size])
        if size > 1 or begin % 40 == 0:
            last = watch(folder, RULES)
    last = watch(folder, RULES)
    again = watch(folder, RULES)
    assert again.state == last.state and again.read() == 0, "nothing is read twice"
    assert again.state.rows == whole.rows and again.state.pairs == whole.pairs and again.state.users == whole.users
    assert again.state.blocks == whole.blocks
    for key, monitor in whole.monitors.items():
        assert again.state.monitors[key].log_peak == pytest.approx(monitor.log_peak)


def test_a_row_that_is_being_written_is_read_when_it_is_whole(folder: Path) -> None:
    rows = [json.dumps(row) for row in pair(0)]
    folder.mkdir()
    path = folder / "calls-2026-04-01.a.jsonl"
    path.write_text(rows[0] + "\n" + rows[1][:50])
    assert watch(folder, RULES).state.rows == 1
    path.write_text(rows[0] + "\n" + rows[1] + "\n")
    assert watch(folder, RULES).state.pairs == 1


def test_rows_from_before_and_of_other_candidates_are_left_out(folder: Path) -> None:
    other = [{**row, "checkpoint": "d" * 64} if row["role"] == "shadow" else row for row in pair(1, outcome="timeout")]
    early = [{**row, "time": (START - dt.timedelta(hours=1)).isoformat()} for row in pair(2, outcome="timeout")]
    seen = watch(written(folder, [*other, *early]), RULES).state
    assert seen.pairs == 0 and not seen.monitors


def test_latency_is_compared_among_users_beyond_productions_own_quantile(folder: Path) -> None:
    rules = PromotionSection(guards={"latency": 0.0}, window_hours=0.5, latency_quantile=0.9)
    quick = [call(number, latency_seconds=1.0 + number / 1000) for number in range(200)]
    slow = [
        user_call(
            1000 + number, f"u{number}", canary=number % 2 == 0, share=0.5, latency_seconds=9.0 - 8 * (number % 2)
        )
        for number in range(100)
    ]
    late = [call(9000)]
    opened = watch(written(folder, [*quick, *slow, *late]), rules)
    assert opened.state.slow == pytest.approx(1.18, abs=0.02)
    assert decided(opened, State.CANARY, rules).advice is Advice.ROLL_BACK
    assert opened.state.closed == {"canary": 50, "production": 50}


def test_signals_of_users_are_joined_by_the_call_that_they_are_about(folder: Path) -> None:
    rules = PromotionSection(guards={"accepted": 0.0}, window_hours=0.5)
    calls = [user_call(number, f"u{number}", canary=number % 2 == 0, share=0.5) for number in range(120)]
    signals = [
        {
            "feedback_id": f"f{number}",
            "request_id": f"r{number}",
            "time": (START + dt.timedelta(seconds=200)).isoformat(),
            "signal": "reverted" if number % 2 == 0 else "accepted",
            "value": None,
            "key": None,
        }
        for number in range(120)
    ]
    written(folder, calls)
    written(folder, signals, "feedback")
    watch(folder, rules)
    opened = watch(written(folder, [call(9000)]), rules)
    decision = decided(opened, State.CANARY, rules)
    assert decision.advice is Advice.ROLL_BACK and "accepted (users)" in decision.reasons[0]
    assert not opened.state.requests, "closed windows are forgotten"


def test_texts_are_judged_where_they_are_kept(folder: Path) -> None:
    rules = PromotionSection(guards={"refusal": 0.0, "syntax": 0.0})
    good, bad = "```python\nx = 1\n```", "I'm sorry, I cannot help.\n```python\nx = = 1\n```"
    texts = [
        {
            "request_id": f"{role[0]}{number}",
            "pair_id": f"r{number}",
            "time": START.isoformat(),
            "role": role,
            "checkpoint": "c" * 64 if role == "shadow" else "b" * 64,
            "prompt": None,
            "answer": bad if role == "shadow" else good,
            "cut": False,
        }
        for number in range(30)
        for role in ("production", "shadow")
    ]
    opened = watch(written(folder, texts, "contents"), rules)
    assert opened.state.monitors["pairs:refusal"].mean == opened.state.monitors["pairs:syntax"].mean == -1.0
    assert decided(opened, rules=rules).advice is Advice.ROLL_BACK


def test_the_products_own_tests_are_read_from_its_file(folder: Path) -> None:
    rules = PromotionSection(guards={"tests": 0.0})
    values = [
        {"request_id": f"r{number}", "metric": "tests", "value": value, "pair_id": f"r{number}", "role": role}
        for number in range(20)
        for role, value in (("shadow", 0.0), ("production", 1.0))
    ]
    folder.mkdir()
    (folder / "values-product.jsonl").write_text("".join(json.dumps(each) + "\n" for each in values))
    assert decided(watch(folder, rules), rules=rules).advice is Advice.ROLL_BACK
    (folder / "values-more.jsonl").write_text('{"metric": "tests"}\n')
    with pytest.raises(StoreError, match="no value"):
        watch(folder, rules)


def test_longer_answers_count_where_they_are_a_quarter_longer(folder: Path) -> None:
    rules = PromotionSection(guards={"longer": 0.1, "shorter": 0.1})
    written(folder, (row for number in range(60) for row in pair(number, completion_tokens=120)))
    assert decided(watch(folder, rules), rules=rules).advice is not Advice.ROLL_BACK
    written(folder, (row for number in range(60, 160) for row in pair(number, completion_tokens=200)))
    decision = decided(watch(folder, rules), rules=rules)
    assert decision.advice is Advice.ROLL_BACK and decision.reasons[0].startswith("longer")


def test_a_signal_that_comes_before_its_call_is_counted_when_the_call_comes(folder: Path) -> None:
    """A user's signal may go to another gateway than the call, and be in the shared store before it."""
    rules = PromotionSection(guards={"accepted": 0.0}, window_hours=1.0)
    said = {"feedback_id": "f", "value": None, "key": None, "time": START.isoformat()}
    signals = [
        {**said, "request_id": f"r{number}", "signal": "accepted" if number % 2 else "reverted"} for number in range(8)
    ]
    calls = [user_call(number, f"u{number}", canary=number < 4, share=0.5) for number in range(8)]
    later = user_call(7200, "later", canary=False, share=0.5)
    kept = watch(written(folder.parent / "early", signals, "feedback"), rules, "early.json").state
    assert len(kept.early) == 8
    written(folder.parent / "early", [*calls, later])
    early = watch(folder.parent / "early", rules, "early.json").state
    written(folder, [*calls])
    in_order = watch(written(folder, signals, "feedback"), rules).state
    written(folder, [later])
    in_order = watch(folder, rules).state
    assert not early.early and early.blocks == in_order.blocks and early.closed == in_order.closed
    formed = early.blocks["users:accepted"]
    assert 2 * formed.formed + len(formed.canary) + len(formed.production) == 8


def test_a_signal_whose_call_never_comes_is_forgotten(folder: Path) -> None:
    rules = PromotionSection(guards={"accepted": 0.0}, window_hours=1.0)
    said = {"feedback_id": "f", "value": None, "key": None, "signal": "accepted"}
    written(folder, [{**said, "request_id": "nobody", "time": START.isoformat()}], "feedback")
    written(folder, [call(0)])
    assert watch(folder, rules).state.early
    written(folder, [call(90_000)])
    assert not watch(folder, rules).state.early
