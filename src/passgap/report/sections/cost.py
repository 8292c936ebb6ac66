"""The cost of every step, and the sums per arm and in all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from passgap.formatting import count, hours, money, per_second, seconds
from passgap.report.document import PAGES, TERMINAL, Heading, Look, Only, Row, Section, Table
from passgap.report.study_report import CostLine, StudyReport
from passgap.report.tables import columns


def sections(report: StudyReport) -> Iterator[Section]:
    """Yield the table of costs."""
    yield Section(
        heading=Heading("Cost"),
        blocks=(Only(PAGES, (costs(report, "Cost"),)), Only(TERMINAL, (costs(report, "cost"),))),
    )


def costs(report: StudyReport, title: str) -> Table:
    """Every step of every arm; sums per arm where there are several, and in all."""
    lines, device = report.costs, report.setup.device
    arms = list(dict.fromkeys(line.arm for line in lines))
    of_arms = [_sum([line for line in lines if line.arm == arm], arm, "all") for arm in arms]
    header = ("arm", "step", "samples", "prompt tokens", "tokens", "tokens/s")
    spent = (f"{device}-seconds", f"{device}-hours", report.setup.currency)
    return Table(
        title=title,
        columns=columns(*header, *spent),
        rows=(
            *map(_step, lines),
            *(map(Row, of_arms) if len(arms) > 1 else ()),
            Row(_sum(lines, "all", ""), look=Look.STRONG),
        ),
    )


def _step(line: CostLine) -> Row:
    speed = "" if line.tokens_per_second is None else per_second(line.tokens_per_second)
    handled = (count(line.samples), count(line.prompt_tokens), count(line.tokens), speed)
    return Row((line.arm, line.step, *handled, *_spent([line])))


def _sum(lines: Sequence[CostLine], arm: str, step: str) -> tuple[str, ...]:
    return (arm, step, "", "", "", "", *_spent(lines))


def _spent(lines: Sequence[CostLine]) -> tuple[str, str, str]:
    return (
        seconds(sum(line.seconds for line in lines)),
        hours(sum(line.hours for line in lines)),
        money(sum(line.money for line in lines)),
    )
