"""A study that is open: its declaration, its folder, and its state as of now."""

from __future__ import annotations

from dataclasses import replace

from passgap.spec import Intake, StudySpec
from passgap.store import StudyFolder
from passgap.study.chosen_recipe import chosen_sections
from passgap.study.context import StudyContext
from passgap.study.services import Services


class OpenStudy:
    """A study in its folder, before any command is given."""

    def __init__(self, intake: Intake, folder: StudyFolder, services: Services, *, over_budget: bool = False) -> None:
        """Open a study.

        Args:
            intake: what was declared.
            folder: where it lives.
            services: its ports.
            over_budget: whether arms may begin that do not fit into the budget; each that does is put into the ledger.
        """
        self._context = StudyContext(intake=intake, folder=folder, services=services, over_budget=over_budget)

    @property
    def _now(self) -> StudyContext:
        """The study as it is now: what an earlier command found is not taken for what is there by now."""
        context = self._context
        return replace(context, chosen=chosen_sections(context.folder.ledger, context.intake.spec))

    @property
    def folder(self) -> StudyFolder:
        """Where the study lives."""
        return self._context.folder

    @property
    def declared(self) -> StudySpec:
        """The study as it was declared."""
        return self._context.intake.spec
