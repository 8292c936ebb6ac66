"""Have a judge model read answers, each once, resumed shard by shard."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pydantic import JsonValue

from passgap.errors import EngineError
from passgap.ports import EngineIdentity, Judge
from passgap.records import GivenAnswer, JudgedAnswer, Judgement, JudgementsManifest, Record, Stage, digest_of, digested
from passgap.stages.context import StageContext
from passgap.stages.costs import metered, metered_seconds
from passgap.store import JudgementsArtifact, StudyFolder, write_json, write_records

JUDGING_SHARD = 40
"""Answers in a shard: a killed run asks about at most so many again."""


class JudgingPlan(Record):
    """The answers to judge."""

    name: str
    answers: tuple[GivenAnswer, ...]


def judgements_artifact(plan: JudgingPlan, judge: EngineIdentity, folder: StudyFolder) -> JudgementsArtifact:
    """The artifact of a plan. Its inputs are everything that can change a judgement."""
    inputs: dict[str, JsonValue] = {"answers": digest_of(plan.answers), "judge": digested(judge)}
    return folder.artifact(f"{plan.name}-judgements", inputs, JudgementsArtifact)


def judge_answers(
    plan: JudgingPlan,
    judge: Judge,
    context: StageContext,
    money: Callable[[int, int], float],
) -> JudgementsArtifact:
    """Have the answers judged that are not judged yet, and return the complete artifact.

    Args:
        plan: the answers.
        judge: the model that reads them.
        context: of the stage.
        money: the price of so many tokens that the judge reads and writes.

    Raises:
        EngineError: the judge cannot be reached or refuses everything. Finished shards are kept, and the artifact says
            why it was not finished.
    """
    artifact = judgements_artifact(plan, judge.identity, context.folder)
    if artifact.complete:
        return artifact
    artifact.begin()
    shards = [plan.answers[start : start + JUDGING_SHARD] for start in range(0, len(plan.answers), JUDGING_SHARD)]
    missing = [number for number in range(len(shards)) if not artifact.shard_path(number).exists()]
    done = len(plan.answers) - sum(len(shards[number]) for number in missing)
    fault = artifact.path(artifact.FAULT)
    with (
        metered(artifact, context.clock) as meter,
        context.progress.task(f"judging {plan.name}", len(plan.answers), done=done, unit="answers") as advance,
    ):

        def step(count: int) -> None:
            advance(count)
            meter.tick()

        try:
            for number in missing:
                write_records(artifact.shard_path(number), judge.judge(shards[number], progress=step))
        except EngineError as error:
            write_json(fault, " ".join((f"{error.summary}:", *error.problems[:1])))
            raise
    fault.unlink(missing_ok=True)
    artifact.finish(_manifest(artifact.rows, metered_seconds(artifact), money))
    return artifact


def _manifest(rows: Iterable[JudgedAnswer], seconds: float, money: Callable[[int, int], float]) -> JudgementsManifest:
    judged = tuple(rows)
    read, wrote = sum(each.prompt_tokens for each in judged), sum(each.tokens for each in judged)
    return JudgementsManifest(
        stage=Stage.JUDGING,
        seconds=seconds,
        samples=len(judged),
        unjudged=sum(each.judgement is Judgement.UNKNOWN for each in judged),
        external_prompt_tokens=read,
        external_tokens=wrote,
        external_money=money(read, wrote),
    )
