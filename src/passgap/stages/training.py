"""Fine-tune a model: examples in, a checkpoint folder out, written atomically."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from pydantic import JsonValue

from passgap.models.made_by_studies import MARK, mark_of
from passgap.ports import FineTuneJob, SupervisedJob, Trainer, TrainResult
from passgap.recipes import mixed_among, updates_of
from passgap.records import Mix, ModelManifest, Record, Stage, TrainConfig, TrainExample, digest_of, digested
from passgap.stages.context import StageContext
from passgap.stages.costs import metered, metered_seconds
from passgap.store import Artifact, ModelArtifact, StudyFolder, atomic_path, write_json
from passgap.store.files import TEMPORARY_SUFFIX

WORK = "training"
"""The folder of an artifact that holds a fine-tune's checkpoints while it lasts."""


@runtime_checkable
class OnSeveralDevices(Protocol):
    """A trainer that may keep several devices busy; any other one counts as one device."""

    def devices(self, job: FineTuneJob) -> int:
        """The number of devices that a job keeps busy.

        Raises:
            EngineError: the job cannot be placed.
        """
        ...


class FineTunePlan(Record):
    """A pre-registered fine-tune of any kind. ``registration`` is the hash of its entry in the ledger."""

    name: str
    base: Path
    base_digest: str
    config: TrainConfig
    seed: int
    registration: str

    def artifact(self, folder: StudyFolder, **learned: JsonValue) -> ModelArtifact:
        """The artifact of the fine-tune. Its inputs are the base model, the settings, the registration and the data.

        Args:
            folder: of the study.
            learned: what it learns from, and what else its kind depends on.
        """
        inputs: dict[str, JsonValue] = {
            "base": self.base_digest,
            "config": digested(self.config),
            "seed": self.seed,
            "registration": self.registration,
            **learned,
        }
        return folder.artifact(f"{self.name}-model", inputs, ModelArtifact)


class TrainingPlan(FineTunePlan):
    """A pre-registered fine-tune on completions."""

    mix: Mix | None = None
    """Instruction data that is mixed in with the examples."""
    held_back: tuple[TrainExample, ...] = ()
    """Examples that are not trained on, for the loss in the course of the fine-tune."""
    stop_after: int | None = None
    """Updates after which it is interrupted, to be gone on with later; None for its end."""
    work: Path | None = None
    """The folder of its checkpoints, where they outlive its artifact: the same fine-tune that goes further takes them
    up. None keeps them with the artifact until it is complete."""


def training_artifact(plan: TrainingPlan, examples: Sequence[TrainExample], folder: StudyFolder) -> ModelArtifact:
    """The artifact of a fine-tune on these examples."""
    return plan.artifact(
        folder,
        examples=digest_of(list(examples)),
        **({"mix": plan.mix.digest} if plan.mix else {}),
        **({"held_back": digest_of(list(plan.held_back))} if plan.held_back else {}),
        **({"stop_after": plan.stop_after} if plan.stop_after is not None else {}),
    )


def train(
    plan: TrainingPlan,
    examples: Sequence[TrainExample],
    open_trainer: Callable[[str], Trainer[Any]],
    context: StageContext,
    *,
    model_digest: Callable[[Path], str],
    facts: Mapping[str, JsonValue],
) -> ModelArtifact:
    """Fine-tune, unless it was done before, and return the complete artifact.

    Its manifest holds the digest of the checkpoint and the caller's ``facts`` about the examples. An interrupted
    fine-tune goes on from its last checkpoint (:attr:`passgap.ports.FineTuneJob.work`).

    Raises:
        EngineError: the training failed; no model is left.
        StoreError: the checkpoint could not be written.
    """
    artifact = training_artifact(plan, examples, context.folder)
    if artifact.complete:
        return artifact
    job = SupervisedJob(
        base=plan.base,
        output=artifact.checkpoint,
        config=plan.config,
        seed=plan.seed,
        examples=tuple(examples),
        mix=plan.mix,
        held_back=plan.held_back,
        stop_after=plan.stop_after,
        work=plan.work,
    )
    mixed = mixed_among(len(examples), plan.mix.ratio) if plan.mix else 0
    steps = min(updates_of(len(examples) + mixed, plan.config), plan.stop_after or sys.maxsize)
    return run_job(plan.name, artifact, job, steps, open_trainer, context, model_digest=model_digest, facts=facts)


def run_job(
    name: str,
    artifact: ModelArtifact,
    job: FineTuneJob,
    steps: int,
    open_trainer: Callable[[str], Trainer[Any]],
    context: StageContext,
    *,
    model_digest: Callable[[Path], str],
    facts: Mapping[str, JsonValue],
) -> ModelArtifact:
    """Run a job of any kind, and return its artifact, which is complete then.

    Args:
        name: the fine-tune's name, for the progress display.
        artifact: receives the checkpoint and the manifest. It replaces the job's output folder.
        job: the base model, the data and the configuration. Its ``work`` is kept where it names one.
        steps: the number of updates, for the progress display.
        open_trainer: opens the trainer for a kind of job.
        context: the study's folder, clock and progress display.
        model_digest: computes the hash of a model folder.
        facts: the caller's facts about the examples, for the manifest.

    Raises:
        EngineError: the training failed; no model is left, and what is kept in the artifact's folder is where a
            further run goes on from.
        StoreError: the checkpoint could not be written.
    """
    artifact.begin()
    work = job.work or artifact.path(WORK)
    for leftover in artifact.folder.glob(f".{artifact.checkpoint.name}-*{TEMPORARY_SUFFIX}"):
        shutil.rmtree(leftover, ignore_errors=True)  # of a killed run; models are large

    given = {"work": work, "kept": artifact.kept if job.config.checkpoints else None}
    with atomic_path(artifact.checkpoint) as staged:
        result = run_trainer(
            f"training {name}",
            artifact,
            job.model_copy(update={**given, "output": staged}),
            steps,
            open_trainer,
            context,
        )
        write_json(staged / MARK, mark_of(artifact.name, artifact.inputs))
    known = result.model_dump(mode="json", exclude={"checkpoint", "seconds", "kept"})
    kept = [each.model_copy(update={"digest": model_digest(artifact.kept / each.name)}) for each in result.kept]
    artifact.finish(
        ModelManifest.model_validate(
            {
                **known,
                "stage": Stage.TRAINING,
                "seconds": metered_seconds(artifact),
                "samples": result.examples,
                "checkpoint_digest": model_digest(artifact.checkpoint),
                **({"kept": kept} if kept else {}),
                **facts,
            }
        )
    )
    # Not before the manifest is there: a kill in between loses nothing.
    shutil.rmtree(artifact.path(WORK), ignore_errors=True)
    return artifact


def run_trainer(
    title: str,
    artifact: Artifact,
    job: FineTuneJob,
    steps: int,
    open_trainer: Callable[[str], Trainer[Any]],
    context: StageContext,
    *,
    unit: str = "steps",
) -> TrainResult:
    """Let the trainer of a job do it, metered and shown.

    Args:
        title: for the progress display.
        artifact: that the time counts towards.
        job: the job.
        steps: of the progress display.
        open_trainer: opens the trainer for a kind of job.
        context: the study's folder, clock and progress display.
        unit: of the steps.

    Raises:
        EngineError: the trainer failed.
    """
    trainer = open_trainer(job.kind)
    devices = trainer.devices(job) if isinstance(trainer, OnSeveralDevices) else 1
    with (
        metered(artifact, context.clock, devices) as meter,
        context.progress.task(title, steps, unit=unit) as advance,
    ):

        def finished(count: int) -> None:
            advance(count)
            meter.tick()

        return trainer.train(job, progress=finished)
