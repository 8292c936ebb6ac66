"""Studies side by side as a document."""

from __future__ import annotations

from collections.abc import Iterator

from passgap.decisions.wording import listed
from passgap.estimates import PASS_AT_1, GapAtK, PassAtK, passes_in
from passgap.formatting import Intervals, few_hours, few_money, sizes_of
from passgap.records import Measured
from passgap.report.charts import PassAtKCurves
from passgap.report.document import (
    PAGES,
    Block,
    Bullets,
    Column,
    Document,
    Figure,
    Heading,
    Look,
    Only,
    Row,
    Section,
    Shows,
    Table,
    paragraph,
)
from passgap.report.numbers import battery_in_short, refuse_bare_delta
from passgap.report.sections.verdict import named
from passgap.report.studies import REHEARSALS, SAME, ArmSide, StudiesComparison, StudySide
from passgap.report.tables import BASE_AND_TUNED, battery, columns, deltas


def studies_document(compared: StudiesComparison) -> Document:
    """The next step of each study, its base model, and every arm of each with its slices and its battery."""
    names = [side.name for side in compared.studies]
    return Document(
        title="Studies side by side",
        subtitle=", ".join(names),
        sections=(
            Section(
                heading=Heading(f"{len(names)} studies", short="Studies"),
                lead=(_differences(compared),),
                blocks=(
                    _answers(compared),
                    _conditions(compared),
                    _base_models(compared),
                    Only(PAGES, (_curves(compared),)),
                ),
            ),
            Section(heading=Heading("Arms"), blocks=(_arms(compared),)),
            *(_study(side) for side in compared.studies if side.arms),
        ),
    )


def _differences(compared: StudiesComparison) -> Block:
    if not compared.differences:
        return paragraph("All were measured on the same model, problems and decoding, each with samples of its own.")
    parts = [each.partition(": ") for each in compared.differences]
    differ = [name if name in SAME else f"{name} ({told})" for name, _, told in parts if name != REHEARSALS]
    small = [f"{name[:1].upper()}{name[1:]}: {told}." for name, _, told in parts if name == REHEARSALS]
    return Bullets(
        (
            *([f"They differ in {listed(differ)}."] if differ else []),
            *small,
            "So a difference of their figures is no difference of models or recipes alone.",
        )
    )


def _conditions(compared: StudiesComparison) -> Table:
    """The conditions that they differ in, one column for each."""
    differ = [name for name in SAME if len({side.facts.get(name) for side in compared.studies}) > 1]
    rows = tuple(
        Row((side.name, *(side.facts.get(name, "not stated") for name in differ))) for side in compared.studies
    )
    return Table("Measured on", columns("study", *differ), rows if differ else (), shows=Shows.DECLARED)


def _answers(compared: StudiesComparison) -> Table:
    rows = tuple(
        Row((side.name, side.model, named(side.verdict, side.other), side.step.answer, side.step.action))
        for side in compared.studies
    )
    return Table("Verdicts and next steps", columns("study", "model", "verdict", "answer", "do next"), rows)


def _base_models(compared: StudiesComparison) -> Table:
    intervals = Intervals(each for side in compared.studies for each in _base(side))
    rows = tuple(
        Row((side.name, *map(intervals.beside, _base(side)), f"k = {_k(side)}, {sizes_of(_base(side)[0])}"))
        for side in compared.studies
    )
    header = columns("study", "pass@1", "pass@k", "gap", "k and sizes")
    return Table(intervals.titled("Base models"), header, rows)


def _k(side: StudySide) -> int:
    return side.deciding_k or max(passes_in(side.table.overall), default=1)


def _base(side: StudySide) -> tuple[Measured, ...]:
    wanted = (PASS_AT_1, PassAtK(_k(side)), GapAtK(_k(side)) if _k(side) > 1 else PASS_AT_1)
    return tuple(side.table.overall[str(each)] for each in wanted)


def _curves(compared: StudiesComparison) -> Figure:
    tables = {f"{side.name} ({number})": side.table for number, side in enumerate(compared.studies, start=1)}
    return Figure((PassAtKCurves(tables),))


def _arms(compared: StudiesComparison) -> Table:
    arms = [(side, arm) for side in compared.studies for arm in side.arms]
    intervals = Intervals(_lift(arm) for _, arm in arms)
    return Table(
        title=intervals.titled("Every arm against the base model of its own study"),
        columns=(
            *columns("arm", "study", "outcome", "change of pass@1", "sizes", "battery"),
            Column("device-hours", numeric=True),
            Column("money", numeric=True),
        ),
        rows=tuple(
            Row(
                (
                    arm.caption,
                    side.name,
                    f"{arm.outcome.value}{', underpowered' if arm.underpowered else ''}",
                    intervals.beside(_lift(arm)),
                    sizes_of(_lift(arm)),
                    battery_in_short(arm.battery),
                    few_hours(arm.hours),
                    f"{few_money(arm.money)} {side.currency}",
                )
            )
            for side, arm in sorted(arms, key=lambda one: one[1].arm)
        ),
    )


def _lift(arm: ArmSide) -> Measured:
    refuse_bare_delta(arm.caption, arm.comparison, arm.battery)
    return arm.comparison.paired(PASS_AT_1).delta


def _study(side: StudySide) -> Section:
    return Section(heading=Heading(side.name), blocks=(Only(PAGES, tuple(_details(side))),))


def _details(side: StudySide) -> Iterator[Block]:
    for arm in side.arms:
        yield paragraph(f"{arm.caption}: {arm.outcome.value}.", look=Look.STRONG)
        yield deltas(arm.comparison, BASE_AND_TUNED, f"{arm.caption}: paired deltas")
        yield battery(arm.battery)
