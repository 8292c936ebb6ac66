"""The plan of a study: the problems, samples, device-hours and money that a decisive verdict takes."""

from __future__ import annotations

from pydantic import Field

from passgap.estimates import Needed
from passgap.probes import ProbeResolution
from passgap.records import Measured, Record
from passgap.records.units import Days, DeviceHours, Difference, FractionOf1, Money, Seconds, TokensPerSecond
from passgap.records.yields import YieldForecast
from passgap.spec.budget import Part


class Price(Record):
    """The cost of drawing, running or training on a number of samples."""

    samples: int = Field(ge=0)
    tokens: int = Field(ge=0)
    hours: DeviceHours = Field(ge=0.0)
    money: Money = Field(ge=0.0)

    def __add__(self, other: Price) -> Price:
        return Price(
            samples=self.samples + other.samples,
            tokens=self.tokens + other.tokens,
            hours=self.hours + other.hours,
            money=self.money + other.money,
        )

    def share(self, part: float) -> Price:
        """The price of a part of it, as a fraction of 1."""
        return Price(
            samples=round(part * self.samples),
            tokens=round(part * self.tokens),
            hours=part * self.hours,
            money=part * self.money,
        )


class PlannedStep(Record):
    """A step of the study, what it will take, and what that is predicted from."""

    name: str
    part: Part
    """Of the budget, from which it is paid."""
    price: Price
    basis: str


class PlannedGap(Record):
    """A supposed gap, the problems that settle it in nine of ten studies, and what measuring them takes."""

    gap: Difference
    problems: int
    samples: int
    """Per problem."""
    price: Price
    near: bool
    """Whether the gap is so close to the threshold that it can hardly be told from it."""


class Throughput(Record):
    """How fast this engine samples this model on this machine, and how fast its samples are run."""

    tokens_per_second: TokensPerSecond = Field(gt=0.0)
    tokens_per_sample: float = Field(gt=0.0)
    run_seconds_per_sample: Seconds = Field(default=0.0, ge=0.0)
    training_tokens_per_second: TokensPerSecond | None = Field(default=None, gt=0.0)
    """None before the first fine-tune."""
    samples: int
    source: str
    """The samples that it was measured on, or the assumption behind it, in words."""


class FirstSignal(Record):
    """When the first result that matters, the verdict on the base model, is predicted to be there."""

    days: Days = Field(ge=0.0)
    """Of computing, from the study's beginning."""
    declared_days: Days
    devices: int
    """That work side by side."""
    people: int
    """Who wait for it, as declared."""

    @property
    def in_time(self) -> bool:
        """Whether it comes within the declared days."""
        return self.days <= self.declared_days

    @property
    def person_days(self) -> Days:
        """The days that the declared team waits, all together."""
        return self.days * self.people


class StudyPlan(Record):
    """The tables behind ``passgap plan``."""

    k: int
    """At which the verdict reads the gap."""
    threshold: Difference
    level: FractionOf1
    """Of the intervals that the verdict reads: wider than the declared one where looks are declared."""
    heldout: int
    """Problems that the study has."""
    looks: tuple[int, ...] = ()
    """Problems after which measuring stops if the gap is decided."""
    throughput: Throughput
    rows: tuple[PlannedGap, ...]
    steps: tuple[PlannedStep, ...]
    """The minimal arm on all problems."""
    updates: int | None = None
    """Updates of the fine-tune, if every sample of the pool is trained on."""
    spent_hours: dict[str, DeviceHours] = Field(default_factory=dict)
    """By part, what all runs have spent so far, killed ones too."""
    first_signal: FirstSignal
    flags: tuple[str, ...] = ()
    arithmetic: str | None = None
    """The type that models are computed in, and why; None for a served model."""
    measured_problems: int = 0
    measured_gap: Measured | None = None
    needed: Needed | None = None
    """The numbers that settle the measured gap; None where nothing is measured or nothing is open."""
    more_problems: int | None = None
    """Those of ``needed`` that are still to be measured."""
    more_price: Price | None = None
    yields: tuple[YieldForecast, ...] = ()
    """Of every declared arm, and of those that the verdict would name."""
    resolution: tuple[ProbeResolution, ...] = ()
    """The resolution of each probe of the battery; empty for a study of the first edition."""
    currency: str
    device: str
    declared_hours: dict[str, DeviceHours]
    """By part."""

    @property
    def hours(self) -> dict[Part, DeviceHours]:
        """Device-hours of the steps, by part."""
        return {part: sum(step.price.hours for step in self.steps if step.part is part) for part in Part}
