"""Measured quantities with their intervals, and the ones that the data cannot give."""

from __future__ import annotations

import math
from typing import Literal, Self

from pydantic import Field, model_validator

from passgap.records.base import Record


class Estimate(Record):
    """A measured quantity that never travels without its interval, its level and its sizes.

    ``value``, ``low`` and ``high`` are fractions of 1 (pass@k, shares), differences of such fractions that have a sign
    (``difference``: deltas) or cannot be negative (``points``: gaps), or what else ``unit`` names. ``n`` counts
    problems, ``m`` samples a problem (the smallest where uneven).
    """

    value: float = Field(allow_inf_nan=False)
    low: float = Field(allow_inf_nan=False)
    high: float = Field(allow_inf_nan=False)
    level: float = Field(default=0.95, gt=0.0, lt=1.0)
    n: int = Field(ge=1)
    m: int = Field(ge=1)
    method: str
    unit: Literal["fraction", "points", "difference", "ratio", "tokens", "nats", "count"] = "fraction"
    unscored: int = Field(default=0, ge=0)
    """Samples left out because they could not be scored."""
    warning: str = ""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        slack = 1e-9 * max(1.0, math.fabs(self.value))
        if not self.low - slack <= self.value <= self.high + slack:
            raise ValueError(f"an interval must hold its value: {self.low} <= {self.value} <= {self.high}")
        return self


class Insufficient(Record):
    """A quantity that the data cannot give, with the reason; never a zero in its place."""

    insufficient: str
    n: int = Field(ge=0)
    m: int = Field(ge=0)
    unscored: int = Field(default=0, ge=0)


Measured = Estimate | Insufficient
