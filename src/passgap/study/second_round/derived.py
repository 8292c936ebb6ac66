"""The study that a second round is: declared by the first one, with its model as base model and the fresh problems."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from passgap.arms import arm_of
from passgap.ports import FolderModel, ModelReference
from passgap.records import Record
from passgap.spec import StudySpec, TaskSource
from passgap.spec.thresholds import Round2Section
from passgap.store import StudyFolder
from passgap.store.folder import ROUNDS
from passgap.study.context import ROUND2, StudyContext


class Begun(Record):
    """The beginning of a second round, as it is in the study's ledger."""

    arm: str
    gate: str
    """The hash of the ledger's entry with the gate's answer."""
    base: str
    """The digest of the base model's weights."""
    round1: str
    """The digest of the weights of round 1's checkpoint."""
    checkpoint: str
    """Its folder, in the study's."""
    pool: TaskSource
    heldout: TaskSource
    problems: dict[str, str]
    """The digests of the problems of both sets: of the pool, less what is too close to a held-out problem."""


@dataclass(frozen=True)
class RoundContexts:
    """The study at work on a second round, and the same problems with the study's own base model."""

    later: StudyContext
    """Its base model is round 1's checkpoint."""
    original: StudyContext


def begun_rounds(context: StudyContext) -> tuple[Begun, ...]:
    """The second rounds of a study, in the order in which they began."""
    return tuple(Begun.model_validate(entry.payload) for entry in context.folder.ledger.of_kind(ROUND2))


def contexts_of(
    context: StudyContext, arm: str, checkpoint: str, pool: TaskSource, heldout: TaskSource
) -> RoundContexts:
    """The contexts of an arm's second round.

    Args:
        context: of the study.
        arm: whose second round it is.
        checkpoint: the folder of round 1's model, in the study's.
        pool: the fresh prompts.
        heldout: the fresh held-out problems.
    """
    declared = context.spec
    spec = round_spec(declared, arm, pool, heldout)
    folder = StudyFolder(context.folder.path, f"{ROUNDS}/{arm}")
    model = declared.model.model_copy(update={"id": checkpoint, "name": f"{declared.model.name}, round 1 of {arm}"})
    place, services = context.folder.path / checkpoint, context.services
    common = replace(context, folder=folder, chosen={})
    return RoundContexts(
        later=replace(
            common,
            intake=context.intake.model_copy(update={"spec": spec.model_copy(update={"model": model})}),
            services=replace(
                services,
                resolve_model=_resolving(checkpoint, place, services.resolve_model),
                parameters=lambda name: services.parameters(str(place) if name == checkpoint else name),
            ),
        ),
        original=replace(common, intake=context.intake.model_copy(update={"spec": spec})),
    )


def round_spec(spec: StudySpec, arm: str, pool: TaskSource, heldout: TaskSource) -> StudySpec:
    """The declarations of an arm's second round: its recipe, and another arm's only if it is made to resemble that.

    All of the fresh held-out problems are measured at once, and neither a recipe nor a decoding is searched.
    """
    section = arm_of(arm).section_of(spec)
    control = arm_of(arm).control_for(section)
    kept = {name: each for name, each in spec.arms.items() if control is not None and name == control.of}
    return spec.model_copy(
        update={
            "name": f"{spec.name}, round 2 of {arm}",
            "pool": pool,
            "heldout": heldout,
            "arms": {**kept, arm: section},
            "thresholds": spec.thresholds.model_copy(update={"looks": ()}),
            "round2": Round2Section(),
            "pilot": None,
            "frontier": None,
            "race": None,
        }
    )


def _resolving(
    checkpoint: str, place: Path, resolve: Callable[[str], ModelReference]
) -> Callable[[str], ModelReference]:
    return lambda name: FolderModel(folder=place) if name == checkpoint else resolve(name)
