"""The lock between deciding and training: a pipeline spec is registered in the ledger, or nothing is trained (R5)."""

from __future__ import annotations

from passgap.errors import StudyError
from passgap.recipes import MIX_RULE, SELECTION_RULE, TARGET_RULE, Arm, PipelineSpec, training_config
from passgap.records import digest_of
from passgap.spec import read_earlier
from passgap.store import LedgerEntry
from passgap.study.battery import prompt_sets_of
from passgap.study.context import REGISTRATION, StudyContext
from passgap.study.splits import Splits


def pipeline_spec(context: StudyContext, splits: Splits, arm: Arm) -> PipelineSpec:
    """Everything that a run of an arm is bound to, as the study stands now."""
    spec = context.spec
    return PipelineSpec(
        arm=arm,
        base_model=spec.model.id,
        base_digest=context.services.model_digest(context.base_folder()),
        pool=spec.pool,
        pool_digest=splits.pool.digest,
        pool_problems=len(splits.pool.problems),
        pool_removed=splits.removed,
        contamination_digest=digest_of(splits.contamination),
        sampling=spec.pool_decoding,
        samples_per_prompt=spec.sampling.per_prompt,
        seed=spec.seed,
        selection=SELECTION_RULE if spec.sampling.drop_stubs else "no filtering but of empty answers",
        training=training_config(spec.training),
        mix_ratio=spec.training.mix_ratio,
        mix_digest=splits.mix.digest if splits.mix else None,
        mix_examples=len(splits.mix.examples) if splits.mix else 0,
        mix_removed=splits.mix_removed,
        mix_rule=MIX_RULE if splits.mix else None,
        battery=spec.battery,
        probes=context.probes,
        probe_sets={each.name: each.digest for each in prompt_sets_of(context.probes)},
        heldout=spec.heldout,
        heldout_digest=splits.heldout.digest,
        heldout_problems=len(splits.heldout.problems),
        evaluation=spec.production_decoding,
        samples_per_problem=spec.diagnostics.samples,
        ks=spec.diagnostics.k,
        thresholds=spec.thresholds,
    )


def register(context: StudyContext, pipeline: PipelineSpec) -> LedgerEntry:
    """Write a pipeline spec into the ledger, unless this very spec is there.

    Raises:
        StudyError: another spec was registered for this arm. What is tried after a result was seen is another study.
        StoreError: the ledger was altered.
    """
    earlier = _registered(context, pipeline.arm)
    if earlier is None:
        return context.record(
            REGISTRATION, {"digest": pipeline.digest, "spec": pipeline.model_dump(mode="json"), "target": TARGET_RULE}
        )
    _refuse_changes(context, pipeline, earlier)
    return earlier


def require_registration(context: StudyContext, pipeline: PipelineSpec) -> LedgerEntry:
    """Return the ledger entry that allows this arm to be trained.

    Raises:
        StudyError: there is none, or the study was edited after it was written.
        StoreError: the ledger was altered.
    """
    earlier = _registered(context, pipeline.arm)
    if earlier is None:
        raise StudyError(
            f"the arm `{pipeline.arm}` is not pre-registered, so it is not trained",
            [
                "Recipe, battery and evaluation are written into the ledger before training, so that nobody can fit "
                "them to the result. `passgap register STUDY` does it; `passgap run STUDY` does it on its way."
            ],
        )
    _refuse_changes(context, pipeline, earlier)
    return earlier


def _registered(context: StudyContext, arm: Arm) -> LedgerEntry | None:
    for entry in context.folder.ledger.of_kind(REGISTRATION):
        spec = entry.payload.get("spec") if isinstance(entry.payload, dict) else None
        if isinstance(spec, dict) and spec.get("arm") == arm.value:
            return entry
    return None


_FOUND = ("base_digest", "contamination_digest", "mix_rule", "pool_removed", "probe_sets", "selection")
"""Fields that say how passgap carries out what the study declares. Where nothing is done any more, they are what they
were, whatever this version would do."""


def _refuse_changes(context: StudyContext, pipeline: PipelineSpec, entry: LedgerEntry) -> None:
    """Compare by meaning: what an earlier version registered says nothing of fields that it did not have."""
    registered = registered_spec(entry)
    if registered is not None and context.read_only:
        pipeline = pipeline.model_copy(update={name: getattr(registered, name) for name in _FOUND})
    changes = (
        pipeline.changes_from(registered)
        if registered is not None
        else ["the registered spec cannot be read by this version of passgap"]
    )
    if not changes:
        return
    raise StudyError(
        f"the arm `{pipeline.arm}` was registered otherwise on {entry.time:%Y-%m-%d %H:%M} by {entry.who}",
        [*changes, "Put the registered values back, or begin a new study folder for the new ones."],
    )


def registered_spec(entry: LedgerEntry) -> PipelineSpec | None:
    """The pipeline spec of a registration, whichever version wrote it; None where it can no longer be read."""
    return read_earlier(PipelineSpec, entry.payload.get("spec")) if isinstance(entry.payload, dict) else None
