"""Every candidate is evaluated, probed and compared in the same way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from passgap.arms import BASE, Candidate
from passgap.decisions import DecodingChoice
from passgap.estimates import (
    PASS_AT_1,
    Comparison,
    Counts,
    EstimateTable,
    PairedDelta,
    compare_repeated,
    estimate_all,
    repeated_delta,
)
from passgap.probes import BatteryOutcome, worst_of
from passgap.records import Divergence
from passgap.spec import StudySpec
from passgap.stages import StageCost
from passgap.stages.evaluation import Evaluation
from passgap.study.battery_answers import ProbeAnswers, ask_probes
from passgap.study.battery_compared import compare_decodings, compare_with_battery
from passgap.study.battery_further import ask_where_undecided
from passgap.study.context import StudyContext
from passgap.study.dose_curve import Dose
from passgap.study.evaluation import evaluate
from passgap.study.repetitions import Repetition, repetitions_of
from passgap.tasks.splits import Splits


@dataclass(frozen=True)
class MeasuredCandidate:
    """A candidate with its held-out samples and its answers to the battery's prompts."""

    candidate: Candidate
    evaluation: Evaluation
    answers: ProbeAnswers
    repetition: Repetition | None = None
    """None where its arm is carried out by every run, and so once."""
    used: frozenset[Path] = frozenset()
    """The folders of the artifacts that its arm asked for while it made it."""
    doses: tuple[Dose, ...] = ()
    """Its dose curve on development problems, where one is declared."""
    dose_costs: tuple[StageCost, ...] = ()
    apart: tuple[Divergence, ...] = ()
    """How far its model is from the base model, where a probe of the study reads it."""
    references: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """How likely the base model and its own find reference solutions, by problem, where a probe of the study reads
    it."""
    further: tuple[MeasuredCandidate, ...] = ()
    """The same arm carried out again, from other seeds. What stands for one checkpoint is that of the first seed."""

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

    @property
    def repetitions(self) -> tuple[MeasuredCandidate, ...]:
        """The candidate of each seed."""
        return (self, *self.further)


def evaluate_candidate(
    context: StudyContext, splits: Splits, candidate: Candidate, repetition: Repetition | None = None
) -> Evaluation:
    """Its held-out samples and their outcomes: those that its arm drew to make it, or new ones."""
    if candidate.evaluation is not None:
        return candidate.evaluation
    return evaluate(
        context,
        splits,
        candidate.model,
        repetition.name if repetition else candidate.arm,
        decoding=candidate.decoding,
        change=candidate.prompt_change,
        samples=repetition.samples if repetition else None,
    )


def probe_candidate(context: StudyContext, candidate: Candidate, repetition: Repetition | None = None) -> ProbeAnswers:
    """Its answers to the battery's prompts, as it would serve; asked again where a probe is undecided against base."""
    name = repetition.name if repetition else candidate.arm
    answers = ask_probes(
        context, candidate.model, name, candidate.decoding, candidate.prompt_change, candidate.samples_per_call
    )
    if candidate.arm == BASE:
        return answers
    return ask_where_undecided(context, answers, len(repetitions_of(context.spec, repetition.arm)) if repetition else 1)


def battery_of(
    context: StudyContext, base: MeasuredCandidate, one: MeasuredCandidate, seeds: int = 1
) -> BatteryOutcome:
    """Compare what a candidate says with what the base model says at production decoding.

    A candidate whose decoding was chosen is compared on the problems that it was not chosen on, with as many samples of
    each on both sides. Where an arm was repeated, the worst of its candidates counts.
    """
    if one.further:
        alone = ((each, replace(each, further=())) for each in one.repetitions)
        many = len(one.repetitions)
        return worst_of([(_seed(each), battery_of(context, base, single, many)) for each, single in alone])
    said, other = (base.evaluation, base.answers), (one.evaluation, one.answers)
    problems = one.candidate.compared_on
    fewer = one.repetition is not None and one.repetition.samples < context.spec.diagnostics.samples
    if problems is None and not fewer:
        return compare_with_battery(
            context, one.arm, said, other, seeds, one.apart, one.references, at_looks=_at_looks(base, one)
        )
    shared = base.counts.ids if problems is None else problems
    return compare_decodings(context, one.arm, said, other, shared, seeds, at_looks=_at_looks(base, one))


def _at_looks(base: MeasuredCandidate, one: MeasuredCandidate) -> bool:
    """Whether the battery's prompts were asked again where these two were undecided: it is done against base alone."""
    return base.answers.asking.name == BASE and one.arm != BASE


def _seed(one: MeasuredCandidate) -> int:
    assert one.repetition is not None, "an arm that was repeated has a seed each time"
    return one.repetition.seed


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
    return compare_repeated(before, after, _common_ks(spec, one, other), level=level)


def lift(spec: StudySpec, one: MeasuredCandidate, other: MeasuredCandidate) -> PairedDelta:
    """pass@1 of ``one`` minus that of ``other``, paired by problem."""
    choice = one.candidate.choice
    if choice is not None and other.arm == BASE:
        return choice.lift  # the verdict read it, at the level of the interim analyses
    before, after, level = _paired(one, other, spec.thresholds.level)
    return repeated_delta(before, after, PASS_AT_1, level=level)


def table_of_choice(spec: StudySpec, choice: DecodingChoice, counts: Counts) -> EstimateTable:
    """pass@k of a chosen decoding on problems that it was not chosen on, for every k that its samples can give."""
    return estimate_all(counts, feasible_ks(spec, counts), level=choice.method.level(spec.thresholds.level))


def feasible_ks(spec: StudySpec, counts: Counts) -> tuple[int, ...]:
    """The declared k that every problem has samples for; 1 always is."""
    return tuple(k for k in spec.diagnostics.k if k <= max(1, counts.m))


def _paired(
    one: MeasuredCandidate, other: MeasuredCandidate, declared: float
) -> tuple[list[Counts], list[Counts], float]:
    """The counts of ``other`` and of ``one`` for each of their seeds, and the level of intervals on them.

    They are those of the problems that both may be compared on.
    """
    level = max(each.candidate.level(declared) for each in (one, other))
    allowed = [each.candidate.compared_on for each in (one, other) if each.candidate.compared_on is not None]
    before, after = ([each.counts for each in side.repetitions] for side in (other, one))
    if not allowed:
        return before, after, level
    common = frozenset.intersection(*allowed)
    return [each.select(common) for each in before], [each.select(common) for each in after], level


def _common_ks(spec: StudySpec, one: MeasuredCandidate, other: MeasuredCandidate) -> tuple[int, ...]:
    """All declared k between candidates at production decoding, which have the same number of samples."""
    chosen = [each.counts for each in (one, other) if each.candidate.choice is not None]
    ks = spec.diagnostics.k
    for counts in chosen:
        ks = tuple(k for k in ks if k in feasible_ks(spec, counts))
    return ks
