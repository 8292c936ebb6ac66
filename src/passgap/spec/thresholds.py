"""The thresholds that decide, and a second round, as a study declares them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from passgap.spec.problem_sets import TaskSource
from passgap.spec.section import Fraction, Section

GAP_RANGE = (0.01, 0.5)
"""A threshold outside would say "always SSD" or "never SSD", which cannot be configured."""


LIFT_RANGE = (0.001, 0.5)
"""A lift outside would open the gate of a second round always or never."""


class LiftRule(StrEnum):
    """How the lift of round 1 has to be shown before a second round."""

    NON_OVERLAP = "non-overlap"
    """The two intervals of base and tuned model do not overlap: the default, and wasteful."""
    PAIRED = "paired"
    """The paired interval of the change lies above 0."""


class ThresholdsSection(Section):
    """The thresholds that the decisions compare with, declared before anything is measured."""

    gap: Fraction = Field(default=0.05, description="The least gap pass@k - pass@1 that SSD can live on.")
    level: float = Field(default=0.95, ge=0.8, le=0.999, description="The confidence level of every interval.")
    round2_lift: Fraction = Field(default=0.02, description="The least lift of pass@1 that opens a second round.")
    round2_rule: LiftRule = Field(
        default=LiftRule.NON_OVERLAP,
        description="How that lift must be shown: intervals that do not overlap, or the paired interval above 0.",
    )
    margin: Annotated[Fraction, Field(le=0.2)] = Field(
        default=0.0,
        description="How much less accurate an arm may be than another one and still count as no less accurate, where "
        "arms are compared on accuracy and cost.",
        examples=[0.01],
    )
    looks: tuple[Annotated[int, Field(gt=0)], ...] = Field(
        default=(),
        description="Numbers of held-out problems after which measuring stops if the verdict is decisive, at intervals "
        "that are wide enough for all of these looks together; empty measures all problems and looks once.",
        examples=["[200, 400, 800]"],
    )


class Round2Section(Section):
    """The data and the model of a second round, for training and evaluation."""

    pool: TaskSource | None = Field(
        default=None,
        description="A prompt pool of which round 1 used nothing.",
        examples=["{tasks: jsonl, path: more.jsonl}"],
    )
    heldout: TaskSource | None = Field(
        default=None,
        description="Held-out problems that nothing was trained or evaluated on.",
        examples=["{tasks: jsonl, path: fresh.jsonl}"],
    )
    model: str | None = Field(
        default=None, description="The folder of the model that the samples come from; by default round 1's checkpoint."
    )
