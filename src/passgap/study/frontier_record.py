"""The record of a measured frontier in a study's folder: what reports show of it, without measuring anything."""

from __future__ import annotations

from passgap.decisions.frontier_report import FrontierReport
from passgap.records import Stage, StageManifest
from passgap.store import FrontierArtifact, read_json, select, write_json
from passgap.study.context import StudyContext

NAME = "study-frontier"
_FILE = "frontier.json"


def frontier_on_record(context: StudyContext) -> FrontierReport | None:
    """The last frontier that was measured; None where none was."""
    found = select(context.folder.index(), NAME)
    return read_frontier(FrontierArtifact(found[-1].folder, NAME, found[-1].inputs)) if found else None


def read_frontier(artifact: FrontierArtifact) -> FrontierReport:
    """The record of a complete artifact."""
    return FrontierReport.model_validate(read_json(artifact.path(_FILE)))


def keep_frontier(artifact: FrontierArtifact, found: FrontierReport) -> None:
    """Write a record into its artifact, and complete it. What it took is in the artifacts of its points."""
    artifact.begin()
    write_json(artifact.path(_FILE), found.model_dump(mode="json"))
    artifact.finish(StageManifest(stage=Stage.FRONTIER))
