"""From the state of a watch to the evidence that is decided on."""

from __future__ import annotations

from passgap.decisions.canary import CanaryEvidence, Reading, SplitReading
from passgap.estimates.differences import DifferenceMonitor
from passgap.estimates.split_ratio import SplitMonitor
from passgap.promotion.monitoring.plan import Guard
from passgap.promotion.monitoring.watch import Watch
from passgap.promotion.registry import State
from passgap.spec.promotion import PromotionSection


def evidence_of(watch: Watch, state: State, rules: PromotionSection) -> CanaryEvidence:
    """The readings of all monitors.

    Args:
        watch: after it has read what is new.
        state: of the candidate.
        rules: as they were declared.
    """
    seen = watch.state
    return CanaryEvidence(
        state=state,
        readings=tuple(_reading(each, seen.monitors.get(each.key)) for each in watch.guards),
        splits=(
            _split("users in the canary", seen.split, rules.split_alpha / 2),
            _split("mirrored calls", seen.mirror, rules.split_alpha / 2),
        ),
        pairs=seen.pairs,
        users=seen.closed["canary"],
        hours=seen.hours,
        tolerance=rules.tolerance,
        least_pairs=rules.least_pairs,
        least_users=rules.least_users,
    )


def _reading(guard: Guard, monitor: DifferenceMonitor | None) -> Reading:
    known = monitor or DifferenceMonitor(margin=guard.margin)
    return Reading(
        metric=guard.metric,
        quantity=guard.quantity,
        design=guard.design,
        alpha=guard.alpha,
        margin=guard.margin,
        observed=known.observed,
        mean=known.mean,
        low=known.low,
        high=known.high,
        level=1.0 - 2.0 * known.bound_alpha,
        variance=known.variance,
        p_value=known.p_value,
        alarm=known.alarm(guard.alpha),
    )


def _split(name: str, monitor: SplitMonitor, alpha: float) -> SplitReading:
    return SplitReading(
        name=name,
        observed=monitor.observed,
        chosen=monitor.chosen,
        expected=monitor.expected,
        p_value=monitor.p_value,
        alarm=monitor.alarm(alpha),
    )
