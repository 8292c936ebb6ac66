"""The small version of ``benchmarks/battery.py simulate``: batteries in which nothing drifted, and one that did."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from loaded import module_at
from passgap.probes import PROBES, ProbeOutcome, ProbeStatus, judged_together

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "battery_simulated.py"
RUNS = 25


def test_every_probe_is_simulated_and_a_battery_without_drift_raises_few_alarms() -> None:
    simulated = module_at(SCRIPT, "battery_simulated")
    assert {each.name for each in simulated.BATTERY} == set(PROBES)
    source = np.random.default_rng(5)
    alarms = sum(
        any(
            each.status is ProbeStatus.ALERT
            for each in together([one.outcome(0.0, source) for one in simulated.BATTERY])
        )
        for _ in range(RUNS)
    )
    assert alarms <= 4, "5 % are declared: more than 4 of 25 have a probability of 0.7 %"


def test_a_drift_of_three_tolerances_is_found_where_the_sets_are_large_enough() -> None:
    simulated = module_at(SCRIPT, "battery_simulated")
    source = np.random.default_rng(6)
    others = [probe.outcome(0.0, source) for probe in simulated.BATTERY]
    for probe in simulated.BATTERY:
        if probe.name in ("comments", "refusals", "syntax", "maths", "self-bleu", "right answers", "reference code"):
            beside = [each for each in others if each[0].probe != probe.name]
            drifted = probe.outcome(3 * probe.tolerance, source)
            assert together([drifted, *beside])[0].status is ProbeStatus.ALERT, probe.name


def test_a_drift_of_twice_the_tolerance_is_found_in_the_probes_of_safety() -> None:
    """These have the widest intervals for their tolerance: four in five are found, and nine of ten looks are saved."""
    simulated = module_at(SCRIPT, "battery_simulated")
    source = np.random.default_rng(7)
    for probe in simulated.BATTERY:
        if probe.name in ("over-refusals", "unsafe compliance", "unsafe code"):
            beside = [one.outcome(0.0, source) for one in simulated.BATTERY if one.name != probe.name]
            drifted = [probe.outcome(2 * probe.tolerance, source) for _ in range(30)]
            found = [together([each, *beside])[0].status is ProbeStatus.ALERT for each in drifted]
            assert sum(found) >= 18, f"{probe.name}: fewer than 18 of 30 have a probability of 1 % at a power of 80 %"
            still = [probe.outcome(0.0, source)[0].look for _ in range(30)]
            assert sum(still) < 60 < sum(each.look for each, _ in drifted)


def together(found: list[tuple[ProbeOutcome, float | None]]) -> tuple[ProbeOutcome, ...]:
    p_values = {each.probe: p for each, p in found if p is not None}
    return judged_together([each for each, _ in found], 0.05, p_values)
