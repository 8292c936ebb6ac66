"""The records of a lift that is split into its causes by controls, each of which shares some of them."""

from __future__ import annotations

from pydantic import Field

from passgap.records import Measured, Record
from passgap.records.units import FractionOf1


class LiftPart(Record):
    """One part of a lift: what one arm gains over the one before it in the chain."""

    causes: tuple[str, ...] = Field(min_length=1)
    """Such as ``dose``; several where no control tells them apart."""
    arm: str
    minus: str
    """The arm that is subtracted; ``base`` is the base model."""
    delta: Measured
    """pass@1, paired by problem."""
    p_value: FractionOf1 | None = None
    adjusted_p_value: FractionOf1 | None = None
    """By Holm, over the parts."""


class LiftSplit(Record):
    """The lift of an arm over the base model as the sum of its parts."""

    whole: Measured
    parts: tuple[LiftPart, ...]
    summary: str
