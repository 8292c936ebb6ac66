"""A study as an arm sees it: its declaration, its problems, and the ports that its stages are called with."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from passgap.arms.base import Course
from passgap.ports import Executor, ModelReference, Sampler, Trainer
from passgap.records import Prompt
from passgap.spec import StudySpec
from passgap.stages import StageContext
from passgap.stages.evaluation import Evaluation
from passgap.store import LedgerEntry, TracedFolder
from passgap.study.battery import questions_of
from passgap.study.context import StudyContext
from passgap.study.interim_analysis import verdict_level
from passgap.study.preregistration import pipeline_spec, require_registration
from passgap.study.repetitions import Repetition
from passgap.tasks.splits import Splits


@dataclass(frozen=True)
class StudyLab:
    """The means that an arm may use (:class:`passgap.arms.Lab`)."""

    context: StudyContext
    splits: Splits
    """The pool, and the held-out problems that candidates are evaluated on."""
    evaluated: Evaluation | None = None
    """The base model on these held-out problems; None where it was not evaluated for this."""
    repetition: Repetition | None = None
    """The repetition of the arm that is carried out; None where an arm is carried out once, with the study's seed."""

    traced: TracedFolder | None = None
    """Remembers the artifacts that the arm asks for; None where nobody wants to know."""

    @property
    def spec(self) -> StudySpec:
        """The study as it was declared."""
        return self.context.spec

    @property
    def stage(self) -> StageContext:
        """The folder, the clock and the progress report."""
        stage = self.context.stage
        return stage if self.traced is None else replace(stage, folder=self.traced)

    @property
    def base(self) -> Evaluation:
        """The base model on the held-out problems."""
        assert self.evaluated is not None, "the arm reads the base model's evaluation, and nobody asked for it"
        return self.evaluated

    @property
    def level(self) -> float:
        """The level of the intervals that the verdict rests on."""
        return verdict_level(self.spec)

    @property
    def seed(self) -> int:
        """The root seed of sampling the pool and of training."""
        return self.spec.seed if self.repetition is None else self.repetition.seed

    def label(self, name: str) -> str:
        """The name of an artifact in this repetition of the arm."""
        return name if self.repetition is None else self.repetition.label(name)

    def questions(self) -> tuple[Prompt, ...]:
        """Every prompt that the base model is asked: those of the held-out problems, then the battery's."""
        chat = self.spec.model.chat
        heldout = (prompt for _, prompt in self.splits.prompts(self.splits.heldout.problems, chat=chat))
        return (*heldout, *questions_of(self.context))

    def base_model(self) -> ModelReference:
        """The base model: its folder, or its name on a server."""
        return self.context.base_model()

    def base_folder(self) -> Path:
        """The folder with the base model's weights."""
        return self.context.base_folder()

    def sampler(self, model: ModelReference) -> AbstractContextManager[Sampler]:
        """Open a model for sampling."""
        return self.context.sampler(model)

    def executor(self) -> AbstractContextManager[Executor]:
        """Open the sandbox."""
        return self.context.executor()

    def trainer(self, kind: str) -> Trainer[Any]:
        """Open the trainer for a kind of job, in the study's dtype."""
        return self.context.computing.open_trainer(kind)

    def model_digest(self, folder: Path) -> str:
        """The hash of a model folder."""
        return self.context.services.model_digest(folder)

    @property
    def course(self) -> Course | None:
        """None: arms are carried out to their end."""
        return None

    def registration(self, arm: str) -> LedgerEntry:
        """The ledger entry that allows an arm to be carried out."""
        return require_registration(self.context, pipeline_spec(self.context, self.splits, arm))
