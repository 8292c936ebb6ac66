"""The price of a race, for the plan."""

from __future__ import annotations

from passgap.decisions.study_plan import PlannedStep, Throughput
from passgap.spec.budget import Part
from passgap.study.context import StudyContext
from passgap.study.cost_model import price_of
from passgap.study.development import development_set
from passgap.tasks.splits import Splits


def planned_race(context: StudyContext, splits: Splits, throughput: Throughput) -> tuple[PlannedStep, ...]:
    """The race in a plan, of a study that declares one, if no arm is stopped.

    Raises:
        StudyError: the study has too few development problems.
    """
    race = context.spec.race
    if race is None:
        return ()
    problems = len(development_set(context.spec, context.folder.path, splits).problems)
    price = price_of(len(race.arms) * problems * race.samples, throughput, context.spec, run=True)
    name = "race the arms on development problems, if none is stopped"
    return (PlannedStep(name=name, part=Part.EVALUATION, price=price, basis=throughput.source),)
