"""The work of a second round: for the budget, into which all of it has to fit before it begins, and for the plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import add

from passgap.arms import BASE, Work
from passgap.arms.ssd import ARM as SSD
from passgap.decisions.study_plan import PlannedStep, Throughput
from passgap.errors import StudyError
from passgap.probes import DeclaredBattery
from passgap.spec import StudySpec
from passgap.spec.budget import Part
from passgap.study.battery import GREEDY, answers_asked
from passgap.study.budget import evaluating, evaluation_work, making, probing
from passgap.study.context import StudyContext
from passgap.study.cost_model import price_of_work
from passgap.study.declared_arms import declared_arms
from passgap.study.repetitions import repetitions_of
from passgap.study.second_round.derived import round_spec
from passgap.study.splits import load_splits_of
from passgap.tasks.splits import Splits

ORIGINAL = "original"
"""The study's own base model, in the names of artifacts: ``base`` is the model that a second round begins with."""


def round_works(spec: StudySpec, battery: DeclaredBattery, splits: Splits, arm: str) -> tuple[Work, ...]:
    """Measuring the base model and round 1 on the fresh problems, making round 2, and measuring it.

    Args:
        spec: what the second round declares.
        battery: its probes and prompts.
        splits: its problems.
        arm: whose second round it is.
    """
    problems, asked = len(splits.heldout.problems), answers_asked(battery)
    drawn = {kind: answers for kind, answers in asked.items() if not kind.endswith(GREEDY)}
    greedy = {  # both models', as `base`
        kind: each._replace(answers=2 * each.answers) for kind, each in asked.items() if kind.endswith(GREEDY)
    }
    return (
        *evaluation_work(spec, problems, ORIGINAL),
        *evaluation_work(spec, problems, BASE),
        *making(spec, splits, arm),
        *evaluating(spec, splits, arm),
        *probing(drawn, ORIGINAL, BASE),
        *probing(greedy, BASE),
        *probing(asked, *(each.name for each in repetitions_of(spec, arm))),
    )


def planned_round(context: StudyContext, throughput: Throughput) -> tuple[tuple[PlannedStep, ...], tuple[str, ...]]:
    """The second round in a plan, of a study that names fresh problems, a step for each part of the budget.

    It is that of ``ssd`` where the study declares it, else of its first arm that trains. Problems that cannot be loaded
    yet are flagged.

    Returns:
        The steps, and the flags.
    """
    declared, arm = context.spec, round_arm(context.spec)
    pool, heldout = declared.round2.pool, declared.round2.heldout
    if pool is None or heldout is None or arm is None:
        return (), ()
    spec = round_spec(declared, arm, pool, heldout)
    try:
        splits = load_splits_of(spec, context.folder.path)
    except StudyError as error:
        return (), (f"the second round is not priced: {error.summary}",)
    works = round_works(spec, context.battery, splits, arm)
    return tuple(_steps(spec, works, throughput, arm)), ()


def round_arm(spec: StudySpec) -> str | None:
    """The arm whose second round is planned; None where none is trained."""
    trained = [arm.name for arm, _ in declared_arms(spec) if arm.trains]
    return SSD.name if SSD.name in trained else next(iter(trained), None)


def _steps(spec: StudySpec, works: Sequence[Work], throughput: Throughput, arm: str) -> Iterator[PlannedStep]:
    for part in Part:
        prices = [price_of_work(work, throughput, spec) for work in works if work.part is part]
        if prices:
            whole = reduce(add, prices)
            yield PlannedStep(name=f"round 2 of {arm}: {part.value}", part=part, price=whole, basis=throughput.source)
