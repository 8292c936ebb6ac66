"""Measured quantities with their intervals, and quantities that the data do not determine."""

from __future__ import annotations

import math
from typing import Literal, Self

from pydantic import Field, model_validator

from passgap.records.base import Record
from passgap.records.units import FractionOf1

Unit = Literal["fraction", "points", "difference", "ratio", "tokens", "nats", "count", "hours", "money"]
"""The unit of a measured quantity; the first three are fractions of 1 (:class:`Estimate`)."""


class Estimate(Record):
    """A measured quantity with its confidence interval, level and sample sizes.

    ``value``, ``low`` and ``high`` are in the unit that ``unit`` names: fractions of 1 (pass@k, shares), differences of
    such fractions that have a sign (``difference``: deltas) or cannot be negative (``points``: gaps), and so on.
    ``n`` is the number of problems, ``m`` the number of samples per problem (the smallest, if it varies).
    """

    value: float = Field(allow_inf_nan=False)
    low: float = Field(allow_inf_nan=False)
    high: float = Field(allow_inf_nan=False)
    level: FractionOf1 = Field(default=0.95, gt=0.0, lt=1.0)
    n: int = Field(ge=1)
    m: int = Field(ge=1)
    method: str
    unit: Unit = "fraction"
    unscored: int = Field(default=0, ge=0)
    """Samples excluded because they could not be scored."""
    warning: str = ""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        slack = 1e-9 * max(1.0, math.fabs(self.value))
        if not self.low - slack <= self.value <= self.high + slack:
            raise ValueError(f"an interval must hold its value: {self.low} <= {self.value} <= {self.high}")
        return self


class Insufficient(Record):
    """A quantity that the data do not determine, with the reason; it is never replaced by zero."""

    insufficient: str
    n: int = Field(ge=0)
    m: int = Field(ge=0)
    unscored: int = Field(default=0, ge=0)


Measured = Estimate | Insufficient
