"""The next step: from the verdict and the outcomes of the arms that were run, one step with its reason. Pure.

It is read by people who know none of the field's terms: what an abbreviation stands for is said, and probes go by what
they watch.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from passgap.decisions.alternatives import missing_before, why_of
from passgap.decisions.arm_outcome import ArmJudgement, OutcomeOfArm
from passgap.decisions.classify import VerdictKind
from passgap.decisions.situations import because
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
    """All that is out of tolerance, in words, less what was waived before training."""
    unmeasured: tuple[str, ...] = ()
    """All that could not be measured although the battery needs it, in words."""
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
    for choose in (_promoted, _repaired, _undecided, _too_small):
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
            answer=f"It worked: try {one.caption} on real traffic.",
            action=f"Register it (`passgap promote STUDY --arm {one.arm}`) and let it answer a copy of real traffic, "
            "then a small share of users (a canary), with the base model one switch away.",
            why=f"{_solves(one)}, no side effect that counts is out of tolerance, and it beats a baseline at its cost.",
            featured=one.arm,
        )
    if sound:
        one = sound[0]
        return NextStep(
            step=Step.KEEP,
            answer="Keep the base model.",
            action=f"Do not ship {one.caption}: look for a cheaper way to the same gain, or a larger gain.",
            why=f"{_solves(one)}, but at its cost it beats no other way that was measured.",
            featured=one.arm,
        )
    if worked:
        one = worked[0]
        return NextStep(
            step=Step.MEASURE,
            answer="Promising, and too small a study to act on.",
            action=f"Ship nothing yet. {_repeat(one)}",
            why=f"{_solves(one)}; the study was declared or found too small for a release.",
            featured=one.arm,
        )
    return None


def _repaired(tried: Sequence[Tried]) -> NextStep | None:
    drifted = [one for one in tried if one.judgement.outcome in OUT_OF_TOLERANCE and one.claimed]
    if not drifted:
        return None
    one, names = drifted[0], [each.caption for each in drifted]
    also = f" {_capital(listed(names[1:]))} also gained and drifted." if len(names) > 1 else ""
    return NextStep(
        step=Step.REPAIR,
        answer="Keep the base model: the gain came with side effects that are not allowed.",
        action=f"Ship nothing yet. Read what changed in the answers of {one.caption}, then train it more gently "
        "(fewer updates, a lower learning rate, instruction data mixed in) and measure again.",
        why=f"{_solves(one)}, but more changed than was allowed before training: {listed(list(one.alerts))}.{also}",
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
        missing = [*one.unmeasured[:3], *(["more"] if one.unmeasured[3:] else [])]
        names = f" ({listed(missing)})" if missing else ""
        action = f"Complete the measurement of {one.caption}: its section says what is missing and why."
        why = f"{_solves(one)}, and part of what training may break could not be measured{names}."
    else:
        how = f"about {needed}" if needed > n else f"more than the {n}"
        action = f"Measure {one.caption} on {how} held-out problems{'' if needed > n else ' of this study'}."
        why = f"{_solves(one)}: that does not tell a gain from none."
    return NextStep(
        step=Step.MEASURE,
        answer="Not decided: keep the base model until more is measured.",
        action=action,
        why=why,
        featured=one.arm,
    )


def _too_small(tried: Sequence[Tried]) -> NextStep | None:
    """A study too small to act on, of which nothing is known to be worse: it dismisses nothing either."""
    small = [one for one in tried if one.judgement.underpowered]
    if len(small) < len(tried) or any(one.judgement.outcome is OutcomeOfArm.WORSE for one in tried):
        return None
    one = small[0]
    return NextStep(
        step=Step.MEASURE,
        answer="Too small a study to act on: ship nothing.",
        action=_repeat(one),
        why=f"{_solves(one)}, which this study is too small to judge{_but_drifted(one)}.",
        featured=one.arm,
    )


def _kept(best: Tried, arms: int) -> NextStep:
    who = f"The best of {arms}, {best.caption}," if arms > 1 else f"{_capital(best.caption)}"
    return NextStep(
        step=Step.KEEP,
        answer="Keep the base model: nothing that was tried helps.",
        action="Ship nothing of this, and spend the next budget on another move.",
        why=f"{who} changes the share of problems solved at the first try by {stated(best.lift)}{_but_drifted(best)}.",
        featured=best.arm,
    )


def _but_drifted(one: Tried) -> str:
    return f", and more changed than was allowed: {listed(list(one.alerts))}" if one.alerts else ""


def _solves(one: Tried) -> str:
    """The lift of an arm in words that need no glossary."""
    return f"{_capital(one.caption)} changes the share of problems solved at the first try by {stated(one.lift)}"


def _repeat(one: Tried) -> str:
    return (
        f"Repeat {one.caption} on as many held-out problems as a decision needs: `passgap plan STUDY` says how many, "
        "and what they cost."
    )


def _before_arms(verdict: Verdict) -> NextStep:
    small = verdict.underpowered and verdict.verdict is not VerdictKind.MEASURE_MORE
    if small:
        promising = verdict.verdict in (VerdictKind.GO_SSD, VerdictKind.GO_VERIFIER_AWARE_SSD)
        return NextStep(
            step=Step.MEASURE,
            answer=f"{'Promising' if promising else 'Not promising'}, and too small a study to act on.",
            action="Repeat the measurement on as many held-out problems as a decision needs: `passgap plan STUDY` says "
            "how many, and what they cost.",
            why=because(verdict.situation, verdict.deciding_k),
        )
    match verdict.verdict:
        case VerdictKind.MEASURE_MORE:
            needed = verdict.needed
            how = f"{needed.problems} held-out problems with {needed.samples} samples each" if needed else "more"
            return NextStep(
                step=Step.MEASURE,
                answer="Not decided yet: measure more.",
                action=f"Measure {how}; `passgap plan STUDY` says what that costs.",
                why=because(verdict.situation, verdict.deciding_k),
            )
        case VerdictKind.GO_OTHER:
            return _other(verdict, verdict.other or Move.DO_NOTHING)
        case _:
            verified = verdict.verdict is VerdictKind.GO_VERIFIER_AWARE_SSD
            then = ", then the variant that keeps only samples that pass the tests" if verified else ""
            return NextStep(
                step=Step.TRY,
                answer="Worth a training run on its own samples.",
                action=f"Run minimal self-distillation first{then}: `passgap run STUDY`.",
                why=because(verdict.situation, verdict.deciding_k),
            )


def _other(verdict: Verdict, move: Move) -> NextStep:
    why, reason = because(verdict.situation, verdict.deciding_k), why_of(verdict.situation, move)
    if move is not Move.DO_NOTHING:
        return NextStep(
            step=Step.TRY,
            answer=f"Do not train it on its own samples: try {move.in_short} instead.",
            action=f"Run {move.caption}: `passgap run STUDY --arm {move.arm}`.",
            why=f"{why} Instead {move.in_short}: {reason}." if reason else why,
        )
    missing = missing_before(verdict.situation, move)
    another = f" Another move would need {_either(missing)}, which this study does not have." if missing else ""
    return NextStep(
        step=Step.KEEP,
        answer="Do not train it on its own samples: keep the base model.",
        action=f"Leave the model as it is.{another}",
        why=why,
    )


def _either(names: Sequence[str]) -> str:
    return listed(list(names)).replace(" and ", " or ")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _value(measured: Measured) -> float:
    return measured.value if isinstance(measured, Estimate) else float("-inf")
