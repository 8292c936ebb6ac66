from __future__ import annotations

import numpy as np
import pytest

from passgap.decisions import ArmPoint, Cost, Relation, compare_pareto
from passgap.estimates import Counts, PairedDelta, counts_from_columns, estimate_pass_at_k, paired_delta
from passgap.records import Estimate, Insufficient

CORRECT = np.random.default_rng(3).choice([1, 13], size=250)


def counts(lift: int) -> Counts:
    shifted = np.clip(CORRECT + lift, 0, 16)
    return counts_from_columns([f"p{i:04d}" for i in range(len(CORRECT))], [16] * len(CORRECT), shifted)


def point(arm: str, lift: int, hours: float, spread: float = 0.0) -> ArmPoint:
    cost = Cost(hours=hours, low=max(0.0, hours - spread), high=hours + spread)
    return ArmPoint(arm=arm, accuracy=estimate_pass_at_k(counts(lift), 1), cost=cost)


def lifts(arms: dict[str, int]) -> dict[tuple[str, str], PairedDelta]:
    return {(a, b): paired_delta(counts(arms[b]), counts(arms[a]), 1) for a in arms for b in arms if a < b}


def relation(
    mine: tuple[int, float], theirs: tuple[int, float], *, margin: float = 0.0, spread: float = 0.0
) -> Relation:
    points = [point("ssd", *mine, spread), point("grpo", *theirs, spread)]
    got = compare_pareto("ssd", points, lifts({"ssd": mine[0], "grpo": theirs[0]}), margin=margin)
    return got.rows[0].relation


def test_better_and_cheaper_dominates_and_is_seen_from_both_sides() -> None:
    assert relation((2, 1.0), (0, 5.0)) is Relation.DOMINATES
    assert relation((0, 5.0), (2, 1.0)) is Relation.DOMINATED


def test_better_and_dearer_is_a_trade_off() -> None:
    assert relation((2, 5.0), (0, 1.0)) is Relation.TRADE_OFF


def test_equal_cost_is_decided_by_accuracy() -> None:
    assert relation((2, 1.0), (0, 1.0)) is Relation.DOMINATES


def test_overlapping_costs_or_equal_accuracy_leave_it_open() -> None:
    assert relation((2, 1.0), (0, 1.1), spread=0.5) is Relation.UNRESOLVED
    assert relation((0, 1.0), (0, 5.0)) is Relation.UNRESOLVED


def test_a_declared_margin_lets_equal_and_cheaper_dominate() -> None:
    assert relation((0, 1.0), (0, 5.0), margin=0.02) is Relation.DOMINATES


def test_front_shipping_and_efficiency() -> None:
    arms = {"base": 0, "ssd": 2, "grpo": 1}
    points = [point("base", 0, 0.0), point("ssd", 2, 2.0), point("grpo", 1, 8.0)]
    got = compare_pareto("ssd", points, lifts(arms))
    assert got.may_ship and "grpo" in got.summary
    assert got.front == ("base", "ssd")
    against_base = next(row for row in got.rows if row.baseline == "base")
    assert isinstance(against_base.lift, Estimate) and isinstance(against_base.lift_per_hour, Estimate)
    assert against_base.lift_per_hour.value == pytest.approx(against_base.lift.value / 2.0)
    assert against_base.lift_per_hour.low < against_base.lift_per_hour.value
    against_grpo = next(row for row in got.rows if row.baseline == "grpo")
    assert isinstance(against_grpo.lift_per_hour, Insufficient)


def test_the_strict_rule_is_shown_beside_the_paired_one() -> None:
    got = compare_pareto("ssd", [point("ssd", 1, 1.0), point("grpo", 0, 5.0)], lifts({"ssd": 1, "grpo": 0}))
    assert (got.rows[0].relation, got.rows[0].strict) == (Relation.DOMINATES, Relation.UNRESOLVED)


def test_without_a_baseline_nothing_ships_and_missing_deltas_are_refused() -> None:
    alone = compare_pareto("ssd", [point("ssd", 1, 1.0)], {})
    assert not alone.may_ship and "No baseline" in alone.summary
    with pytest.raises(ValueError, match="grpo"):
        compare_pareto("ssd", [point("ssd", 1, 1.0), point("grpo", 0, 5.0)], {})
    with pytest.raises(ValueError, match="not among"):
        compare_pareto("x", [point("ssd", 1, 1.0)], {})


def told(low: float, high: float, margin: float, mine: float, theirs: float) -> Relation:
    """The relation where the lift's interval is given, and the hours of both sides."""
    delta = Estimate(value=(low + high) / 2, low=low, high=high, n=99, m=1, method="x", unit="difference")
    points = [point("ssd", 0, mine), point("grpo", 0, theirs)]
    pair = paired_delta(counts(0), counts(0), 1).model_copy(update={"delta": delta})
    return compare_pareto("ssd", points, {("ssd", "grpo"): pair}, margin=margin).rows[0].relation


@pytest.mark.parametrize(
    ("low", "high", "margin", "mine", "theirs", "relation"),
    [
        (0.0, 0.1, 0.0, 1.0, 5.0, Relation.UNRESOLVED),  # a lift of nothing is not shown without a margin
        (0.001, 0.1, 0.0, 1.0, 5.0, Relation.DOMINATES),
        (-0.1, -0.001, 0.0, 5.0, 1.0, Relation.DOMINATED),
        (-0.1, 0.0, 0.0, 5.0, 1.0, Relation.UNRESOLVED),
        (-0.01, 0.1, 0.01, 1.0, 5.0, Relation.DOMINATES),  # surely no worse, and cheaper
        (-0.011, 0.1, 0.01, 1.0, 5.0, Relation.UNRESOLVED),
        (-0.1, 0.01, 0.01, 5.0, 1.0, Relation.DOMINATED),  # surely no better, and dearer
        (-0.1, 0.01, 0.01, 1.0, 5.0, Relation.UNRESOLVED),
        (-0.1, 0.011, 0.01, 5.0, 1.0, Relation.UNRESOLVED),
        (-0.01, 0.01, 0.01, 1.0, 1.0, Relation.UNRESOLVED),  # equal in both
        (-0.01, 0.01, 0.01, 5.0, 1.0, Relation.DOMINATED),  # equal, and dearer
        (-0.01, 0.011, 0.01, 5.0, 1.0, Relation.UNRESOLVED),
        (-0.2, -0.1, 0.01, 1.0, 5.0, Relation.TRADE_OFF),
    ],
)
def test_a_margin_decides_where_the_interval_ends_on_it(
    low: float, high: float, margin: float, mine: float, theirs: float, relation: Relation
) -> None:
    assert told(low, high, margin, mine, theirs) is relation


def test_an_arm_that_dominates_nothing_says_how_it_stands_to_each() -> None:
    arms = {"base": 0, "grpo": 0, "ssd": 2}
    points = [point("base", 0, 0.0), point("grpo", 0, 1.0), point("ssd", 2, 5.0)]
    assert compare_pareto("ssd", points, lifts(arms)).summary == (
        "ssd dominates no measured baseline (base: trade-off; grpo: trade-off)."
    )


@pytest.mark.parametrize("hours", [0.25, 4.0])
def test_the_lift_of_an_hour_is_that_of_the_hours_beyond_the_baseline(hours: float) -> None:
    got = compare_pareto("ssd", [point("ssd", 2, 1.0 + hours), point("base", 0, 1.0)], lifts({"base": 0, "ssd": 2}))
    [row] = got.rows
    assert isinstance(row.lift, Estimate) and isinstance(row.lift_per_hour, Estimate)
    assert row.lift_per_hour.value == pytest.approx(row.lift.value / hours)


@pytest.mark.parametrize(
    ("mine", "strict"), [(6, Relation.DOMINATES), (-6, Relation.TRADE_OFF), (0, Relation.UNRESOLVED)]
)
def test_the_strict_rule_needs_intervals_that_do_not_overlap(mine: int, strict: Relation) -> None:
    flat = [8] * 250
    ours, theirs = (
        counts_from_columns([f"p{i:04d}" for i in range(250)], [16] * 250, [c + shift for c in flat])
        for shift in (mine, 0)
    )
    points = [
        ArmPoint(arm=name, accuracy=estimate_pass_at_k(each, 1), cost=Cost(hours=hours, low=hours, high=hours))
        for name, each, hours in (("ssd", ours, 1.0), ("grpo", theirs, 5.0))
    ]
    got = compare_pareto("ssd", points, {("ssd", "grpo"): paired_delta(theirs, ours, 1)})
    assert got.rows[0].strict is strict
