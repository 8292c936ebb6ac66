"""A race of arms: those that are shown not to be the best on development problems are not measured any further."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Annotated

from pydantic import Field

from passgap.spec.section import Section


class RaceSection(Section):
    """Which arms race, how it is decided that one is out, and what they may take together."""

    arms: tuple[str, ...] = Field(
        min_length=2, description="The arms that race: each trains a model.", examples=["[ssd, rejection-sampling]"]
    )
    error: Annotated[float, Field(gt=0.0, le=0.5)] = Field(
        default=0.05, description="The largest probability that the best arm is stopped, however often is looked."
    )
    batch: int = Field(default=20, ge=1, description="Development problems between looks.")
    samples: int = Field(default=4, ge=1, description="Samples of each development problem.")
    money: Annotated[float, Field(gt=0.0, allow_inf_nan=False)] | None = Field(
        default=None,
        description="The most that the raced arms may take together, in the budget's currency: to make, race and "
        "measure them. Without it, `budget.hours` alone bind.",
        examples=[250],
    )

    def refusals(self, declared: Collection[str]) -> Iterator[str]:
        """Yield what is wrong with the race in a study that declares these arms."""
        for name in dict.fromkeys(self.arms):
            if name not in declared:
                yield f"race.arms: `{name}` is not declared under `arms`. Example: `arms: {{{name}: {{}}}}`."
            if self.arms.count(name) > 1:
                yield f"race.arms: `{name}` is named more than once, and races once. Remove the others."
