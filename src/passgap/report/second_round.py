"""The records of a second round: round 2 against round 1 and the base model, on problems that neither was made with."""

from __future__ import annotations

from pydantic import Field

from passgap.decisions import ArmJudgement, ParetoOutcome
from passgap.estimates import Comparison
from passgap.probes import BatteryOutcome
from passgap.records import Record
from passgap.records.units import DeviceHours, Money


class RoundComparison(Record):
    """One model minus an earlier one: no field of it is optional, so that no delta can be shown alone."""

    later: str
    """``round 2`` or ``round 1``."""
    earlier: str
    """``round 1`` or ``base``."""
    judgement: ArmJudgement
    comparison: Comparison
    battery: BatteryOutcome


class RoundSpending(Record):
    """The cost of a part of the second round."""

    step: str
    hours: DeviceHours = Field(ge=0.0)
    money: Money = Field(ge=0.0)


class Round2Report(Record):
    """A finished second round of an arm."""

    study: str
    arm: str
    caption: str
    """Of the arm, for people."""
    gate: str
    """The hash of the ledger's entry with the gate's answer, without which its checkpoint is not promoted."""
    registration: str
    """The hash of the ledger's entry with its pipeline spec."""
    checkpoint: str
    """The folder of the round-2 model, in the study's."""
    pool: int
    """Problems that round 1's model was sampled on, less what was too close to a held-out one."""
    heldout: int
    summary: str
    comparisons: tuple[RoundComparison, ...]
    """Round 2 minus round 1 first, which decides whether the second round was worth it."""
    pareto: ParetoOutcome
    facts: tuple[tuple[str, str], ...]
    """How the round-2 model was made, each line with its label."""
    spending: tuple[RoundSpending, ...]
    currency: str
    device: str
    blocker: str
    rollback: str

    @property
    def decisive(self) -> RoundComparison:
        """Round 2 against round 1."""
        return self.comparisons[0]
