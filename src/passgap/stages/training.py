"""Fine-tune on selected samples: examples in, a checkpoint folder out, whole or absent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pydantic import JsonValue

from passgap.ports import Trainer, TrainJob
from passgap.recipes import mixed_among, updates_of
from passgap.records import Mix, ModelManifest, Record, Stage, TrainConfig, TrainExample, digest_of, digested
from passgap.stages.context import StageContext
from passgap.stages.costs import metered, metered_seconds
from passgap.store import ModelArtifact, StudyFolder, atomic_path


class TrainingPlan(Record):
    """A fine-tune that the ledger holds: ``registration`` is the digest of its pre-registered pipeline spec."""

    name: str
    base: Path
    base_digest: str
    config: TrainConfig
    seed: int
    registration: str
    mix: Mix | None = None
    """The instruction data mixed in with the examples."""


def training_artifact(plan: TrainingPlan, examples: Sequence[TrainExample], folder: StudyFolder) -> ModelArtifact:
    """The artifact of a fine-tune, bound to the base's weights, the examples, the settings and the registration."""
    inputs: dict[str, JsonValue] = {
        "base": plan.base_digest,
        "examples": digest_of(list(examples)),
        "config": digested(plan.config),
        "seed": plan.seed,
        "registration": plan.registration,
        **({"mix": plan.mix.digest} if plan.mix else {}),
    }
    return folder.artifact(f"{plan.name}-model", inputs, ModelArtifact)


def train(
    plan: TrainingPlan,
    examples: Sequence[TrainExample],
    open_trainer: Callable[[], Trainer],
    context: StageContext,
    *,
    model_digest: Callable[[Path], str],
    facts: Mapping[str, JsonValue],
) -> ModelArtifact:
    """Train, unless that was done, and return the complete artifact.

    Its manifest holds the digest of the checkpoint, and the ``facts`` that its caller knows of the examples. A
    fine-tune that was interrupted begins again from the base: its seed makes it the same fine-tune.

    Raises:
        EngineError: the training failed; no checkpoint is left.
        StoreError: the checkpoint could not be written.
    """
    artifact = training_artifact(plan, examples, context.folder)
    if artifact.complete:
        return artifact
    artifact.begin()
    mixed = mixed_among(len(examples), plan.mix.ratio) if plan.mix else 0
    steps = updates_of(len(examples) + mixed, plan.config)

    def finished(count: int) -> None:
        advance(count)
        meter.tick()

    with (
        metered(artifact, context.clock) as meter,
        context.progress.task(f"training {plan.name}", steps, unit="steps") as advance,
        atomic_path(artifact.checkpoint) as staged,
    ):
        result = open_trainer().train(
            TrainJob(base=plan.base, output=staged, config=plan.config, seed=plan.seed),
            examples,
            mix=plan.mix,
            progress=finished,
        )
    known = result.model_dump(mode="json", exclude={"checkpoint", "seconds"})
    artifact.finish(
        ModelManifest.model_validate(
            {
                **known,
                "stage": Stage.TRAINING,
                "seconds": metered_seconds(artifact),
                "samples": result.examples,
                "checkpoint_digest": model_digest(artifact.checkpoint),
                **facts,
            }
        )
    )
    return artifact
