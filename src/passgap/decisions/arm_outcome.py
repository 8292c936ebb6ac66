"""The outcome of a finished arm, which heads its report: did it work?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

from passgap.decisions.evidence import Thresholds
from passgap.decisions.wording import listed
from passgap.estimates import PairedDelta, PassAtK
from passgap.estimates.power import needed_for_lift, spread_of_mean
from passgap.formatting import p_value, points, stated, stated_sizes
from passgap.probes import BatteryOutcome, ProbeOutcome, ProbeStatus
from passgap.records import Insufficient, Record


class OutcomeOfArm(StrEnum):
    """The result that a finished arm has shown."""

    WORKED = "WORKED"
    """pass@1 rose: its paired interval lies above 0, and no probe is out of tolerance."""
    NO_EFFECT_SHOWN = "NO-EFFECT-SHOWN"
    """The paired interval holds 0 and excludes a lift that would matter."""
    WORSE = "WORSE"
    """pass@1 fell: its paired interval lies below 0."""
    COLLAPSED = "COLLAPSED"
    """Diversity, repetition, length or truncation is out of tolerance, whatever pass@1 did."""
    DRIFTED = "DRIFTED"
    """Another probe of the battery is out of tolerance, such as one of style or safety, whatever pass@1 did."""
    UNDERPOWERED = "UNDERPOWERED"
    """The paired interval holds 0 and a lift that would matter: the measurement cannot tell."""
    INCOMPLETE = "INCOMPLETE"
    """Part of the battery or the delta itself could not be measured, so nothing may be claimed."""


class ArmJudgement(Record):
    """The outcome of an arm, the sentence that heads the report, and what it rests on."""

    outcome: OutcomeOfArm
    headline: str
    reasons: tuple[str, ...]
    needed_problems: int | None = None
    """Problems that would show the lift that was seen, or the least that matters; for UNDERPOWERED only."""
    underpowered: bool
    """Fewer held-out problems than a decision needs, or a rehearsal."""


def judge_arm(
    delta: PairedDelta,
    battery: BatteryOutcome,
    thresholds: Thresholds | None = None,
    *,
    delta_k: tuple[int, PairedDelta] | None = None,
    rehearsal: bool = False,
    side: str = "tuned",
    base: str = "base",
) -> ArmJudgement:
    """Judge an arm by its paired pass@1 delta against the base model and its battery.

    Order of checks: a probe alerts that was not waived in time; something is missing; pass@1 fell; it rose; a lift that
    matters is excluded; it is not.

    Args:
        delta: of pass@1, at production decoding, on the held-out problems.
        battery: of the same arm.
        thresholds: ``lift`` is the least lift that matters.
        delta_k: the largest k and the delta of its pass@k, named among the reasons.
        rehearsal: whether the study was declared too small to decide.
        side: the name of the arm's side of the deltas.
        base: the name of the other side.
    """
    limits = thresholds or Thresholds()
    outcome = _outcome(delta, battery, limits)
    needed = None
    if outcome is OutcomeOfArm.UNDERPOWERED and not isinstance(delta.delta, Insufficient):
        supposed = max(abs(delta.delta.value), limits.lift)
        needed = needed_for_lift(supposed, spread_of_mean(delta.delta), level=limits.level)
    n = delta.delta.n
    return ArmJudgement(
        outcome=outcome,
        headline=_headline(outcome, delta, battery, limits),
        reasons=tuple(_reasons(delta, delta_k, battery, limits, needed, f"{side} minus {base}", rehearsal=rehearsal)),
        needed_problems=needed,
        underpowered=rehearsal or n < limits.problems,
    )


def _outcome(delta: PairedDelta, battery: BatteryOutcome, limits: Thresholds) -> OutcomeOfArm:
    if battery.counted:
        return OutcomeOfArm.COLLAPSED if battery.collapsed else OutcomeOfArm.DRIFTED
    change = delta.delta
    if isinstance(change, Insufficient) or not battery.outcomes or not battery.complete:
        return OutcomeOfArm.INCOMPLETE
    if change.high < 0.0:
        return OutcomeOfArm.WORSE
    if change.low > 0.0:
        return OutcomeOfArm.WORKED
    return OutcomeOfArm.NO_EFFECT_SHOWN if change.high < limits.lift else OutcomeOfArm.UNDERPOWERED


def _headline(outcome: OutcomeOfArm, delta: PairedDelta, battery: BatteryOutcome, limits: Thresholds) -> str:
    change = stated(delta.delta)
    lift = points(limits.lift)
    match outcome:
        case OutcomeOfArm.WORKED:
            waived = [each.probe for each in battery.alerts]
            less = f" but {listed(waived)}, which was waived beforehand" if waived else ""
            beyond = " beyond chance" if any(map(_open, battery.outcomes)) else ""
            return f"It worked: pass@1 changed by {change}, and no probe is out of tolerance{beyond}{less}."
        case OutcomeOfArm.WORSE:
            return f"It made the model worse: pass@1 changed by {change}."
        case OutcomeOfArm.COLLAPSED | OutcomeOfArm.DRIFTED:
            return f"{_drifted(battery)}. pass@1 changed by {change}."
        case OutcomeOfArm.NO_EFFECT_SHOWN:
            return f"It had no relevant effect: pass@1 changed by {change}, which excludes a lift of {lift}."
        case OutcomeOfArm.UNDERPOWERED:
            return (
                f"The result is inconclusive: pass@1 changed by {change}, which excludes neither no effect nor a lift "
                f"of {lift}."
            )
        case OutcomeOfArm.INCOMPLETE:
            return f"Part of the measurement is missing, so nothing can be claimed. pass@1 changed by {change}."


def _reasons(
    delta: PairedDelta,
    delta_k: tuple[int, PairedDelta] | None,
    battery: BatteryOutcome,
    limits: Thresholds,
    needed: int | None,
    difference: str,
    *,
    rehearsal: bool,
) -> Iterator[str]:
    n = delta.delta.n
    tested = "" if delta.p_value is None else f"; {delta.test} p = {p_value(delta.p_value)}"
    sizes = f"{stated_sizes(delta.delta)}{tested}"
    yield f"pass@1, {difference} on the same problems: {stated(delta.delta)} ({sizes})."
    if delta_k is not None:
        k, wide = delta_k
        yield f"{PassAtK(k)}, the largest k, {difference}: {stated(wide.delta)} ({stated_sizes(wide.delta)})."
    for status, words in (
        (ProbeStatus.ALERT, "out of tolerance"),
        (ProbeStatus.UNRESOLVED, "within tolerance, with an interval that reaches beyond it"),
        (ProbeStatus.INSUFFICIENT, "not measurable on these samples"),
    ):
        found = [each for each in battery.outcomes if each.status is status and not _open(each)]
        if found:
            yield f"{words[0].upper()}{words[1:]}: {_named(found)}."
    for each in filter(_open, battery.outcomes):
        yield f"Outside its tolerance without being an alert: {each.probe} ({each.quantity}): {each.note}."
    yield from _waivers(battery)
    if needed is not None:
        yield (
            f"About {needed} problems would show a lift of "
            f"{100 * max(limits.lift, abs(getattr(delta.delta, 'value', 0.0))):.1f} pp with a power of 80 %."
        )
    if rehearsal:
        yield "The study was declared a rehearsal, so it is no basis for a release, whatever its number of problems."
    if n < limits.problems:
        yield f"Only {n} problems; acting on a result takes at least {limits.problems}."


def _drifted(battery: BatteryOutcome) -> str:
    """The alerts that count; those that are no collapse with their drifts."""
    if battery.collapsed:
        return f"It must not ship: {_named(battery.counted)} drifted out of tolerance"
    drifts = listed([f"{each.probe} ({each.quantity}) by {stated(each.drift)}" for each in battery.counted])
    held = "diversity, repetition, length and truncation raise no alert"
    return f"It must not ship as it is: {drifts} drifted out of tolerance, while {held}"


def _open(outcome: ProbeOutcome) -> bool:
    """Whether a drift is outside its tolerance and yet no alert."""
    return outcome.status is ProbeStatus.UNRESOLVED and outcome.outside


def _named(outcomes: Sequence[ProbeOutcome]) -> str:
    return listed([f"{each.probe} ({each.quantity})" for each in outcomes])


def _waivers(battery: BatteryOutcome) -> Iterator[str]:
    """Yield each waiver of an alert, with its reason."""
    alerts = {each.probe for each in battery.alerts}
    for each in battery.waivers:
        if each.probe in alerts:
            when = "after the arm was registered, so it changes no outcome" if each.late else "before it was registered"
            yield f"The alert of {each.probe} was waived {when}: {each.reason.removesuffix('.')}."
