"""The answer of ``passgap frontier``: curves, statements, the decodings that were chosen, and the battery at both."""

from __future__ import annotations

from passgap.decisions.frontier import FrontierJudgement, ModelFrontier
from passgap.estimates import PairedDelta
from passgap.probes import BatteryOutcome
from passgap.records import Measured, Record
from passgap.records.units import DeviceHours, Difference, FractionOf1
from passgap.spec.frontier import Matching


class RetunedRow(Record):
    """A model on the held-out problems, at production decoding or at the decoding that was chosen for it."""

    arm: str
    caption: str
    chosen: bool
    """Whether the decoding was chosen for this model, on development problems."""
    decoding: str
    pass_at_1: Measured
    against_base: PairedDelta | None = None
    """Against the base model at its decoding of the same kind; None for the base model itself."""


class MatchedBattery(Record):
    """An arm's drift against the base model at production decoding, and at the temperature that matches its diversity.

    An alert that is gone where diversity is matched comes from temperature; one that stays, does not.
    """

    arm: str
    caption: str
    production: BatteryOutcome
    matched: BatteryOutcome | None = None
    """None where no temperature of the base model matches."""
    base_decoding: str = ""
    note: str = ""

    @property
    def gone(self) -> tuple[str, ...]:
        """The probes that alert at production decoding alone."""
        still = {each.probe for each in self.matched.alerts} if self.matched else set()
        return tuple(each.probe for each in self.production.alerts if self.matched and each.probe not in still)

    @property
    def stay(self) -> tuple[str, ...]:
        """The probes that alert where diversity is matched."""
        return tuple(each.probe for each in self.matched.alerts) if self.matched else ()


class FrontierReport(Record):
    """The decoding frontier of base model and arms."""

    study: str
    k: int
    """Of pass@k."""
    matched: Matching
    margin: Difference
    level: FractionOf1
    error_rate: str
    """Of the statements, in words."""
    development: str
    """The name of the development problems."""
    problems: int
    """Development problems that every model was measured on."""
    left_out: int = 0
    """Those that lack scored samples at some decoding."""
    compared: int = 0
    """Those whose samples could be compared with each other everywhere, for diversity."""
    models: tuple[ModelFrontier, ...]
    judgements: tuple[FrontierJudgement, ...] = ()
    retuned: tuple[RetunedRow, ...] = ()
    batteries: tuple[MatchedBattery, ...] = ()
    not_measured: tuple[str, ...] = ()
    """Arms that have no model to sweep, and why."""
    hours: DeviceHours
    """Device-hours of all of it."""
