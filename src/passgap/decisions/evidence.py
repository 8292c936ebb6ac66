"""The inputs of a verdict: measurements, the means for other moves, and the thresholds declared beforehand."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from passgap.errors import StudyError
from passgap.estimates import (
    DEFAULT_LEVEL,
    EstimateTable,
    LearningSignal,
    ModeCorrectness,
    Proposal,
)
from passgap.predictors import DECISIVE, Foretold
from passgap.records import Measured, Record
from passgap.records.units import DeviceHours, Difference, FractionOf1
from passgap.spec import GAP_RANGE, LIFT_RANGE, MINIMUM_HELDOUT


class Thresholds(Record):
    """The thresholds that the decisions compare with. Declared before anything is measured.

    Raises:
        StudyError: the gap's or the lift's threshold leaves nothing to decide.
    """

    gap: Difference = 0.05
    """The least gap pass@k - pass@1 on which self-distillation is worth running."""
    level: FractionOf1 = Field(default=DEFAULT_LEVEL, gt=0.0, lt=1.0)
    lift: Difference = 0.02
    """The least lift of pass@1 that matters: it opens a second round, and a null result must exclude it."""
    problems: int = Field(default=MINIMUM_HELDOUT, ge=1)
    """Held-out problems below which a decision is labelled underpowered."""
    least_k: int = Field(default=4, ge=2)
    largest_k: int = Field(default=16, ge=2)
    """The feasible k: the gap is judged at the largest measured k between the two. A larger k shows rare successes,
    which are another matter than mass that one round can concentrate."""
    edge: FractionOf1 = Field(default=0.10, gt=0.0, lt=0.5)
    """Without a gap, pass@k below this is the floor, and pass@1 within this of 1 the ceiling."""
    fall: FractionOf1 = Field(default=DECISIVE, gt=0.5, lt=1.0)
    """The probability, by the diagnostics together, that training on unjudged samples lowers pass@1, from which minimal
    SSD is not named. More than they can reach without a track record."""
    curated: int = Field(default=500, ge=1)
    """Curated examples from which supervised fine-tuning on them is an alternative."""

    @model_validator(mode="after")
    def _leaves_something_to_decide(self) -> Self:
        problems = [
            f"{name}: {value:g} is outside {low:g} to {high:g}, so that no measurement could change the answer"
            for name, value, (low, high) in (
                ("thresholds.gap", self.gap, GAP_RANGE),
                ("thresholds.round2_lift", self.lift, LIFT_RANGE),
            )
            if not low <= value <= high
        ]
        if problems:
            raise StudyError("These thresholds leave nothing to decide", problems)
        return self


class Alternatives(Record):
    """The means for doing something else: they decide which alternative a verdict names."""

    verifier: bool = False
    """The pool's problems carry tests, a type checker or a reference."""
    curated_examples: int = Field(default=0, ge=0)
    preference_pairs: int = Field(default=0, ge=0)
    documents: bool = False
    """There is something to retrieve that holds what the model lacks."""


class BudgetFacts(Record):
    """Device-hours of the minimal arm against those at hand."""

    available_hours: DeviceHours = Field(ge=0.0)
    needed_hours: DeviceHours | None = Field(default=None, ge=0.0)
    """Sampling, training and evaluation, from measured throughput; None where nothing has been measured."""

    @property
    def affordable(self) -> bool:
        return self.needed_hours is None or self.needed_hours <= self.available_hours


class Look(Record):
    """The interim analysis (look) that the measurements belong to."""

    number: int = Field(ge=1)
    of: int = Field(ge=1)
    problems: int = Field(ge=1)
    """Measured at this look."""
    last: int = Field(ge=1)
    """Problems of the last declared look."""
    level_each: FractionOf1 = Field(gt=0.0, lt=1.0)
    """The level of the intervals of each look."""
    level: FractionOf1 = Field(gt=0.0, lt=1.0)
    """The joint level of the intervals of all looks."""


class Floor(Record):
    """The score of doing nothing on the measured problems, where that is an answer to them."""

    nothing: str
    """The name of doing nothing, for people: "an empty middle"."""
    problems: int = Field(ge=1)
    """On which it could be scored."""
    passed: int = Field(ge=0)
    unchanged: FractionOf1 = Field(ge=0.0, le=1.0)
    """The share of the base model's samples that submit just that."""

    @property
    def share(self) -> float:
        """The share of problems that it passes."""
        return self.passed / self.problems


class Evidence(Record):
    """Everything that a verdict depends on. A field that is None was not measured, and the verdict says so."""

    table: EstimateTable
    source: str = "measured here"
    """Where the results come from, as the verdict should name it."""
    modes: ModeCorrectness | None = None
    signal: LearningSignal | None = None
    """Of the declared sampling setting."""
    proposal: Proposal | None = None
    decode_lift: Measured | None = None
    """pass@1 of the best decode-only setting minus production decoding; chosen on development problems, measured on
    test problems."""
    foretold: Foretold | None = None
    """The diagnostics' predictions for minimal SSD, with their weights."""
    alternatives: Alternatives = Alternatives()
    comparator: str = "do-nothing"
    budget: BudgetFacts | None = None
    look: Look | None = None
    """None where everything was measured at once."""
    contamination_checked: bool = False
    before_cutoff: int = Field(default=0, ge=0)
    """Measured problems that are dated no later than the end of the model's training data."""
    judged_inside: int = Field(default=0, ge=0)
    """Measured problems whose tests run in the program's own process."""
    judged_by_command: int = Field(default=0, ge=0)
    """Those of them whose tests are a repository's own, or a script that runs the program."""
    floor: Floor | None = None
    """The score of doing nothing; None where that is no answer."""
    rehearsal: bool = False
