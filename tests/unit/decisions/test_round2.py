from __future__ import annotations

import numpy as np
import pytest

from passgap.decisions import LiftRule, Round2Evidence, Thresholds, decide_round2
from passgap.estimates import Counts, PairedDelta, counts_from_columns, paired_delta
from passgap.probes import BatteryOutcome, ProbeOutcome, ProbeStatus, Rule, Waiver
from passgap.records import Estimate


def counts(correct: list[int]) -> Counts:
    return counts_from_columns([f"p{i:04d}" for i in range(len(correct))], [16] * len(correct), correct)


def battery(status: ProbeStatus) -> BatteryOutcome:
    span = Estimate(value=0.1, low=0.05, high=0.2, n=50, m=1, method="given")
    probe = ProbeOutcome(
        probe="repetition",
        quantity="n-grams",
        base=span,
        tuned=span,
        drift=span,
        tolerance=0.1,
        rule=Rule.RISE,
        status=status,
    )
    return BatteryOutcome(arm="ssd", outcomes=(probe,))


def spread(lift: int) -> PairedDelta:
    correct = list(np.random.default_rng(0).choice([0, 10], size=300))
    return paired_delta(counts(correct), counts([c + lift for c in correct]), 1)


def evidence(**changes: object) -> Round2Evidence:
    facts: dict[str, object] = {
        "delta": spread(6),
        "battery": battery(ProbeStatus.WITHIN),
        "base_digest": "base",
        "round1_digest": "one",
        "sampler_digest": "one",
        "round1_pool": frozenset({"a", "b"}),
        "round2_pool": frozenset({"c", "d"}),
        "round1_heldout": frozenset({"e"}),
        "round2_heldout": frozenset({"f"}),
    }
    return Round2Evidence.model_validate(facts | changes)


def test_the_gate_opens_when_every_condition_is_met() -> None:
    decision = decide_round2(evidence())
    assert decision.open and decision.misses == () and len(decision.conditions) == 6


@pytest.mark.parametrize(
    ("changes", "missed"),
    [
        ({"delta": spread(0)}, ["lift", "shown beyond chance"]),
        ({"battery": battery(ProbeStatus.ALERT)}, ["battery"]),
        ({"battery": battery(ProbeStatus.INSUFFICIENT)}, ["battery"]),
        ({"battery": BatteryOutcome(arm="ssd", outcomes=())}, ["battery"]),
        ({"sampler_digest": "base"}, ["samples from the round-1 model"]),
        ({"round1_digest": "base", "sampler_digest": "base"}, ["samples from the round-1 model"]),
        ({"round2_pool": frozenset({"b", "c"})}, ["fresh prompt pool"]),
        ({"round2_pool": frozenset()}, ["fresh prompt pool"]),
        ({"round2_heldout": frozenset({"e"})}, ["fresh held-out slice"]),
        ({"round2_heldout": frozenset({"c"})}, ["fresh held-out slice"]),
        ({"delta": paired_delta(counts([]), counts([]), 1)}, ["lift"]),
    ],
)
def test_any_miss_stops_it_and_is_named(changes: dict[str, object], missed: list[str]) -> None:
    decision = decide_round2(evidence(**changes))
    assert not decision.open
    assert [condition.name for condition in decision.misses] == missed
    assert all(name in decision.summary for name in missed)


def test_both_rules_are_shown_and_the_declared_one_counts() -> None:
    overlapping = evidence(delta=spread(1))
    strict = decide_round2(overlapping, Thresholds(lift=0.02))
    paired = decide_round2(overlapping, Thresholds(lift=0.02), rule=LiftRule.PAIRED)
    assert not strict.open and paired.open
    assert "overlap" in strict.misses[0].detail and "lies above 0" in strict.misses[0].detail
    assert strict.cost_of_non_overlap is not None and strict.cost_of_non_overlap > 2


def details(**changes: object) -> dict[str, str]:
    return {each.name: each.detail for each in decide_round2(evidence(**changes)).conditions}


def test_each_condition_says_what_it_rests_on() -> None:
    told = details()
    assert "do not overlap; the paired interval lies above 0" in told["shown beyond chance"]
    assert told["fresh prompt pool"] == "2 problems, all new"
    flat = details(delta=spread(0), round2_pool=frozenset({"b", "c"}))
    assert " overlap; the paired interval does not lie above 0" in flat["shown beyond chance"]
    assert "do not overlap" not in flat["shown beyond chance"]
    assert flat["fresh prompt pool"] == "1 of 2 problems were prompts of round 1"


@pytest.mark.parametrize(("value", "met"), [(0.02, True), (0.0199, False)])
def test_a_lift_of_just_the_declared_size_is_one(value: float, met: bool) -> None:
    change = Estimate(value=value, low=0.001, high=0.1, n=300, m=16, method="x", unit="difference")
    delta = spread(6).model_copy(update={"delta": change})
    lift = decide_round2(evidence(delta=delta), Thresholds(lift=0.02)).conditions[0]
    assert (lift.name, lift.met) == ("lift", met)


@pytest.mark.parametrize(("low", "met"), [(0.0, False), (0.0001, True)])
def test_a_paired_interval_that_begins_at_0_shows_nothing(low: float, met: bool) -> None:
    change = Estimate(value=0.05, low=low, high=0.1, n=300, m=16, method="x", unit="difference")
    delta = spread(6).model_copy(update={"delta": change})
    shown = decide_round2(evidence(delta=delta), rule=LiftRule.PAIRED).conditions[1]
    assert (shown.name, shown.met) == ("shown beyond chance", met)


def test_each_miss_is_told_in_words() -> None:
    assert details()["battery"] == "every probe is within its tolerance"
    assert details(battery=battery(ProbeStatus.ALERT))["battery"] == "repetition (n-grams): alert"
    waiver = Waiver(probe="repetition", reason="tables are wanted")
    waived = battery(ProbeStatus.ALERT).model_copy(update={"waivers": (waiver,)})
    assert details(battery=waived)["battery"] == "every probe is within its tolerance, less those waived: repetition"
    told = details(round2_heldout=frozenset({"c", "x"}), round2_pool=frozenset())
    assert told["fresh held-out slice"] == "2 problems, all new"
    assert told["fresh prompt pool"] == "none is declared: name one under `round2.pool`"
    assert details(round2_heldout=frozenset())["fresh held-out slice"] == (
        "none is declared: name one under `round2.heldout`"
    )
    assert details(round2_heldout=frozenset({"e", "x"}))["fresh held-out slice"] == (
        "1 of 2 problems were trained or evaluated on before, or are too close to one that was"
    )
    assert details(sampler_digest="other")["samples from the round-1 model"] == (
        "they come from other, the round-1 weights are one"
    )
