"""The next step: from the verdict and the outcomes of the arms that were run, one step with its reason. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from passgap.decisions.arm_outcome import ArmJudgement, OutcomeOfArm
from passgap.decisions.classify import VerdictKind
from passgap.decisions.verdict import Verdict
from passgap.decisions.wording import listed
from passgap.formatting import stated
from passgap.moves import Move
from passgap.records import Estimate, Measured, Record

OUT_OF_TOLERANCE = (OutcomeOfArm.COLLAPSED, OutcomeOfArm.DRIFTED)


class Step(StrEnum):
    """The kinds of steps."""

    MEASURE = "measure"
    """The evidence does not decide: measure more."""
    TRY = "try"
    """Run the arm that the verdict names."""
    KEEP = "keep"
    """Keep the base model as it is."""
    REPAIR = "repair"
    """An arm solves more and drifted out of tolerance: it must not ship as it is."""
    PROMOTE = "promote"
    """An arm worked: take it into a canary."""


class Tried(Record):
    """An arm that was run, as far as the next step depends on it."""

    arm: str
    caption: str
    judgement: ArmJudgement
    lift: Measured
    """Of pass@1 against the base model."""
    claimed: bool
    """Whether the rise holds, adjusted for all arms of the study where that was declared."""
    may_ship: bool
    """Whether it dominates a baseline on accuracy and cost."""
    alerts: tuple[str, ...]
    """The probes that are out of tolerance, less those that were waived before training."""
    chosen: bool = False
    """Whether it was chosen as the best arm on development problems."""


class NextStep(Record):
    """The next step."""

    step: Step
    answer: str
    """In a few words: what to do with the model."""
    action: str
    """The next step, as a sentence."""
    why: str
    featured: str | None = None
    """The arm that it is about."""


def next_step(verdict: Verdict, tried: Sequence[Tried]) -> NextStep:
    """Choose the step after everything that was measured; an arm's result counts for more than the verdict before it.

    Order of checks: an arm may be promoted; one solves more and drifted; one is undecided; none helped.

    Args:
        verdict: on the base model.
        tried: the arms that were run, without the decode-only control, which ships nothing.
    """
    if not tried:
        return _before_arms(verdict)
    ordered = sorted(tried, key=lambda one: (not one.chosen, -_value(one.lift)))
    for choose in (_promoted, _repaired, _undecided):
        found = choose(ordered)
        if found is not None:
            return found
    return _kept(max(tried, key=lambda one: _value(one.lift)), len(tried))


def _promoted(tried: Sequence[Tried]) -> NextStep | None:
    worked = [one for one in tried if one.judgement.outcome is OutcomeOfArm.WORKED and one.claimed]
    sound = [one for one in worked if not one.judgement.underpowered]
    ready = [one for one in sound if one.may_ship]
    if ready:
        one = ready[0]
        return NextStep(
            step=Step.PROMOTE,
            answer=f"Take {one.caption} into a canary.",
            action=f"Let {one.caption} shadow the base model on mirrored traffic, with the base model one switch away.",
            why=f"It changes pass@1 by {stated(one.lift)}, no probe that counts is out of tolerance, and it beats "
            "a baseline at its cost.",
            featured=one.arm,
        )
    if sound:
        one = sound[0]
        return NextStep(
            step=Step.KEEP,
            answer="Keep the base model.",
            action=f"Do not ship {one.caption}: look for a cheaper way to the same gain, or a larger gain.",
            why=f"It changes pass@1 by {stated(one.lift)}, and dominates no measured baseline on accuracy and cost.",
            featured=one.arm,
        )
    if worked:
        one = worked[0]
        return NextStep(
            step=Step.MEASURE,
            answer="Promising, and too small a study to act on.",
            action=f"Repeat {one.caption} on as many held-out problems as a decision needs.",
            why=f"It changes pass@1 by {stated(one.lift)}; the study was declared or found too small for a release.",
            featured=one.arm,
        )
    return None


def _repaired(tried: Sequence[Tried]) -> NextStep | None:
    drifted = [one for one in tried if one.judgement.outcome in OUT_OF_TOLERANCE and one.claimed]
    if not drifted:
        return None
    one, names = drifted[0], [each.caption for each in drifted]
    also = f" The same holds for {listed(names[1:])}." if len(names) > 1 else ""
    return NextStep(
        step=Step.REPAIR,
        answer="Keep the base model: what gains also drifts.",
        action=f"Ship nothing yet. Read what changed in the answers of {one.caption}, then try a gentler recipe (fewer "
        "updates, a lower learning rate, some instruction data mixed in), and measure again.",
        why=f"{_capital(one.caption)} changes pass@1 by {stated(one.lift)}, but {listed(list(one.alerts))} drifted "
        f"beyond the tolerance that was declared before training.{also}",
        featured=one.arm,
    )


def _undecided(tried: Sequence[Tried]) -> NextStep | None:
    open_arms = [
        one
        for one in tried
        if one.judgement.outcome in (OutcomeOfArm.UNDERPOWERED, OutcomeOfArm.INCOMPLETE)
        or (one.judgement.outcome is OutcomeOfArm.WORKED and not one.claimed)
    ]
    if not open_arms:
        return None
    one = open_arms[0]
    needed, n = one.judgement.needed_problems or 0, one.lift.n
    if one.judgement.outcome is OutcomeOfArm.INCOMPLETE:
        action = f"Complete the measurement of {one.caption}: its section says what could not be measured."
        why = f"It changes pass@1 by {stated(one.lift)}, and part of its battery could not be measured."
    else:
        how = f"about {needed}" if needed > n else f"more than the {n}"
        action = f"Measure {one.caption} on {how} held-out problems{'' if needed > n else ' of this study'}."
        why = f"It changes pass@1 by {stated(one.lift)}, which does not tell a gain from none."
    return NextStep(
        step=Step.MEASURE,
        answer="Not decided: keep the base model until more is measured.",
        action=action,
        why=why,
        featured=one.arm,
    )


def _kept(best: Tried, arms: int) -> NextStep:
    who = f"The best of {arms} arms, {best.caption}," if arms > 1 else f"{_capital(best.caption)}"
    drift = f", and {listed(list(best.alerts))} drifted out of tolerance" if best.alerts else ""
    return NextStep(
        step=Step.KEEP,
        answer="Keep the base model.",
        action="Ship nothing of this, and spend the next budget on another move.",
        why=f"{who} changes pass@1 by {stated(best.lift)}{drift}.",
        featured=best.arm,
    )


def _before_arms(verdict: Verdict) -> NextStep:
    match verdict.verdict:
        case VerdictKind.MEASURE_MORE:
            needed = verdict.needed
            how = f"{needed.problems} held-out problems with {needed.samples} samples each" if needed else "more"
            return NextStep(
                step=Step.MEASURE,
                answer="Not decided yet: measure more.",
                action=f"Measure {how}; `passgap plan STUDY` says what that costs.",
                why="The interval of the gap reaches across the threshold.",
            )
        case VerdictKind.GO_OTHER:
            other = verdict.other
            if other in (None, Move.DO_NOTHING):
                return NextStep(
                    step=Step.KEEP,
                    answer="Do not train: keep the base model.",
                    action="Leave the model as it is.",
                    why="Nothing that was measured promises a gain from training on its own samples.",
                )
            assert other is not None
            return NextStep(
                step=Step.TRY,
                answer="Do not distil the model into itself: try another move.",
                action=f"Try {other.caption}: `passgap run STUDY --arm {other.arm}`.",
                why="The base model does not know enough right answers that it fails to give.",
            )
        case _:
            verified = verdict.verdict is VerdictKind.GO_VERIFIER_AWARE_SSD
            then = ", then the variant that keeps only samples that pass the tests" if verified else ""
            return NextStep(
                step=Step.TRY,
                answer="Worth a training run on its own samples.",
                action=f"Run minimal self-distillation first{then}: `passgap run STUDY`.",
                why="The base model often knows a right answer that it seldom gives first.",
            )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _value(measured: Measured) -> float:
    return measured.value if isinstance(measured, Estimate) else float("-inf")
