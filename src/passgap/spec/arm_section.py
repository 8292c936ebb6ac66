"""The settings that every arm has which learns from a pool of problems."""

from __future__ import annotations

from pydantic import Field

from passgap.spec.section import Section


class ArmSection(Section):
    """Settings for an arm that would have too little to learn from.

    The study reads these fields before the arm begins; they change nothing of what the arm makes.
    """

    minimum_yield: int | None = Field(
        default=None,
        ge=1,
        description="The least that the arm must have to learn from, in the quantity that `passgap plan` names as its "
        "minimum; by default the arm's own. If even the upper end of the forecast is below it, the arm is refused.",
    )
    run_starved: bool = Field(
        default=False,
        description="Run the arm although its forecast is below the minimum; the report labels it as starved.",
    )
