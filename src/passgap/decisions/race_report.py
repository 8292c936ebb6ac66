"""A race of arms: which were stopped, on which evidence, and how probably that was wrong."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from passgap.records import Measured, Record
from passgap.records.units import DeviceHours, FractionOf1, Money


class Fate(StrEnum):
    """The fate of an arm."""

    GOES_ON = "goes on"
    STOPPED = "stopped"
    """It is shown not to be the best."""
    CAP = "money cap"
    """The rest of the race's money does not pay for measuring it as well."""


class RacedArm(Record):
    """One arm of a race."""

    arm: str
    fate: Fate
    problems: int
    """Development problems that it was measured on."""
    pass_at_1: Measured
    evidence: float = Field(ge=0.0)
    """The e-value against "this arm is the best": it is stopped at ``1 / error``."""
    chance: FractionOf1 | None = None
    """The probability that it would have beaten the leader after all development problems; None where it goes on."""


class RaceReport(Record):
    """A finished race."""

    arms: tuple[RacedArm, ...]
    leader: str
    """The arm with the highest pass@1 of those that go on."""
    ended: str
    """Why the race ended."""
    error: FractionOf1
    """The largest probability that the best arm was stopped."""
    batch: int
    samples: int
    problems: int
    """Development problems that there are."""
    hours: DeviceHours
    """That the arms took until the race ended, to make and to race them."""
    money: Money
    cap: Money | None
    saved: DeviceHours
    """Predicted, of what the arms that are out would still have taken."""
    currency: str

    @property
    def out(self) -> tuple[str, ...]:
        """The arms that are not measured any further."""
        return tuple(each.arm for each in self.arms if each.fate is not Fate.GOES_ON)
