"""The budget that a study declares: what may be spent."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from passgap.spec.section import Hours, Section, Text


class Part(StrEnum):
    """A part of the declared budget."""

    SAMPLING = "sampling"
    TRAINING = "training"
    EVALUATION = "evaluation"


class BudgetHours(Section):
    """Device-hours for each part of the work."""

    sampling: Hours = Field(description="Device-hours for sampling the pool.", examples=[2])
    training: Hours = Field(description="Device-hours for fine-tuning.", examples=[1])
    evaluation: Hours = Field(description="Device-hours for evaluating base and tuned model.", examples=[2])


class BudgetSection(Section):
    """The budget: what may be spent."""

    device: Literal["cpu", "gpu"] = Field(description="What the hours are hours of.", examples=["cpu"])
    hours: BudgetHours = Field(
        description="Device-hours by part: an answer that cannot be paid for is no answer.",
        examples=["{sampling: 2, training: 1, evaluation: 2}"],
    )
    price_per_hour: Annotated[float, Field(ge=0.0, allow_inf_nan=False)] = Field(
        description="What one device-hour costs: every result is reported with its price.", examples=[2.5]
    )
    currency: Text = Field(default="USD", description="The currency of the price.")
    team_size: int = Field(
        ge=1, description="How many people wait for the first result: the plan counts their days.", examples=[2]
    )
    days_to_first_signal: Annotated[float, Field(gt=0.0, allow_inf_nan=False)] = Field(
        description="How soon the first result that matters, the verdict on the base model, must be there: plan and "
        "report say whether it is.",
        examples=[2],
    )
