"""Every candidate is evaluated, probed and compared in the same way."""

from __future__ import annotations

from dataclasses import dataclass

from passgap.arms import BASE, Candidate
from passgap.decisions import DecodingChoice
from passgap.estimates import Comparison, Counts, EstimateTable, PairedDelta, compare_all, estimate_all, paired_delta
from passgap.probes import BatteryOutcome
from passgap.spec import StudySpec
from passgap.stages.evaluation import Evaluation
from passgap.study.battery import ProbeAnswers, ask_probes, compare_decodings, compare_with_battery
from passgap.study.context import StudyContext
from passgap.study.evaluation import evaluate
from passgap.tasks.splits import Splits


@dataclass(frozen=True)
class MeasuredCandidate:
    """A candidate with its held-out samples and its answers to the battery's prompts."""

    candidate: Candidate
    evaluation: Evaluation
    answers: ProbeAnswers

    @property
    def arm(self) -> str:
        """The name of its arm."""
        return self.candidate.arm

    @property
    def asked_as_base(self) -> bool:
        """Whether it is the base model at the decoding that it is measured at anyway."""
        choice = self.candidate.choice
        return choice is not None and choice.chosen == choice.production

    @property
    def counts(self) -> Counts:
        """Scored and passed samples of each problem that it may be compared on."""
        return self.candidate.counts or self.evaluation.counts


def evaluate_candidate(context: StudyContext, splits: Splits, candidate: Candidate) -> Evaluation:
    """Its held-out samples and their outcomes: those that its arm drew to make it, or new ones."""
    if candidate.evaluation is not None:
        return candidate.evaluation
    return evaluate(
        context,
        splits,
        candidate.model,
        candidate.arm,
        decoding=candidate.decoding,
        change=candidate.prompt_change,
    )


def probe_candidate(context: StudyContext, candidate: Candidate) -> ProbeAnswers:
    """Its answers to the battery's prompts, as it would serve."""
    return ask_probes(context, candidate.model, candidate.arm, candidate.decoding, candidate.prompt_change)


def battery_of(context: StudyContext, base: MeasuredCandidate, one: MeasuredCandidate) -> BatteryOutcome:
    """Compare what a candidate says with what the base model says at production decoding.

    A candidate whose decoding was chosen is compared on the problems that it was not chosen on, with as many samples of
    each on both sides.
    """
    said, other = (base.evaluation, base.answers), (one.evaluation, one.answers)
    if one.candidate.compared_on is None:
        return compare_with_battery(context, one.arm, said, other)
    return compare_decodings(context, one.arm, said, other, one.candidate.compared_on)


def compare(
    spec: StudySpec, one: MeasuredCandidate, other: MeasuredCandidate, *, level: float | None = None
) -> Comparison:
    """``one`` minus ``other``, on the problems that both may be compared on, at every declared k that both can give.

    Args:
        spec: the study.
        one: a candidate.
        other: another one, or the base model.
        level: that intervals are to hold; None for the declared one.
    """
    before, after, level = _paired(one, other, level or spec.thresholds.level)
    return compare_all(before, after, _common_ks(spec, one, other), level=level)


def lift(spec: StudySpec, one: MeasuredCandidate, other: MeasuredCandidate) -> PairedDelta:
    """pass@1 of ``one`` minus that of ``other``, paired by problem."""
    choice = one.candidate.choice
    if choice is not None and other.arm == BASE:
        return choice.lift  # the verdict read it, at the level of the interim analyses
    before, after, level = _paired(one, other, spec.thresholds.level)
    return paired_delta(before, after, 1, level=level)


def table_of_choice(spec: StudySpec, choice: DecodingChoice, counts: Counts) -> EstimateTable:
    """pass@k of a chosen decoding on problems that it was not chosen on, for every k that its samples can give."""
    return estimate_all(counts, feasible_ks(spec, counts), level=choice.method.level(spec.thresholds.level))


def feasible_ks(spec: StudySpec, counts: Counts) -> tuple[int, ...]:
    """The declared k that every problem has samples for; 1 always is."""
    return tuple(k for k in spec.diagnostics.k if k <= max(1, counts.m))


def _paired(one: MeasuredCandidate, other: MeasuredCandidate, declared: float) -> tuple[Counts, Counts, float]:
    """The counts of ``other`` and of ``one`` on their common problems, and the level of intervals on them."""
    level = max(each.candidate.level(declared) for each in (one, other))
    allowed = [each.candidate.compared_on for each in (one, other) if each.candidate.compared_on is not None]
    if not allowed:
        return other.counts, one.counts, level
    common = frozenset.intersection(*allowed)
    return other.counts.select(common), one.counts.select(common), level


def _common_ks(spec: StudySpec, one: MeasuredCandidate, other: MeasuredCandidate) -> tuple[int, ...]:
    """All declared k between candidates at production decoding, which have the same number of samples."""
    chosen = [each.counts for each in (one, other) if each.candidate.choice is not None]
    ks = spec.diagnostics.k
    for counts in chosen:
        ks = tuple(k for k in ks if k in feasible_ks(spec, counts))
    return ks
