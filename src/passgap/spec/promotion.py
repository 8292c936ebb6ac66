"""How checkpoints of a study are promoted, compared in production, and kept."""

from __future__ import annotations

from pydantic import Field

from passgap.spec.section import Section


class PromotionSection(Section):
    """The rules of promotion, declared before a candidate gets traffic."""

    retention_days: float = Field(
        default=90.0,
        ge=1.0,
        le=3650.0,
        description="Days for which the files of a retired checkpoint are kept; those of the base model and of the "
        "checkpoint in production always are.",
    )
