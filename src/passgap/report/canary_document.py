"""A candidate under traffic as a document."""

from __future__ import annotations

import math
from collections.abc import Iterator

from passgap.decisions.canary import Advice, Reading
from passgap.promotion.monitoring.report import CanaryReport
from passgap.report.document import (
    Block,
    Bullets,
    Column,
    Document,
    Heading,
    Look,
    Mark,
    Row,
    Section,
    Table,
    paragraph,
)

_LOOKS = {Advice.PROMOTE: Look.GOOD, Advice.KEEP_GOING: Look.UNSURE, Advice.ROLL_BACK: Look.BAD}


def canary_document(report: CanaryReport) -> Document:
    """The advice with its reasons, the monitors, and what is in no comparison."""
    decision = report.decision
    advice = decision.advice.upper()
    section = Section(
        heading=Heading(f"{report.arm} {report.checkpoint[:12]}, {report.state}: {advice}"),
        lead=tuple(_lead(report)),
        blocks=(_monitors(report), Bullets(tuple(_traffic(report)))),
        outcome=advice,
    )
    return Document(title=report.study, sections=(section,))


def _lead(report: CanaryReport) -> Iterator[Block]:
    decision = report.decision
    yield Bullets(decision.reasons)
    if decision.advice is Advice.KEEP_GOING:
        hours = decision.expected_hours
        yield paragraph(
            "Expected time to a decision: nothing can be said yet."
            if hours is None
            else f"Expected time to a decision, at the rates of so far: {_duration(hours)}."
        )
    if report.not_fetched is not None:
        yield paragraph(f"Rows of other machines are not in it: {report.not_fetched}", look=Look.WARNING)
    if report.rolled_back:
        yield paragraph("It was rolled back.", look=Look.WARNING)
    elif report.not_rolled_back is not None:
        yield paragraph(f"It could not be rolled back: {report.not_rolled_back}", look=Look.WARNING)
    elif decision.advice is Advice.ROLL_BACK:
        yield paragraph("Nothing was rolled back: `passgap rollback STUDY` does it.", look=Look.WARNING)


def _duration(hours: float) -> str:
    return f"{hours:.1f} hours" if hours >= 1.0 else f"{math.ceil(60.0 * hours)} min"


def _monitors(report: CanaryReport) -> Table:
    columns = ("guardrail", "compared", "observed", "candidate minus production", "bounds", "p", "alpha")
    return Table(
        title="more is better; bounds and p hold at all times together",
        columns=tuple(map(Column, columns)),
        rows=tuple(_row(each) for each in report.evidence.readings),
    )


def _row(each: Reading) -> Row:
    mean = "none yet" if each.mean is None else f"{100 * each.mean:+.1f} pp"
    p = f"{each.p_value:.2g}"
    return Row(
        (
            f"{each.metric} (margin {100 * each.margin:g} pp)" if each.margin else each.metric,
            each.design,
            str(each.observed),
            mean,
            f"[{100 * each.low:+.1f}, {100 * each.high:+.1f}]",
            Mark(p, Look.BAD) if each.alarm else p,
            f"{each.alpha:.2g}",
        )
    )


def _traffic(report: CanaryReport) -> Iterator[str]:
    seen, evidence = report.traffic, report.evidence
    yield f"{seen.rows} rows of telemetry" + (f", until {seen.until:%Y-%m-%d %H:%M:%S} UTC" if seen.until else "")
    yield f"{evidence.pairs} mirrored pairs; {seen.waiting} wait for their other half, {seen.lost} never got it"
    for outcome, count in seen.cut.items():
        how = "was killed" if outcome == "gateway_killed" else "ended"
        yield f"{count} mirrored calls are in no comparison: their gateway {how} before both answers were there"
    for reason, count in seen.drops.items():
        yield f"{count} copies were not sent ({reason}), which was decided before the candidate could have answered"
    for size, (mirrored, left_out) in seen.sizes.items():
        if left_out:
            yield f"of {mirrored} mirrored requests of {size}, {left_out} are in no comparison"
    users = seen.users
    yield f"{users['canary']} users in the canary and {users['production']} others, each counted once"
    if seen.unnamed:
        yield f"{seen.unnamed} calls named no user and are in no comparison"
    if seen.slow_seconds is not None:
        yield f"a call is slow from {seen.slow_seconds:.2f} seconds on"
    for each in evidence.splits:
        if each.observed:
            alarm = ": NOT AS DECLARED" if each.alarm else ""
            yield (
                f"{each.name}: {each.chosen} of {each.observed}, {each.expected:.0f} expected "
                f"(p = {each.p_value:.2g}){alarm}"
            )
