"""The cost of a decisive verdict, in problems, tokens, hours and money, before they are spent.

The prices come from measured throughput: of the base model's held-out samples where they are there, else of a small
pilot that is drawn and run for it and kept.
"""

from __future__ import annotations

from passgap.arms import ARMS
from passgap.arms.ssd import ARM as SSD
from passgap.decisions import Evidence, decide_verdict
from passgap.decisions.classify import deciding_k
from passgap.decisions.study_plan import PlannedGap, StudyPlan, Throughput
from passgap.estimates import PASS_AT_1, GapAtK, PlanRow, plan_gap
from passgap.records import Estimate
from passgap.spec import StudySpec
from passgap.stages.evaluation import Evaluation
from passgap.study.battery import answers_asked
from passgap.study.battery_costs import battery_steps
from passgap.study.budget import spent_hours
from passgap.study.compute_dtype import said_of
from passgap.study.context import StudyContext
from passgap.study.cost_model import (
    BASE_SAMPLES,
    first_signal_of,
    given_throughput,
    predict_steps,
    price_of,
    throughput_of,
    with_training_speed,
)
from passgap.study.evaluation import evaluate
from passgap.study.forecasting import Basis, forecast_arms, named_by
from passgap.study.frontier_costs import frontier_steps
from passgap.study.interim_analysis import BaseEvaluation, looks_of, verdict_level, verdict_thresholds
from passgap.study.pilot.pricing import SearchPrices, search_steps
from passgap.study.pilot.running import finished_search
from passgap.study.race.pricing import planned_race
from passgap.study.repetitions import repetitions_of
from passgap.study.resolution import known_resolutions, unresolving
from passgap.study.rounding_flags import flags_of_rounding
from passgap.study.second_round.works import planned_round, round_arm
from passgap.tasks.splits import Splits

SUPPOSED_GAPS = (0.01, 0.02, 0.03, 0.08, 0.10, 0.15, 0.20)
"""True gaps that a plan is made for, besides the measured one."""

PILOT_PROBLEMS = 8


def plan_study(context: StudyContext, splits: Splits, base: BaseEvaluation | None) -> StudyPlan:
    """Make the plan, with a pilot where the base model has no samples yet.

    Args:
        context: the study.
        splits: all its problems.
        base: what is on disk of the base model's measurement, up to its last complete look.
    """
    spec = context.spec
    measured_on, source = _measured(context, splits, base)
    throughput = with_training_speed(
        throughput_of(measured_on, source) if measured_on else given_throughput(spec), context.folder
    )
    k = _deciding_k(spec, base)
    single = base.table.overall_of(PASS_AT_1) if base else None
    rows = plan_gap(
        SUPPOSED_GAPS,
        k,
        spec.diagnostics.samples,
        spec.thresholds.gap,
        pass_at_1=single.value if isinstance(single, Estimate) else None,
        level=verdict_level(spec),
    )
    verdict = decide_verdict(Evidence(table=base.table), verdict_thresholds(spec)) if base else None
    needed = verdict.needed if verdict else None
    measured = base.table.problems if base else 0
    more = max(0, needed.problems - measured) if needed else 0
    looks = looks_of(spec)
    asked = answers_asked(context.battery)
    steps = predict_steps(spec, splits, throughput, asked)
    steps = (*steps, *frontier_steps(context, splits, throughput))
    told: tuple[str, ...] = ()
    searches = spec.pilot is not None and finished_search(context, spec.pilot.arm) is None
    if searches:
        prices = SearchPrices(context.intake.spec, splits, throughput, context.folder, asked)
        searched, told = search_steps(prices)
        steps = (*steps, *searched)
    steps = (*steps, *planned_race(context, splits, throughput))
    second, flagged = planned_round(context, throughput)
    steps, told = (*steps, *second), (*told, *flagged)
    arm = round_arm(spec) if second else None
    rounds = 0 if arm is None else 2 + len(repetitions_of(spec, arm))
    steps = (*steps, *battery_steps(context, splits, throughput, searched=searches, rounds=rounds))
    resolution = known_resolutions(context, base.evaluation if base else None)
    told = (*told, *(f"battery: {each}." for each in unresolving(resolution)))
    if measured_on:
        _ = context.computing  # a type that this machine would not choose is noted even where nothing is drawn
    return StudyPlan(
        k=k,
        threshold=spec.thresholds.gap,
        level=verdict_level(spec),
        heldout=len(splits.heldout.problems),
        looks=looks.problems if looks else (),
        throughput=throughput,
        rows=tuple(_planned(row, throughput, spec) for row in rows),
        steps=steps,
        updates=SSD.updates(SSD.section_of(spec), len(splits.pool.problems)),
        spent_hours={part.value: hours for part, hours in spent_hours(context.folder).items()},
        first_signal=first_signal_of(spec, steps),
        flags=(*context.flags, *flags_of_rounding(spec, splits), *told),
        arithmetic=said_of(context),
        measured_problems=measured,
        measured_gap=base.table.overall_of(GapAtK(k)) if base and k > 1 else None,
        needed=needed,
        more_problems=more if needed else None,
        more_price=price_of(more * needed.samples, throughput, spec, run=True) if needed else None,
        yields=forecast_arms(
            spec,
            splits,
            Basis(measured_on.counts, source),
            throughput,
            named=named_by(verdict) if verdict else (),
            own=dict.fromkeys(ARMS, context.folder),
        )
        if measured_on
        else (),
        resolution=resolution,
        currency=spec.budget.currency,
        device=spec.budget.device,
        declared_hours=spec.budget.hours.model_dump(),
    )


def _deciding_k(spec: StudySpec, base: BaseEvaluation | None) -> int:
    """The k that the verdict will be read at."""
    limits = verdict_thresholds(spec)
    measured = deciding_k(base.table, limits) if base else None
    feasible = [k for k in spec.diagnostics.k if limits.least_k <= k <= limits.largest_k]
    return measured or max(feasible, default=max(spec.diagnostics.k))


def _measured(context: StudyContext, splits: Splits, base: BaseEvaluation | None) -> tuple[Evaluation | None, str]:
    """The source of the prices: the base model's samples, a pilot, or nothing where the study states a speed."""
    if base:
        return base.evaluation, BASE_SAMPLES
    return (None, "") if context.spec.throughput is not None else _pilot(context, splits)


def _pilot(context: StudyContext, splits: Splits) -> tuple[Evaluation, str]:
    """Measure evenly spaced held-out problems as the study would; what is on disk is not done again."""
    problems = splits.heldout.problems
    chosen = problems[:: max(1, len(problems) // PILOT_PROBLEMS)][:PILOT_PROBLEMS]
    pilot = evaluate(context, splits.with_heldout(chosen), context.base_model(), "pilot")
    return pilot, f"a pilot of {len(chosen)} problems"


def _planned(row: PlanRow, throughput: Throughput, spec: StudySpec) -> PlannedGap:
    price = price_of(row.total, throughput, spec, run=True)
    return PlannedGap(gap=row.gap, problems=row.problems, samples=row.samples, price=price, near=row.near)
