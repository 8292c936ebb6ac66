"""Train on pairs under the registration: the reference pass, then the fine-tune."""

from __future__ import annotations

from passgap.arms.base import Candidate, Lab
from passgap.arms.preference import facts
from passgap.arms.preference.pool_pairs import PairData
from passgap.ports import FolderModel
from passgap.recipes import Recipe
from passgap.records import PreferenceLoss
from passgap.records.yields import YieldOf
from passgap.stages import StageCost, cost_of
from passgap.stages.preference import PreferencePlan, measure_reference, preference_artifact, train_on_pairs
from passgap.store import ModelArtifact


def optimise(name: str, recipe: Recipe, loss: PreferenceLoss, data: PairData, registration: str, lab: Lab) -> Candidate:
    """The base model, trained on pairs; what is on disk is not trained again.

    Args:
        name: of the arm.
        recipe: as it is registered.
        loss: that is taken on a pair.
        data: the pairs.
        registration: the hash of the ledger entry that allows it.
        lab: the means.

    Raises:
        EngineError, StoreError: the reference pass or the fine-tune failed.
    """
    assert recipe.training is not None
    plan = PreferencePlan(
        name=lab.label(name),
        base=lab.base_folder(),
        base_digest=lab.model_digest(lab.base_folder()),
        config=recipe.training,
        loss=loss,
        seed=lab.seed,
        registration=registration,
    )
    model = preference_artifact(plan, data.pairs, lab.stage.folder)
    if not model.complete:
        reference = measure_reference(plan, data.pairs, lab.trainer, lab.stage)
        model = train_on_pairs(
            plan, data.pairs, reference, lab.trainer, lab.stage, model_digest=lab.model_digest, facts=data.counts
        )
    counts = facts.facts_of(model.manifest)
    return Candidate(
        arm=name,
        model=FolderModel(folder=model.checkpoint),
        decoding=lab.spec.production_decoding,
        costs=(*data.costs, *_reference_costs(model, lab), cost_of(model)),
        facts=(*facts.in_words(counts), *data.facts),
        registration=registration,
        training=counts,
        yielded={
            YieldOf.PAIRS: len(data.pairs),
            YieldOf.PROBLEMS: data.problems,
            YieldOf.STEPS: counts.steps,
        },
    )


def _reference_costs(model: ModelArtifact, lab: Lab) -> tuple[StageCost, ...]:
    """The cost of the reference pass that a fine-tune names: it may have been another arm's."""
    named = model.manifest.facts.get("reference")
    return tuple(
        cost_of(entry)
        for entry in lab.stage.folder.index()
        if entry.manifest is not None and entry.manifest.digest == named
    )
