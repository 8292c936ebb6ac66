from __future__ import annotations

from passgap.probes import BatteryOutcome, ProbeOutcome, ProbeStatus, Rule, judge, worst_of
from passgap.records import Estimate, Insufficient, Measured


def drift(value: float, half: float = 0.01) -> Estimate:
    return Estimate(value=value, low=value - half, high=value + half, n=40, m=4, method="t", unit="difference")


def battery(*drifts: Measured, rule: Rule = Rule.RISE) -> BatteryOutcome:
    outcomes = tuple(
        ProbeOutcome(
            probe=f"probe {number}",
            quantity="a share",
            base=drift(0.1),
            tuned=drift(0.1),
            drift=each,
            tolerance=0.05,
            rule=rule,
            status=judge(each, 0.05, rule),
        )
        for number, each in enumerate(drifts)
    )
    return BatteryOutcome(arm="ssd", outcomes=outcomes)


NOTHING = Insufficient(insufficient="no samples", n=0, m=0)


def test_of_each_probe_the_worst_seed_counts() -> None:
    found = worst_of(
        [
            (1, battery(drift(0.0), drift(0.10))),
            (2, battery(drift(0.045), drift(0.2))),
            (3, battery(NOTHING, drift(0.0))),
        ]
    )
    first, second = found.outcomes
    assert first.status is ProbeStatus.INSUFFICIENT and "the worst of 3 seeds, 3" in first.note
    assert second.status is ProbeStatus.ALERT and second.drift == drift(0.2)
    assert "seeds, 2; alert at 2" in second.note
    assert found.arm == "ssd" and not found.complete and len(found.alerts) == 1


def test_of_equal_outcomes_the_one_that_drifted_farther_in_the_direction_that_counts() -> None:
    seeds = [(1, battery(drift(-0.2), rule=Rule.FALL)), (2, battery(drift(-0.3), rule=Rule.FALL))]
    assert worst_of(seeds).outcomes[0].drift == drift(-0.3)
    seeds = [(1, battery(drift(0.02))), (2, battery(drift(-0.03)))]
    assert worst_of(seeds).outcomes[0].drift == drift(0.02), "a fall does not count where a rise does"
