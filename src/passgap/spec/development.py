"""The problems that settings are chosen on: neither trained on, nor those that results are reported on."""

from __future__ import annotations

from pydantic import Field

from passgap.spec.problem_sets import TaskSource
from passgap.spec.section import Section

FEWEST_DEVELOPMENT = 20
"""Development problems below which nothing is chosen or compared, unless the study is a rehearsal."""


class DevelopmentSection(Section):
    """Where development problems come from.

    By default they are the problems of the held-out source that its ``limit`` leaves out. Problems that are held out,
    sampled for training or set aside for a second round are never among them.
    """

    source: TaskSource | None = Field(
        default=None,
        description="A set of their own; by default the rest of the held-out source, beyond `heldout.limit`.",
        examples=["{tasks: mbpp, split: validation}"],
    )
    hold_back: int = Field(
        default=0,
        ge=0,
        description="Problems that are taken out of the pool instead, before any arm samples or trains on it.",
        examples=[100],
    )
    problems: int = Field(
        default=150, ge=1, description="The most development problems that are used; a larger number adds to them."
    )
