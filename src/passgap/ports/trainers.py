"""Trainers, with the jobs that they take and the results that they return."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal, Protocol, TypeVar, runtime_checkable

from pydantic import Field

from passgap.ports.progress import Progress
from passgap.ports.training_means import TrainingMeans
from passgap.records import DosePoint, KeptModel, Mix, Record, TrainConfig, TrainExample


class FineTuneJob(Record):
    """The fields of every kind of job: a fine-tune of ``base``, written to ``output``."""

    trains: ClassVar[bool] = True
    """Whether a model comes of it; otherwise it measures one that is to be trained."""

    kind: str
    """The kind of job, which decides on the trainer. Each kind has its own record."""
    base: Path
    """The folder of the base model, in Hugging Face layout."""
    output: Path
    """The folder that the checkpoint is written to."""
    config: TrainConfig
    seed: int
    work: Path | None = None
    """A folder that outlives a kill: checkpoints are kept there while the fine-tune lasts, and it goes on from the last
    one. None keeps none."""
    stop_after: int | None = None
    """Updates after which the fine-tune is interrupted, with its learning rate where the whole one has it then: the
    model of that point is written, and a further run with the same ``work`` goes on from there. None goes to the
    end."""
    kept: Path | None = None
    """The folder for models that are kept on the way (``config.checkpoints``), each in a folder of its share, such as
    ``0.25``; it outlives a kill. None keeps none."""


class SupervisedJob(FineTuneJob):
    """A supervised fine-tune: cross-entropy on the completions of examples."""

    kind: Literal["supervised"] = "supervised"
    examples: tuple[TrainExample, ...]
    mix: Mix | None = None
    """Examples of other origin, of which as many are added as make up its ratio of all."""
    held_back: tuple[TrainExample, ...] = ()
    """Examples that are not trained on: the loss on them is taken every ``config.eval_every`` updates."""


TrainJob = SupervisedJob
"""A job of any kind: the union of the records, discriminated by ``kind``."""


class TrainResult(Record):
    """The result of a fine-tune of any kind."""

    checkpoint: Path
    """The folder of the tuned model."""
    examples: int
    """The number of examples that were trained on."""
    steps: int
    """The number of updates."""
    tokens: int
    """Tokens on which a loss was taken, over all epochs."""
    prompt_tokens: int
    """Prompt tokens that were processed, over all epochs."""
    dropped_too_long: int
    """Examples that were left out because they exceed ``max_length``."""
    losses: tuple[tuple[int, float], ...]
    """(step, mean loss); of cross-entropy, in nats per token."""
    kept: tuple[KeptModel, ...] = ()
    """The models in ``job.kept``, by rising step."""
    seconds: float
    """Wall-clock time."""
    versions: dict[str, str] = Field(default_factory=dict)
    processes: int = 1
    """The number of processes that shared the work."""
    peak_memory_bytes: int | None = None
    """The most main memory (resident set) that the processes held, summed over them, in bytes; None where the trainer
    shared a process with other work."""
    peak_device_bytes: int | None = None
    """The most memory that the processes reserved on their GPUs, summed over them, in bytes; None without a GPU."""


class SupervisedResult(TrainResult):
    """The result of a supervised fine-tune."""

    pass_tokens: int = 0
    """Completion tokens in one epoch."""
    mixed_examples: int = 0
    """The number of examples that were mixed in."""
    mixed_tokens: int = 0
    """The part of ``pass_tokens`` that belongs to examples that were mixed in."""
    mixed_too_long: int = 0
    """Examples to mix in that exceed ``max_length``: they were replaced by the following ones."""
    dose: tuple[DosePoint, ...] = ()
    """The loss on held-back examples before the first update, in between, and after the last."""
    held_back_examples: int = 0
    trained_parameters: int = 0
    """The number of parameters that were trained: those of the adapters, where there are any."""


JobT_contra = TypeVar("JobT_contra", bound=FineTuneJob, contravariant=True)


@runtime_checkable
class Trainer(Protocol[JobT_contra]):
    """Fine-tunes models, by jobs of one kind."""

    def train(
        self, job: JobT_contra, *, progress: Progress | None = None, means: TrainingMeans | None = None
    ) -> TrainResult:
        """Train, and write the checkpoint as a folder that an engine can load.

        The same job gives the same checkpoint on a device that computes deterministically, whether or not it was killed
        in between and went on from ``job.work``. Examples that exceed ``max_length`` are left out and counted.

        Args:
            job: the base model, the data, the configuration and the seed.
            progress: called with the number of finished steps; after a resume, first with those of earlier runs.
            means: what the trainer may use besides the model, such as the sandbox; a trainer that needs none ignores
                it.

        Raises:
            EngineError: the base model cannot be loaded, there is too little to train on, or the loss is not finite.
                ``job.output`` does not exist then.
        """
        ...
