"""The battery of an arm that was repeated: the worst of its repetitions counts, probe by probe."""

from __future__ import annotations

from collections.abc import Sequence

from passgap.probes._outcome import BatteryOutcome, ProbeOutcome, ProbeStatus
from passgap.records import Estimate

_SEVERITY = (ProbeStatus.WITHIN, ProbeStatus.UNRESOLVED, ProbeStatus.INSUFFICIENT, ProbeStatus.ALERT)


def worst_of(batteries: Sequence[tuple[int, BatteryOutcome]]) -> BatteryOutcome:
    """Of each probe, the outcome of the seed that drifted worst: nobody knows which checkpoint will be shipped.

    An alert is worse than what could not be measured, and that is worse than what is unresolved; of equal outcomes, the
    one that drifted farther for its tolerance is worse. So the battery of three seeds alerts somewhat more often than
    that of one, and never less often.

    Args:
        batteries: of each repetition, with its root seed; all of them have the same probes.
    """
    rows = zip(*(battery.outcomes for _, battery in batteries), strict=True)
    seeds = [seed for seed, _ in batteries]
    first = batteries[0][1]
    return first.model_copy(update={"outcomes": tuple(_worst(seeds, row) for row in rows)})


def _worst(seeds: Sequence[int], outcomes: Sequence[ProbeOutcome]) -> ProbeOutcome:
    seed, worst = max(zip(seeds, outcomes, strict=True), key=lambda each: _badness(each[1]))
    alike = sum(each.status is worst.status for each in outcomes)
    note = f"the worst of {len(seeds)} seeds, {seed}; {worst.status.value} at {alike}"
    return worst.model_copy(update={"note": "; ".join(filter(None, (worst.note, note)))})


def _badness(outcome: ProbeOutcome) -> tuple[int, float]:
    return (_SEVERITY.index(outcome.status), _share_of_tolerance(outcome))


def _share_of_tolerance(outcome: ProbeOutcome) -> float:
    """How far it drifted in the direction that counts, in units of the tolerance."""
    drift = outcome.drift
    if not isinstance(drift, Estimate):
        return 0.0
    off = drift.value - (1.0 if outcome.is_relative else 0.0)
    size = {"rise": off, "fall": -off, "change": abs(off)}[outcome.rule.value]
    return size / outcome.tolerance if outcome.tolerance > 0.0 else size
