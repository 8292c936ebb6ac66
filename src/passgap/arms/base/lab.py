"""The means that an arm may use: a study's problems, models, sandbox and trainers."""

from __future__ import annotations

import math
from contextlib import AbstractContextManager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from passgap.records import Prompt
from passgap.spec import StudySpec

if TYPE_CHECKING:  # a study is checked with its arms, and needs nothing of what it takes to carry them out
    from passgap.ports import Executor, ModelReference, Sampler, Trainer
    from passgap.stages import StageContext
    from passgap.stages.evaluation import Evaluation
    from passgap.store import LedgerEntry
    from passgap.tasks.splits import Splits


class DeclaredStudy(Protocol):
    """A study with its problems, before anything is measured for an arm."""

    @property
    def spec(self) -> StudySpec: ...

    @property
    def splits(self) -> Splits:
        """The problems: the pool without contamination, and the held-out problems that candidates are evaluated on."""
        ...


class Lab(DeclaredStudy, Protocol):
    """The means that an arm may use. Its attributes are the arguments of the stages (:mod:`passgap.stages`)."""

    @property
    def stage(self) -> StageContext:
        """The folder, the clock and the progress report of every stage."""
        ...

    @property
    def base(self) -> Evaluation:
        """The base model at production decoding on the held-out problems."""
        ...

    @property
    def level(self) -> float:
        """The level of the intervals that the verdict rests on."""
        ...

    @property
    def seed(self) -> int:
        """The root seed of sampling the pool and of training: an arm can be repeated with several. Evaluations use the
        study's seed."""
        ...

    def label(self, name: str) -> str:
        """The name of an artifact, less the stage, in this repetition of the arm: ``ssd``, and ``ssd-seed-2`` for a
        further seed. Samples that arms share, as those of the pool, keep their name: their inputs have the seed."""
        ...

    def questions(self) -> tuple[Prompt, ...]:
        """Every prompt that the base model is asked: those of the held-out problems, then the battery's."""
        ...

    def base_model(self) -> ModelReference:
        """The base model: its folder, or its name on a server."""
        ...

    def base_folder(self) -> Path:
        """The folder with the base model's weights.

        Raises:
            StudyError: the weights are not here.
        """
        ...

    def sampler(self, model: ModelReference) -> AbstractContextManager[Sampler]:
        """Open a model for sampling, and free it afterwards."""
        ...

    def executor(self) -> AbstractContextManager[Executor]:
        """Open the sandbox, and leave no process behind."""
        ...

    def trainer(self, kind: str) -> Trainer[Any]:
        """Open the trainer for a kind of job."""
        ...

    def model_digest(self, folder: Path) -> str:
        """The hash of a model folder's weights, configuration and tokenizer."""
        ...

    @property
    def course(self) -> Course | None:
        """How far the fine-tune of an arm whose recipe is searched goes (:attr:`Arm.searchable`); None to its end."""
        ...

    def registration(self, arm: str) -> LedgerEntry:
        """The ledger entry that allows an arm to be carried out.

        Raises:
            StudyError: there is none, or the study was edited after it was written.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Course:
    """How far a fine-tune goes that is carried out in parts."""

    dose: float
    """The share of its updates, as a fraction of 1; rounded up to a whole update."""
    work: Path
    """The folder of its checkpoints, from which a later part goes on."""

    def stop_after(self, updates: int) -> int | None:
        """The update to stop after; None for the end."""
        stop = math.ceil(Fraction(str(self.dose)) * updates)
        return stop if stop < updates else None
