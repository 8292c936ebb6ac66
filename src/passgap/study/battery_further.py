"""Ask both models the battery's prompts again, look by look, where a probe is undecided."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from passgap.arms import BASE, Work
from passgap.probes import Comparing, asked_again
from passgap.study.battery import further_asked, look_name
from passgap.study.battery_answers import Kind, ProbeAnswers, ask_again, ask_probes
from passgap.study.battery_compared import prompted_samples, testing_of
from passgap.study.budget import probing, shortfalls, throughput_on_disk
from passgap.study.context import StudyContext


def ask_where_undecided(context: StudyContext, answers: ProbeAnswers, seeds: int = 1) -> ProbeAnswers:
    """A candidate's answers with those of further looks, as long as a probe is undecided and the budget has room.

    The base model is asked the same, unless it was for another candidate. A study that is only read is asked nothing.

    Args:
        context: the study.
        answers: of the candidate.
        seeds: how many models of the arm share the error of one battery.
    """
    battery, spec = context.battery, context.spec
    if context.read_only or len(battery.looks) < 2 or not battery.judged_together:
        return answers
    testing = testing_of(context).share(seeds)
    comparing = Comparing(spec.battery, max(spec.diagnostics.k), spec.thresholds.level, testing)
    base = ask_probes(context, context.base_model(), BASE)
    while True:
        sides = (prompted_samples(context, each) for each in (base, answers))
        kinds = asked_again(battery.probes, comparing, *sides)
        if not kinds:
            return answers
        behind = {_of(each): _behind(each, kinds, (base, answers)) for each in (base, answers)}
        if not room_for(context, *((each, behind[_of(each)]) for each in (base, answers))):
            context.note(
                f"{_of(answers)} is not asked the battery's prompts again, though a probe is undecided: it does not "
                f"fit into what is left of the budget for evaluation"
            )
            return answers
        base, answers = (
            ask_again(context, each, behind[_of(each)]) if behind[_of(each)] else each for each in (base, answers)
        )


def _of(answers: ProbeAnswers) -> str:
    return answers.asking.name


def _behind(answers: ProbeAnswers, kinds: Collection[Kind], both: tuple[ProbeAnswers, ProbeAnswers]) -> list[Kind]:
    """The kinds of prompts that a model is asked at the next look: the other one may have been asked already."""
    return [kind for kind in sorted(kinds) if answers.looks[kind] == min(each.looks[kind] for each in both)]


def _works(context: StudyContext, answers: ProbeAnswers, kinds: Collection[Kind]) -> Iterator[Work]:
    asked, per_answer = further_asked(context.battery), answers.asking.per_answer
    for kind in kinds:
        name = look_name(kind, answers.looks[kind] + 1)
        each = asked[name]._replace(answers=asked[name].answers * per_answer)
        yield from probing({name: each}, _of(answers))


def room_for(context: StudyContext, *wanted: tuple[ProbeAnswers, Collection[Kind]]) -> bool:
    """Whether one more look at these kinds of prompts fits into the budget. To stop for it says nothing of the drift.

    Args:
        context: the study.
        wanted: answers of models, each with the kinds of prompts that it is to be asked again.
    """
    works = [work for answers, kinds in wanted for work in _works(context, answers, kinds)]
    throughput = throughput_on_disk(context.folder, context.spec)
    return context.over_budget or not shortfalls(context.spec, works, throughput, context.folder)
