"""The gate of a second round: every condition by name, and a single miss stops it."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from passgap.decisions.evidence import Thresholds
from passgap.decisions.wording import listed
from passgap.estimates import PairedDelta
from passgap.estimates.power import cost_of_non_overlap
from passgap.formatting import points, stated
from passgap.probes import BatteryOutcome
from passgap.records import Insufficient, Record
from passgap.records.units import Ratio
from passgap.spec import LiftRule


class Round2Evidence(Record):
    """The results of round 1, and the data that round 2 would be trained and evaluated on."""

    delta: PairedDelta
    """pass@1 of the round-1 model against base."""
    battery: BatteryOutcome
    base_digest: str
    """Of the base model's weights."""
    round1_digest: str
    """Of the round-1 model's weights."""
    sampler_digest: str
    """Of the weights that the round-2 samples come from."""
    round1_pool: frozenset[str]
    """Content digests of the problems that round 1 was trained on."""
    round2_pool: frozenset[str]
    round1_heldout: frozenset[str]
    """Content digests of the problems that round 1 was evaluated on."""
    round2_heldout: frozenset[str]
    near: frozenset[str] = frozenset()
    """Content digests of round-2 problems that are no copy of an earlier one and yet too close to it."""


class Condition(Record):
    """One condition of the gate."""

    name: str
    met: bool
    detail: str


class GateDecision(Record):
    """Whether a second round may start. A round-2 checkpoint cannot be promoted without ``open``."""

    open: bool
    rule: LiftRule
    conditions: tuple[Condition, ...]
    summary: str
    cost_of_non_overlap: Ratio | None = Field(default=None, gt=0.0)
    """The factor of problems that non-overlap needs over the paired rule, at equal power on these problems."""

    @property
    def misses(self) -> tuple[Condition, ...]:
        """The conditions that are not met."""
        return tuple(condition for condition in self.conditions if not condition.met)


def decide_round2(
    evidence: Round2Evidence, thresholds: Thresholds | None = None, *, rule: LiftRule = LiftRule.NON_OVERLAP
) -> GateDecision:
    """Open the gate if, and only if, every condition is met.

    Both ways of showing the lift are computed and reported; ``rule``, declared beforehand, says which one counts.
    """
    limits = thresholds or Thresholds()
    conditions = (*_lift(evidence.delta, limits, rule), _battery(evidence.battery), *_provenance(evidence))
    missed = [condition.name for condition in conditions if not condition.met]
    summary = f"Stop: {listed(missed)}." if missed else "Every condition is met: a second round may start."
    return GateDecision(
        open=not missed,
        rule=rule,
        conditions=conditions,
        summary=summary,
        cost_of_non_overlap=_cost(evidence.delta),
    )


def _lift(delta: PairedDelta, limits: Thresholds, rule: LiftRule) -> Iterator[Condition]:
    change = delta.delta
    if isinstance(change, Insufficient):
        yield Condition(name="lift", met=False, detail=f"pass@1 has no delta: {change.insufficient}")
        return
    yield Condition(
        name="lift",
        met=change.value >= limits.lift,
        detail=f"pass@1 changed by {stated(change)}; the declared least lift is {points(limits.lift)}",
    )
    apart = delta.overlap is False and change.value > 0.0
    paired = change.low > 0.0
    both = (
        f"base {stated(delta.base)} and round 1 {stated(delta.tuned)} {'do not overlap' if apart else 'overlap'}; "
        f"the paired interval {'lies' if paired else 'does not lie'} above 0"
    )
    yield Condition(
        name="shown beyond chance",
        met=apart if rule is LiftRule.NON_OVERLAP else paired,
        detail=f"{both}; the declared rule is {rule}",
    )


def _battery(battery: BatteryOutcome) -> Condition:
    failing = [
        f"{each.probe} ({each.quantity}): {each.status}"
        for each in battery.outcomes
        if each in battery.counted or each in battery.missing
    ]
    waived = [each.probe for each in battery.alerts if each not in battery.counted]
    held = f"every probe is within its tolerance{f', less those waived: {listed(waived)}' if waived else ''}"
    detail = "; ".join(failing) if failing else held
    return Condition(name="battery", met=bool(battery.outcomes) and not failing, detail=detail)


def _provenance(evidence: Round2Evidence) -> Iterator[Condition]:
    own = evidence.sampler_digest == evidence.round1_digest != evidence.base_digest
    yield Condition(
        name="samples from the round-1 model",
        met=own,
        detail="the round-2 samples come from the round-1 weights"
        if own
        else f"they come from {evidence.sampler_digest}, the round-1 weights are {evidence.round1_digest}",
    )
    used = evidence.round1_pool | evidence.near
    yield _disjoint("fresh prompt pool", evidence.round2_pool, used, "prompts of round 1", "round2.pool")
    seen = evidence.round1_heldout | evidence.round2_pool | used
    what = "trained or evaluated on before, or are too close to one that was"
    yield _disjoint("fresh held-out slice", evidence.round2_heldout, seen, what, "round2.heldout")


def _disjoint(name: str, new: frozenset[str], old: frozenset[str], what: str, field: str) -> Condition:
    if not new:
        return Condition(name=name, met=False, detail=f"none is declared: name one under `{field}`")
    shared = len(new & old)
    detail = f"{shared} of {len(new)} problems were {what}" if shared else f"{len(new)} problems, all new"
    return Condition(name=name, met=not shared, detail=detail)


def _cost(delta: PairedDelta) -> float | None:
    change, base, tuned = delta.delta, delta.base, delta.tuned
    if isinstance(change, Insufficient) or isinstance(base, Insufficient) or isinstance(tuned, Insufficient):
        return None
    widths = (each.high - each.low for each in (change, base, tuned))
    return cost_of_non_overlap(*widths, level=change.level)
