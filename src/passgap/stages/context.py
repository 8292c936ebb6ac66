"""The context of every stage: the study's folder, the clock and the progress display."""

from __future__ import annotations

from dataclasses import dataclass

from passgap.ports import Clock
from passgap.stages.progress import ProgressReporter
from passgap.store import StudyFolder


@dataclass(frozen=True, kw_only=True)
class StageContext:
    """The study's folder, in which a stage finds and leaves artifacts, with the clock and the progress display.

    Args:
        folder: the study's folder.
        clock: measures the stage's device-seconds.
        progress: displays the stage's progress.
    """

    folder: StudyFolder
    clock: Clock
    progress: ProgressReporter
