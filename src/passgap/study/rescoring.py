"""Held-out samples scored a second time by other rules, as a study declares with ``heldout.also_scored``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from passgap.errors import StudyError
from passgap.estimates import PASS_AT_1, counts_from_results, estimate_all
from passgap.estimates.scorings import disagreements
from passgap.records import Insufficient, Measured, Result
from passgap.report.scorings import ScoredTwice, ScoringsReport
from passgap.stages.evaluation import Evaluation, run_samples
from passgap.store import write_json
from passgap.study.candidates import MeasuredCandidate
from passgap.study.context import StudyContext
from passgap.study.interim_analysis import verdict_level
from passgap.study.splits import load_set
from passgap.tasks import SOURCES
from passgap.tasks.splits import Splits

FILE = "scorings.json"
"""The file of a study's folder that holds what two scorings make of its samples."""


def score_again(
    context: StudyContext, splits: Splits, base: Evaluation, candidates: list[MeasuredCandidate]
) -> ScoringsReport | None:
    """Score all held-out samples by the second scoring, and list those on which the two disagree.

    Nothing is sampled, and what was scored before is not scored again. Of a study that is only read, this is what was
    found when it was run.

    Returns:
        The content of :data:`FILE`; None where no second scoring is declared, or an earlier version wrote the file.

    Raises:
        StudyError: the second scoring has not the same problems.
    """
    source = context.spec.heldout
    if source.also_scored is None:
        return None
    if context.read_only:
        return _recorded(Path(context.folder.path) / FILE)
    loaded = load_set(source.model_copy(update={"scoring": source.also_scored}), context.folder.path)
    others = {problem.id: problem for problem in loaded.problems}
    missing = [problem.id for problem in splits.heldout.problems if problem.id not in others]
    if missing:
        raise StudyError(
            f"`heldout.also_scored: {source.also_scored}` lacks problems of the held-out set", missing[:20]
        )
    problems = tuple(others[problem.id] for problem in splits.heldout.problems)
    prompts = dict(splits.prompts(splits.heldout.problems, chat=context.spec.model.chat))
    models: dict[str, ScoredTwice] = {}
    for name, evaluation in _evaluations(base, candidates).items():
        second = tuple(
            result
            for part, drawn in enumerate(evaluation.samples)
            for result in run_samples(
                f"{name}-{part}-{source.also_scored}", drawn, problems, prompts, context.executor, context.stage
            ).results()
        )
        found = disagreements(evaluation.outcomes, second)
        models[name] = ScoredTwice(
            first=_pass_at_1(context, evaluation.outcomes), second=_pass_at_1(context, second), disagreements=found
        )
        context.note(
            f"{name}: {len(found.samples)} of {found.compared} samples are decided otherwise by {source.also_scored}"
        )
    scorings = ScoringsReport(first=source.scoring or first_of(source.tasks), second=source.also_scored, models=models)
    write_json(Path(context.folder.path) / FILE, scorings.model_dump(mode="json"))
    return scorings


def _evaluations(base: Evaluation, candidates: list[MeasuredCandidate]) -> Mapping[str, Evaluation]:
    """The held-out samples of every model by its name, each repetition of an arm under a name of its own."""
    found = {"base": base}
    for candidate in candidates:
        for number, one in enumerate((candidate, *candidate.further)):
            found[f"{candidate.arm}-{number + 1}" if candidate.further else candidate.arm] = one.evaluation
    return found


def _pass_at_1(context: StudyContext, outcomes: Sequence[Result]) -> Measured:
    table = estimate_all(counts_from_results(outcomes), (1,), level=verdict_level(context.spec))
    return table.overall_of(PASS_AT_1) or Insufficient(insufficient="no sample was scored", n=0, m=0)


def first_of(tasks: str) -> str:
    """The scoring of a set where a study names none."""
    return next(iter(SOURCES[tasks].scorings), "the set's own rules") if tasks in SOURCES else "the set's own rules"


def _recorded(path: Path) -> ScoringsReport | None:
    try:
        return ScoringsReport.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
