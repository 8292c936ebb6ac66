"""Every further section of the report keeps the contract."""

from __future__ import annotations

import pytest

from passgap.report.sections.added import SECTIONS, ReportSection
from passgap.testing import ReportSectionContract


class TestEverySection(ReportSectionContract):
    @pytest.fixture(params=SECTIONS.names())
    def section(self, request: pytest.FixtureRequest) -> ReportSection:
        return SECTIONS[request.param]
