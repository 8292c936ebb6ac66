"""The real ports of a study: engines, sandbox, trainer and clock, imported when they are first needed."""

from __future__ import annotations

import datetime as dt
import getpass
import time

from passgap import engines, execution, trainers
from passgap.spec import StudySpec
from passgap.stages import ProgressReporter
from passgap.study import Workbench


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
        open_sampler=lambda model: engines.open_sampler(
            engine.name, model, device=engine.device, dtype=engine.dtype, url=engine.url
        ),
        open_executor=execution.SandboxExecutor,
        open_trainer=lambda: trainers.open_trainer(engine.device),
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except OSError:
        return "unknown"
