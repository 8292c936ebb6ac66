"""The small version of ``benchmarks/battery.py simulate``: batteries in which nothing drifted, and one that did."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from loaded import module_at
from passgap.probes import PROBES, ProbeStatus, judged_together

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "battery_simulated.py"
RUNS = 25


def test_every_probe_is_simulated_and_a_battery_without_drift_raises_few_alarms() -> None:
    simulated = module_at(SCRIPT, "battery_simulated")
    assert {each.name for each in simulated.BATTERY} == set(PROBES)
    source = np.random.default_rng(5)
    alarms = sum(
        any(
            each.status is ProbeStatus.ALERT
            for each in judged_together([probe.outcome(0.0, source) for probe in simulated.BATTERY], 0.05)
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
            beside = [each for each in others if each.probe != probe.name]
            drifted = probe.outcome(3 * probe.tolerance, source)
            assert judged_together([drifted, *beside], 0.05)[0].status is ProbeStatus.ALERT, probe.name
