"""The decoding frontier: base model and arms at several decodings, and whether an arm is more than a cooler model."""

from __future__ import annotations

from collections.abc import Iterator

from passgap.decisions.frontier import ModelFrontier, Standing
from passgap.decisions.frontier_report import FrontierReport, MatchedBattery
from passgap.decisions.wording import listed
from passgap.formatting import Intervals, p_value, points, stated
from passgap.report.charts import FrontierCurves
from passgap.report.document import (
    PAGES,
    Block,
    Bullets,
    Cell,
    Details,
    Figure,
    Heading,
    Look,
    Mark,
    Only,
    Row,
    Section,
    Table,
    paragraph,
)
from passgap.report.study_report import StudyReport
from passgap.report.tables import Sides, battery, columns
from passgap.spec.frontier import Matching

LOOKS = {Standing.MORE: Look.GOOD, Standing.COOLER: Look.BAD, Standing.UNRESOLVED: Look.UNSURE}


def sections(report: StudyReport) -> Iterator[Section]:
    """Yield the frontier, where one was measured."""
    if report.frontier is not None:
        yield frontier_section(report.frontier)


def frontier_section(found: FrontierReport) -> Section:
    """The statements first, then the curves, the chosen decodings, and the battery at both."""
    return Section(
        heading=Heading("Decoding frontier: more than a cooler model?"),
        lead=tuple(_lead(found)),
        blocks=(
            Only(PAGES, (Figure(tuple(_charts(found))),)),
            _retuned(found),
            *(each for one in found.batteries for each in _battery(one)),
            Details("Every decoding of every model", tuple(_every(found))),
            paragraph(_how(found), look=Look.FAINT),
        ),
    )


def _lead(found: FrontierReport) -> Iterator[Block]:
    at = f"pass@{found.k}"
    intervals = Intervals(each for one in found.judgements for each in (one.distance, one.other_distance))
    ways = (at, "diversity") if found.matched is Matching.COVERAGE else ("diversity", at)
    yield Table(
        title=intervals.titled("pass@1 above the base model's best, whatever its decoding"),
        columns=columns("arm", "statement", f"at the same {ways[0]}", f"at the same {ways[1]} (not decided on)"),
        rows=tuple(
            Row(
                (
                    one.arm,
                    Mark(one.standing.value, LOOKS[one.standing]),
                    intervals.beside(one.distance),
                    intervals.beside(one.other_distance),
                )
            )
            for one in found.judgements
        ),
    )
    yield Bullets(tuple(f"{one.arm}: {one.summary}" for one in found.judgements))
    if not found.judgements:
        yield paragraph("No arm has a model yet: this is the base model's frontier alone.")
    yield Bullets(found.not_measured)


def _charts(found: FrontierReport) -> Iterator[FrontierCurves]:
    production = next((row.decoding for row in found.retuned if not row.chosen), "")
    for matched in Matching:
        yield FrontierCurves(found.models, matched, found.k, production)


def _retuned(found: FrontierReport) -> Table:
    """Production decoding and own best decoding as rows of their own."""
    deltas = [each.against_base.delta for each in found.retuned if each.against_base is not None]
    intervals = Intervals([*(each.pass_at_1 for each in found.retuned), *deltas])

    def row(number: int) -> Row:
        each = found.retuned[number]
        delta = each.against_base
        cells: tuple[Cell, ...] = (
            "own best decoding" if each.chosen else "production decoding",
            each.arm,
            each.decoding,
            intervals.beside(each.pass_at_1),
            intervals.beside(delta.delta) if delta is not None else "",
            p_value(delta.p_value) if delta is not None and delta.p_value is not None else "",
        )
        return Row(cells, look=Look.STRONG if each.chosen and each.against_base is not None else Look.PLAIN)

    return Table(
        title=intervals.titled(
            "pass@1 on the held-out problems; own best decodings were chosen on development problems, each alike"
        ),
        columns=columns("row", "model", "decoding", "pass@1", "arm - base", "p"),
        rows=tuple(map(row, range(len(found.retuned)))),
        grouped=True,
    )


def _battery(one: MatchedBattery) -> Iterator[Block]:
    if one.matched is None:
        yield paragraph(f"Battery of {one.arm} at matched diversity: not possible, since {one.note}.", look=Look.FAINT)
        return
    parts = []
    if one.stay:
        parts.append(f"out of tolerance also where diversity is matched: {listed(list(one.stay))}")
    if one.gone:
        parts.append(f"out of tolerance at production decoding alone, so by temperature: {listed(list(one.gone))}")
    said = "; ".join(parts) or "no probe is out of tolerance at either decoding"
    yield paragraph(f"Battery of {one.arm}: {said}. Matched is the base model at {one.base_decoding}.")
    yield Details(
        f"Battery of {one.arm} at production decoding and at matched diversity",
        (
            _titled(battery(one.production), "Both models at production decoding"),
            _titled(
                battery(one.matched, Sides(f"base at {one.base_decoding}", one.arm)),
                "The base model at the temperature that matches the arm's diversity",
            ),
        ),
    )


def _titled(table: Table, title: str) -> Table:
    return Table(title=f"{title}: {table.title}", columns=table.columns, rows=table.rows, grouped=table.grouped)


def _every(found: FrontierReport) -> Iterator[Block]:
    for model in found.models:
        yield _points(model, found)


def _points(model: ModelFrontier, found: FrontierReport) -> Table:
    nats = any(row.nats is not None for row in model.rows)
    above = any(row.above_base is not None for row in model.rows)
    shown = [
        each
        for row in model.rows
        for each in (row.pass_at_1, row.pass_at_k, row.diversity, row.nats, row.above_base)
        if each is not None
    ]
    intervals = Intervals(shown)
    names = ["decoding", "", "pass@1", f"pass@{found.k}", "1 - Self-BLEU"]
    names += ["nats per token"] if nats else []
    names += ["above base"] if above else []

    def row(number: int) -> Row:
        each = model.rows[number]
        cells: list[Cell] = [
            each.decoding,
            "best" if each.decoding == model.best else "",
            intervals.beside(each.pass_at_1),
            intervals.beside(each.pass_at_k),
            intervals.beside(each.diversity),
        ]
        if nats:
            cells.append(intervals.beside(each.nats))
        if above:
            cells.append(intervals.beside(each.above_base))
        return Row(tuple(cells), look=Look.CHOSEN if each.decoding == model.best else Look.PLAIN)

    return Table(
        title=intervals.titled(f"{model.caption} on the development problems (optimistic for its best decoding)"),
        columns=columns(*names),
        rows=tuple(map(row, range(len(model.rows)))),
    )


def _how(found: FrontierReport) -> str:
    lacking = found.problems - found.compared
    left = f" {found.left_out} were left out for lack of scored samples at some decoding." if found.left_out else ""
    left += f" {lacking} count in no diversity, for lack of samples to compare." if lacking else ""
    reach = " ".join(
        f"{one.arm} reaches pass@{found.k} {stated(one.widest[1])}, the base model {stated(one.widest[0])};"
        for one in found.judgements
    )
    over = f" Only what both reach is compared: {reach.removesuffix(';')}." if reach else ""
    return (
        f"{found.problems} development problems ({found.development}), used for nothing else.{left} A rise of "
        f"{points(found.margin)} would matter, as declared.{over} {found.error_rate}"
    )
