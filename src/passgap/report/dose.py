"""The records of a dose curve: what models in the course of a fine-tune solve."""

from __future__ import annotations

from passgap.records import Measured, Record
from passgap.records.units import FractionOf1


class DosePass(Record):
    """One model of a dose curve, on development problems."""

    seed: int | None = None
    """Of the repetition; None where an arm is carried out once."""
    share: FractionOf1
    """Of the declared updates: 0 for the base model, 1 for the last one."""
    updates: int
    pass_at_1: Measured
    delta: Measured | None = None
    """pass@1 minus that of the base model, on the same problems; None for the base model itself."""


class DoseReport(Record):
    """The dose curves of an arm, one for each seed."""

    points: tuple[DosePass, ...]
    problems: int
    samples: int
    """Of each problem."""
    summary: str

    @property
    def seeds(self) -> tuple[int | None, ...]:
        """The seeds, each once."""
        return tuple(dict.fromkeys(each.seed for each in self.points))

    def of_seed(self, seed: int | None) -> tuple[DosePass, ...]:
        """The curve of a seed, by rising updates."""
        return tuple(each for each in self.points if each.seed == seed)
