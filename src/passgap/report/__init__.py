"""Records to the terminal, Markdown, HTML and JSON, always with the interval, n and m of every measured figure.

``study_report`` holds the records, which are the JSON. ``sections`` makes a document of them, which the renderers walk;
``plan_document``, ``gate_document`` and ``verdict_document`` do the same for the other answers of a study.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

from passgap.paths import AnyPath
from passgap.report.charts import Chart
from passgap.report.document import Document, charts_of
from passgap.report.explorer import PAGE, Explorer, write_explorer
from passgap.report.explorer.files import refuse_other_files
from passgap.report.markdown import PULL_REQUEST, document_markdown
from passgap.report.sections import report_document
from passgap.report.study_report import StudyReport
from passgap.report.summary import summarise
from passgap.store import atomic_path, write_json, write_text

PICTURES = "report-figures"
"""The folder of the drawings that ``report.md`` refers to."""


def render_markdown(report: StudyReport) -> str:
    """Render a report as Markdown, verdict first."""
    return document_markdown(report_document(report))


def render_html(report: StudyReport) -> str:
    """Render a report as one self-contained page, verdict first."""
    return _page(report_document(report))


def write_reports(report: StudyReport, folder: AnyPath, explorer: Explorer | None = None) -> None:
    """Write ``report.md`` with its figures, ``report.html`` (self-contained) and ``report.json`` into a study's folder.

    Args:
        report: the study's.
        folder: the study's.
        explorer: its problems and samples, for ``explorer.html`` with its data beside it.
    """
    folder = Path(folder)
    document = report_document(report)
    if explorer is not None:
        write_explorer(explorer, folder)
        document = replace(document, explorer=f"{PAGE}{_view_of(report, explorer)}")
    write_json(folder / "report.json", report.model_dump(mode="json"))
    pictures = _write_pictures(document, folder)
    write_text(folder / "report.md", document_markdown(document, longest=PULL_REQUEST, pictures=pictures))
    write_text(folder / "report.html", _page(document))


def _view_of(report: StudyReport, explorer: Explorer) -> str:
    """The fragment by which the explorer shows the arm that the next step is about beside the base model."""
    featured = summarise(report).step.featured
    if featured is None or featured not in {each.name for each in explorer.models}:
        return ""
    return f"#{urlencode({'model': featured, 'b': featured})}"


def write_document(document: Document, folder: AnyPath, name: str) -> None:
    """Write a document as ``NAME.md`` and ``NAME.html`` into a folder, which is made where it is missing."""
    write_text(Path(folder) / f"{name}.md", document_markdown(document, longest=PULL_REQUEST))
    write_text(Path(folder) / f"{name}.html", _page(document))


def _write_pictures(document: Document, folder: Path) -> list[tuple[Chart, str]]:
    """Write the drawings that ``report.md`` refers to, and return the charts with their paths."""
    from passgap.report import plots  # noqa: PLC0415 - the plotting library is loaded with the first report

    found = []
    refuse_other_files(folder / PICTURES, ".svg")
    with atomic_path(folder / PICTURES) as staged:
        staged.mkdir()
        for number, chart in enumerate(charts_of(document), start=1):
            name = f"{number:02d}-{type(chart).__name__.lower()}.svg"
            (staged / name).write_text(plots.draw(chart).standalone(), encoding="utf-8")
            found.append((chart, f"{PICTURES}/{name}"))
    return found


def _page(document: Document) -> str:
    """Write a page; the plotting library is loaded with the first one."""
    from passgap.report import html  # noqa: PLC0415

    return html.document_html(document)


__all__ = ["StudyReport", "render_html", "render_markdown", "write_document", "write_reports"]
