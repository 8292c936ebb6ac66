"""The base model measured look by look: problems are added until the gap is decided, at looks declared before.

The looks are nested sets of held-out problems in a fixed order like a shuffle. Each is decided on intervals of the
level at which all of them hold together, and put into the ledger. A study without looks measures all problems and looks
once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from passgap.arms import BASE
from passgap.decisions import Evidence, Look, Thresholds, Verdict, decide_next_look, decide_verdict
from passgap.estimates import EstimateTable, GapAtK, LookPlan, estimate_all, plan_looks
from passgap.records import digested
from passgap.spec import StudySpec
from passgap.stages.evaluation import Evaluation
from passgap.study.budget import evaluation_work, require_budget
from passgap.study.context import LOOK, StudyContext
from passgap.study.evaluation import evaluate
from passgap.tasks import subset
from passgap.tasks.splits import Splits


@dataclass(frozen=True)
class BaseEvaluation:
    """The base model as measured so far: the problems, the outcomes, and the estimates at the level of the look."""

    splits: Splits
    """Its held-out problems are the measured ones: every arm is evaluated on them."""
    evaluation: Evaluation
    table: EstimateTable
    look: Look | None = None
    why: str = ""
    """Why measuring stops or goes on; empty where no looks were declared."""


def looks_of(spec: StudySpec) -> LookPlan | None:
    """The declared looks with the level of each, or None where all problems are measured at once."""
    looks = spec.thresholds.looks
    return plan_looks(looks, level=spec.thresholds.level) if looks else None


def verdict_level(spec: StudySpec) -> float:
    """The level of the intervals that the verdict rests on."""
    plan = looks_of(spec)
    return plan.level_each if plan else spec.thresholds.level


def thresholds_of(spec: StudySpec) -> Thresholds:
    """Return the declared thresholds that the decisions on an arm compare with."""
    return Thresholds(gap=spec.thresholds.gap, level=spec.thresholds.level, lift=spec.thresholds.round2_lift)


def verdict_thresholds(spec: StudySpec) -> Thresholds:
    """The same for the verdict, whose level is that of a look."""
    return thresholds_of(spec).model_copy(update={"level": verdict_level(spec)})


def first_look(spec: StudySpec, splits: Splits) -> Splits:
    """The held-out problems that are measured whatever comes of it."""
    looks = spec.thresholds.looks
    return splits.with_heldout(subset(splits.heldout, looks[0]).problems) if looks else splits


def look_at(plan: LookPlan, problems: int) -> Look:
    """The look of a plan after a declared number of problems."""
    return Look(
        number=plan.problems.index(problems) + 1,
        of=len(plan.problems),
        problems=problems,
        last=plan.problems[-1],
        level_each=plan.level_each,
        level=plan.level,
    )


def evaluate_base(context: StudyContext, splits: Splits) -> BaseEvaluation:
    """Measure the base model until the gap is decided or the problems are used up, and record every look.

    Raises:
        EngineError, ExecutionError, StoreError: a step failed; its finished shards are kept.
    """
    *_, last = interim_analyses(context, splits, record=True)
    return last


def interim_analyses(context: StudyContext, splits: Splits, *, record: bool) -> Iterator[BaseEvaluation]:
    """Yield the base model's measurement after each look; the last is the one to decide on.

    Args:
        context: the study.
        splits: all its problems.
        record: whether looks go into the ledger and are noted.
    """
    spec, model = context.spec, context.base_model()
    plan = looks_of(spec)
    if plan is None:
        require_budget(context, BASE, evaluation_work(spec, len(splits.heldout.problems)))
        evaluation = evaluate(context, splits, model, BASE)
        yield BaseEvaluation(
            splits, evaluation, estimate_all(evaluation.counts, spec.diagnostics.k, level=verdict_level(spec))
        )
        return
    known: frozenset[str] = frozenset()
    so_far: Evaluation | None = None
    for size in plan.problems:
        problems = subset(splits.heldout, size).problems
        added = [problem for problem in problems if problem.id not in known]
        require_budget(context, BASE, evaluation_work(spec, len(problems)))
        part = evaluate(context, splits.with_heldout(added), model, BASE)
        so_far = part if so_far is None else so_far.and_then(part)
        known = frozenset(problem.id for problem in problems)
        table = estimate_all(so_far.counts, spec.diagnostics.k, level=plan.level_each)
        verdict = decide_verdict(Evidence(table=table), verdict_thresholds(spec))
        following = decide_next_look(verdict, size, plan)
        look = look_at(plan, size)
        if record:
            _record(context, look, table, verdict, so_far, following.why)
        yield BaseEvaluation(splits.with_heldout(problems), so_far, table, look, following.why)
        if following.stop:
            return


def _record(
    context: StudyContext, look: Look, table: EstimateTable, verdict: Verdict, measured: Evaluation, why: str
) -> None:
    gap = table.overall_of(GapAtK(verdict.deciding_k)) if verdict.deciding_k else None
    new = context.record_once(
        LOOK,
        {
            **digested(look),
            "gap": digested(gap),
            "open": verdict.needed is not None,
            "why": why,
            "results": [part.digest for part in measured.results],
        },
    )
    if new:
        context.services.progress.note(f"interim analysis {look.number} of {look.of}: {why}")
