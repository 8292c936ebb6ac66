"""Records to the terminal, Markdown, HTML and JSON. Renderers compute nothing and show n, m and the interval always."""

from __future__ import annotations

from pathlib import Path

from passgap.paths import AnyPath
from passgap.report.markdown import render_markdown
from passgap.report.study_report import StudyReport
from passgap.store import write_json, write_text


def render_html(report: StudyReport) -> str:
    """Render a report as one self-contained page; the plotting library is loaded with the first page."""
    from passgap.report import html  # noqa: PLC0415

    return html.render_html(report)


def write_reports(report: StudyReport, folder: AnyPath) -> None:
    """Write ``report.md``, ``report.html`` (self-contained) and ``report.json`` into a study's folder."""
    folder = Path(folder)
    write_json(folder / "report.json", report.model_dump(mode="json"))
    write_text(folder / "report.md", render_markdown(report))
    write_text(folder / "report.html", render_html(report))


__all__ = ["StudyReport", "render_html", "render_markdown", "write_reports"]
