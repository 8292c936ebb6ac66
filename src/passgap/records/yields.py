"""The yield of an arm: how much it has to learn from, as it is forecast and as it came."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from passgap.records.base import Record
from passgap.records.estimates import Measured


class YieldOf(StrEnum):
    """A quantity of a yield."""

    EXAMPLES = "examples"
    """Samples that are trained on, each counted once."""
    PROBLEMS = "problems"
    """Distinct problems that there is something to learn from."""
    PAIRS = "pairs"
    """Pairs of a better and a worse answer to one problem."""
    GROUPS = "groups"
    """Groups of samples of one problem whose rewards differ, over the whole run: those that carry a gradient."""
    STEPS = "steps"
    """Updates of the weights."""
    IDLE_STEPS = "idle_steps"
    """The share of updates without any gradient, a fraction of 1."""
    HOURS = "hours"
    """Device-hours to make the candidate, before it is evaluated."""
    MONEY = "money"
    """The price of these hours, in the currency of the study."""

    @property
    def caption(self) -> str:
        """The quantity in words."""
        return _CAPTIONS[self]


_CAPTIONS = {
    YieldOf.EXAMPLES: "examples to train on",
    YieldOf.PROBLEMS: "distinct problems",
    YieldOf.PAIRS: "pairs",
    YieldOf.GROUPS: "informative groups",
    YieldOf.STEPS: "updates",
    YieldOf.IDLE_STEPS: "updates without a gradient",
    YieldOf.HOURS: "device-hours",
    YieldOf.MONEY: "money",
}


class Minimum(Record):
    """The least of a quantity that an arm needs to have a chance."""

    of: YieldOf
    amount: int = Field(ge=1)
    why: str
    """The loss below it, as half a sentence."""


class YieldForecast(Record):
    """The yield of an arm before it costs anything; a quantity that the arm does not have is None.

    Quantities are sums over the pool, each with the interval that the sum itself is to lie in.
    """

    arm: str
    examples: Measured | None = None
    problems: Measured | None = None
    pairs: Measured | None = None
    groups: Measured | None = None
    steps: Measured | None = None
    idle_steps: Measured | None = None
    hours: Measured | None = None
    money: Measured | None = None
    minimum: Minimum | None = None
    """The least that it is not refused with; None where it needs nothing of what counts can foretell."""
    notes: tuple[str, ...] = ()
    """Sentences on how it was computed beyond what all forecasts assume."""
    basis: str = ""
    """The counts that it rests on, in words."""
    declared: bool = True
    """Whether the study declares the arm; else a verdict names it, and it is forecast at its defaults."""

    def of(self, quantity: YieldOf) -> Measured | None:
        """One quantity; None where the arm does not have it."""
        found: Measured | None = getattr(self, quantity.value)
        return found

    def quantities(self) -> dict[YieldOf, Measured]:
        """The quantities that the arm has, in their order."""
        return {each: found for each in YieldOf if (found := self.of(each)) is not None}

    @model_serializer(mode="wrap")
    def _without_nothing(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = dump(self)
        return {name: value for name, value in written.items() if value is not None}
