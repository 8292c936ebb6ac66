"""The lock between deciding and carrying out: a pipeline spec is registered in the ledger, or the arm is not run."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import JsonValue

from passgap.arms import arm_of
from passgap.errors import StudyError
from passgap.ports import FolderModel
from passgap.probes import ProbeResolution
from passgap.recipes import TARGET_RULE, PipelineSpec
from passgap.records import digest_of
from passgap.spec import read_earlier
from passgap.store import LedgerEntry
from passgap.study.battery import prompt_sets_of
from passgap.study.chosen_recipe import require_recipe
from passgap.study.context import REGISTRATION, StudyContext
from passgap.study.declared_arms import DeclaredProblems
from passgap.study.repetitions import repetitions_of
from passgap.study.resolution import planned_resolutions, unresolving
from passgap.tasks.splits import Splits


def refuse_untrained(name: str) -> None:
    """Refuse an arm of which there is nothing to train.

    Raises:
        StudyError: it is one.
    """
    if not arm_of(name).trains:
        raise StudyError(f"the {name} arm trains nothing", ["Name an arm that trains: `--arm ssd`."])


def refuse_unregistered(name: str) -> None:
    """Refuse an arm of which there is nothing to register.

    Raises:
        StudyError: it is one.
    """
    if not arm_of(name).preregistered:
        raise StudyError(
            f"the {name} arm trains nothing, and its settings are declared before anything is measured",
            ["Name an arm that is registered: `--arm ssd`."],
        )


def pipeline_spec(context: StudyContext, splits: Splits, name: str) -> PipelineSpec:
    """Everything that a run of an arm is bound to, as the study stands now: its recipe, and what all arms share.

    Raises:
        StudyError: nothing is registered of the arm, or the study does not declare it.
    """
    arm, spec = arm_of(name), context.spec
    refuse_unregistered(name)
    require_recipe(context.folder.ledger, spec, name)
    recipe = arm.registered(arm.section_of(spec), DeclaredProblems(spec, splits))
    repetitions = repetitions_of(spec, name)
    seeds = tuple(each.seed for each in repetitions)
    return PipelineSpec(
        arm=name,
        base_model=spec.model.id,
        base_digest=_base_digest(context, trains=arm.trains),
        pool=spec.pool,
        pool_digest=splits.pool.digest,
        pool_problems=len(splits.pool.problems),
        pool_removed=splits.removed,
        contamination_digest=digest_of(splits.contamination),
        seed=spec.seed,
        battery=spec.battery,
        probes=context.probes,
        probe_sets={each.name: each.digest for each in prompt_sets_of(context.battery)},
        heldout=spec.heldout,
        heldout_digest=splits.heldout.digest,
        heldout_problems=len(splits.heldout.problems),
        evaluation=spec.production_decoding,
        samples_per_problem=repetitions[0].samples,
        ks=spec.diagnostics.k,
        thresholds=spec.thresholds,
        seeds=() if seeds == (spec.seed,) else seeds,
        **{name: getattr(recipe, name) for name in type(recipe).model_fields},
    )


def _base_digest(context: StudyContext, *, trains: bool) -> str:
    """The digest of the base model: of its weights, or of what a server says of it.

    Raises:
        StudyError: it is to be trained, and its weights are not here.
    """
    model = context.base_model()
    if trains or isinstance(model, FolderModel):
        return context.services.model_digest(context.base_folder())
    with context.sampler(model) as sampler:
        return sampler.identity.model_digest


def register(
    context: StudyContext, pipeline: PipelineSpec, resolutions: Sequence[ProbeResolution] | None = None
) -> LedgerEntry:
    """Write a pipeline spec into the ledger, unless this very spec is there; of a study that is only read, find it.

    Args:
        context: the study.
        pipeline: of the arm.
        resolutions: what each probe can resolve on the arm, as far as the base model is measured; None for what is
            known of it without any measurement.

    Raises:
        StudyError: another spec was registered for this arm. What is tried after a result was seen is another study.
        StoreError: the ledger was altered.
    """
    if context.read_only:
        return require_registration(context, pipeline)
    earlier = _registered(context, pipeline.arm)
    if earlier is None:
        chosen = require_recipe(context.folder.ledger, context.spec, pipeline.arm)
        return context.record(
            REGISTRATION,
            {
                "digest": pipeline.digest,
                "spec": pipeline.model_dump(mode="json"),
                "target": TARGET_RULE,
                **_resolutions(context, pipeline, resolutions),
                **({"pilot": chosen.hash} if chosen is not None else {}),
            },
        )
    _refuse_changes(context, pipeline, earlier)
    return earlier


def _resolutions(
    context: StudyContext, pipeline: PipelineSpec, found: Sequence[ProbeResolution] | None
) -> dict[str, JsonValue]:
    """The resolution of each probe, and a note on each that cannot resolve its tolerance."""
    if not context.battery.judged_together:
        return {}
    told = planned_resolutions(context, len(pipeline.seeds) or 1) if found is None else found
    for each in unresolving(told):
        context.note(f"battery of {pipeline.arm}: {each}")
    return {"resolution": [each.model_dump(mode="json") for each in told]}


def require_registration(context: StudyContext, pipeline: PipelineSpec) -> LedgerEntry:
    """Return the ledger entry that allows this arm to be carried out.

    Raises:
        StudyError: there is none, or the study was edited after it was written.
        StoreError: the ledger was altered.
    """
    earlier = _registered(context, pipeline.arm)
    if earlier is None:
        raise StudyError(
            f"the arm `{pipeline.arm}` is not pre-registered, so it is not "
            + ("trained" if arm_of(pipeline.arm).trains else "measured"),
            [
                "Recipe, battery and evaluation are written into the ledger before "
                + ("training" if arm_of(pipeline.arm).trains else "it is measured")
                + ", so that nobody can fit them to the result. `passgap register STUDY` does it; `passgap run STUDY` "
                "does it on its way."
            ],
        )
    _refuse_changes(context, pipeline, earlier)
    return earlier


def is_registered(context: StudyContext, arm: str) -> bool:
    """Whether anything was registered of an arm."""
    return _registered(context, arm) is not None


def _registered(context: StudyContext, arm: str) -> LedgerEntry | None:
    for entry in context.folder.ledger.of_kind(REGISTRATION):
        spec = entry.payload.get("spec") if isinstance(entry.payload, dict) else None
        if isinstance(spec, dict) and spec.get("arm") == arm:
            return entry
    return None


_FOUND = ("base_digest", "contamination_digest", "mix_rule", "pool_removed", "probe_sets", "selection", "versions")
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
