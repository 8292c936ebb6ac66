"""The plan of a study as a document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from passgap.decisions.study_plan import FirstSignal, Price, StudyPlan
from passgap.formatting import (
    budgeted,
    count,
    level_of,
    milliseconds,
    per_second,
    points,
    predicted,
    share,
    stated,
    stated_sizes,
)
from passgap.probes import ProbeResolution
from passgap.records import Estimate
from passgap.report.document import Block, Column, Document, Heading, Look, Row, Section, Shows, Table, paragraph
from passgap.report.sections.yields import cautions, forecasts
from passgap.spec.budget import Part


def plan_document(plan: StudyPlan) -> Document:
    """The measured gap, what settles which gap, what the study takes, and where the prices come from."""
    return Document(sections=(Section(heading=None, blocks=tuple(_blocks(plan))),))


def _blocks(plan: StudyPlan) -> Iterator[Block]:
    if plan.measured_gap is not None:
        yield paragraph(_measured(plan))
    yield Heading(_question(plan))
    yield _gaps(plan)
    yield Heading(f"The minimal arm on all {plan.heldout} held-out problems, predicted:")
    yield _steps(plan)
    yield paragraph(_budget(plan))
    if plan.yields:
        yield Heading("What each arm will have to learn from, and what making it takes:")
        yield forecasts(plan.yields, "", plan.currency)
        yield from cautions(plan.yields)
    if plan.resolution:
        yield Heading("The smallest drift that each probe of the battery shows with a power of 80 %:")
        yield _resolution(plan.resolution)
    yield paragraph(_first_signal(plan.first_signal), look=Look.PLAIN if plan.first_signal.in_time else Look.WARNING)
    yield paragraph(_speeds(plan), look=Look.FAINT)
    if plan.arithmetic is not None:
        yield paragraph(f"Arithmetic: {plan.arithmetic}.", look=Look.FAINT)
    for flag in plan.flags:
        yield paragraph(f"flag: {flag}", look=Look.UNSURE)


def _question(plan: StudyPlan) -> str:
    said = (
        f"Problems needed to tell a gap at k = {plan.k} from the threshold of {points(plan.threshold)} in nine of ten "
        f"studies, with {level_of(plan.level)} intervals. The study has {plan.heldout} held-out problems"
    )
    if not plan.looks:
        return f"{said}."
    return f"{said}, with interim analyses after {', '.join(map(str, plan.looks))}: it stops at the first that decides."


def _gaps(plan: StudyPlan) -> Table:
    return Table(
        title="",
        columns=(Column("if the gap is"), Column("problems", numeric=True), *_price_columns(plan)),
        rows=tuple(
            Row(
                (
                    points(row.gap),
                    count(row.problems) + (" or more" if row.near else ""),
                    *_price_cells(row.price),
                )
            )
            for row in plan.rows
        ),
    )


def _steps(plan: StudyPlan) -> Table:
    hours = predicted(sum(step.price.hours for step in plan.steps))
    money = predicted(sum(step.price.money for step in plan.steps))
    return Table(
        title="",
        columns=(Column("step"), *_price_columns(plan), Column("predicted from", faint=True)),
        rows=(
            *(Row((step.name, *_price_cells(step.price), step.basis)) for step in plan.steps),
            Row(("all", "", "", hours, money, ""), look=Look.STRONG),
        ),
    )


def _budget(plan: StudyPlan) -> str:
    needed: Mapping[Part, float] = plan.hours
    parts = [f"{part.value} {predicted(needed[part])} of {budgeted(plan.declared_hours[part.value])}" for part in Part]
    over = [part.value for part in Part if needed[part] > plan.declared_hours[part.value]]
    verdict = f"not enough for {' and '.join(over)}" if over else "enough"
    said = f"Predicted of the declared {plan.device}-hours: {', '.join(parts)}: {verdict}."
    if any(plan.spent_hours.values()):
        spent = ", ".join(f"{part} {predicted(hours)}" for part, hours in plan.spent_hours.items())
        said += f" Spent so far: {spent}."
    return said if plan.updates is None else f"{said} The fine-tune takes {count(plan.updates)} updates at most."


def _resolution(resolutions: Sequence[ProbeResolution]) -> Table:
    def size(amount: float | None, each: ProbeResolution) -> str:
        if amount is None:
            return each.reason
        return share(amount) if each.relative else points(amount)

    return Table(
        title="",
        columns=(
            Column("probe"),
            Column("tolerance", numeric=True),
            Column("smallest drift"),
            Column("prompts or problems", numeric=True),
            Column("answers to each", numeric=True),
        ),
        shows=Shows.DECLARED,
        rows=tuple(
            Row(
                (
                    each.probe,
                    size(each.tolerance, each),
                    size(None if each.smallest is None else round(each.smallest, 3), each),  # to a tenth of a point
                    count(each.n) if each.n else "",
                    count(each.answers) if each.answers else "",
                )
            )
            for each in resolutions
        ),
    )


def _first_signal(signal: FirstSignal) -> str:
    devices = "one device" if signal.devices == 1 else f"{signal.devices} devices"
    within = "1 day" if signal.declared_days == 1 else f"{budgeted(signal.declared_days)} days"
    people = "one person" if signal.people == 1 else f"{signal.people} people"
    said = (
        f"The first signal, the verdict on the base model, is predicted after {predicted(signal.days)} days on "
        f"{devices}; declared: within {within} "
        f"({'in time' if signal.in_time else 'too late'}). "
        f"{people[0].upper()}{people[1:]} wait {predicted(signal.person_days)} person-days for it."
    )
    said = said.replace("One person wait ", "One person waits ")
    if signal.in_time:
        return said
    return (
        f"{said} Fewer samples per problem, interim analyses (`thresholds.looks`) or more devices (`cluster`) bring it "
        f"forward; or raise `budget.days_to_first_signal`."
    )


def _speeds(plan: StudyPlan) -> str:
    speed = plan.throughput
    length, drawn = f"{speed.tokens_per_sample:.0f}", per_second(speed.tokens_per_second)
    if not speed.samples:
        return (
            f"By {speed.source}: samples of {length} tokens on average at {drawn} tokens per second and device, "
            f"{milliseconds(speed.run_seconds_per_sample)} to run one. Nothing was measured. Not included: loading "
            f"models, and measuring the learning signal."
        )
    return (
        f"Measured on {speed.source}: {count(speed.samples)} samples of {length} tokens on average at {drawn} tokens "
        f"per second, {milliseconds(speed.run_seconds_per_sample)} to run one. Not included: loading models, and "
        f"measuring the learning signal."
    )


def _measured(plan: StudyPlan) -> str:
    assert plan.measured_gap is not None
    gap = plan.measured_gap
    said = f"The measured gap at k = {plan.k} is {stated(gap)} ({stated_sizes(gap)})."
    if plan.needed is None or plan.more_price is None or plan.more_problems is None:
        return f"{said} It is decided against the threshold of {points(plan.threshold)}: no more problems are needed."
    price = plan.more_price
    first = "If the true gap is the measured one, about" if isinstance(gap, Estimate) else "At least"
    note = f" Note: {plan.needed.note}." if plan.needed.note else ""
    return (
        f"{said} {first} {count(plan.needed.problems)} problems with {plan.needed.samples} samples each settle it, "
        f"{count(plan.more_problems)} more than the {count(plan.measured_problems)} measured: "
        f"{count(price.tokens)} tokens, {predicted(price.hours)} {plan.device}-hours, "
        f"{predicted(price.money)} {plan.currency}.{note}"
    )


def _price_columns(plan: StudyPlan) -> tuple[Column, ...]:
    names = ("samples", "tokens", f"{plan.device}-hours", plan.currency)
    return tuple(Column(name, numeric=True) for name in names)


def _price_cells(price: Price) -> tuple[str, ...]:
    return count(price.samples), count(price.tokens), predicted(price.hours), predicted(price.money)
