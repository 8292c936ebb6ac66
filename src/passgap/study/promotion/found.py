"""A checkpoint as it is on disk with the evidence on it, and the parts that evidence on any round has in common."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from passgap.decisions.promotion import GateEvidence, PromotionEvidence, WeightsEvidence
from passgap.errors import EngineError, StudyError
from passgap.models.made_by_studies import trained_from
from passgap.ports import FolderModel
from passgap.probes import PROBES
from passgap.promotion.registry import HeldOutResult, Parent
from passgap.records import ModelManifest
from passgap.store import IndexEntry, LedgerEntry, StudyFolder, select
from passgap.study.context import REGISTRATION, StudyContext
from passgap.study.tuned_base import refuse_tuned_base


@dataclass(frozen=True, kw_only=True)
class Found:
    """A checkpoint as it is on disk, with the evidence on it."""

    evidence: PromotionEvidence
    folder: Path
    seed: int | None
    evaluation: HeldOutResult | None
    parents: tuple[Parent, ...]
    recipe: JsonValue
    """The registered pipeline spec; None where there is none."""


def model_artifact(folder: StudyFolder, name: str) -> IndexEntry | None:
    """The last finished fine-tune of a name; None where there is none."""
    found = select(folder.index(), f"{name}-model")
    return found[-1] if found else None


def checkpoint_of(artifact: IndexEntry) -> Path:
    """The folder of a fine-tune's weights."""
    return artifact.folder / "checkpoint"


def weights_of(context: StudyContext, folder: StudyFolder, artifact: IndexEntry, name: str) -> WeightsEvidence:
    """The digests of the weights that were measured, that the fine-tune wrote, and that are there now.

    Args:
        context: the study open for work, whose digests are of files and not of records.
        folder: that the artifacts are in.
        artifact: the fine-tune.
        name: of the repetition.
    """
    checkpoint = checkpoint_of(artifact)
    samples = select(folder.index(), f"{name}-heldout-samples")
    measured = str(samples[-1].value("engine.model_digest")) if samples else None
    trained = artifact.manifest.read_as(ModelManifest).checkpoint_digest if artifact.manifest else None
    found = None
    if any(checkpoint.glob("*.safetensors")) or (checkpoint / "config.json").is_file():
        try:
            found = context.services.model_digest(checkpoint)
        except (EngineError, OSError):
            found = None
    return WeightsEvidence(measured=measured, trained=trained, found=found, folder=str(checkpoint))


def registration_of(folder: StudyFolder, arm: str) -> LedgerEntry | None:
    """The ledger's entry that an arm was trained under; None where it was not registered."""
    for entry in folder.ledger.of_kind(REGISTRATION):
        spec = spec_of(entry)
        if spec.get("arm") == arm:
            return entry
    return None


def spec_of(entry: LedgerEntry | None) -> dict[str, JsonValue]:
    """The registered pipeline spec of an entry; empty where there is none."""
    payload = entry.payload if entry is not None and isinstance(entry.payload, dict) else {}
    spec = payload.get("spec")
    return spec if isinstance(spec, dict) else {}


def was_compared(entry: LedgerEntry | None) -> bool:
    """Whether the registration holds the digest of a contamination check, made before the training."""
    return bool(spec_of(entry).get("contamination_digest"))


def parent_digest(checkpoint: Path, entry: LedgerEntry | None) -> str:
    """The digest of the weights that a checkpoint was trained from: as it is marked, or as registered."""
    return trained_from(checkpoint) or str(spec_of(entry).get("base_digest", ""))


def safety_probes(context: StudyContext) -> frozenset[str]:
    """The probes of the study's battery whose alert nobody can waive."""
    return frozenset(name for name in context.probes if name in PROBES and not PROBES[name].tolerance.disarmable)


def gate_of_base(context: StudyContext) -> GateEvidence | None:
    """The gate's evidence where the study's base model was itself trained by a study: there is none, so it is refused.

    None where the base model is one that no study trained.
    """
    try:
        model = context.base_model()
        refuse_tuned_base(context.spec, model.folder if isinstance(model, FolderModel) else None)
    except StudyError:
        return GateEvidence(entry=None)
    except EngineError:
        return None  # it is not here, and the digests of the fine-tune say what it was
    return None
