"""The real ports of a study: engines, sandbox, trainer and clock, imported when they are first needed."""

from __future__ import annotations

import datetime as dt
import getpass
import time
from pathlib import Path

from passgap import engines, execution, trainers
from passgap.errors import StudyError
from passgap.spec import StudySpec, parse_study
from passgap.stages import ProgressReporter
from passgap.store import StudyFolder
from passgap.study import Study, Workbench


class SystemClock:
    """The machine's own time."""

    def now(self) -> dt.datetime:
        """The time in UTC."""
        return dt.datetime.now(dt.UTC)

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()


def open_workbench(spec: StudySpec, progress: ProgressReporter) -> Workbench:
    """Wire a study to this machine, with the engine that it declares."""
    engine = spec.engine
    return Workbench(
        clock=SystemClock(),
        progress=progress,
        who=_user(),
        resolve_model=engines.resolve_model,
        model_digest=engines.model_digest,
        open_sampler=lambda model: engines.open_sampler(engine.name, model, device=engine.device, dtype=engine.dtype),
        open_executor=execution.SandboxExecutor,
        open_trainer=lambda: trainers.open_trainer(engine.device),
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except OSError:
        return "unknown"


def open_study(path: Path, progress: ProgressReporter) -> Study:
    """Open the study in a folder, or the one that a ``study.yaml`` states.

    Raises:
        StudyError: there is no study, or everything that is wrong with it.
    """
    file = path if path.is_file() else path / "study.yaml"
    if not file.is_file():
        raise StudyError(f"there is no study in {path}", ["`passgap init FOLDER` writes one to begin with."])
    intake = parse_study(file.read_text(encoding="utf-8"), str(file))
    return Study(intake, StudyFolder(file.parent), open_workbench(intake.spec, progress))
