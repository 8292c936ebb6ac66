"""The reasons of a verdict, one sentence for each input, and its caveats."""

from __future__ import annotations

from collections.abc import Iterator

from passgap.decisions.classify import Finding, Inputs, VerdictKind, gap_ks
from passgap.decisions.evidence import Evidence, Floor, Thresholds
from passgap.decisions.justification import overall, sentence_on_foretold, sentence_on_mode
from passgap.decisions.wording import listed
from passgap.estimates import GapAtK, PassAtK
from passgap.formatting import budgeted, level_of, predicted, share, stated
from passgap.predictors import Foretold
from passgap.records import Estimate


def reasons_of(evidence: Evidence, inputs: Inputs, finding: Finding, thresholds: Thresholds) -> Iterator[str]:
    """One sentence for each input that was weighed."""
    for k in gap_ks(evidence.table):
        quantity = GapAtK(k)
        use = (
            "decides" if k == inputs.k else ("beyond the feasible k" if k > thresholds.largest_k else "for the record")
        )
        yield f"{quantity} = {stated(overall(evidence, quantity))} ({use})."
    yield from _floor(evidence)
    yield sentence_on_mode(evidence, inputs)
    yield from _slices(evidence, inputs, thresholds)
    yield from _signal(evidence)
    if evidence.decode_lift is not None:
        yield f"The best decode-only setting changes pass@1 by {stated(evidence.decode_lift)} on test problems."
    if evidence.foretold is not None:
        yield sentence_on_foretold(evidence)
        yield from _voices(evidence.foretold, thresholds)
    if evidence.budget is not None and evidence.budget.needed_hours is not None:
        yield (
            f"The minimal arm needs about {predicted(evidence.budget.needed_hours)} of "
            f"{budgeted(evidence.budget.available_hours)} device-hours."
        )
    if finding.kind in (VerdictKind.GO_SSD, VerdictKind.GO_VERIFIER_AWARE_SSD):
        yield f"The declared comparator is {evidence.comparator}: SSD has to beat it per device-hour."


def _floor(evidence: Evidence) -> Iterator[str]:
    """The score of doing nothing, and how often the base model does nothing."""
    floor = evidence.floor
    if floor is None:
        return
    passed, unchanged = share(round(floor.share, 3)), share(round(floor.unchanged, 3))
    yield (
        f"The floor of this set: {floor.nothing} passes on {floor.passed:,} of {floor.problems:,} problems ({passed}). "
        f"Of the base model's samples, {unchanged} are just that."
    )


def _slices(evidence: Evidence, inputs: Inputs, thresholds: Thresholds) -> Iterator[str]:
    """The slices in which the gap lies, on intervals that hold for all of them at once.

    Gains concentrate on hard problems, so the sum over all problems can hide where they come from.
    """
    if inputs.k is None:
        return
    above, floors = [], []
    best_of_k = PassAtK(inputs.k)
    for name, row in evidence.table.simultaneous.items():
        gap, best = row.get(str(GapAtK(inputs.k))), row.get(str(best_of_k))
        if isinstance(gap, Estimate) and gap.low >= thresholds.gap:
            above.append(f"{name} ({stated(gap)})")
        if isinstance(best, Estimate) and best.high < thresholds.gap:
            floors.append(f"{name} ({best_of_k} {stated(best)})")
    if above:
        yield f"The gap is above the threshold in {listed(above)}, by intervals that hold for all slices at once."
    elif evidence.table.simultaneous:
        yield "In no single slice is the gap above the threshold by intervals that hold for all slices at once."
    if floors:
        yield f"Slices at the floor, where SSD cannot help: {listed(floors)}."


def _voices(told: Foretold, thresholds: Thresholds) -> Iterator[str]:
    """Each diagnostic with its weight; what it would take for them to decide."""
    for each in told.voices:
        known = f"right in {each.right:g} of {each.studies} studies" if each.studies else "a prior: no track record"
        yield (
            f"{each.predictor} = {stated(each.measured)} foretells {each.direction.value}: right with a probability of "
            f"{each.chance:.2f} ({known}), weight {each.weight:.2f}."
        )
    yield f"The diagnostics would decide from a probability of a fall of {thresholds.fall:.2f}."


def _signal(evidence: Evidence) -> Iterator[str]:
    signal, proposal = evidence.signal, evidence.proposal
    if signal is not None:
        if signal.zero_signal:
            yield "The declared sampling is T = 1 without truncation, a fixed point: its expected gradient is zero."
        else:
            yield (
                f"The declared sampling moves {stated(signal.moved)} of the probability per token; truncation "
                f"removes {stated(signal.removed)}."
            )
    if proposal is not None and proposal.decoding is not None:
        yield f"Proposed sampling: {proposal.decoding.label}; {proposal.why}."


def caveats_of(evidence: Evidence, inputs: Inputs, finding: Finding, thresholds: Thresholds, n: int) -> Iterator[str]:
    """The caveats that a reader must know before acting on the verdict."""
    if n < thresholds.problems:
        yield f"Only {n} problems; acting on a verdict takes at least {thresholds.problems}."
    if evidence.rehearsal:
        yield "This study is a rehearsal, which decides nothing."
    if not evidence.contamination_checked:
        yield "The problems have not been checked for contamination."
    if evidence.before_cutoff:
        yield (
            f"{evidence.before_cutoff} of the {n} problems are dated before the model's cutoff: it may have been "
            f"trained on them, and results on them may be memorised."
        )
    measured = overall(evidence, PassAtK(1))
    if evidence.floor is not None and isinstance(measured, Estimate) and _at_floor(measured, evidence.floor):
        yield (
            f"The base model is at the floor: its pass@1 of {stated(measured)} is not above what doing nothing passes, "
            f"{share(round(evidence.floor.share, 3))}. What is measured here says little about what it can do."
        )
    if unsplit := evidence.judged_inside - evidence.judged_by_command:
        yield (
            f"{unsplit} of the {n} problems have tests that could not be split into calls and expected "
            f"values: they run in the program's own process, which could forge their result."
        )
    if evidence.judged_by_command:
        yield (
            f"{evidence.judged_by_command} of the {n} problems are tested by a command that runs in the jail together "
            f"with the edited program, which could forge its report."
        )
    if evidence.table.unscored:
        yield f"{evidence.table.unscored} samples could not be scored and are left out of every denominator."
    decided = finding.kind is not VerdictKind.MEASURE_MORE
    if decided and inputs.k is not None and evidence.modes is None:
        yield "Mode correctness was not measured: the results do not say how samples behave."
    if evidence.signal is not None and evidence.signal.next_to_none and finding.kind is VerdictKind.GO_SSD:
        yield "The declared sampling setting carries almost no learning signal: change it before training."
    levels = {each.level for each in evidence.table.overall.values() if isinstance(each, Estimate)}
    if levels and max(abs(level - thresholds.level) for level in levels) > 1e-9:
        shown = ", ".join(map(level_of, sorted(levels)))
        yield f"The intervals have the level {shown}, not the declared {level_of(thresholds.level)}."


def _at_floor(measured: Estimate, floor: Floor) -> bool:
    """Whether a pass rate is not above the floor: its lower bound is shown as no more than that.

    A single sample that passed keeps the bound above zero, however little that says.
    """
    return round(measured.low, 3) <= round(floor.share, 3)
