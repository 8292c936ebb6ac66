"""A plan in the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from passgap.decisions.study_plan import FirstSignal, Part, Price, StudyPlan
from passgap.decisions.wording import points, sizes
from passgap.records import Estimate


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
