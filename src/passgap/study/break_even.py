"""From how many calls on an arm that trains is cheaper than one that is cheap to make and dear to run."""

from __future__ import annotations

from collections.abc import Sequence

from passgap.arms import ARMS
from passgap.decisions import Cost, break_even
from passgap.report.comparison import BreakEvenRow, CostRange, InferenceCost
from passgap.study.arm_costs import ArmCosts
from passgap.study.candidates import MeasuredCandidate


def break_even_rows(
    costs: ArmCosts, candidates: Sequence[MeasuredCandidate], inference: Sequence[InferenceCost]
) -> tuple[BreakEvenRow, ...]:
    """Every pair of an arm that trains and one that does not, in which the first is dearer to make and cheaper to run.

    Args:
        costs: of making each.
        candidates: all but the base model.
        inference: the cost of 1,000 calls of each.
    """
    calls = {each.arm: each.per_1000 for each in inference}
    rows = []
    for one in candidates:
        for other in candidates:
            if ARMS[one.arm].trains and not ARMS[other.arm].trains:
                made, cheap = _cost(costs.standalone(one)), _cost(costs.standalone(other))
                after = break_even(made, cheap, _saved(calls[one.arm], calls[other.arm]))
                if after is not None:
                    rows.append(BreakEvenRow(arm=one.arm, other=other.arm, after=after))
    return tuple(rows)


def _cost(known: CostRange) -> Cost:
    return Cost(hours=known.hours, low=known.low, high=known.high)


def _saved(one: CostRange, other: CostRange) -> Cost:
    """The extra cost of a call of the other one: both are priced at one throughput, so both are as far off."""
    saved = max(0.0, other.hours - one.hours) / 1000.0
    slow, fast = (end / other.hours if other.hours else 1.0 for end in (other.high, other.low))
    return Cost(hours=saved, low=saved * fast, high=saved * slow)
