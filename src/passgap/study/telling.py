"""The answers that moved each probe of an arm's battery most."""

from __future__ import annotations

from collections.abc import Sequence

from passgap.languages import LANGUAGES
from passgap.probes import PROBES, TellingExample, examples_first, telling_examples
from passgap.report.study_report import ArmReport
from passgap.study.battery import key_of, prompt_sets_of
from passgap.study.battery_compared import samples_of_model
from passgap.study.candidates import MeasuredCandidate
from passgap.study.context import StudyContext


def with_examples(
    context: StudyContext,
    base: MeasuredCandidate,
    candidates: Sequence[MeasuredCandidate],
    reports: Sequence[ArmReport],
) -> list[ArmReport]:
    """The reports of arms with their examples, of a study of the second edition."""
    if not context.battery.judged_together:
        return list(reports)
    of_arm = {each.arm: each for each in candidates}
    return [
        each.model_copy(update={"examples": _examples(context, base, of_arm[each.arm], each)})
        if each.arm in of_arm
        else each
        for each in reports
    ]


def _examples(
    context: StudyContext, base: MeasuredCandidate, one: MeasuredCandidate, report: ArmReport
) -> tuple[TellingExample, ...]:
    """Those of the first seed, the probes that alert first."""
    common = base.evaluation.by_problem.keys() & one.evaluation.by_problem.keys()
    sides = [
        samples_of_model(context, (each.evaluation, each.answers), each.evaluation.counts, problems=common)
        for each in (base, one)
    ]
    asked = _texts(context)
    found = (
        example
        for name in examples_first(report.battery.outcomes)
        if name in PROBES
        for example in telling_examples(PROBES[name], *sides)
    )
    return tuple(each.model_copy(update={"asked": asked.get(each.asked, each.asked)}) for each in found)


def _texts(context: StudyContext) -> dict[str, str]:
    """The texts of the battery's prompts."""
    language = LANGUAGES[context.battery.language].title
    return {
        key_of(each, prompt.id): prompt.prompt_for(language, chat=True).user
        for each in prompt_sets_of(context.battery)
        for prompt in each.prompts
    }
