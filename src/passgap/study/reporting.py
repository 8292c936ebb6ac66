"""Assemble the report from what the steps gave; compute only what compares them (R11)."""

from __future__ import annotations

from collections import Counter

from passgap.decisions import ArmPoint, Cost, DecodingChoice, Verdict, compare_pareto, judge_arm
from passgap.estimates import (
    Comparison,
    LearningSignal,
    PairedDelta,
    Proposal,
    compare_all,
    estimate_pass_at_k,
    mean_interval,
    paired_delta,
)
from passgap.probes import BatteryOutcome
from passgap.recipes import Arm
from passgap.records import FinishReason, Measured, Stage
from passgap.report.study_report import (
    ArmReport,
    BaseReport,
    ContaminationLine,
    CostLine,
    DecodeOnlyReport,
    StudyReport,
)
from passgap.spec import StudySpec
from passgap.stages import StageCost
from passgap.study.arms import TrainedArm
from passgap.study.base_verdict import modes_of
from passgap.study.context import StudyContext
from passgap.study.decode_only import DecodeOnly, feasible_ks
from passgap.study.evaluation import Evaluation
from passgap.study.facts import contamination_checked, provenance, setup_report, training_facts
from passgap.study.interim_analysis import BaseMeasured, thresholds_of
from passgap.study.notes import notes_on
from passgap.study.splits import Splits

LISTED_CONTAMINATION = 200


def base_report(
    spec: StudySpec,
    measured: BaseMeasured,
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
        costs=cost_lines(spec, Arm.BASE, (*evaluation.costs, *extra_costs)),
    )


def arm_report(
    spec: StudySpec,
    trained: TrainedArm,
    base: Evaluation,
    tuned: Evaluation,
    battery: BatteryOutcome,
    extra_costs: tuple[StageCost, ...],
    control: tuple[DecodeOnly, DecodeOnlyReport] | None,
) -> ArmReport:
    """A trained arm against the base model, and against the decode-only control where there is one."""
    level = spec.thresholds.level
    delta = paired_delta(base.counts, tuned.counts, 1, level=level)
    k = max(spec.diagnostics.k)
    wide = (k, paired_delta(base.counts, tuned.counts, k, level=level))
    costs = cost_lines(spec, trained.arm, (*trained.costs, *tuned.costs, *extra_costs))
    points = [
        arm_point(Arm.BASE, estimate_pass_at_k(base.counts, 1, level=level), ()),
        arm_point(trained.arm, estimate_pass_at_k(tuned.counts, 1, level=level), costs),
    ]
    lifts = {(trained.arm.value, Arm.BASE.value): delta}
    against = None
    if control is not None:
        swept, told = control
        points.append(arm_point(Arm.DECODE_ONLY, told.choice.test, told.costs))
        against, lift = _against_control(spec, swept, told.choice, tuned)
        lifts[trained.arm.value, Arm.DECODE_ONLY.value] = lift
        lifts[Arm.DECODE_ONLY.value, Arm.BASE.value] = told.choice.lift
    return ArmReport(
        arm=trained.arm.value,
        caption=trained.arm.caption,
        judgement=judge_arm(delta, battery, thresholds_of(spec), delta_k=wide, rehearsal=spec.rehearsal),
        comparison=compare_all(base.counts, tuned.counts, spec.diagnostics.k, level=level),
        battery=battery,
        truncated=truncated_share(spec, tuned),
        extraction=extraction_counts(tuned),
        facts=training_facts(trained),
        costs=costs,
        pareto=compare_pareto(trained.arm.value, points, lifts),
        against_decode_only=against,
    )


def _against_control(
    spec: StudySpec, control: DecodeOnly, choice: DecodingChoice, tuned: Evaluation
) -> tuple[Comparison, PairedDelta]:
    """The tuned model at production decoding against the control, on the problems that the control was not chosen on.

    All declared k that the control's samples can give, and pass@1 alone for the Pareto table.
    """
    level = choice.method.level(spec.thresholds.level)
    decoded, trained = choice.counts(control.runs), tuned.counts.select(choice.test_ids)
    return (
        compare_all(decoded, trained, feasible_ks(spec, decoded), level=level),
        paired_delta(decoded, trained, 1, level=level),
    )


def arm_point(arm: Arm, accuracy: Measured, costs: tuple[CostLine, ...]) -> ArmPoint:
    """An arm on the plane of accuracy and device-hours, which were metered and so have no range."""
    spent = sum(line.hours for line in costs)
    return ArmPoint(arm=arm.value, accuracy=accuracy, cost=Cost(hours=spent, low=spent, high=spent))


def study_report(
    context: StudyContext,
    splits: Splits,
    base: BaseReport,
    decode_only: DecodeOnlyReport | None,
    arms: tuple[ArmReport, ...],
    not_produced: tuple[str, ...],
) -> StudyReport:
    """The whole report."""
    log = splits.contamination
    return StudyReport(
        setup=setup_report(context, splits, base.verdict.look, _before_verdict(base, decode_only)),
        base=base,
        decode_only=decode_only,
        arms=arms,
        contamination=tuple(
            ContaminationLine(item=each.item, matched=each.matched, rule=each.rule, score=each.score)
            for each in log.items[:LISTED_CONTAMINATION]
        ),
        contamination_checked=contamination_checked(context, splits),
        not_produced=not_produced,
        provenance=provenance(context),
    )


def _before_verdict(base: BaseReport, control: DecodeOnlyReport | None) -> float:
    """Device-hours until the verdict: probes are asked after it."""
    lines = (*base.costs, *(control.costs if control else ()))
    return sum(line.hours for line in lines if line.stage != Stage.PROBES)


def truncated_share(spec: StudySpec, evaluation: Evaluation) -> Measured:
    """The share of completions that were cut at the token limit."""
    by_problem = [samples for _, samples in sorted(evaluation.by_problem().items())]
    shares = [sum(each.finish_reason is FinishReason.LENGTH for each in drawn) / len(drawn) for drawn in by_problem]
    return mean_interval(shares, m=min(map(len, by_problem)), level=spec.thresholds.level)


def outcome_counts(evaluation: Evaluation) -> dict[str, int]:
    """How many samples ended in which outcome."""
    return dict(sorted(Counter(result.outcome.value for result in evaluation.outcomes).items()))


def extraction_counts(evaluation: Evaluation) -> dict[str, int]:
    """In how many completions each rule found a program, the most frequent first."""
    rules = Counter(result.extraction for result in evaluation.outcomes if result.extraction is not None)
    return dict(sorted(rules.items(), key=lambda item: (-item[1], item[0])))


def cost_lines(spec: StudySpec, arm: Arm, costs: tuple[StageCost, ...]) -> tuple[CostLine, ...]:
    """Return the cost lines of an arm, with their prices."""
    return tuple(
        CostLine(
            arm=arm.value,
            stage=cost.stage.value,
            step=cost.name,
            seconds=cost.seconds,
            hours=cost.hours,
            money=cost.hours * spec.budget.price_per_hour,
            samples=cost.samples,
            prompt_tokens=cost.prompt_tokens,
            tokens=cost.tokens,
            tokens_per_second=cost.tokens_per_second,
        )
        for cost in costs
    )
