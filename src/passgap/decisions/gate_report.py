"""The answer of the gate of a second round, with the numbers, the battery and the declared rules that it rests on."""

from __future__ import annotations

from passgap.decisions.round2 import Condition
from passgap.estimates import PairedDelta
from passgap.probes import BatteryOutcome
from passgap.records import Record
from passgap.spec import LiftRule


class GateReport(Record):
    """Whether a second round may begin, condition by condition, with the numbers and the battery that decide."""

    study: str
    arm: str
    open: bool
    rule: LiftRule
    """How the lift has to be shown, as declared."""
    summary: str
    conditions: tuple[Condition, ...]
    misses: tuple[str, ...]
    lift: PairedDelta
    cost_of_non_overlap: float | None
    """How many times the problems the non-overlap rule needs, against the paired rule, at equal power."""
    battery: BatteryOutcome
    blocker: str
    """The declared number that stops a release."""
    rollback: str
    checkpoints: str
    """Which ones are kept, as declared."""
