"""The trained arms: whether each worked, with the battery, the slices and the cost that its delta stands with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from passgap.estimates import EstimateTable
from passgap.formatting import Intervals, p_value, sizes_of
from passgap.report.charts import BatteryDrifts, PassAtKCurves, SliceDeltas
from passgap.report.document import (
    PAGES,
    TERMINAL,
    Block,
    Bullets,
    Details,
    Figure,
    Heading,
    Medium,
    Only,
    Row,
    Section,
    Table,
    paragraph,
    shown,
)
from passgap.report.sections import lift_split, yields
from passgap.report.sections.candidate import Naming, comparison_blocks, completions
from passgap.report.sections.dose import dose_blocks
from passgap.report.sections.examples import examples_blocks
from passgap.report.study_report import ArmReport, StudyReport
from passgap.report.tables import BASE_AND_CANDIDATE, BASE_AND_TUNED, Sides, columns, deltas, deltas_summary, facts

MANY = 3
"""Arms above which the tables of each are folded."""

FOLDED = 2
"""Comparisons with other arms from which they are folded."""


def sections(report: StudyReport) -> Iterator[Section]:
    """Yield the curves of all arms, where there are several, and a section per arm."""
    if len(report.arms) > 1:
        figure = Figure((curves(report),))
        yield Section(heading=Heading("pass@k of every model", short="pass@k"), blocks=(Only(PAGES, (figure,)),))
    for arm in report.arms:
        yield _section(report, arm)


def curves(report: StudyReport) -> PassAtKCurves:
    """pass@k of every model, each under the name that the report has for it; equal captions are told apart."""
    tables: dict[str, EstimateTable] = {"base model": report.base.table}
    captions = Counter(arm.caption for arm in report.arms)
    for number, arm in enumerate(report.arms, start=1):
        alone = captions[arm.caption] == 1 and arm.caption not in tables
        tables[arm.caption if alone else f"{arm.caption} ({arm.arm}, {number})"] = arm.comparison.tuned
    return PassAtKCurves(tables)


def _section(report: StudyReport, arm: ArmReport) -> Section:
    judgement = arm.judgement
    labels = ["underpowered"] * judgement.underpowered + ["starved"] * _starved(arm)
    sides = BASE_AND_TUNED if arm.trained else BASE_AND_CANDIDATE
    naming = Naming(
        sides=sides,
        deltas=f"{arm.caption} - base, on the same problems",
        battery=f"battery of {arm.caption}",
        truncated=f"Truncated completions of the {'tuned model' if arm.trained else 'candidate'}",
    )
    return Section(
        heading=Heading(
            f"{arm.caption}: {judgement.outcome.value}",
            label=", ".join(labels),
            short=arm.caption,
            caution=f"{', '.join(labels).capitalize()}: not a basis for a release." if labels else "",
        ),
        lead=(paragraph(judgement.headline), Bullets((*judgement.reasons, arm.pareto.summary, *_shortage(arm)))),
        blocks=_folded(
            report,
            arm,
            Figure(
                (
                    *((curves(report),) if len(report.arms) == 1 else ()),
                    SliceDeltas(arm.comparison, sides.difference),
                    BatteryDrifts(arm.battery),
                )
            ),
            *comparison_blocks(arm, naming),
            *_seeds(arm),
            *dose_blocks(arm.caption, arm.dose),
            *_against_control(arm),
            *_against_arms(arm),
            *(lift_split.blocks(arm.caption, arm.split) if arm.split else ()),
            *([yields.outcome(arm.yields)] if arm.yields else []),
            Only(PAGES, (facts("Training" if arm.trained else "How it was made", arm.facts),)),
            completions(arm, naming),
            *examples_blocks(arm, sides),
        ),
        outcome=judgement.outcome.value,
    )


def _folded(report: StudyReport, arm: ArmReport, figure: Figure, *blocks: Block) -> tuple[Block, ...]:
    """The figure, which shows the deltas with slices and battery; of many arms, the tables are folded on a page."""
    if len(report.arms) <= MANY:
        return (figure, *blocks)
    folded = Details(f"Deltas, battery and comparisons of {arm.caption} as tables", tuple(shown(blocks, Medium.HTML)))
    return (figure, Only(frozenset({Medium.HTML}), (folded,)), Only(TERMINAL | {Medium.MARKDOWN}, blocks))


def _seeds(arm: ArmReport) -> Iterator[Block]:
    """Yield what each seed gave, where the study declares seeds."""
    seeds = arm.seeds
    if seeds is None:
        return
    intervals = Intervals(measured for line in seeds.lines for measured in (line.pass_at_1, line.delta))
    rows = tuple(
        Row(
            (
                str(line.seed),
                intervals.beside(line.pass_at_1),
                intervals.beside(line.delta),
                "" if line.p_value is None else p_value(line.p_value),
                sizes_of(line.delta),
            )
        )
        for line in seeds.lines
    )
    yield paragraph(seeds.summary)
    title = intervals.titled(f"Seeds of {arm.caption}, each about one checkpoint")
    yield Table(title=title, columns=columns("seed", "pass@1", "tuned - base", "p", "sizes"), rows=rows)


def _starved(arm: ArmReport) -> bool:
    return arm.yields is not None and arm.yields.starved


def _shortage(arm: ArmReport) -> Iterator[str]:
    """Say of a starved arm what it lacked."""
    if arm.yields is not None and arm.yields.starved:
        yield arm.yields.summary


def _against_control(arm: ArmReport) -> Iterator[Block]:
    """Yield the arm against the decode-only control, where there is one."""
    control = arm.against_decode_only
    title = "Comparison with the decode-only control, on its test problems"
    if control is not None:
        sides = Sides("decode-only", "tuned" if arm.trained else "candidate")
        yield Only(PAGES, (deltas(control, sides, title),))
        yield Only(TERMINAL, (deltas_summary(f"{arm.caption} - decode-only, on its test problems", control),))


def _against_arms(arm: ArmReport) -> Iterator[Block]:
    """Yield the arm against every other trained arm."""
    pairs = tuple(
        deltas(other.comparison, Sides(other.arm, arm.arm), f"Comparison with {other.caption}, on the same problems")
        for other in arm.against_arms
    )
    yield Only(PAGES, pairs if len(pairs) < FOLDED else (Details("Comparison with each other arm", pairs),))
    for other in arm.against_arms:
        title = f"{arm.caption} - {other.caption}, on the same problems"
        yield Only(TERMINAL, (deltas_summary(title, other.comparison),))
