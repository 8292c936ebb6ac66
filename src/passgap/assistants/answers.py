"""The typed results of the tools. A measured number is always a :class:`Quoted`: none can be told without its sizes.

Their field descriptions are part of the schemas that an assistant is given.
"""

from __future__ import annotations

from pydantic import Field

from passgap.formatting import inline
from passgap.records import Measured, Record
from passgap.spec.questions import Question


class Quoted(Record):
    """A measured quantity, ready to be quoted."""

    quantity: str = Field(description="Such as `pass@8`, `gap@16`, or what a probe measures.")
    where: str = Field(default="all problems", description="The problems that it is over: all, or a slice of them.")
    quote: str = Field(description="Quote the number in these words: value, level, interval, n problems, m samples.")
    k: int | None = Field(default=None, description="The k of pass@k or gap@k.")
    measured: Measured = Field(
        description="The number as data: `value`, `low`, `high`, `level`, `n`, `m`, `method`, `unit`; or why there is "
        "none (`insufficient`)."
    )


def quoted(quantity: str, measured: Measured, where: str = "all problems") -> Quoted:
    """Make a measured quantity ready to be quoted."""
    kind, _, k = quantity.partition("@")
    at_k = int(k) if kind in ("pass", "gap") and k.isdecimal() else None
    place = "" if where == "all problems" else f" on {where}"
    return Quoted(
        quantity=quantity, where=where, quote=f"{quantity}{place}: {inline(measured)}", k=at_k, measured=measured
    )


class IntakeAnswer(Record):
    """Whether a study is complete and sound, with all that it lacks at once."""

    valid: bool
    missing: tuple[Question, ...] = Field(
        default=(),
        description="Every field that has to be asked for. The examples show the form: they are no answers, and a "
        "value that the user did not state is never filled in.",
    )
    problems: tuple[str, ...] = Field(default=(), description="What is wrong with the fields that are there.")
    flags: tuple[str, ...] = Field(default=(), description="Allowed, and worth a second look by the user.")
    notes: tuple[str, ...] = ()
    heldout_problems: int | None = Field(default=None, description="None where no task set was read.")
    pool_problems: int | None = None
    removed_from_pool: int | None = Field(default=None, description="Pool problems too close to the held-out set.")
    next_step: str = Field(description="What to do now.")


class ResultsAnswer(Record):
    """The estimates from a file of results."""

    format: str = Field(description="The harness that wrote the file, recognised by its content.")
    problems: int
    samples: int
    unscored: int = Field(description="Samples that could not be scored: in no denominator.")
    figures: tuple[Quoted, ...]
    slices: tuple[Quoted, ...] = Field(default=(), description="The same per difficulty, where the file has one.")
    notes: tuple[str, ...] = Field(default=(), description="Decisions that were taken while the file was read.")


class YieldLine(Record):
    """The forecast yield of one arm, before it costs anything."""

    arm: str
    declared: bool = Field(description="Whether the study declares it; else the verdict names it.")
    supply: str = Field(description="`enough`, `doubtful`, `starved` (would be refused), or `unknown`.")
    quantities: tuple[Quoted, ...]
    shortage: str = Field(default="", description="How it falls short of its minimum, where it may.")
    basis: str = Field(default="", description="The counts that it rests on.")


class YieldsAnswer(Record):
    """The forecast yields of the arms."""

    source: str = Field(description="The results that the forecasts rest on.")
    yields: tuple[YieldLine, ...]


class VerdictAnswer(Record):
    """The decision on the base model, with the numbers that decide."""

    verdict: str = Field(description="GO-SSD, GO-VERIFIER-AWARE-SSD, GO-OTHER or MEASURE-MORE.")
    other: str | None = Field(default=None, description="The move that GO-OTHER names.")
    source: str = Field(description="The results that it rests on.")
    hypothesis: str
    justification: str
    reasons: tuple[str, ...]
    caveats: tuple[str, ...] = Field(description="Tell these together with the verdict.")
    underpowered: bool = Field(description="Too few problems to act on, or declared as a rehearsal.")
    needed_problems: int | None = Field(default=None, description="Problems that would settle a MEASURE-MORE.")
    needed_samples: int | None = Field(default=None, description="Samples per problem that would.")
    figures: tuple[Quoted, ...]
    notes: tuple[str, ...] = ()
    yields: tuple[YieldLine, ...] = ()
    next_step: str


class PlanStep(Record):
    """A step of the study with its predicted cost."""

    step: str
    part: str = Field(description="Of the budget, from which it is paid.")
    device_hours: float
    money: float
    basis: str = Field(description="What the prediction rests on.")


class PlanAnswer(Record):
    """The hours and money that the study will take, predicted from measured throughput."""

    text: str = Field(description="The whole plan, in Markdown.")
    steps: tuple[PlanStep, ...]
    currency: str
    first_signal_days: float
    first_signal_in_time: bool
    flags: tuple[str, ...] = ()


class ProbeLine(Record):
    """A probe of the anti-collapse battery."""

    probe: str
    status: str = Field(description="`within`, `unresolved`, `alert` or `insufficient`.")
    drift: Quoted


class ArmLine(Record):
    """A finished arm: its delta never travels without its battery and slices."""

    arm: str
    outcome: str
    headline: str
    delta: Quoted
    slices: tuple[Quoted, ...]
    battery: tuple[ProbeLine, ...]


class ReportAnswer(Record):
    """The report of a study, from what is on disk."""

    verdict: str
    rehearsal: bool
    arms: tuple[ArmLine, ...]
    not_produced: tuple[str, ...] = Field(description="Results that could not be produced.")
    device_hours: float
    money: float
    currency: str
    markdown: str = Field(description="The whole report.")


class Explanation(Record):
    """The meaning of a word or field of passgap."""

    term: str
    kind: str = Field(description="`field`, `section`, `arm`, `probe`, `tolerance`, `verdict`, `outcome` or `move`.")
    text: str
    example: str = Field(default="", description="How it is written in `study.yaml`.")
    required: bool = False
