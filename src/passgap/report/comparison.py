"""The records of the comparison of all arms of a study: what each gives, what it costs, and how sure that is."""

from __future__ import annotations

from pydantic import Field

from passgap.decisions import ArmChoice, BreakEven
from passgap.records import Insufficient, Measured, Record
from passgap.records.units import DeviceHours, FractionOf1, Money


class CostRange(Record):
    """A cost with the interval that its spread gives; without one, both ends are the cost."""

    hours: DeviceHours = Field(ge=0.0)
    low: DeviceHours = Field(ge=0.0)
    high: DeviceHours = Field(ge=0.0)
    money: Money = Field(ge=0.0)
    spread: str = ""
    """The basis of the interval; empty where nothing was."""


class ArmCost(Record):
    """The cost of an arm. The cost of a checkpoint is the mean over the arm's seeds."""

    arm: str
    seeds: int = Field(ge=0)
    """Checkpoints that it gave; 0 where it failed."""
    standalone: CostRange
    """Of making one checkpoint, as if it were the only arm: sampling, verification, tuning, selection and training."""
    marginal: DeviceHours = Field(ge=0.0)
    """Of that, what no other arm uses: what the study would have saved without it."""
    stages: dict[str, DeviceHours] = Field(default_factory=dict)
    """The standalone cost by stage."""
    spent: DeviceHours = Field(ge=0.0)
    """Of all seeds together, failed and killed runs included."""
    evaluation: DeviceHours = Field(ge=0.0)
    """Of the final evaluation and the battery with every seed: no part of the cost, and the same for every arm."""
    external_prompt_tokens: int = Field(default=0, ge=0)
    external_tokens: int = Field(default=0, ge=0)
    """Tokens that an external service was sent and gave: they are priced elsewhere, and in no hours."""


class InferenceCost(Record):
    """The cost of 1,000 calls of a candidate, at the throughput that the study measured."""

    arm: str
    samples_per_call: int = Field(ge=1)
    prompt_tokens: float = Field(ge=0.0)
    """Of one call, for each of its samples."""
    tokens: float = Field(ge=0.0)
    """Completion tokens of one call."""
    per_1000: CostRange


class BreakEvenRow(Record):
    """An arm that trains against one that is cheap to make and dear to run."""

    arm: str
    other: str
    after: BreakEven
    """Calls after which the first is the cheaper one in all."""


class ArmRow(Record):
    """One arm beside the others."""

    arm: str
    caption: str
    origin: str
    """Of the data that it was trained on."""
    pass_at_1: Measured
    delta: Measured | None = None
    """pass@1 minus that of the base model, paired; None for the base model."""
    p_value: FractionOf1 | None = None
    adjusted_p_value: FractionOf1 | None = None
    """By Holm, over all arms of the study."""
    beats_base: bool | None = None
    """Whether the interval of the delta lies above 0."""
    beats_base_adjusted: bool | None = None
    """Whether pass@1 rose and the adjusted p-value is at most 1 - level."""
    battery: str = ""
    outcome: str = ""
    frontier: FractionOf1
    """The probability that no other arm is as good on both axes and better on one."""


class Dominance(Record):
    """One arm against another on accuracy and standalone cost."""

    arm: str
    other: str
    problems: int
    probability: FractionOf1
    """That it is no less accurate, less the margin, and costs no more."""


class PlanePoint(Record):
    """Where an arm lies on the plane of standalone cost and pass@1, and how far the draws move it."""

    arm: str
    caption: str
    accuracy: FractionOf1
    low: FractionOf1
    high: FractionOf1
    hours: DeviceHours
    cheapest: DeviceHours
    dearest: DeviceHours
    correlation: float = Field(ge=-1.0, le=1.0)
    """Between both axes, over the draws."""


class ArmsComparison(Record):
    """All arms of a study side by side."""

    level: FractionOf1
    margin: FractionOf1
    """How much less accurate an arm may be and still count as no less accurate."""
    draws: int
    problems: int
    """On which all arms are drawn together."""
    rows: tuple[ArmRow, ...]
    dominance: tuple[Dominance, ...]
    plane: tuple[PlanePoint, ...]
    costs: tuple[ArmCost, ...]
    shared: DeviceHours
    """Spent on what belongs to no arm: the base model's evaluation, the verdict, and what no finished arm uses."""
    inference: tuple[InferenceCost, ...]
    break_even: tuple[BreakEvenRow, ...] = ()
    choice: ArmChoice | Insufficient | None = None
    """The best arm, chosen on development problems; None where there is only one."""
    confirmations: int = 0
    """How often a best arm of this study was confirmed, each time among other arms: more than once is more than one
    try."""
