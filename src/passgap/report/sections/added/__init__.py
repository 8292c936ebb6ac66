"""The table of the report's further sections: one file each, here or in a distribution of its own.

The sections that belong to passgap's own steps stand in a fixed order (:data:`passgap.report.sections.READING_ORDER`);
those of this table come behind them, before the set-up.
"""

from passgap.registry import Registry
from passgap.report.sections.added.base import ReportSection

SECTIONS: Registry[ReportSection] = Registry(
    package="passgap.report.sections.added", attribute="SECTION", group="passgap.report_sections", noun="report section"
)

__all__ = ["SECTIONS", "ReportSection"]
