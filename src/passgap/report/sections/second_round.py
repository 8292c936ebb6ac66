"""Second rounds: round 2 against round 1 and the base model, each delta with its battery, and what it took."""

from __future__ import annotations

from collections.abc import Iterator

from passgap.formatting import hours, money
from passgap.report.charts import BatteryDrifts, SliceDeltas
from passgap.report.document import (
    PAGES,
    TERMINAL,
    Block,
    Bullets,
    Column,
    Figure,
    Heading,
    Look,
    Only,
    Row,
    Section,
    Table,
    paragraph,
)
from passgap.report.second_round import Round2Report, RoundComparison
from passgap.report.sections.candidate import pareto
from passgap.report.study_report import StudyReport
from passgap.report.tables import Sides, battery, battery_summary, columns, deltas, deltas_summary


def sections(report: StudyReport) -> Iterator[Section]:
    """Yield a section per second round."""
    for each in report.rounds:
        yield round_section(each)


def round_section(found: Round2Report) -> Section:
    """The outcome first, then every comparison with its battery, and what the round took."""
    judgement = found.decisive.judgement
    label = "underpowered" if judgement.underpowered else ""
    return Section(
        heading=Heading(
            f"Round 2 of {found.caption}: {judgement.outcome.value}",
            label=label,
            caution="Underpowered: not a basis for a release." if label else "",
        ),
        lead=(
            paragraph(found.summary),
            Bullets((*judgement.reasons, found.pareto.summary)),
            paragraph(
                f"Gate: ledger entry {found.gate[:12]}. {found.heldout} fresh held-out problems, {found.pool} fresh "
                f"prompts. Release blocker: {found.blocker}. Rollback: {found.rollback}.",
                look=Look.FAINT,
            ),
        ),
        blocks=(
            *(block for each in found.comparisons for block in _comparison(each)),
            Only(PAGES, (pareto(found.pareto), _made(found))),
            _spending(found),
        ),
        outcome=judgement.outcome.value,
    )


def _comparison(one: RoundComparison) -> Iterator[Block]:
    sides = Sides(one.earlier, one.later)
    yield Heading(f"{one.later} against {one.earlier}: {one.judgement.outcome.value}")
    yield Only(
        PAGES,
        (
            Figure((SliceDeltas(one.comparison, sides.difference), BatteryDrifts(one.battery))),
            deltas(one.comparison, sides, f"{sides.difference}, on the same fresh problems"),
            battery(one.battery, sides),
        ),
    )
    yield Only(
        TERMINAL,
        (
            deltas_summary(f"{sides.difference}, on the same fresh problems", one.comparison),
            battery_summary(one.battery, f"battery, {sides.difference}"),
        ),
    )


def _made(found: Round2Report) -> Table:
    rows = (("checkpoint", found.checkpoint), ("registration", found.registration), *found.facts)
    return Table(title="How round 2 was made", columns=columns("", ""), rows=tuple(map(Row, rows)))


def _spending(found: Round2Report) -> Table:
    unit = f"{found.device}-hours"
    return Table(
        title="What round 2 took",
        columns=(Column("step"), Column(unit, numeric=True), Column(found.currency, numeric=True)),
        rows=tuple(Row((each.step, hours(each.hours), money(each.money))) for each in found.spending),
    )
