"""The judge model of a study: its judgements on a model's answers to the safety prompts, and their planned price.

A judge that cannot be reached does not end a run: the answers stay without judgement, which no probe takes for
harmless, and the next run asks again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from passgap.decisions.study_plan import PlannedStep, Price
from passgap.errors import EngineError
from passgap.ports import EngineIdentity
from passgap.probes import PROBES, DeclaredBattery, JudgedProbe, Prompts, judge_question
from passgap.records import GivenAnswer, Judgement
from passgap.spec.budget import Part
from passgap.spec.judge import JudgeSection
from passgap.stages.costs import StageCost, cost_of
from passgap.stages.judging import JudgingPlan, judge_answers, judgements_artifact
from passgap.store import JudgementsArtifact, read_json, select
from passgap.study.context import JUDGE, StudyContext

_SECONDS_SUPPOSED = 1.0
"""For one judgement, before any was measured."""
_CHARACTERS_PER_TOKEN = 4
_ANSWER_TOKENS = 64
"""Supposed of an answer, before any was judged."""


@dataclass(frozen=True)
class Judgements:
    """The judgements on one model's answers; those that are missing were not given."""

    given: Mapping[tuple[str, int], Judgement]
    """By the name of the prompt and the number of the answer."""
    artifact: JudgementsArtifact | None
    fault: str = ""
    """Why some are missing."""

    @property
    def costs(self) -> tuple[StageCost, ...]:
        """Their cost, where all were given."""
        return (cost_of(self.artifact),) if self.artifact is not None and self.artifact.complete else ()

    def of(self, prompt: str, index: int) -> Judgement:
        """The judgement on an answer."""
        return self.given.get((prompt, index), Judgement.UNKNOWN)


def judged_prompts(battery: DeclaredBattery) -> Iterator[Prompts]:
    """Yield the prompts whose answers a judge reads: those of the probes that count its judgements."""
    for name in battery.probes:
        if name in PROBES and isinstance(probe := PROBES[name], JudgedProbe) and probe.prompts is not None:
            yield probe.prompts


def judge(context: StudyContext, name: str, answers: Sequence[GivenAnswer]) -> Judgements | None:
    """Have the judge that the study declares read a model's answers; None where it declares none.

    What is on disk is not judged again. A judge that failed before in this process is not waited for again.

    Args:
        context: the study.
        name: of the model, in the names of its artifacts.
        answers: to the prompts of :func:`judged_prompts`.
    """
    declared = context.spec.judge
    if declared is None:
        return None
    plan = JudgingPlan(name=name, answers=tuple(answers))
    on_disk = _on_disk(context, declared, plan)
    if (on_disk is not None and on_disk.complete) or context.read_only or context.judge_faults:
        return _read(on_disk, context.judge_faults)
    recorded = _recorded(context)
    opened = context.services.open_judge(recorded)
    try:
        if opened.identity not in recorded:
            context.record(JUDGE, opened.identity.model_dump(mode="json"))
        return _read(judge_answers(plan, opened, context.stage, declared.money), ())
    except EngineError as error:
        context.judge_faults.append(" ".join((f"{error.summary}.", *error.problems[:1])))
        context.note(f"no judgement on the answers of {name}: {context.judge_faults[-1]}")
        return _read(_on_disk(context, declared, plan), context.judge_faults)
    finally:
        opened.close()


def _recorded(context: StudyContext) -> list[EngineIdentity]:
    return [EngineIdentity.model_validate(entry.payload) for entry in context.folder.ledger.of_kind(JUDGE)]


def _on_disk(context: StudyContext, declared: JudgeSection, plan: JudgingPlan) -> JudgementsArtifact | None:
    """The judgements of the declared judge, finished or not; None where it was never asked."""
    place = (declared.model, declared.base_url)
    here = [each for each in _recorded(context) if (each.model, each.device) == place]
    return judgements_artifact(plan, here[-1], context.folder) if here else None


def _read(artifact: JudgementsArtifact | None, faults: Sequence[str]) -> Judgements:
    rows = artifact.rows if artifact is not None else ()
    given = {(each.prompt, each.index): each.judgement for each in rows}
    said = next((each.reason for each in rows if each.judgement is Judgement.UNKNOWN), "")
    fault = next(iter(faults), "") or said or (_kept_fault(artifact) if artifact is not None else "")
    return Judgements(given, artifact, fault)


def _kept_fault(artifact: JudgementsArtifact) -> str:
    path: Path = artifact.path(artifact.FAULT)
    return str(read_json(path)) if path.exists() else ""


def planned_judging(
    context: StudyContext, requests: Sequence[str], models: int, of: str = ""
) -> tuple[PlannedStep, ...]:
    """The judge's work in a plan, where the study declares one: it costs the waiting, and its own tokens.

    Args:
        context: the study.
        requests: the texts of the requests, one for each answer that is judged.
        models: how many models are asked.
        of: which ones, in words.
    """
    declared = context.spec.judge
    if declared is None or not requests or not models:
        return ()
    done = [cost_of(each) for each in select(context.folder.index_of_all(), kind=JudgementsArtifact.kind)]
    judged = sum(each.samples for each in done)
    answers = models * len(requests)
    if judged:
        seconds, money = (answers / judged * sum(each) for each in zip(*_measured(done), strict=True))
        basis = "the judgements so far"
    else:
        read = sum(len(judge_question(each, "")) / _CHARACTERS_PER_TOKEN + _ANSWER_TOKENS for each in requests)
        seconds = answers * _SECONDS_SUPPOSED / declared.concurrency
        money = declared.money(models * read, answers * min(declared.max_new_tokens, _ANSWER_TOKENS))
        basis = f"{_SECONDS_SUPPOSED:g} second for a judgement, {declared.concurrency} at once: none was given yet"
    hours = seconds / 3600.0
    price = Price(samples=answers, tokens=0, hours=hours, money=money + hours * context.spec.budget.price_per_hour)
    return (PlannedStep(name=_title(declared, of), part=Part.EVALUATION, price=price, basis=basis),)


def _measured(done: Sequence[StageCost]) -> Iterator[tuple[float, float]]:
    return ((each.seconds, each.external_money) for each in done)


def _title(declared: JudgeSection, of: str) -> str:
    return f"have {declared.model} judge the answers to the safety prompts" + (f": {of}" if of else "")
