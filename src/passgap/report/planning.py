"""A plan: what it says, and how it looks in the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field
from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from passgap.estimates import Needed
from passgap.records import Measured, Record
from passgap.report.numbers import inline


class Price(Record):
    """What drawing a number of samples takes."""

    samples: int
    tokens: int
    hours: float
    """Device-hours."""
    money: float
    """In the study's currency."""


class PlannedGap(Record):
    """A supposed gap, the problems that settle it in nine of ten studies, and what sampling them takes."""

    gap: float
    problems: int
    samples: int
    """A problem."""
    price: Price
    near: bool
    """Whether the gap is so near to the threshold that it can hardly be told from it."""


class Throughput(Record):
    """How fast this engine samples this model on this machine."""

    tokens_per_second: float = Field(gt=0.0)
    tokens_per_sample: float = Field(gt=0.0)
    samples: int
    source: str
    """What it was measured on."""


class StudyPlan(Record):
    """The table behind ``passgap plan``."""

    k: int
    threshold: float
    level: float
    heldout: int
    """Problems that the study has."""
    throughput: Throughput
    rows: tuple[PlannedGap, ...]
    declared: dict[str, Price]
    """What the study's own steps of sampling take as declared."""
    measured_gap: Measured | None = None
    needed: Needed | None = None
    """What settles the measured gap; None where nothing is measured or nothing is open."""
    needed_price: Price | None = None
    currency: str
    budget_hours: float
    """Declared for sampling and evaluation together."""


def plan_tables(plan: StudyPlan) -> Iterator[RenderableType]:
    """What settles which gap, what the study costs as declared, and where the prices come from."""
    yield _gaps(plan)
    yield _declared(plan)
    yield Text(_prices(plan), style="dim")
    if plan.measured_gap is not None:
        yield Text(_measured(plan))


def _gaps(plan: StudyPlan) -> Table:
    title = f"problems that tell a gap at k = {plan.k} from the threshold of {100 * plan.threshold:g} pp, 9 times in 10"
    shown = Table("if the gap is", "problems", *_price_columns(plan), title=title, box=box.SIMPLE)
    for row in plan.rows:
        count = f"{row.problems}" + (" or more" if row.near else "")
        shown.add_row(f"{100 * row.gap:g} pp", count, *_price_cells(row.price))
    return shown


def _declared(plan: StudyPlan) -> Table:
    title = f"the study as declared, {plan.heldout} held-out problems"
    shown = Table("step", *_price_columns(plan), title=title, box=box.SIMPLE)
    for step, price in plan.declared.items():
        shown.add_row(step, *_price_cells(price))
    hours = sum(price.hours for price in plan.declared.values())
    money = sum(price.money for price in plan.declared.values())
    shown.add_row("all", "", "", f"{hours:.2f}", f"{money:.2f}", style="bold")
    return shown


def _prices(plan: StudyPlan) -> str:
    speed = plan.throughput
    return (
        f"Prices from {speed.source}: {speed.samples} samples of {speed.tokens_per_sample:.0f} tokens on average at "
        f"{speed.tokens_per_second:.0f} tokens a second. Declared for sampling and evaluation: "
        f"{plan.budget_hours:g} hours."
    )


def _measured(plan: StudyPlan) -> str:
    assert plan.measured_gap is not None
    said = f"The measured gap at k = {plan.k} is {inline(plan.measured_gap)}."
    if plan.needed is None or plan.needed_price is None:
        return f"{said} It is decided against the threshold: no further problems are needed for it."
    price = plan.needed_price
    note = f" Mind that {plan.needed.note}." if plan.needed.note else ""
    return (
        f"{said} If the truth is where it was measured, about {plan.needed.problems} problems with "
        f"{plan.needed.samples} samples each settle it: {price.tokens} tokens, {price.hours:.2f} hours, "
        f"{price.money:.2f} {plan.currency}.{note}"
    )


def _price_columns(plan: StudyPlan) -> tuple[str, ...]:
    return "samples", "tokens", "hours", plan.currency


def _price_cells(price: Price) -> tuple[str, ...]:
    return f"{price.samples}", f"{price.tokens}", f"{price.hours:.2f}", f"{price.money:.2f}"
