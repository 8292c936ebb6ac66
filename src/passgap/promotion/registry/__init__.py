"""The registry of checkpoints: what each is, where its files are, which state it is in, and who put it there.

A checkpoint is a manifest, and its id the manifest's hash. States are entries of the study's hash-chained ledger; the
aliases ``production`` and ``candidate`` are derived from them, so that nothing can say otherwise.
"""

from passgap.promotion.registry.collection import Collected, collect_expired
from passgap.promotion.registry.files import changed_files, hash_files
from passgap.promotion.registry.manifest import (
    CheckpointManifest,
    FileEntry,
    HeldOutResult,
    Parent,
    RecipeOfCheckpoint,
)
from passgap.promotion.registry.registry import Checkpoint, Registry
from passgap.promotion.registry.states import Move, Signature, State

__all__ = [
    "Checkpoint",
    "CheckpointManifest",
    "Collected",
    "FileEntry",
    "HeldOutResult",
    "Move",
    "Parent",
    "RecipeOfCheckpoint",
    "Registry",
    "Signature",
    "State",
    "changed_files",
    "collect_expired",
    "hash_files",
]
