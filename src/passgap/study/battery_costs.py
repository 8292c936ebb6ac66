"""The cost of the battery beside the first answers to its prompts, for the plan."""

from __future__ import annotations

from collections.abc import Iterator

from passgap.decisions.study_plan import PlannedStep, Throughput
from passgap.probes import PROBES
from passgap.spec.budget import Part
from passgap.study import drift, references
from passgap.study.battery import further_asked, prompt_sets_of, requests_judged
from passgap.study.context import StudyContext
from passgap.study.cost_model import price_of, price_of_answers
from passgap.study.declared_arms import declared_arms
from passgap.study.judge_model import planned_judging
from passgap.study.pilot.declared import tried_recipes
from passgap.study.probe_needs import LIKELIHOODS
from passgap.study.repetitions import repetitions_of
from passgap.tasks.splits import Splits


def battery_steps(
    context: StudyContext, splits: Splits, throughput: Throughput, *, searched: bool, rounds: int
) -> tuple[PlannedStep, ...]:
    """Further looks, likelihoods and the judge model's work in a plan.

    Args:
        context: the study.
        splits: its problems.
        throughput: how fast the model is sampled.
        searched: whether a recipe is searched for, each trial of which is asked the battery's prompts.
        rounds: how many models of a second round are asked them.
    """
    steps = (*_further(context, throughput), *_likelihoods(context, splits, throughput))
    return (*steps, *_judging(context, searched=searched, rounds=rounds))


def _candidates(context: StudyContext, *, trained: bool = False) -> int:
    """Models, or other ways to use the base model, that are compared with it."""
    arms = (arm for arm, _ in declared_arms(context.spec) if arm.trains or not trained)
    return sum(len(repetitions_of(context.spec, arm.name)) for arm in arms)


def _further(context: StudyContext, throughput: Throughput) -> Iterator[PlannedStep]:
    asked = further_asked(context.battery)
    if asked:
        price = price_of_answers(asked, throughput, context.spec, 1 + _candidates(context))
        name = "ask the battery's prompts again where a probe is undecided, at most"
        yield PlannedStep(name=name, part=Part.EVALUATION, price=price, basis=throughput.source)


def _likelihoods(context: StudyContext, splits: Splits, throughput: Throughput) -> Iterator[PlannedStep]:
    """Yield reading texts with the base model and with each that is trained, taken to cost as much as drawing them."""
    trained = _candidates(context, trained=True)
    if not trained or not any(
        getattr(PROBES[each], "needs", "") == LIKELIHOODS for each in context.probes if each in PROBES
    ):
        return
    read = {
        f"compare next-token distributions of base and {trained} trained models": (
            2 * trained * min(drift.PROBLEMS, len(splits.heldout.problems)),
            drift.POSITIONS,
        )
    }
    if references.PROBE in context.probes and (solutions := references.solutions_of(context, splits)):
        name = f"read {solutions} reference solutions with base and {trained} trained models"
        read[name] = ((1 + trained) * solutions, references.POSITIONS)
    for name, (texts, longest) in read.items():
        price = price_of(texts, throughput, context.spec, longest=longest)
        yield PlannedStep(name=name, part=Part.EVALUATION, price=price, basis=throughput.source)


def _judging(context: StudyContext, *, searched: bool, rounds: int) -> Iterator[PlannedStep]:
    """Yield the judge model's work on every model whose answers it reads, where the study declares one."""
    spec, sets = context.spec, {each.name: each for each in prompt_sets_of(context.battery)}
    requests = [
        text for key, text in requests_judged(context).items() for _ in range(sets[key.partition("/")[0]].answers)
    ]
    models = {"base and candidates": 1 + _candidates(context)}
    if searched and spec.pilot is not None:
        models["the trials of the search, at most"] = sum(spec.pilot.widths(len(tried_recipes(spec))))
    if spec.frontier is not None:
        models["the frontier"] = sum(arm.trains for arm, _ in declared_arms(spec))
    if rounds:
        models["the second round"] = rounds
    again = context.battery.looks[-1] - 1
    if again:
        models["further looks, at most"] = again * models["base and candidates"]
    for of, count in models.items():
        yield from planned_judging(context, requests, count, of)
