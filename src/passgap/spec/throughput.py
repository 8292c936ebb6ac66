"""The speed of an engine and a trainer as a person states it, for a plan before anything is measured here."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from passgap.spec.section import Section, Text

Positive = Annotated[float, Field(gt=0.0, allow_inf_nan=False)]


class ThroughputSection(Section):
    """The speed of one device, as measured elsewhere or assumed; what is measured in the study counts before it."""

    tokens_per_second: Positive = Field(description="New tokens a second that one device samples.", examples=[1500])
    tokens_per_sample: Positive = Field(description="Tokens of a completion, on average.", examples=[4000])
    training_tokens_per_second: Positive = Field(
        description="Tokens a second that one device trains on.", examples=[3000]
    )
    run_seconds_per_sample: float = Field(
        default=0.0, ge=0.0, allow_inf_nan=False, description="Seconds that running one program takes, on average."
    )
    source: Text = Field(description="Where the figures are from.", examples=["assumed: vLLM on one H100"])
