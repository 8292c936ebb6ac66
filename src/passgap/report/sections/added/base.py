"""The interface of a further section of the report."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from passgap.report.document import Section
from passgap.report.study_report import StudyReport


class ReportSection(ABC):
    """A section of the report that is made of nothing but the report's records."""

    name: ClassVar[str]
    position: ClassVar[float] = float("inf")
    """Its place among the further sections."""

    @abstractmethod
    def sections(self, report: StudyReport) -> Iterator[Section]:
        """Yield what it shows of a report: nothing where the report has nothing for it.

        It computes and reads nothing, names every figure with its interval, and shows deltas beside a battery; a
        renderer refuses what does not.
        """
