"""The cost of measuring the decoding frontier, for the plan and the budget."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import add

from passgap.arms import BASE, Work
from passgap.decisions.study_plan import PlannedStep, Throughput
from passgap.spec import StudySpec
from passgap.spec.budget import Part
from passgap.spec.frontier import FrontierSection
from passgap.study.battery import GREEDY, answers_asked
from passgap.study.budget import probing
from passgap.study.context import StudyContext
from passgap.study.cost_model import price_of, price_of_work
from passgap.study.declared_arms import declared_arms
from passgap.study.development import development_set
from passgap.study.frontier_names import best_name, matched_name, point_name
from passgap.tasks.splits import Splits

SWEEP = "sweep decodings on development problems"
RETUNED = "measure the frontier's choices on held-out problems"


def sweep_works(spec: StudySpec, labels: Sequence[str], problems: int) -> Iterator[Work]:
    """Yield the sweep of every model over the development problems.

    Args:
        spec: the study.
        labels: of the models, in the names of artifacts.
        problems: how many development problems there are.
    """
    section = section_of(spec)
    for label in labels:
        for decoding in section.decodings(spec.production_decoding):
            samples = problems * (1 if decoding.greedy else section.samples)
            yield Work(Part.EVALUATION, point_name(label, decoding), samples, run=True, title=SWEEP)


def best_work(spec: StudySpec, label: str, heldout: int) -> Work:
    """Measuring a model's own best decoding on the held-out problems."""
    samples = heldout * spec.diagnostics.samples
    return Work(Part.EVALUATION, f"{best_name(label)}-heldout", samples, run=True, title=RETUNED)


def matched_works(context: StudyContext, label: str, heldout: int) -> Iterator[Work]:
    """Yield measuring and probing the base model at the temperature that matches an arm's diversity.

    Prompts that are asked greedily do not depend on the temperature, and are not asked again.
    """
    samples, asked = heldout * context.spec.diagnostics.samples, answers_asked(context.battery)
    yield Work(Part.EVALUATION, f"{matched_name(label)}-heldout", samples, run=True, title=RETUNED)
    drawn = {kind: answers for kind, answers in asked.items() if not kind.endswith(GREEDY)}
    yield from probing(drawn, matched_name(label))


def section_of(spec: StudySpec) -> FrontierSection:
    """The sweep as declared, or with its defaults."""
    return spec.frontier or FrontierSection()


def frontier_steps(context: StudyContext, splits: Splits, throughput: Throughput) -> tuple[PlannedStep, ...]:
    """The frontier in a plan, of a study that declares one: of the base model and of every declared arm that trains.

    Raises:
        StudyError: the study has too few development problems.
    """
    spec = context.spec
    if spec.frontier is None:
        return ()
    problems = len(development_set(spec, context.folder.path, splits).problems)
    labels = [BASE, *(arm.name for arm, _ in declared_arms(spec) if arm.trains)]
    heldout = len(splits.heldout.problems)
    works = [*sweep_works(spec, labels, problems), *(best_work(spec, label, heldout) for label in labels)]
    works += (work for label in labels[1:] for work in matched_works(context, label, heldout))
    steps = []
    for title in (SWEEP, RETUNED):
        samples = sum(work.samples for work in works if work.title == title)
        price = price_of(samples, throughput, spec, run=True)
        steps.append(PlannedStep(name=title, part=Part.EVALUATION, price=price, basis=throughput.source))
    asked = [work for work in works if not work.run]
    if asked:
        price = reduce(add, (price_of_work(work, throughput, spec) for work in asked))
        name = "ask the battery's prompts at matched diversity"
        steps.append(PlannedStep(name=name, part=Part.EVALUATION, price=price, basis=throughput.source))
    return tuple(steps)
