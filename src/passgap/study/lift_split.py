"""Split an arm's lift into its causes, by the controls for it that the study measured."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from passgap.arms import ARMS
from passgap.arms._matched_control import MatchedControl
from passgap.estimates import PairedDelta, holm
from passgap.formatting import stated
from passgap.records import Estimate, Insufficient
from passgap.report.lift_split import LiftPart, LiftSplit
from passgap.spec import StudySpec
from passgap.study.candidates import MeasuredCandidate, lift


def split_lift(
    spec: StudySpec, base: MeasuredCandidate, one: MeasuredCandidate, others: Sequence[MeasuredCandidate]
) -> LiftSplit | None:
    """The parts of a candidate's lift over the base model; None where no control for its arm was measured.

    The controls stand in a chain, by how many causes they share with the arm: each part is the paired difference of
    neighbours, and the parts add up to the lift.
    """
    controls = sorted(
        ((found, each) for each in others if (found := _control(spec, each)) is not None and found.of == one.arm),
        key=lambda pair: len(pair[0].shared),
    )
    if not controls:
        return None
    nothing: tuple[str, ...] = ()
    links = [(base, nothing), *((each, found.shared) for found, each in controls), (one, controls[0][0].causes)]
    deltas = [lift(spec, after, before) for (before, _), (after, _) in pairwise(links)]
    adjusted = holm({str(number): each.p_value for number, each in enumerate(deltas) if each.p_value is not None})
    parts = tuple(
        LiftPart(
            causes=tuple(cause for cause in now if cause not in earlier),
            arm=after.arm,
            minus=before.arm,
            delta=delta.delta,
            p_value=delta.p_value,
            adjusted_p_value=adjusted.get(str(number)),
        )
        for number, (delta, ((before, earlier), (after, now))) in enumerate(zip(deltas, pairwise(links), strict=True))
    )
    whole = lift(spec, one, base)
    return LiftSplit(whole=whole.delta, parts=parts, summary=_summary(one, whole, parts))


def _control(spec: StudySpec, one: MeasuredCandidate) -> MatchedControl | None:
    return ARMS[one.arm].control_for(spec.arms[one.arm]) if one.arm in spec.arms else None


def _summary(one: MeasuredCandidate, whole: PairedDelta, parts: Sequence[LiftPart]) -> str:
    """The parts in a sentence, and which of them lie apart from 0."""
    if isinstance(whole.delta, Insufficient):
        return f"The lift of {one.arm} cannot be split: {whole.delta.insufficient}."
    told = "; ".join(f"{' and '.join(each.causes)} {_stated(each)}" for each in parts)
    shown = [" and ".join(each.causes) for each in parts if _apart(each)]
    which = f"Apart from 0 lies {', '.join(shown)}." if shown else "No part lies apart from 0."
    return f"Of the {stated(whole.delta)} by which {one.arm} changes pass@1: {told}. {which}"


def _stated(part: LiftPart) -> str:
    return stated(part.delta) if isinstance(part.delta, Estimate) else "not measured"


def _apart(part: LiftPart) -> bool:
    return isinstance(part.delta, Estimate) and (part.delta.low > 0.0 or part.delta.high < 0.0)
