"""Changes of the model by an arm beside pass@1: how far it moved, and what it lost in diversity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from passgap.arms import ARMS
from passgap.errors import EngineError
from passgap.estimates import PASS_AT_1, mean_interval
from passgap.estimates.distinct import right_answers_differ_change
from passgap.estimates.measured import difference_interval
from passgap.estimates.slope import pass_slope_change
from passgap.probes import PROBES
from passgap.records import Divergence, FinishReason, Insufficient, Measured, digested
from passgap.report.predictions import Change
from passgap.report.study_report import ArmReport
from passgap.stages.divergence import DivergencePlan, divergences_between, mean_divergence
from passgap.stages.evaluation import Evaluation
from passgap.stages.likelihood import given_by
from passgap.study.candidates import MeasuredCandidate
from passgap.study.context import PREDICTION_OUTCOME, StudyContext
from passgap.study.interim_analysis import BaseEvaluation, thresholds_of
from passgap.study.predicting import Predictions, right_programs
from passgap.study.probe_needs import LIKELIHOODS
from passgap.study.references import with_references
from passgap.study.reporting import with_predictions

PROBLEMS = 24
POSITIONS = 64
"""Problems, and the first tokens of a sample of each, that a divergence is measured on: enough for the averages to
settle, and few enough to hold the logits of."""

RAZOR = "arXiv 2509.04259: KL(base || tuned) on the task predicts what is forgotten, whatever the algorithm"


def beside_predictions(
    context: StudyContext,
    reports: Sequence[ArmReport],
    candidates: Sequence[MeasuredCandidate],
    predictions: Predictions,
    changes: Mapping[str, tuple[Change, ...]],
) -> list[ArmReport]:
    """The reports of candidates, with what was foretold of each beside what came; unchanged where nothing was."""
    of_arm = {each.arm: each for each in candidates}
    if not context.read_only:
        for each in reports:
            if each.arm in predictions:
                _record_outcome(context, each, of_arm[each.arm])
    return [
        with_predictions(each, context.spec, predictions[each.arm], changes[each.arm])
        if each.arm in predictions
        else each
        for each in reports
    ]


def measure_changes(
    context: StudyContext, measured: BaseEvaluation, candidates: Sequence[MeasuredCandidate], predictions: Predictions
) -> dict[str, tuple[Change, ...]]:
    """Measure the changes of each candidate that there are predictions for.

    It comes before costs are added up: whoever reads the finished study finds the same artifacts.
    """
    return {each.arm: changes_of(context, measured, each) for each in candidates if each.arm in predictions}


def _record_outcome(context: StudyContext, report: ArmReport, one: MeasuredCandidate) -> None:
    """Put what came of an arm into the ledger, from which the track record of the diagnostics is read."""
    context.record_once(
        PREDICTION_OUTCOME,
        {
            "arm": report.arm,
            "outcome": digested(report.comparison.paired(PASS_AT_1).delta),
            "smallest": thresholds_of(context.spec).lift,
            "results": [part.digest for each in one.repetitions for part in each.evaluation.results],
        },
    )


def changes_of(context: StudyContext, measured: BaseEvaluation, one: MeasuredCandidate) -> tuple[Change, ...]:
    """Every change, each with its interval; of an arm with several seeds, the first checkpoint's."""
    spec, base, tuned = context.spec, measured.evaluation, one.evaluation
    level = spec.thresholds.level
    before, after = (right_programs(context, measured.splits, each) for each in (base, tuned))
    return (
        Change(
            name="kl-from-base",
            caption="KL(base || arm) per token on the base model's samples",
            measured=divergence_of(context, measured, one),
            source=RAZOR,
        ),
        Change(
            name="pass-slope",
            caption="slope of pass@k over ln k, arm minus base",
            measured=pass_slope_change(base.counts, tuned.counts, spec.diagnostics.k, level=level),
            source="arXiv 2606.26091, 2504.13837",
        ),
        Change(
            name="distinct-answers",
            caption="two right answers to a problem differ, arm minus base",
            measured=right_answers_differ_change(before, after, level=level),
            source="arXiv 2509.20837; Simpson 1949",
        ),
        Change(
            name="truncated",
            caption="completions cut at the token limit, arm minus base",
            measured=_truncated_change(base, tuned, level),
            source="apple/ml-ssd issue 7: loops that are cut are a first confounder",
        ),
        Change(
            name="ended-by-model",
            caption="completions that the arm's model ended itself",
            measured=_stopped(tuned, level),
            source="apple/ml-ssd issue 12: a tuned model may not end its answer",
        ),
    )


def divergence_of(context: StudyContext, measured: BaseEvaluation, one: MeasuredCandidate) -> Measured:
    """KL(base || arm) in nats per token, over the first tokens of one sample of each of some problems."""
    rows = apart_of(context, measured, one)
    return rows if isinstance(rows, Insufficient) else mean_divergence(rows, context.spec.thresholds.level)


def with_apart(
    context: StudyContext, measured: BaseEvaluation, candidates: Sequence[MeasuredCandidate]
) -> list[MeasuredCandidate]:
    """The candidates with how far each of their models is from the base model, where a probe of the study reads it."""
    if not any(getattr(PROBES[name], "needs", "") == LIKELIHOODS for name in context.probes if name in PROBES):
        return list(candidates)

    def found(one: MeasuredCandidate) -> MeasuredCandidate:
        rows = apart_of(context, measured, one)
        apart = one if isinstance(rows, Insufficient) else replace(one, apart=rows)
        return with_references(context, measured.splits, apart)

    return [
        replace(found(one), further=tuple(found(each) for each in one.further)) if one.further else found(one)
        for one in candidates
    ]


def apart_of(
    context: StudyContext, measured: BaseEvaluation, one: MeasuredCandidate
) -> tuple[Divergence, ...] | Insufficient:
    """How far a candidate is from the base model, on the first tokens of one sample of each of some problems."""
    if not ARMS[one.arm].trains:
        return Insufficient(insufficient="the arm does not change the weights", n=0, m=0)
    splits, evaluation = measured.splits, measured.evaluation
    names = sorted(evaluation.by_problem)
    chosen = frozenset(names[:: max(1, len(names) // PROBLEMS)][:PROBLEMS])
    firsts = {name: evaluation.by_problem[name][0].key for name in chosen}
    samples = [
        each for part in evaluation.samples for each in part.samples() if firsts.get(each.problem_id) == each.key
    ]
    texts = given_by(samples, dict(splits.prompts(splits.heldout.problems, chat=context.spec.model.chat)))
    if texts is None:
        return Insufficient(insufficient="the engine does not report the token ids of samples", n=0, m=0)
    name = one.repetition.name if one.repetition else one.arm
    plan = DivergencePlan(
        name=f"base-to-{name}-heldout",
        texts=tuple(sorted(texts, key=lambda each: each.problem_id)),
        positions=POSITIONS,
    )
    try:
        rows = divergences_between(plan, context.base_model(), one.candidate.model, context.sampler, context.stage)
    except EngineError as error:
        return Insufficient(insufficient=error.summary, n=0, m=0)
    if rows is None:
        lacking = f"the engine `{context.spec.engine.name}` reports no likelihoods of given tokens"
        reason = "it was not measured when the arm was run" if context.read_only else lacking
        return Insufficient(insufficient=reason, n=0, m=0)
    return rows


def _truncated_change(base: Evaluation, tuned: Evaluation, level: float) -> Measured:
    names = sorted(base.by_problem.keys() & tuned.by_problem.keys())
    shares = [[_share_cut(side, name) for name in names] for side in (base, tuned)]
    m = min((len(side.by_problem[name]) for side in (base, tuned) for name in names), default=1)
    return difference_interval([after - before for before, after in zip(*shares, strict=True)], m=m, level=level)


def _stopped(tuned: Evaluation, level: float) -> Measured:
    names = sorted(tuned.by_problem)
    m = min((len(tuned.by_problem[name]) for name in names), default=1)
    return mean_interval([1.0 - _share_cut(tuned, name) for name in names], m=m, level=level)


def _share_cut(evaluation: Evaluation, name: str) -> float:
    drawn = evaluation.by_problem[name]
    return sum(each.finish_reason is FinishReason.LENGTH for each in drawn) / len(drawn)
