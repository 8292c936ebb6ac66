"""The records of a study's report, which are its JSON. A delta cannot be reported without its battery, slices and cost.

Nothing is computed here; every measured figure is a :class:`~passgap.records.Measured`.
"""

from __future__ import annotations

from typing import Any, Protocol

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from passgap.decisions import ArmJudgement, DecodingChoice, ParetoOutcome, Verdict
from passgap.decisions.advice import Advice
from passgap.decisions.frontier_report import FrontierReport
from passgap.decisions.race_report import RaceReport
from passgap.decisions.recipe_search import SearchOutcome
from passgap.decisions.starving import YieldOutcome
from passgap.estimates import Comparison, EstimateTable, LearningSignal, ModeCorrectness, Proposal
from passgap.probes import BatteryOutcome, TellingExample
from passgap.records import SCHEMA_VERSION, Measured, Record
from passgap.records.units import DeviceHours, FractionOf1, Money, Seconds, TokensPerSecond
from passgap.records.yields import YieldForecast
from passgap.report.comparison import ArmsComparison
from passgap.report.dose import DoseReport
from passgap.report.lift_split import LiftSplit
from passgap.report.predictions import PredictionsOutcome
from passgap.report.scorings import ScoringsReport
from passgap.report.second_round import Round2Report


class Fact(Record):
    """A labelled line of provenance or set-up: text, never a measured number."""

    label: str
    text: str


class CostLine(Record):
    """The cost of one step."""

    arm: str
    stage: str
    step: str
    seconds: Seconds = Field(ge=0.0)
    """Device-seconds: of two devices side by side, each counts."""
    hours: DeviceHours = Field(ge=0.0)
    """The same in device-hours."""
    money: Money = Field(ge=0.0)
    samples: int = Field(ge=0)
    prompt_tokens: int = Field(ge=0)
    tokens: int = Field(ge=0)
    """New tokens sampled, tokens trained on, or positions looked at."""
    tokens_per_second: TokensPerSecond | None = Field(ge=0.0)
    """Per device-second; None for a step that handles no tokens."""


class SetupReport(Record):
    """The question that was asked, with its model and its problems."""

    study: str
    model: str
    rehearsal: bool
    facts: tuple[Fact, ...]
    flags: tuple[str, ...]
    currency: str
    device: str


class BaseReport(Record):
    """The base model's diagnostics and the verdict on them (deliverable A)."""

    verdict: Verdict
    table: EstimateTable
    modes: ModeCorrectness | None
    signal: LearningSignal | None
    proposal: Proposal | None
    truncated: Measured
    outcomes: dict[str, int]
    extraction: dict[str, int] = Field(default_factory=dict)
    """How many completions each rule found a program in; empty where results were kept before rules were."""
    notes: tuple[str, ...] = ()
    """Facts about the completions that a reader should know before believing the numbers."""
    costs: tuple[CostLine, ...]


class Candidate(Protocol):
    """An alternative to the base model at production decoding, trained or not, with what its report cannot lack."""

    @property
    def caption(self) -> str:
        """Its name for people."""

    @property
    def comparison(self) -> Comparison:
        """The candidate minus what it would replace, on the same problems."""

    @property
    def battery(self) -> BatteryOutcome:
        """Its drift against what it would replace."""

    @property
    def truncated(self) -> Measured:
        """The share of its completions that were cut at the token limit."""

    @property
    def extraction(self) -> dict[str, int]:
        """How many of its completions each rule found a program in; empty where that is not known."""

    @property
    def costs(self) -> tuple[CostLine, ...]:
        """Its steps, in order."""

    @property
    def pareto(self) -> ParetoOutcome:
        """Its place among the measured baselines."""


class DecodeOnlyReport(Record):
    """The decode-only control: no field of it is optional, so that no delta can be shown alone."""

    caption: str
    choice: DecodingChoice
    comparison: Comparison
    """The choice against production decoding, on the problems that it was not chosen on."""
    battery: BatteryOutcome
    """Of the chosen setting against production decoding, on the same problems."""
    truncated: Measured
    """The share of completions at the chosen setting that were cut."""
    extraction: dict[str, int] = Field(default_factory=dict)
    costs: tuple[CostLine, ...]
    pareto: ParetoOutcome


class ArmComparison(Record):
    """A trained arm minus another trained arm, on the problems that both were evaluated on."""

    arm: str
    """The other one."""
    caption: str
    comparison: Comparison


class SeedLine(Record):
    """The result of one seed of an arm on the held-out problems."""

    seed: int
    pass_at_1: Measured
    delta: Measured
    """pass@1 of its checkpoint minus that of the base model, about this one checkpoint."""
    p_value: FractionOf1 | None = None


class SeedsReport(Record):
    """The seeds that an arm was repeated with, side by side."""

    lines: tuple[SeedLine, ...]
    spread: Measured
    """The standard deviation of the deltas between seeds."""
    summary: str


class ArmReport(Record):
    """A trained arm: what its delta needs is not optional, so that none can be shown alone."""

    arm: str
    caption: str
    judgement: ArmJudgement
    comparison: Comparison
    battery: BatteryOutcome
    truncated: Measured
    extraction: dict[str, int] = Field(default_factory=dict)
    facts: tuple[Fact, ...]
    costs: tuple[CostLine, ...]
    pareto: ParetoOutcome
    against_decode_only: Comparison | None = None
    """Tuned minus the decode-only control on the control's test problems; None where no control was run."""
    against_arms: tuple[ArmComparison, ...] = ()
    """Tuned minus each other trained arm. Left out of the JSON where there is none."""
    trained: bool = True
    """Whether its weights were changed. Left out of the JSON where they were."""
    seeds: SeedsReport | None = None
    """The result of each declared seed. Left out of the JSON where the study declares none."""
    yields: YieldOutcome | None = None
    """Its yield, beside its forecast. Left out of the JSON where nothing was forecast."""
    dose: DoseReport | None = None
    """Its dose curve. Left out of the JSON where none was declared."""
    split: LiftSplit | None = None
    """Its lift by causes. Left out of the JSON where no control for it was measured."""
    predictions: PredictionsOutcome | None = None
    """Predictions of it beside their outcomes. Left out of the JSON where nothing was recorded."""
    examples: tuple[TellingExample, ...] = ()
    """The answers that moved each probe of the battery most. Left out of the JSON where there are none."""

    @model_serializer(mode="wrap")
    def _without_nothing(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = dump(self)
        for name in ("against_arms", "seeds", "yields", "dose", "split", "predictions", "examples"):
            if not getattr(self, name):
                written.pop(name, None)
        if self.trained:
            written.pop("trained", None)
        return written


class ContaminationLine(Record):
    """A pool item that was too close to a held-out one."""

    item: str
    matched: str
    rule: str
    score: float


class StudyReport(Record):
    """The whole report."""

    schema_version: int = SCHEMA_VERSION
    setup: SetupReport
    base: BaseReport
    decode_only: DecodeOnlyReport | None = None
    """None where no sweep was declared, or it could not be read: ``not_produced`` says which."""
    arms: tuple[ArmReport, ...]
    comparison: ArmsComparison | None = None
    """All arms side by side. Left out of the JSON of a study that did not declare by which rules."""
    contamination: tuple[ContaminationLine, ...]
    contamination_checked: str
    not_produced: tuple[str, ...]
    """Results that could not be produced, named instead of padded."""
    pilot: SearchOutcome | None = None
    """The search for an arm's recipe. Left out of the JSON where there is none."""
    forecasts: tuple[YieldForecast, ...] = ()
    """The forecast yield of each arm, as it was recorded before any began. Left out of the JSON where nothing
    was."""
    advice: Advice | None = None
    """The recommended next move. Left out of the JSON of a study whose verdict came before there were predictions."""
    frontier: FrontierReport | None = None
    """Base model and arms at several decodings. Left out of the JSON where that was not measured."""
    rounds: tuple[Round2Report, ...] = ()
    """The second rounds that were carried out. Left out of the JSON where none was."""
    race: RaceReport | None = None
    """The race of arms. Left out of the JSON where none was run."""
    scorings: ScoringsReport | None = None
    """The held-out samples under a second scoring. Left out of the JSON where none was declared."""
    provenance: tuple[Fact, ...]

    @model_serializer(mode="wrap")
    def _without_nothing(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = dump(self)
        if self.comparison is None:
            written.pop("comparison", None)
        if self.pilot is None:
            written.pop("pilot", None)
        if not self.forecasts:
            written.pop("forecasts", None)
        if self.frontier is None:
            written.pop("frontier", None)
        if self.advice is None:
            written.pop("advice", None)
        if not self.rounds:
            written.pop("rounds", None)
        if self.race is None:
            written.pop("race", None)
        if self.scorings is None:
            written.pop("scorings", None)
        return written

    @property
    def costs(self) -> tuple[CostLine, ...]:
        """The cost of every step, in order."""
        control = self.decode_only.costs if self.decode_only else ()
        return (*self.base.costs, *control, *(line for arm in self.arms for line in arm.costs))
