"""Assemble the report from what the steps gave; compute only what compares them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from passgap.arms import ARMS, BASE
from passgap.decisions import ArmPoint, Cost, Verdict, compare_pareto, judge_arm
from passgap.decisions.recipe_search import SearchOutcome
from passgap.decisions.starving import YieldOutcome, compare_yield
from passgap.estimates import (
    PASS_AT_1,
    LearningSignal,
    PassAtK,
    Proposal,
    estimate_pass_at_k,
    estimate_repeated,
    mean_interval,
)
from passgap.predictors import Prediction, score_prediction
from passgap.probes import BatteryOutcome
from passgap.records import FinishReason, Measured, Stage
from passgap.records.yields import YieldForecast, YieldOf
from passgap.report.comparison import ArmsComparison
from passgap.report.predictions import Change, PredictionsOutcome
from passgap.report.study_report import (
    ArmComparison,
    ArmReport,
    BaseReport,
    ContaminationLine,
    CostLine,
    DecodeOnlyReport,
    Fact,
    StudyReport,
)
from passgap.spec import StudySpec
from passgap.stages import StageCost
from passgap.stages.evaluation import Evaluation
from passgap.store import DivergencesArtifact
from passgap.study.advising import advice_of
from passgap.study.arm_costs import ArmCosts
from passgap.study.base_verdict import modes_of
from passgap.study.candidates import MeasuredCandidate, compare, lift
from passgap.study.context import StudyContext
from passgap.study.dose_report import dose_report
from passgap.study.facts import contamination_checked, provenance, setup_report
from passgap.study.frontier_record import frontier_on_record
from passgap.study.interim_analysis import BaseEvaluation, thresholds_of, verdict_level
from passgap.study.lift_split import split_lift
from passgap.study.notes import notes_on
from passgap.study.pilot.running import finished_search
from passgap.study.race.declared import race_on_record
from passgap.study.second_round.record import rounds_on_record
from passgap.study.seeds_report import seeds_report
from passgap.tasks.splits import Splits

LISTED_CONTAMINATION = 200


def base_report(
    spec: StudySpec,
    measured: BaseEvaluation,
    verdict: Verdict,
    signal: LearningSignal | None,
    proposal: Proposal | None,
    extra_costs: tuple[StageCost, ...],
) -> BaseReport:
    """The base model's diagnostics beside the verdict on them."""
    evaluation = measured.evaluation
    return BaseReport(
        verdict=verdict,
        table=measured.table,
        modes=modes_of(spec, evaluation),
        signal=signal,
        proposal=proposal,
        truncated=truncated_share(spec, evaluation),
        outcomes=outcome_counts(evaluation),
        extraction=extraction_counts(evaluation),
        notes=notes_on(spec, evaluation),
        costs=cost_lines(spec, BASE, (*evaluation.costs, *extra_costs)),
    )


def control_report(
    spec: StudySpec,
    base: MeasuredCandidate,
    control: MeasuredCandidate,
    battery: BatteryOutcome,
    costs: ArmCosts | None = None,
) -> DecodeOnlyReport:
    """The base model at a chosen decoding, never without slices, battery, cost and baseline."""
    choice, declared = control.candidate.choice, verdict_level(spec)
    assert choice is not None
    before = base.counts.select(choice.test_ids)
    points = [
        arm_point(BASE, estimate_pass_at_k(before, 1, level=control.candidate.level(declared)), ()),
        _point(spec, control, costs),
    ]
    return DecodeOnlyReport(
        caption=ARMS[control.arm].caption,
        choice=choice,
        comparison=compare(spec, control, base, level=declared),
        battery=battery,
        truncated=truncated_share(spec, control.evaluation),
        extraction=extraction_counts(control.evaluation),
        costs=costs_of(spec, control),
        pareto=compare_pareto(control.arm, points, {(control.arm, BASE): choice.lift}, margin=spec.thresholds.margin),
    )


def arm_report(
    spec: StudySpec,
    base: MeasuredCandidate,
    one: MeasuredCandidate,
    others: Sequence[MeasuredCandidate],
    battery: BatteryOutcome,
    costs: ArmCosts | None = None,
    forecast: YieldForecast | None = None,
) -> ArmReport:
    """A trained candidate against the base model and against every other candidate.

    Args:
        spec: the study.
        base: the base model.
        one: the candidate.
        others: all others, in their order.
        battery: of the candidate against the base model.
        costs: of every arm as if it were the only one, which decide what may ship; None where an earlier version
            declared the study, which compared the costs of all steps.
        forecast: of its yield, as it was recorded before the arm began.
    """
    k = max(spec.diagnostics.k)
    everyone = (base, one, *others)
    compared = {each.arm: compare(spec, one, each) for each in (base, *others)}
    lifts = {(one.arm, other): comparison.paired(PASS_AT_1) for other, comparison in compared.items()}
    lifts |= {
        (each.arm, against.arm): lift(spec, each, against)
        for position, each in enumerate(others)
        for against in (base, *others[:position])
    }
    controls = [each for each in others if each.candidate.choice is not None]
    trained = [each for each in others if each.candidate.choice is None]
    return ArmReport(
        arm=one.arm,
        caption=ARMS[one.arm].caption,
        judgement=judge_arm(
            lifts[one.arm, base.arm],
            battery,
            thresholds_of(spec),
            delta_k=(k, compared[base.arm].paired(PassAtK(k))),
            rehearsal=spec.rehearsal,
            side="tuned" if ARMS[one.arm].trains else "candidate",
        ),
        comparison=compared[base.arm],
        battery=battery,
        truncated=truncated_share(spec, *(each.evaluation for each in one.repetitions)),
        extraction=extraction_counts(*(each.evaluation for each in one.repetitions)),
        facts=tuple(_facts(one)),
        costs=costs_of(spec, one),
        pareto=compare_pareto(
            one.arm, [_point(spec, each, costs) for each in everyone], lifts, margin=spec.thresholds.margin
        ),
        trained=ARMS[one.arm].trains,
        against_decode_only=compared[controls[0].arm] if controls else None,
        against_arms=tuple(
            ArmComparison(arm=each.arm, caption=ARMS[each.arm].caption, comparison=compared[each.arm])
            for each in trained
        ),
        seeds=seeds_report(spec, base, one),
        yields=yield_of(spec, one, forecast) if forecast else None,
        dose=dose_report(spec, one),
        split=split_lift(spec, base, one, others),
    )


def _facts(one: MeasuredCandidate) -> Iterator[Fact]:
    """How each candidate of an arm was made; those of further seeds under their seed."""
    for each in one.repetitions:
        seed = f"seed {each.repetition.seed}: " if one.further and each.repetition is not None else ""
        for label, text in each.candidate.facts:
            yield Fact(label=f"{seed}{label}", text=text)


def yield_of(spec: StudySpec, one: MeasuredCandidate, forecast: YieldForecast) -> YieldOutcome:
    """A candidate's yield and the work of making it, beside its forecast."""
    hours = sum(cost.hours for cost in one.candidate.costs)
    spent = {YieldOf.HOURS: hours, YieldOf.MONEY: hours * spec.budget.price_per_hour}
    return compare_yield(forecast, {**one.candidate.yielded, **spent})


def with_predictions(
    report: ArmReport, spec: StudySpec, predictions: Sequence[Prediction], changes: tuple[Change, ...]
) -> ArmReport:
    """The report of an arm with what was foretold of it beside what came."""
    delta = report.comparison.paired(PASS_AT_1).delta
    smallest = thresholds_of(spec).lift
    scored = tuple(score_prediction(each, delta, smallest) for each in predictions)
    return report.model_copy(update={"predictions": PredictionsOutcome(scored=scored, changes=changes)})


def costs_of(spec: StudySpec, one: MeasuredCandidate) -> tuple[CostLine, ...]:
    """The cost of making, evaluating and probing a candidate, beyond that of evaluating the base model."""
    costs: list[StageCost] = []
    for each in one.repetitions:
        evaluated = () if each.candidate.evaluation is not None else each.evaluation.costs
        probed = () if each.asked_as_base else each.answers.costs
        costs += (*each.candidate.costs, *each.dose_costs, *evaluated, *probed)
    return cost_lines(spec, one.arm, costs)


def _point(spec: StudySpec, one: MeasuredCandidate, costs: ArmCosts | None) -> ArmPoint:
    """A candidate on the plane of accuracy and device-hours; the base model costs nothing more than itself."""
    if one.arm == BASE:
        return arm_point(BASE, estimate_pass_at_k(one.counts, 1, level=spec.thresholds.level), ())
    choice = one.candidate.choice
    tables = [each.counts for each in one.repetitions]
    measured = estimate_repeated(tables, (1,), level=spec.thresholds.level).overall[str(PASS_AT_1)]
    accuracy = choice.test if choice is not None else measured
    if costs is None:
        return arm_point(one.arm, accuracy, costs_of(spec, one))
    alone = costs.standalone(one)
    return ArmPoint(arm=one.arm, accuracy=accuracy, cost=Cost(hours=alone.hours, low=alone.low, high=alone.high))


def arm_point(arm: str, accuracy: Measured, costs: tuple[CostLine, ...]) -> ArmPoint:
    """An arm on the plane of accuracy and device-hours, which were metered and so have no range."""
    spent = sum(line.hours for line in costs)
    return ArmPoint(arm=arm, accuracy=accuracy, cost=Cost(hours=spent, low=spent, high=spent))


def study_report(
    context: StudyContext,
    splits: Splits,
    base: BaseReport,
    decode_only: DecodeOnlyReport | None,
    arms: tuple[ArmReport, ...],
    not_produced: tuple[str, ...],
    comparison: ArmsComparison | None = None,
    forecasts: tuple[YieldForecast, ...] = (),
) -> StudyReport:
    """The whole report."""
    findings = tuple(splits.findings())
    return StudyReport(
        setup=setup_report(context, splits, base.verdict.look, _before_verdict(base, decode_only)),
        base=base,
        decode_only=decode_only,
        arms=arms,
        comparison=comparison,
        contamination=tuple(
            ContaminationLine(item=each.item, matched=each.matched, rule=each.rule, score=each.score)
            for each in findings[:LISTED_CONTAMINATION]
        ),
        contamination_checked=contamination_checked(context, splits),
        not_produced=not_produced,
        pilot=_search(context),
        forecasts=forecasts,
        frontier=frontier_on_record(context),
        advice=advice_of(context, base.verdict, forecasts, _lift_of(decode_only)),
        rounds=rounds_on_record(context),
        race=race_on_record(context),
        provenance=provenance(context),
    )


def _lift_of(control: DecodeOnlyReport | None) -> Measured | None:
    return control.choice.lift.delta if control is not None and control.choice.lift is not None else None


def _search(context: StudyContext) -> SearchOutcome | None:
    """The finished search for an arm's recipe."""
    search = context.spec.pilot
    return finished_search(context, search.arm) if search is not None else None


def _before_verdict(base: BaseReport, control: DecodeOnlyReport | None) -> float:
    """Device-hours until the verdict: probes are asked after it, and divergences of arms measured."""
    lines = (*base.costs, *(control.costs if control else ()))
    return sum(
        line.hours
        for line in lines
        if line.stage not in (Stage.PROBES, Stage.JUDGING) and not line.step.endswith(DivergencesArtifact.kind)
    )


def truncated_share(spec: StudySpec, *evaluations: Evaluation) -> Measured:
    """The share of completions that were cut at the token limit, of one model or of an arm's at every seed."""
    by_problem = [
        [sample for evaluation in evaluations for sample in evaluation.by_problem[name]]
        for name in sorted(evaluations[0].by_problem)
    ]
    shares = [sum(each.finish_reason is FinishReason.LENGTH for each in drawn) / len(drawn) for drawn in by_problem]
    return mean_interval(shares, m=min(map(len, by_problem)), level=spec.thresholds.level)


def outcome_counts(evaluation: Evaluation) -> dict[str, int]:
    """How many samples ended in which outcome."""
    return dict(sorted(Counter(result.outcome.value for result in evaluation.outcomes).items()))


def extraction_counts(*evaluations: Evaluation) -> dict[str, int]:
    """In how many completions each rule found a program, the most frequent first."""
    outcomes = (result for evaluation in evaluations for result in evaluation.outcomes)
    rules = Counter(result.extraction for result in outcomes if result.extraction is not None)
    return dict(sorted(rules.items(), key=lambda item: (-item[1], item[0])))


def cost_lines(spec: StudySpec, arm: str, costs: Sequence[StageCost]) -> tuple[CostLine, ...]:
    """Return the cost lines of an arm, with their prices."""
    return tuple(
        CostLine(
            arm=arm,
            stage=cost.stage.value,
            step=cost.name,
            seconds=cost.seconds,
            hours=cost.hours,
            money=cost.hours * spec.budget.price_per_hour + cost.external_money,
            samples=cost.samples,
            prompt_tokens=cost.prompt_tokens,
            tokens=cost.tokens,
            tokens_per_second=cost.tokens_per_second,
        )
        for cost in costs
    )
