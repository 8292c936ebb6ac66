"""The score of doing nothing on the held-out problems, and how often the base model does nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from passgap.decisions.evidence import Floor
from passgap.languages import LANGUAGES
from passgap.records import Problem, Prompt
from passgap.report.study_report import ArmReport, Fact
from passgap.stages.doing_nothing import run_nothing
from passgap.stages.evaluation import Evaluation, program_of
from passgap.study.candidates import MeasuredCandidate
from passgap.study.context import StudyContext
from passgap.tasks import kind_of
from passgap.tasks.splits import Splits


def floor_of(context: StudyContext, splits: Splits, evaluation: Evaluation) -> Floor | None:
    """Measure the floor of the held-out problems; None where doing nothing is no answer to any, or nothing was scored.

    Raises:
        ExecutionError: the sandbox failed.
    """
    problems = splits.heldout.problems
    ran = run_nothing(problems, context.executor, context.stage)
    if ran is None:
        return None
    outcomes = [each for each in ran.results() if each.passed is not None]
    if not outcomes:
        return None
    named = dict.fromkeys(kind_of(each).nothing for each in problems if kind_of(each).nothing)
    prompts = dict(splits.prompts(problems, chat=context.spec.model.chat))
    return Floor(
        nothing=" or ".join(named),
        problems=len(outcomes),
        passed=sum(bool(each.passed) for each in outcomes),
        unchanged=unchanged_share(evaluation, {each.id: each for each in problems}, prompts),
    )


def unchanged_share(evaluation: Evaluation, problems: Mapping[str, Problem], prompts: Mapping[str, Prompt]) -> float:
    """The share of samples that submit what doing nothing submits, white space and comments aside."""
    same, total = unchanged_of(evaluation, problems, prompts)
    return same / total if total else 0.0


def unchanged_of(
    evaluation: Evaluation, problems: Mapping[str, Problem], prompts: Mapping[str, Prompt]
) -> tuple[int, int]:
    """The number of samples that submit what doing nothing submits, and of those for which that is an answer."""
    same = total = 0
    for name, drawn in evaluation.by_problem.items():
        problem = problems.get(name)
        nothing = kind_of(problem).nothing_done(problem) if problem is not None else None
        if problem is None or nothing is None:
            continue
        normal = LANGUAGES[problem.language].normal_form
        total += len(drawn)
        same += sum(
            normal(program_of(each, problem, prompts[name]).program) == normal(nothing.program) for each in drawn
        )
    return same, total


def with_unchanged(
    context: StudyContext,
    splits: Splits,
    base: Evaluation,
    trained: Sequence[MeasuredCandidate],
    arms: Sequence[ArmReport],
) -> list[ArmReport]:
    """The reports of arms with how many of their samples did nothing, beside the base model's.

    They are as they were where doing nothing is no answer to any problem.
    """
    chosen = {each.id: each for each in splits.heldout.problems if kind_of(each).nothing}
    if not chosen:
        return list(arms)
    prompts = dict(splits.prompts(tuple(chosen.values()), chat=context.spec.model.chat))
    named = " or ".join(dict.fromkeys(kind_of(each).nothing for each in chosen.values()))
    before, of = unchanged_of(base, chosen, prompts)
    by_arm = {each.arm: each for each in trained}
    told = []
    for arm in arms:
        counts = [unchanged_of(one.evaluation, chosen, prompts) for one in by_arm[arm.arm].repetitions]
        same, total = (sum(column) for column in zip(*counts, strict=True))
        text = f"{same:,} of {total:,} samples submit {named}; of the base model's, {before:,} of {of:,}"
        told.append(arm.model_copy(update={"facts": (*arm.facts, Fact(label="unchanged answers", text=text))}))
    return told
