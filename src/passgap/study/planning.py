"""What a decisive verdict would take, in problems, tokens, hours and money, before they are spent (R4, R5).

The prices come from measured throughput: of the base model's held-out samples where they are there, else of a small
pilot that is drawn for it and kept.
"""

from __future__ import annotations

from passgap.estimates import PlanRow, estimate_gap, estimate_pass_at_k, needed_for, plan_gap
from passgap.records import Estimate
from passgap.report.planning import PlannedGap, Price, StudyPlan, Throughput
from passgap.spec import StudySpec
from passgap.stages import SamplingPlan, StageCost, cost_of, sample
from passgap.study.context import StudyContext
from passgap.study.measurement import Measurement
from passgap.study.preparation import Preparation

SUPPOSED_GAPS = (0.01, 0.02, 0.03, 0.08, 0.10, 0.15, 0.20)
"""True gaps that a plan is made for, besides the measured one."""

PILOT_PROBLEMS = 8


def plan_study(context: StudyContext, preparation: Preparation, base: Measurement | None) -> StudyPlan:
    """Make the plan, with a pilot where the base model has no samples yet.

    Args:
        base: the base model's measurement, where it is complete.
    """
    spec = context.spec
    k = max(spec.diagnostics.k)
    threshold, level = spec.thresholds.gap, spec.thresholds.level
    source = "the base model's held-out samples" if base else "a pilot"
    throughput = _throughput(base.costs[0] if base else _pilot(context, preparation), source)
    pass_at_1 = estimate_pass_at_k(base.counts, 1, level=level) if base else None
    known = pass_at_1.value if isinstance(pass_at_1, Estimate) else None
    rows = plan_gap(SUPPOSED_GAPS, k, spec.diagnostics.samples, threshold, pass_at_1=known, level=level)
    gap = estimate_gap(base.counts, k, level=level) if base else None
    is_open = isinstance(gap, Estimate) and gap.low < threshold < gap.high
    needed = needed_for(gap, threshold) if is_open and isinstance(gap, Estimate) else None
    heldout = len(preparation.heldout.problems) * spec.diagnostics.samples
    pool = len(preparation.pool.problems) * spec.sampling.per_prompt
    return StudyPlan(
        k=k,
        threshold=threshold,
        level=level,
        heldout=len(preparation.heldout.problems),
        throughput=throughput,
        rows=tuple(_planned(row, throughput, spec) for row in rows),
        declared={
            "measure the base model": _price(heldout, throughput, spec),
            "sample the pool": _price(pool, throughput, spec),
            "measure the tuned model": _price(heldout, throughput, spec),
        },
        measured_gap=gap,
        needed=needed,
        needed_price=_price(needed.problems * needed.samples, throughput, spec) if needed else None,
        currency=spec.budget.currency,
        budget_hours=spec.budget.hours.sampling + spec.budget.hours.evaluation,
    )


def _pilot(context: StudyContext, preparation: Preparation) -> StageCost:
    """Sample evenly spaced held-out problems as the study would; what is on disk is not drawn again."""
    spec = context.spec
    problems = preparation.heldout.problems
    chosen = problems[:: max(1, len(problems) // PILOT_PROBLEMS)][:PILOT_PROBLEMS]
    plan = SamplingPlan(
        name="pilot",
        prompts=preparation.prompts(chosen, chat=spec.model.chat),
        decoding=spec.production_decoding,
        per_prompt=spec.diagnostics.samples,
        seed=spec.seed,
    )
    with context.sampler(context.base_model()) as sampler:
        return cost_of(sample(plan, sampler, context.folder, context.bench.clock, context.bench.progress))


def _throughput(cost: StageCost, source: str) -> Throughput:
    return Throughput(
        tokens_per_second=cost.tokens / cost.seconds,
        tokens_per_sample=cost.tokens / cost.samples,
        samples=cost.samples,
        source=source,
    )


def _planned(row: PlanRow, throughput: Throughput, spec: StudySpec) -> PlannedGap:
    price = _price(row.total, throughput, spec)
    return PlannedGap(gap=row.gap, problems=row.problems, samples=row.samples, price=price, near=row.near)


def _price(samples: int, throughput: Throughput, spec: StudySpec) -> Price:
    tokens = samples * throughput.tokens_per_sample
    hours = tokens / throughput.tokens_per_second / 3600.0
    return Price(samples=samples, tokens=round(tokens), hours=hours, money=hours * spec.budget.price_per_hour)
