"""The surroundings of every stage: the study's folder, the time, and whoever watches."""

from __future__ import annotations

from dataclasses import dataclass

from passgap.ports import Clock
from passgap.stages.progress import ProgressReporter
from passgap.store import StudyFolder


@dataclass(frozen=True, kw_only=True)
class StageContext:
    """Where a stage finds and leaves its artifacts, by which clock its cost is counted, and who is told how far it is.

    Args:
        folder: of the study.
        clock: counts the stage's device-seconds.
        progress: shown to whoever looks.
    """

    folder: StudyFolder
    clock: Clock
    progress: ProgressReporter
