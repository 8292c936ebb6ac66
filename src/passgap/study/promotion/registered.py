"""The registry of a study's checkpoints, and whoever works on it."""

from __future__ import annotations

from passgap.promotion.registry import Registry, Signature
from passgap.study.context import StudyContext


def registry_of(context: StudyContext) -> Registry:
    """The registry of a study's checkpoints."""
    return Registry(context.folder.path, context.folder.ledger)


def signature_of(context: StudyContext) -> Signature:
    """Whoever works on the study, now."""
    return Signature(who=context.services.who, time=context.services.clock.now())
