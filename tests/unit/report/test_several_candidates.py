"""A third candidate stands in every table and every chart that has two."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from itertools import permutations

import pytest
from rich.console import Console

from passgap.formatting import interval_of
from passgap.report import StudyReport, plots, render_html, render_markdown
from passgap.report.charts import BatteryDrifts, PassAtKCurves, SliceDeltas
from passgap.report.document import Block, Details, Figure, Medium, Section, Table, visible
from passgap.report.sections import report_document
from passgap.report.sections.trained_arms import curves
from passgap.report.terminal import print_report

ARMS = ("arm-0", "arm-1", "arm-2")
CAPTIONS = ("variant 0", "variant 1", "variant 2")


def _every(blocks: Iterable[Block]) -> Iterator[Block]:
    for block in blocks:
        yield block
        if isinstance(block, Section):
            yield from _every((*block.lead, *block.blocks))
        elif isinstance(block, Details):
            yield from _every(block.blocks)


def _tables(section: Section) -> dict[str, Table]:
    return {block.title: block for block in _every(section.blocks) if isinstance(block, Table)}


def _sections(report: StudyReport, medium: Medium) -> dict[str, Section]:
    return {each.heading.text: each for each in visible(report_document(report), medium) if each.heading}


def test_every_candidate_has_its_deltas_battery_and_place_among_the_others(several_candidates: StudyReport) -> None:
    sections = _sections(several_candidates, Medium.HTML)
    for arm in several_candidates.arms:
        [section] = [each for title, each in sections.items() if title.startswith(f"{arm.caption}: ")]
        tables = _tables(section)
        assert arm.against_decode_only is not None
        for title, needed in (
            ("Paired deltas on the same problems", arm.comparison.delta.overall["pass@1"]),
            ("Anti-collapse battery", arm.battery.outcomes[0].drift),
            ("Comparison with the decode-only control", arm.against_decode_only.delta.overall["pass@1"]),
        ):
            [table] = [each for name, each in tables.items() if name.startswith(title)]
            assert any(interval_of(needed) in cell for row in table.rows for cell in row.texts), title
        baselines = {row.texts[0] for row in tables["Comparison with the baselines"].rows}
        assert baselines == {"base", "decode-only", *ARMS} - {arm.arm}


def test_every_pair_of_trained_arms_is_compared_in_every_format(several_candidates: StudyReport) -> None:
    console = Console(file=io.StringIO(), width=200, highlight=False)
    print_report(console, several_candidates)
    assert isinstance(console.file, io.StringIO)
    texts = [render_markdown(several_candidates), render_html(several_candidates), console.file.getvalue()]
    for arm in several_candidates.arms:
        assert {other.arm for other in arm.against_arms} == set(ARMS) - {arm.arm}
        for other in arm.against_arms:
            for text in texts:
                assert interval_of(other.comparison.delta.overall["pass@1"]) in text
    for one, another in permutations(range(3), 2):
        for text in texts[:2]:
            assert (
                f"Comparison with variant {another}, on the same problems" in text
                and f"arm-{one} - arm-{another}" in text
            )
        assert f"variant {one} - variant {another}, on the same problems" in texts[2]


def test_every_candidate_is_in_the_costs_and_their_sums(several_candidates: StudyReport) -> None:
    for medium in Medium:
        [table] = [
            block
            for section in visible(report_document(several_candidates), medium)
            for block in _every(section.blocks)
            if isinstance(block, Table) and block.title.lower() == "cost"
        ]
        sums = [row.texts[0] for row in table.rows if row.texts[1] == "all"]
        assert sums == ["base", "decode-only", *ARMS]


def test_every_candidate_has_its_charts_and_all_are_in_the_curves(several_candidates: StudyReport) -> None:
    figures = [
        block.charts
        for section in visible(report_document(several_candidates), Medium.HTML)
        for block in _every(section.blocks)
        if isinstance(block, Figure) and block.charts
    ]
    [curves], *others = figures
    assert isinstance(curves, PassAtKCurves) and tuple(curves.tables) == ("base model", *CAPTIONS)
    assert len(others) == 3
    for arm, charts in zip(several_candidates.arms, others, strict=True):
        deltas, drifts = charts
        assert isinstance(deltas, SliceDeltas) and deltas.comparison is arm.comparison
        assert isinstance(drifts, BatteryDrifts) and drifts.battery is arm.battery


@pytest.mark.parametrize("count", [1, 3, 12])
def test_every_arm_is_drawn_and_named_in_the_legend(count: int, report: StudyReport) -> None:
    first = report.arms[0]
    arms = tuple(first.model_copy(update={"arm": f"arm-{n}", "caption": f"variant {n}"}) for n in range(count))
    html = render_html(report.model_copy(update={"arms": arms}))
    figure = html[html.index("<figure") : html.index("</figure>")]
    assert all(f"</span> variant {n}</span></li>" in figure for n in range(count))
    assert {int(n) for n in re.findall(r'data-series="(\d+)"', figure)} == set(range(count + 1))
    assert f"variant {count - 1}, pass@1: " in figure


def test_a_drawing_for_a_file_has_its_legend_below_the_axes(report: StudyReport) -> None:
    first = report.arms[0]
    arms = tuple(first.model_copy(update={"arm": f"arm-{n}", "caption": f"variant {n}"}) for n in range(8))
    curve = plots.draw(curves(report.model_copy(update={"arms": arms}))).standalone()
    names = [float(y) for y in re.findall(r'y="([\d.]+)"[^>]*>variant \d<', curve)]
    [axis] = re.findall(r'y="([\d.]+)"[^>]*>k, samples per problem<', curve)
    assert len(names) == 8 and min(names) > float(axis)


def test_arms_with_one_caption_are_told_apart(report: StudyReport) -> None:
    html = render_html(report.model_copy(update={"arms": (report.arms[0], report.arms[0])}))
    assert " minimal SSD (ssd, 1)<" in html and " minimal SSD (ssd, 2)<" in html


def test_a_report_of_one_trained_arm_has_the_keys_that_it_always_had(
    report: StudyReport, several_candidates: StudyReport
) -> None:
    assert "against_arms" not in report.model_dump(mode="json")["arms"][0]
    assert StudyReport.model_validate_json(several_candidates.model_dump_json()) == several_candidates
