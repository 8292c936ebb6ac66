"""A plan: what it says, and how it looks in the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum

from pydantic import Field
from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from passgap.decisions.wording import points, sizes
from passgap.estimates import Needed
from passgap.records import Estimate, Measured, Record


class Price(Record):
    """The cost of drawing, running or training on a number of samples."""

    samples: int = Field(ge=0)
    tokens: int = Field(ge=0)
    hours: float = Field(ge=0.0)
    """Device-hours."""
    money: float = Field(ge=0.0)
    """In the study's currency."""


class Part(StrEnum):
    """A part of the declared budget."""

    SAMPLING = "sampling"
    TRAINING = "training"
    EVALUATION = "evaluation"


class PlannedStep(Record):
    """A step of the study, what it will take, and what that is predicted from."""

    name: str
    part: Part
    """Of the budget, from which it is paid."""
    price: Price
    basis: str


class PlannedGap(Record):
    """A supposed gap, the problems that settle it in nine of ten studies, and what measuring them takes."""

    gap: float
    problems: int
    samples: int
    """A problem."""
    price: Price
    near: bool
    """Whether the gap is so near to the threshold that it can hardly be told from it."""


class Throughput(Record):
    """How fast this engine samples this model on this machine, and how fast its samples are run."""

    tokens_per_second: float = Field(gt=0.0)
    tokens_per_sample: float = Field(gt=0.0)
    run_seconds_per_sample: float = Field(default=0.0, ge=0.0)
    training_tokens_per_second: float | None = Field(default=None, gt=0.0)
    """None before the first fine-tune."""
    samples: int
    source: str
    """The samples that it was measured on, or the assumption behind it, in words."""


class FirstSignal(Record):
    """When the first result that matters, the verdict on the base model, is predicted to be there."""

    days: float = Field(ge=0.0)
    """Of computing, from the study's beginning."""
    declared_days: float
    devices: int
    """That work side by side."""
    people: int
    """Who wait for it, as declared."""

    @property
    def in_time(self) -> bool:
        """Whether it comes within the declared days."""
        return self.days <= self.declared_days

    @property
    def person_days(self) -> float:
        """The days that the declared team waits, all together."""
        return self.days * self.people


class StudyPlan(Record):
    """The tables behind ``passgap plan``."""

    k: int
    """At which the verdict reads the gap."""
    threshold: float
    level: float
    """Of the intervals that the verdict reads: wider than the declared one where looks are declared."""
    heldout: int
    """Problems that the study has."""
    looks: tuple[int, ...] = ()
    """Problems after which measuring stops if the gap is decided."""
    throughput: Throughput
    rows: tuple[PlannedGap, ...]
    steps: tuple[PlannedStep, ...]
    """The minimal arm on all problems."""
    updates: int | None = None
    """Updates of the fine-tune, if every sample of the pool is trained on."""
    spent_hours: dict[str, float] = Field(default_factory=dict)
    """By part, what all runs have spent so far, killed ones too."""
    first_signal: FirstSignal
    flags: tuple[str, ...] = ()
    arithmetic: str | None = None
    """The type that models are computed in, and why; None for a served model."""
    measured_problems: int = 0
    measured_gap: Measured | None = None
    needed: Needed | None = None
    """The numbers that settle the measured gap; None where nothing is measured or nothing is open."""
    more_problems: int | None = None
    """Those of ``needed`` that are still to be measured."""
    more_price: Price | None = None
    currency: str
    device: str
    declared_hours: dict[str, float]
    """By part."""

    @property
    def hours(self) -> dict[Part, float]:
        """Device-hours of the steps, by part."""
        return {part: sum(step.price.hours for step in self.steps if step.part is part) for part in Part}


def plan_tables(plan: StudyPlan) -> Iterator[RenderableType]:
    """Yield the measured gap, what settles which gap, what the study takes, and where the prices come from."""
    if plan.measured_gap is not None:
        yield Text(_measured(plan))
        yield Text()
    yield Text(_heading(plan), style="bold")
    yield _gaps(plan)
    yield Text(f"The minimal arm on all {plan.heldout} held-out problems, predicted:", style="bold")
    yield _steps(plan)
    yield Text(_budget(plan))
    yield Text(_first_signal(plan.first_signal), style="" if plan.first_signal.in_time else "bold yellow")
    yield Text(_speeds(plan), style="dim")
    if plan.arithmetic is not None:
        yield Text(f"Arithmetic: {plan.arithmetic}.", style="dim")
    for flag in plan.flags:
        yield Text(f"flag: {flag}", style="yellow")


def _heading(plan: StudyPlan) -> str:
    said = (
        f"Problems that tell a gap at k = {plan.k} from the threshold of {100 * plan.threshold:g} pp in nine of ten "
        f"studies, by {100 * plan.level:.4g} % intervals. The study has {plan.heldout}"
    )
    if not plan.looks:
        return f"{said}."
    return f"{said} and looks after {', '.join(map(str, plan.looks))}: it stops at the first that decides."


def _gaps(plan: StudyPlan) -> Table:
    shown = _table("if the gap is", "problems", *_price_columns(plan))
    for row in plan.rows:
        count = f"{row.problems:,}" + (" or more" if row.near else "")
        shown.add_row(f"{100 * row.gap:g} pp", count, *_price_cells(row.price))
    return shown


def _steps(plan: StudyPlan) -> Table:
    shown = _table("step", *_price_columns(plan))
    shown.add_column("predicted from", style="dim")
    for step in plan.steps:
        shown.add_row(step.name, *_price_cells(step.price), step.basis)
    hours = sum(step.price.hours for step in plan.steps)
    money = sum(step.price.money for step in plan.steps)
    shown.add_row("all", "", "", f"{hours:.2f}", f"{money:.2f}", "", style="bold")
    return shown


def _table(first: str, *numbers: str) -> Table:
    shown = Table(box=box.SIMPLE)
    shown.add_column(first)
    for name in numbers:
        shown.add_column(name, justify="right")
    return shown


def _budget(plan: StudyPlan) -> str:
    needed: Mapping[Part, float] = plan.hours
    parts = [f"{part.value} {needed[part]:.2f} of {plan.declared_hours[part.value]:g}" for part in Part]
    over = [part.value for part in Part if needed[part] > plan.declared_hours[part.value]]
    verdict = f"not enough for {' and '.join(over)}" if over else "enough"
    said = f"Predicted of the declared {plan.device}-hours: {', '.join(parts)}: {verdict}."
    if any(plan.spent_hours.values()):
        said += f" Spent so far: {', '.join(f'{part} {hours:.2f}' for part, hours in plan.spent_hours.items())}."
    return said if plan.updates is None else f"{said} The fine-tune takes {plan.updates:,} updates at most."


def _first_signal(signal: FirstSignal) -> str:
    devices = "one device" if signal.devices == 1 else f"{signal.devices} devices"
    people = "one person" if signal.people == 1 else f"{signal.people} people"
    said = (
        f"The first signal, the verdict on the base model, is there after {signal.days:.2f} days on {devices}; "
        f"{signal.declared_days:g} days were declared: {'in time' if signal.in_time else 'too late'}. "
        f"{people[0].upper()}{people[1:]} wait {signal.person_days:.2f} person-days for it."
    )
    said = said.replace("One person wait ", "One person waits ")
    if signal.in_time:
        return said
    return (
        f"{said} Fewer samples a problem, looks (`thresholds.looks`) or more devices (`cluster`) bring it sooner; or "
        f"raise `budget.days_to_first_signal`."
    )


def _speeds(plan: StudyPlan) -> str:
    speed = plan.throughput
    return (
        f"Measured on {speed.source}: {speed.samples:,} samples of {speed.tokens_per_sample:.0f} tokens on average at "
        f"{speed.tokens_per_second:,.0f} tokens a second, {1000 * speed.run_seconds_per_sample:.1f} ms to run one. "
        f"Not in the table: loading models, and the learning signal."
    )


def _measured(plan: StudyPlan) -> str:
    assert plan.measured_gap is not None
    gap = plan.measured_gap
    said = f"The measured gap at k = {plan.k} is {points(gap)} ({sizes(gap)})."
    if plan.needed is None or plan.more_price is None:
        return (
            f"{said} It is decided against the threshold of {100 * plan.threshold:g} pp: no more problems are needed."
        )
    price = plan.more_price
    first = "If the truth is where it was measured, about" if isinstance(gap, Estimate) else "At least"
    note = f" Mind that {plan.needed.note}." if plan.needed.note else ""
    return (
        f"{said} {first} {plan.needed.problems:,} problems with {plan.needed.samples} samples each settle it, "
        f"{plan.more_problems:,} more than the {plan.measured_problems:,} measured: {price.tokens:,} tokens, "
        f"{price.hours:.2f} {plan.device}-hours, {price.money:.2f} {plan.currency}.{note}"
    )


def _price_columns(plan: StudyPlan) -> tuple[str, ...]:
    return "samples", "tokens", f"{plan.device}-hours", plan.currency


def _price_cells(price: Price) -> tuple[str, ...]:
    return f"{price.samples:,}", f"{price.tokens:,}", f"{price.hours:.2f}", f"{price.money:.2f}"
