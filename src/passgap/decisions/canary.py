"""Promote, keep going, or roll back: the decision on a candidate that gets traffic, from its monitors' readings."""

from __future__ import annotations

import math
from collections.abc import Iterator
from enum import StrEnum

from pydantic import Field

from passgap.decisions.wording import listed
from passgap.records import Record


class Advice(StrEnum):
    """The advice on a candidate."""

    PROMOTE = "promote"
    """It is shown to be no worse than the tolerance, on every guardrail, and enough was observed."""
    KEEP_GOING = "keep going"
    ROLL_BACK = "roll back"
    """A guardrail has alarmed."""


class Reading(Record):
    """The state of a monitor."""

    metric: str
    quantity: str
    design: str
    """``pairs`` or ``users``."""
    alpha: float
    """The probability that it ever alarms without a loss beyond its margin."""
    margin: float
    observed: int = Field(ge=0)
    """Pairs, or blocks of users."""
    mean: float | None
    """Candidate minus production; of what more is better."""
    low: float
    high: float
    level: float
    """Of the two bounds, at all times together."""
    variance: float | None
    p_value: float
    alarm: bool


class SplitReading(Record):
    """The state of the test of a split."""

    name: str
    """``users in the canary``, or ``mirrored calls``."""
    observed: int
    chosen: int
    expected: float
    p_value: float
    alarm: bool


class CanaryEvidence(Record):
    """Everything that the decision rests on."""

    state: str
    """``shadow`` or ``canary``."""
    readings: tuple[Reading, ...]
    splits: tuple[SplitReading, ...]
    pairs: int
    users: int
    """Of the canary, whose windows are over."""
    hours: float = Field(ge=0.0)
    tolerance: float
    least_pairs: int
    least_users: int


class CanaryDecision(Record):
    """The advice and its reasons."""

    advice: Advice
    reasons: tuple[str, ...]
    expected_hours: float | None = None
    """Until enough is shown for a promotion, if all goes on as so far; None where nothing can be said."""


def decide_canary(evidence: CanaryEvidence) -> CanaryDecision:
    """Decide: an alarm rolls back; a promotion takes enough observations, a right split, and every bound.

    In the shadow, the mirrored pairs decide; in the canary, the users.
    """
    alarms = [each for each in evidence.readings if each.alarm]
    if alarms:
        return CanaryDecision(
            advice=Advice.ROLL_BACK,
            reasons=tuple(
                f"{each.metric} ({each.design}): {each.quantity} changed by {_points(each.mean)}, which chance alone "
                f"would show with a probability of at most {each.p_value:.2g}; the guardrail's is {each.alpha:.2g}."
                for each in alarms
            ),
        )
    lacking = tuple(_lacking(evidence))
    if not lacking:
        return CanaryDecision(
            advice=Advice.PROMOTE,
            reasons=(f"Every guardrail is shown to be no worse than {_points(-evidence.tolerance)}.",),
            expected_hours=0.0,
        )
    return CanaryDecision(advice=Advice.KEEP_GOING, reasons=lacking, expected_hours=_hours(evidence))


def deciding(evidence: CanaryEvidence) -> tuple[Reading, ...]:
    """The readings of the design that decides in this state."""
    design = "pairs" if evidence.state == "shadow" else "users"
    return tuple(each for each in evidence.readings if each.design == design)


def _lacking(evidence: CanaryEvidence) -> Iterator[str]:
    for split in evidence.splits:
        if split.alarm:
            yield (
                f"The split is not as declared: {split.chosen} {split.name} of {split.observed}, where "
                f"{split.expected:.0f} were to be (p = {split.p_value:.2g}). Trust no comparison before that is "
                f"understood."
            )
    wanted, got, noun = (
        (evidence.least_pairs, evidence.pairs, "mirrored pairs")
        if evidence.state == "shadow"
        else (evidence.least_users, evidence.users, "users in the canary")
    )
    if got < wanted:
        yield f"{got} of {wanted} {noun}."
    silent = [each.metric for each in deciding(evidence) if each.observed == 0]
    if silent:
        yield f"No data yet for {listed(silent)}."
    open_ = [each for each in deciding(evidence) if each.observed and each.low < -_allowed(evidence, each)]
    for each in open_:
        yield (
            f"{each.metric}: the bound is at {_points(each.low)}, and it has to be at "
            f"{_points(-_allowed(evidence, each))} or above."
        )


def _allowed(evidence: CanaryEvidence, reading: Reading) -> float:
    return max(evidence.tolerance, reading.margin)


def _hours(evidence: CanaryEvidence) -> float | None:
    """The longest wait of any guardrail, at the rates and the differences of so far."""
    if evidence.hours <= 0.0:
        return None
    waits = []
    wanted, got = (
        (evidence.least_pairs, evidence.pairs) if evidence.state == "shadow" else (evidence.least_users, evidence.users)
    )
    if got == 0:
        return None
    waits.append(max(0, wanted - got) * evidence.hours / got)
    for each in deciding(evidence):
        needed = needed_for_bound(each, _allowed(evidence, each))
        if needed is None or each.observed == 0:
            return None
        waits.append(max(0.0, needed - each.observed) * evidence.hours / each.observed)
    return max(waits)


def needed_for_bound(reading: Reading, allowed: float) -> float | None:
    """About how many observations lift the lower bound above minus what is allowed; None where more do not help.

    A bet at its best grows the logarithm of the wealth by (distance)^2 / (2 variance) with each observation; it has to
    reach the bound's level, and what the mixture over bets takes.
    """
    if reading.mean is None or reading.variance is None:
        return None
    distance = reading.mean + allowed
    if distance <= 0.0:
        return None
    target = -math.log((1.0 - reading.level) / 2.0) + math.log(8.0)
    spread = max(reading.variance, allowed * 0.05)
    return target * 2.0 * spread / distance**2


def _points(fraction: float | None) -> str:
    return "an unknown amount" if fraction is None else f"{100.0 * fraction:+.1f} pp"
