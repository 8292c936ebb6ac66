"""How a placebo is declared: of which arm it is one, and within which problems its samples are drawn."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from passgap.spec.repetitions import RepeatedSection
from passgap.spec.section import Text

WITHIN = {
    "pool": "among all problems of the pool",
    "difficulty": "within each difficulty",
    "problem": "within each problem",
}
"""The strata in words."""


class PlaceboSection(RepeatedSection):
    """The arm whose selection is replaced by a draw. How the pool is sampled and the model is trained is that arm's."""

    of: Text = Field(
        default="ssd-verified",
        description="The arm whose selection is replaced: one that trains on filtered own samples.",
        examples=["ssd-verified"],
    )
    strata: Literal["pool", "difficulty", "problem"] = Field(
        default="difficulty",
        description="Within which problems the acceptance rate is matched: `pool`, all of them together; `difficulty`, "
        "each difficulty, so that the draw has as many hard problems' samples as the selection; `problem`, each "
        "problem, so that nothing but the choice among a problem's own samples differs.",
    )
