"""Fine-tune a model on pairs: the reference's log-probabilities first, as a stage of their own, then the fine-tune."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from passgap.ports import Trainer
from passgap.ports.preference_job import LogProbs, PreferenceJob, ReferenceJob
from passgap.recipes import updates_of
from passgap.records import PreferenceLoss, PreferencePair, Stage, StageManifest, digest_of, digested
from passgap.stages.context import StageContext
from passgap.stages.costs import metered_seconds
from passgap.stages.training import FineTunePlan, run_job, run_trainer
from passgap.store import Artifact, ModelArtifact, StudyFolder, read_json, write_json

_LOG_PROBS = "log-probs.json"


class PreferencePlan(FineTunePlan):
    """A pre-registered fine-tune on pairs."""

    loss: PreferenceLoss


def preference_artifact(plan: PreferencePlan, pairs: Sequence[PreferencePair], folder: StudyFolder) -> ModelArtifact:
    """The artifact of a fine-tune on these pairs."""
    return plan.artifact(folder, pairs=digest_of(list(pairs)), loss=digested(plan.loss))


def reference_artifact(plan: PreferencePlan, pairs: Sequence[PreferencePair], folder: StudyFolder) -> Artifact:
    """The artifact of a reference pass, which arms with the same pairs share: no setting of the fine-tune is in it."""
    inputs: dict[str, JsonValue] = {
        "base": plan.base_digest,
        "pairs": digest_of(list(pairs)),
        "max_length": plan.config.max_length,
    }
    return folder.artifact("pairs-reference", inputs)


def measure_reference(
    plan: PreferencePlan,
    pairs: Sequence[PreferencePair],
    open_trainer: Callable[[str], Trainer[Any]],
    context: StageContext,
) -> Artifact:
    """Compute the base model's log-probabilities of the answers, unless it was done before.

    Raises:
        EngineError: the base model cannot be loaded, or no pair fits.
        StoreError: the result could not be written.
    """
    artifact = reference_artifact(plan, pairs, context.folder)
    if artifact.complete:
        return artifact
    artifact.begin()

    job = ReferenceJob(
        base=plan.base, output=artifact.path("none"), config=plan.config, seed=plan.seed, pairs=tuple(pairs)
    )
    title = f"reference of {plan.name}"
    result: Any = run_trainer(title, artifact, job, len(pairs), open_trainer, context, unit="pairs")
    write_json(artifact.path(_LOG_PROBS), [each and each.model_dump() for each in result.log_probs])
    artifact.finish(
        StageManifest.model_validate(
            {
                "stage": Stage.REFERENCE,
                "seconds": metered_seconds(artifact),
                "samples": 2 * result.examples,
                "tokens": result.tokens,
                "prompt_tokens": result.prompt_tokens,
                "versions": result.versions,
            }
        )
    )
    return artifact


def train_on_pairs(
    plan: PreferencePlan,
    pairs: Sequence[PreferencePair],
    reference: Artifact,
    open_trainer: Callable[[str], Trainer[Any]],
    context: StageContext,
    *,
    model_digest: Callable[[Path], str],
    facts: Mapping[str, JsonValue],
) -> ModelArtifact:
    """Fine-tune on pairs, unless it was done before, and return the complete artifact.

    Its manifest holds the digest of the reference pass, and the caller's ``facts`` about the pairs.

    Raises:
        EngineError: the training failed; no checkpoint is left.
        StoreError: the checkpoint could not be written.
    """
    artifact = preference_artifact(plan, pairs, context.folder)
    if artifact.complete:
        return artifact
    job = PreferenceJob(
        base=plan.base,
        output=artifact.checkpoint,
        config=plan.config,
        seed=plan.seed,
        pairs=tuple(pairs),
        loss=plan.loss,
        reference=tuple(each and LogProbs.model_validate(each) for each in read_json(reference.path(_LOG_PROBS))),
    )
    return run_job(
        plan.name,
        artifact,
        job,
        updates_of(len(pairs), plan.config),
        open_trainer,
        context,
        model_digest=model_digest,
        facts={**facts, "reference": reference.digest},
    )
