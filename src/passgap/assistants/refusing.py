"""The services of a study that is opened for a tool call: none of them does any work."""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

from passgap.errors import StudyError
from passgap.spec import Intake
from passgap.stages import Silent
from passgap.store import StudyFolder
from passgap.study import Study
from passgap.wiring import open_services


def open_without_work(intake: Intake, folder: StudyFolder) -> Study:
    """Open a study whose model is never fetched, sampled or trained, and none of whose programs is run.

    What is on disk is read; a step that needs more raises :class:`~passgap.errors.StudyError`.
    """

    def refuse(*_: object) -> NoReturn:
        raise StudyError(
            "this is not measured yet, and a tool call measures nothing",
            [f"The user runs `passgap verdict {folder.path}` in a terminal, or gives `results` of another harness."],
        )

    services = open_services(intake.spec, Silent())
    quiet = replace(
        services,
        resolve_model=refuse,
        open_sampler=refuse,
        open_executor=refuse,
        open_trainer=refuse,
        export_job=refuse,
        adopt_checkpoint=refuse,
        in_dtype=None,
    )
    return Study(intake, folder, quiet)
