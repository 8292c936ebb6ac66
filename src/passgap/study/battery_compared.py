"""Compare all that two models said by the battery of the study."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from passgap.estimates import Counts, counts_from_columns
from passgap.probes import BatteryOutcome, DriftTest, ModelSamples, run_battery
from passgap.records import Divergence
from passgap.stages.evaluation import Evaluation
from passgap.study.battery import requests_judged
from passgap.study.battery_answers import ProbeAnswers, answer_of
from passgap.study.context import StudyContext
from passgap.study.waivers import with_waivers

Sampled = tuple[Evaluation, ProbeAnswers]
"""The held-out samples of a model and its answers to the battery's prompts."""


def compare_with_battery(
    context: StudyContext,
    arm: str,
    base: Sampled,
    tuned: Sampled,
    seeds: int = 1,
    apart: Sequence[Divergence] = (),
    references: Mapping[str, tuple[float, float]] | None = None,
    *,
    at_looks: bool = False,
) -> BatteryOutcome:
    """Run the battery on what both models said; of an arm with several seeds, on one of its models.

    ``apart`` is how far the tuned model is from the base model, completion by completion, and ``references`` how likely
    both find reference solutions. ``at_looks`` says whether both were asked again where a probe was undecided: of other
    models the first look is all there is.
    """
    largest_k = max(context.spec.diagnostics.k)
    sides = samples_of_model(context, base, base[0].counts), samples_of_model(context, tuned, tuned[0].counts)
    before, after = sides
    after = replace(after, apart={each.problem_id: each for each in apart}, references=references or {})
    return _compared(context, arm, (before, after), largest_k, seeds, at_looks=at_looks)


def compare_decodings(
    context: StudyContext,
    arm: str,
    production: Sampled,
    chosen: Sampled,
    problems: Collection[str],
    seeds: int = 1,
    *,
    at_looks: bool = False,
) -> BatteryOutcome:
    """Run the battery on one model at two decodings, on some problems, with as many samples of each on both sides.

    Self-BLEU depends on how many samples are compared, so the side with more of them is cut to its first ones.
    ``at_looks`` says whether both were asked again where a probe was undecided.
    """
    spec = context.spec
    most = min(_drawn(evaluation) for evaluation, _ in (production, chosen))

    def side(sampled: Sampled) -> ModelSamples:
        counts = sampled[0].counts.select(problems)
        return samples_of_model(context, sampled, counts, problems=problems, most=most)

    largest_k = max((k for k in spec.diagnostics.k if 1 < k <= most), default=max(spec.diagnostics.k))
    return _compared(context, arm, (side(production), side(chosen)), largest_k, seeds, at_looks=at_looks)


def _compared(
    context: StudyContext,
    arm: str,
    sides: tuple[ModelSamples, ModelSamples],
    largest_k: int,
    seeds: int,
    *,
    at_looks: bool,
) -> BatteryOutcome:
    """The battery as the study declares it, with its waivers. All seeds of an arm share the error of one battery."""
    spec, declared = context.spec, context.battery
    base, tuned = sides if at_looks else (each.up_to_look(1, declared.looks) for each in sides)
    testing = testing_of(context) if at_looks else replace(testing_of(context), looks=(1,))
    found = run_battery(
        arm=arm,
        base=base,
        tuned=tuned,
        tolerances=spec.battery,
        largest_k=largest_k,
        level=spec.thresholds.level,
        probes=declared.probes,
        testing=testing.share(seeds) if declared.judged_together else None,
    )
    return with_waivers(context, found)


def testing_of(context: StudyContext) -> DriftTest:
    """How the drifts of one battery of the study are tested."""
    declared = context.battery
    return DriftTest(1.0 - context.spec.thresholds.level, declared.looks, directed=declared.directed)


def _drawn(evaluation: Evaluation) -> int:
    """Samples that every problem has."""
    return min(map(len, evaluation.by_problem.values()))


def samples_of_model(
    context: StudyContext,
    sampled: Sampled,
    counts: Counts,
    *,
    problems: Collection[str] | None = None,
    most: int | None = None,
) -> ModelSamples:
    """All that a model said, as the probes read it.

    Args:
        context: the study.
        sampled: the held-out samples and the answers to the battery's prompts.
        counts: of the held-out samples.
        problems: those that are compared; None for all.
        most: the samples of each problem that are compared; None for all.
    """
    evaluation, answers = sampled
    passed = {each.key: each.passed for each in evaluation.outcomes}
    battery = context.battery
    spoken = {each.key: each.language for each in evaluation.outcomes} if battery.reads_syntax else {}
    heldout = {
        name: tuple(
            answer_of(each, battery, passed=passed.get(each.key), language=spoken.get(each.key))
            for each in samples[:most]
        )
        for name, samples in evaluation.by_problem.items()
        if problems is None or name in problems
    }
    return replace(prompted_samples(context, answers), heldout=heldout, counts=counts)


def prompted_samples(context: StudyContext, answers: ProbeAnswers) -> ModelSamples:
    """The answers of a model to the battery's prompts alone, as the probes read them."""
    judged = requests_judged(context) if answers.judged is not None else {}
    return ModelSamples(
        heldout={},
        counts=counts_from_columns([], [], []),
        prompted=answers.by_kind(context.battery, judged),
        greedy=frozenset(each.name for each in answers.sets if each.greedy),
        looks=answers.looks,
        judge_fault=next((each.fault for each in answers.judgements if each.fault), ""),
        rules_without_judge=context.spec.judge is not None and context.spec.judge.otherwise == "rules",
    )
