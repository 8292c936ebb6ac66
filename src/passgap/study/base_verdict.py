"""From measurements to the verdict: gather the evidence, decide, and put the decision into the ledger."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import JsonValue

from passgap.arms.decode_only import ARM as DECODE_ONLY
from passgap.arms.decoding.sweep import Sweep
from passgap.decisions import Alternatives, BudgetFacts, DecodingChoice, Evidence, Look, Verdict, decide_verdict
from passgap.decisions.advice import Advice
from passgap.errors import StudyError
from passgap.estimates import (
    EstimateTable,
    LearningSignal,
    ModeCorrectness,
    Proposal,
    estimate_all,
    mode_bounds,
    mode_correctness,
)
from passgap.logs import ImportedLog
from passgap.predictors import Foretold
from passgap.records import Insufficient, Record, digested
from passgap.records.yields import YieldForecast
from passgap.spec import StudySpec
from passgap.stages.evaluation import Evaluation
from passgap.study.battery import Asked, answers_asked
from passgap.study.context import VERDICT, StudyContext
from passgap.study.cost_model import BEFORE_THE_VERDICT, predict_steps, throughput_of
from passgap.study.floor import floor_of
from passgap.study.interim_analysis import BaseEvaluation, look_at, looks_of, verdict_level, verdict_thresholds


class Judged(Record):
    """A verdict with the estimates that it rests on, and where they come from."""

    verdict: Verdict
    table: EstimateTable
    source: str
    decode_only: DecodingChoice | Insufficient | None = None
    """The choice of the decode-only control, and its effect; None where no sweep was declared or nothing sampled."""
    notes: tuple[str, ...] = ()
    """Decisions that were made while a log was read."""
    yields: tuple[YieldForecast, ...] = ()
    """The forecast yields of every declared arm, and of those that the verdict names."""
    advice: Advice | None = None
    """The recommended next move; None where nothing was foretold before the verdict, or a log was judged."""
    currency: str = ""
    """Of their money."""


def table_of(spec: StudySpec, evaluation: Evaluation) -> EstimateTable:
    """pass@k and gaps of a measured arm at the declared k and level."""
    return estimate_all(evaluation.counts, spec.diagnostics.k, level=spec.thresholds.level)


def judge_base(
    context: StudyContext,
    measured: BaseEvaluation,
    signal: LearningSignal | None,
    proposal: Proposal | None,
    sweep: Sweep | None,
    foretold: Foretold | None = None,
) -> Verdict:
    """Decide on what was measured of the base model, and record the verdict once.

    Args:
        context: the study.
        measured: the base model.
        signal: of the declared sampling setting.
        proposal: of a sampling setting.
        sweep: the decode-only control, where one was swept.
        foretold: what diagnostics foretell of minimal SSD, where that was recorded before the first verdict.
    """
    spec, evaluation = context.spec, measured.evaluation
    evidence = Evidence(
        table=measured.table,
        modes=modes_of(spec, evaluation),
        signal=signal,
        proposal=proposal,
        decode_lift=sweep.lift if sweep else None,
        foretold=foretold,
        alternatives=alternatives_of(spec),
        comparator=spec.comparator.method,
        budget=budget_facts(spec, measured, answers_asked(context.battery)),
        look=measured.look,
        contamination_checked=True,
        before_cutoff=measured.splits.before_cutoff,
        judged_inside=measured.splits.judged_inside,
        judged_by_command=measured.splits.judged_by_command,
        floor=floor_of(context, measured.splits, evaluation),
        rehearsal=spec.rehearsal,
    )
    verdict = decide_verdict(evidence, verdict_thresholds(spec))
    _record(context, verdict, evaluation, sweep)
    return verdict


def modes_of(spec: StudySpec, evaluation: Evaluation) -> ModeCorrectness:
    """Whether the most frequent behaviour is the right one, at the level of the verdict."""
    return mode_correctness(evaluation.outcomes, spec.diagnostics.k, level=verdict_level(spec))


def judge_log(spec: StudySpec, log: ImportedLog, source: str) -> Judged:
    """Decide on results that another harness measured: no model is at hand, nothing is sampled."""
    look = _look_of_log(spec, log)
    ks, level = spec.diagnostics.k, verdict_level(spec)
    table = estimate_all(log.counts, ks, level=level)
    modes = (
        mode_correctness(log.results, ks, programs=log.programs, level=level)
        if log.results
        else mode_bounds(log.counts, ks, level=level)
    )
    evidence = Evidence(
        table=table,
        source=source,
        modes=modes,
        alternatives=alternatives_of(spec),
        comparator=spec.comparator.method,
        look=look,
        rehearsal=spec.rehearsal,
    )
    unswept = (
        ("the declared decode-only sweep was not run: there is no model to sample",)
        if DECODE_ONLY.name in spec.arms
        else ()
    )
    return Judged(
        verdict=decide_verdict(evidence, verdict_thresholds(spec)),
        table=table,
        source=source,
        notes=(*log.notes, *unswept),
    )


def _look_of_log(spec: StudySpec, log: ImportedLog) -> Look | None:
    """Which declared look a log is.

    Raises:
        StudyError: looks were declared and the log is none of them.
    """
    plan = looks_of(spec)
    if plan is None:
        return None
    if log.counts.n not in plan.problems:
        declared = ", ".join(map(str, plan.problems))
        raise StudyError(
            f"a log of {log.counts.n} problems is not a declared look",
            [f"The study declares looks at {declared} problems; an undeclared one is not free. Give a log of one."],
        )
    return look_at(plan, log.counts.n)


def alternatives_of(spec: StudySpec) -> Alternatives:
    """Return the alternatives that a study says it has."""
    at_hand = spec.alternatives
    return Alternatives(
        verifier=at_hand.verifier,
        curated_examples=at_hand.curated_examples,
        preference_pairs=at_hand.preference_pairs,
        documents=at_hand.documents,
    )


def budget_facts(spec: StudySpec, measured: BaseEvaluation, answers: Mapping[str, Asked]) -> BudgetFacts:
    """Predict the declared arms' device-hours from the base model's measured throughput (:mod:`.cost_model`).

    Args:
        spec: the study.
        measured: of the base model.
        answers: the answers that a model gives to the prompts of the battery.
    """
    hours = spec.budget.hours
    available = hours.sampling + hours.training + hours.evaluation
    if not measured.evaluation.sampling.samples:
        return BudgetFacts(available_hours=available)
    steps = predict_steps(spec, measured.splits, throughput_of(measured.evaluation), answers)
    return BudgetFacts(
        available_hours=available,
        needed_hours=sum(step.price.hours for step in steps if step.name not in BEFORE_THE_VERDICT),
    )


def _record(context: StudyContext, verdict: Verdict, evaluation: Evaluation, sweep: Sweep | None) -> None:
    swept: dict[str, JsonValue] = {}
    if (told := verdict.foretold) is not None:
        swept["foretold"] = {"arm": told.arm, "up": told.up, "none": told.none, "down": told.down}
    if sweep is not None:
        choice = sweep.choice
        swept["decode_only"] = {
            "chosen": None if isinstance(choice, Insufficient) else choice.chosen,
            "lift": digested(sweep.lift),
            "results": {name: [part.digest for part in each.results] for name, each in sweep.measured.items()},
        }
    context.record_once(
        VERDICT,
        {
            "verdict": verdict.verdict.value,
            "other": verdict.other.label if verdict.other else None,
            "justification": verdict.justification,
            "look": verdict.look.number if verdict.look else None,
            "level": verdict.level,
            "results": [part.digest for part in evaluation.results],
            **swept,
        },
    )
