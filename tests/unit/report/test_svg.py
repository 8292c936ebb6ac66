"""Drawings as a strict page may hold them: no styles, no colours lost, no id twice, a value at every point."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from passgap.report import StudyReport, plots
from passgap.report.charts import BatteryDrifts, SliceDeltas
from passgap.report.sections.trained_arms import curves


def test_a_drawing_has_no_styles_and_keeps_its_colours(report: StudyReport) -> None:
    svg = plots.draw(curves(report)).svg
    assert "style=" not in svg and "<style" not in svg and "<script" not in svg
    colours = set(re.findall(r'(?:fill|stroke)="([^"]*)"', svg))
    assert {plots.BASE, plots.TUNED, plots.INK} <= colours
    assert all(re.fullmatch(r"#[0-9a-f]{6}|none", each) for each in colours)


def test_no_two_drawings_share_an_id_and_every_reference_is_met(report: StudyReport) -> None:
    arm = report.arms[0]
    drawn = [plots.draw(each).svg for each in (curves(report), SliceDeltas(arm.comparison), BatteryDrifts(arm.battery))]
    ids = [name for svg in drawn for name in re.findall(r' id="([^"]+)"', svg)]
    assert len(ids) == len(set(ids)) > 3
    for svg in drawn:
        wanted = re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', svg)
        assert {one or other for one, other in wanted} <= set(re.findall(r' id="([^"]+)"', svg))


def test_every_point_of_a_curve_tells_its_value(report: StudyReport) -> None:
    root = ElementTree.fromstring(plots.draw(curves(report)).svg)
    titles = [each.text for each in root.iter() if each.tag.endswith("}title")]
    points = sum(len(curves(report).points(name)) for name in curves(report).tables)
    assert len(titles) == points and all("interval [" in each for each in titles)
