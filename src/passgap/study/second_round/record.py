"""The record of a finished second round in a study's folder: what reports show of it, without measuring anything."""

from __future__ import annotations

from collections.abc import Iterator

from passgap.records import Stage, StageManifest
from passgap.report.second_round import Round2Report
from passgap.store import RoundArtifact, StudyFolder, read_json, select, write_json
from passgap.store.folder import ROUNDS
from passgap.study.context import StudyContext
from passgap.study.second_round.derived import begun_rounds

NAME = "second-round"
_FILE = "second-round.json"


def rounds_on_record(context: StudyContext) -> tuple[Round2Report, ...]:
    """The finished second rounds of a study, in the order in which they began."""
    found = (_on_record(context, each.arm) for each in begun_rounds(context))
    return tuple(each for each in found if each is not None)


def unfinished_rounds(context: StudyContext) -> Iterator[str]:
    """Name the second rounds that were begun and are not finished."""
    for each in begun_rounds(context):
        if _on_record(context, each.arm) is None:
            yield (
                f"the second round of `{each.arm}` was begun and is not finished: `passgap run STUDY --round 2 --arm "
                f"{each.arm}` resumes it"
            )


def keep_round(artifact: RoundArtifact, found: Round2Report) -> None:
    """Write a record into its artifact, and complete it. What the round took is in its other artifacts."""
    artifact.begin()
    write_json(artifact.path(_FILE), found.model_dump(mode="json"))
    artifact.finish(StageManifest(stage=Stage.SECOND_ROUND))


def _on_record(context: StudyContext, arm: str) -> Round2Report | None:
    folder = StudyFolder(context.folder.path, f"{ROUNDS}/{arm}")
    found = select(folder.index(), NAME)
    return Round2Report.model_validate(read_json(found[-1].folder / _FILE)) if found else None
