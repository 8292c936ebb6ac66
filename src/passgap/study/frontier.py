"""Measure the decoding frontier of a study: base model and arms at several decodings, on development problems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from passgap.arms import BASE
from passgap.arms.development import measure_points
from passgap.decisions.frontier import Comparison, error_rate
from passgap.decisions.frontier_report import FrontierReport
from passgap.errors import StudyError
from passgap.estimates import positive_mean_interval
from passgap.estimates.sweeps import DecodingScores, common_problems, comparable_problems
from passgap.probes.self_bleu import self_bleu
from passgap.records import Measured, Stage, digest_of, digested
from passgap.stages.evaluation import Evaluation, require_one_rule
from passgap.store import FrontierArtifact
from passgap.study.budget import require_budget
from passgap.study.context import FRONTIER, StudyContext
from passgap.study.development import development_to_run
from passgap.study.frontier_costs import section_of, sweep_works
from passgap.study.frontier_heldout import Heldout, choice_works, matched_batteries, retuned_rows
from passgap.study.frontier_models import SweptModel, swept_models
from passgap.study.frontier_record import NAME, keep_frontier, read_frontier
from passgap.study.interim_analysis import BaseEvaluation
from passgap.study.lab import StudyLab
from passgap.tasks import TaskSet


def measure_frontier(
    context: StudyContext, measured: BaseEvaluation, asked: Sequence[str] | None = None
) -> FrontierReport:
    """Measure every model at every decoding, judge the arms, and measure what was chosen on the held-out problems.

    What is on disk is not done again.

    Args:
        context: the study.
        measured: the base model on the held-out problems.
        asked: the arms; None for all that have a model.

    Raises:
        StudyError: an arm has no model, there are too few development problems, what decides was changed after it was
            declared, or it does not fit into what is left of the budget.
        EngineError, ExecutionError, StoreError: a step failed; its finished shards are kept.
    """
    spec = context.spec
    models, missing = swept_models(context, measured, asked)
    development = development_to_run(context, measured.splits)
    settings = _declare(context, development)
    works = sweep_works(spec, [each.label for each in models], len(development.problems))
    require_budget(context, FRONTIER, tuple(works))
    lab = StudyLab(context, measured.splits, measured.evaluation)
    swept = {each.arm: _sweep(lab, each, development) for each in models}
    require_one_rule(*(evaluation for evaluations in swept.values() for evaluation in evaluations))
    inputs: dict[str, JsonValue] = {
        "settings": settings,
        "points": {
            arm: [part.digest for evaluation in evaluations for part in evaluation.results]
            for arm, evaluations in swept.items()
        },
        "heldout": {each.arm: [part.digest for part in each.evaluation.results] for each in models},
        "probes": list(context.probes),
        "missing": list(missing),
    }
    artifact = context.folder.artifact(NAME, inputs, FrontierArtifact)
    if artifact.complete:
        return read_frontier(artifact)
    found = _judge(context, measured, models, swept, development)
    found = found.model_copy(update={"not_measured": missing})
    keep_frontier(artifact, found)
    return found


def _declare(context: StudyContext, development: TaskSet) -> dict[str, JsonValue]:
    """Write what decides into the ledger before anything is measured, once, and return it.

    Raises:
        StudyError: it differs from what was declared before.
    """
    spec = context.spec
    now: dict[str, JsonValue] = {
        "section": digested(section_of(spec)),
        "sweep": [digested(each) for each in section_of(spec).decodings(spec.production_decoding)],
        "level": spec.thresholds.level,
        "development": digest_of([problem.digest for problem in development.problems]),
        "problems": len(development.problems),
    }
    earlier = context.folder.ledger.of_kind(FRONTIER)
    if not earlier:
        context.record(FRONTIER, now)
        return now
    before = earlier[0].payload if isinstance(earlier[0].payload, dict) else {}
    changed = [
        f"{name}: declared {before.get(name)}, now {value}" for name, value in now.items() if before.get(name) != value
    ]
    if changed:
        raise StudyError(
            "the frontier was declared otherwise before it was measured",
            [*changed, "Put the declared `frontier` and `development` back, or begin a new study folder."],
        )
    return now


def _sweep(lab: StudyLab, model: SweptModel, development: TaskSet) -> tuple[Evaluation, ...]:
    section = section_of(lab.spec)
    points = [model.point(each, section.samples) for each in section.decodings(lab.spec.production_decoding)]
    return measure_points(model.model, points, development.problems, lab, stage=Stage.FRONTIER)


def _judge(
    context: StudyContext,
    measured: BaseEvaluation,
    models: Sequence[SweptModel],
    swept: Mapping[str, Sequence[Evaluation]],
    development: TaskSet,
) -> FrontierReport:
    spec, section = context.spec, section_of(context.spec)
    scores = {arm: _scores(context, evaluations) for arm, evaluations in swept.items()}
    ids = common_problems(list(scores.values()), section.largest_k)
    arms = {arm: sweep for arm, sweep in scores.items() if arm != BASE}
    compared = Comparison(
        scores[BASE],
        arms,
        ids,
        k=section.largest_k,
        matched=section.matched,
        margin=section.margin,
        production=spec.production_decoding,
        level=spec.thresholds.level,
    )
    frontiers = tuple(compared.frontier(each.arm, each.caption, scores[each.arm]) for each in models)
    judgements = tuple(compared.judge(arm) for arm in arms)
    heldout = Heldout(context, measured)
    best = {each.arm: each.best for each in frontiers}
    temperatures = {each.arm: each.temperature for each in judgements}
    require_budget(context, FRONTIER, choice_works(heldout, models, best, temperatures))
    retuned = retuned_rows(heldout, models, best)
    batteries = matched_batteries(heldout, models, temperatures)
    costs = [cost for evaluations in swept.values() for each in evaluations for cost in each.costs]
    return FrontierReport(
        study=spec.name,
        k=section.largest_k,
        matched=section.matched,
        margin=section.margin,
        level=spec.thresholds.level,
        error_rate=error_rate(spec.thresholds.level, list(arms)),
        development=development.name,
        problems=len(ids),
        left_out=len(development.problems) - len(ids),
        compared=len(comparable_problems(list(scores.values()), ids)),
        models=frontiers,
        judgements=judgements,
        retuned=retuned,
        batteries=batteries,
        hours=sum(each.hours for each in (*costs, *heldout.costs)),
    )


def _scores(context: StudyContext, evaluations: Sequence[Evaluation]) -> list[DecodingScores]:
    spec = context.spec
    decodings = section_of(spec).decodings(spec.production_decoding)
    kept = bool(getattr(spec.engine, "keep_logprobs", False))
    return [
        DecodingScores(
            decoding,
            evaluation.counts,
            _diversity(evaluation, greedy=decoding.greedy),
            _nats(evaluation, spec.thresholds.level) if kept else None,
        )
        for decoding, evaluation in zip(decodings, evaluations, strict=True)
    ]


def _diversity(evaluation: Evaluation, *, greedy: bool) -> dict[str, float]:
    """1 - Self-BLEU of each problem's samples; none where they were drawn greedily."""
    if greedy:
        return dict.fromkeys(evaluation.by_problem, 0.0)
    alike = {name: self_bleu([each.completion for each in drawn]) for name, drawn in evaluation.by_problem.items()}
    return {name: 1.0 - value for name, value in alike.items() if value is not None}


def _nats(evaluation: Evaluation, level: float) -> Measured:
    """The mean surprisal of a drawn token, over problems."""
    totals: dict[str, tuple[float, int]] = {}
    for part in evaluation.samples:
        for sample in part.samples():
            if sample.logprobs:
                spent, tokens = totals.get(sample.problem_id, (0.0, 0))
                totals[sample.problem_id] = (spent - sum(sample.logprobs), tokens + len(sample.logprobs))
    means = [max(0.0, spent / tokens) for spent, tokens in totals.values()]
    return positive_mean_interval(means, m=max(1, evaluation.counts.m), level=level, unit="nats")
