"""Sections of the report with one fault each, and the test of the contract that must find it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from passgap.records import Estimate
from passgap.report.document import Heading, Section, Text
from passgap.report.sections.added import ReportSection
from passgap.report.study_report import StudyReport
from passgap.testing import ReportSectionContract


class _Told(ReportSection):
    """One sentence."""

    name = "told"

    def sections(self, report: StudyReport) -> Iterator[Section]:
        yield Section(heading=Heading(self.heading(report)), blocks=(Text(self.text(report)),))

    def heading(self, report: StudyReport) -> str:
        return "Told"

    def text(self, report: StudyReport) -> str:
        return "Something was told."


class _Shouted(_Told):
    name = "TOLD"


class BrokenName(ReportSectionContract):
    fails = "test_it_has_a_name"

    def make(self) -> ReportSection:
        return _Shouted()


class _OfEstimates(_Told):
    def text(self, report: StudyReport) -> str:
        found = report.base.table.overall["pass@1"]
        assert isinstance(found, Estimate)
        return found.method


class BrokenWithoutEstimates(ReportSectionContract):
    fails = "test_it_holds_where_something_could_not_be_measured"

    def make(self) -> ReportSection:
        return _OfEstimates()


class _Counting(_Told):
    def __init__(self) -> None:
        self._told = count()

    def text(self, report: StudyReport) -> str:
        return f"It was told {next(self._told)} times."


class BrokenCounts(ReportSectionContract):
    fails = "test_it_says_the_same_of_the_same_report"

    def make(self) -> ReportSection:
        return _Counting()
