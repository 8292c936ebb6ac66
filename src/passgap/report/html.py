"""Documents as one self-contained HTML page: no script, no font and no picture from anywhere else."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import assert_never

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from passgap.report import plots
from passgap.report.document import (
    Block,
    Bullets,
    Details,
    Document,
    Figure,
    Heading,
    Look,
    Mark,
    Medium,
    Only,
    Row,
    Section,
    Table,
    Text,
    shown,
    visible,
)

_ROW_CLASSES = {
    Look.CHOSEN: "chosen",
    Look.GOOD: "within",
    Look.UNSURE: "unresolved",
    Look.BAD: "alert",
    Look.FAINT: "insufficient",
}


def document_html(document: Document) -> str:
    """Write a document as a page."""
    sections = list(visible(document, Medium.HTML))
    headings = [section.heading.text for section in sections if section.heading]
    return _template().render(
        document=document,
        headline=headings[0] if headings else "",
        body=Markup().join(_section(section, "h1" if n == 0 else "h2") for n, section in enumerate(sections)),
    )


def _section(section: Section, tag: str) -> Markup:
    outcome = Markup(' class="lead {}"').format(section.outcome) if section.outcome else ""
    heading = _heading(section.heading, tag) if section.heading else ""
    body = _blocks((*section.lead, *section.blocks))
    return Markup("<section{}>\n{}{}</section>\n").format(outcome, heading, body)


def _heading(heading: Heading, tag: str) -> Markup:
    label = Markup(' <span class="flag">{}</span>').format(heading.label) if heading.label else ""
    return Markup("<{0}>{1}{2}</{0}>\n").format(tag, heading.text, label)


def _blocks(blocks: Iterable[Block]) -> Markup:
    return Markup().join(map(_block, shown(blocks, Medium.HTML)))


def _block(block: Block) -> Markup:
    match block:
        case Heading():
            html = _heading(block, "h3")
        case Text():
            html = Markup("<p>{}</p>\n").format(block.text)
        case Bullets():
            html = _bullets(block)
        case Table():
            html = _table(block)
        case Figure():
            html = _figure(block)
        case Details():
            html = _details(block)
        case Only():
            html = _blocks(block.blocks)
        case Section():
            heading = _heading(block.heading, "h3") if block.heading else Markup()
            html = heading + _blocks((*block.lead, *block.blocks))
        case _:
            assert_never(block)
    return html


def _bullets(bullets: Bullets) -> Markup:
    if not bullets.items:
        return Markup()
    item = Markup("<li><strong>{}</strong></li>\n") if bullets.strong else Markup("<li>{}</li>\n")
    return Markup("<ul>\n{}</ul>\n").format(Markup().join(map(item.format, bullets.items)))


def _table(table: Table) -> Markup:
    if not table.rows:
        return Markup()
    header = Markup().join(map(Markup("<th>{}</th>").format, table.header))
    head = Markup("<thead><tr>{}</tr></thead>").format(header) if table.has_header else ""
    rows = Markup().join(map(_row, table.rows))
    return Markup('<h3>{}</h3>\n<div class="scroll"><table>\n{}\n<tbody>\n{}</tbody></table></div>\n').format(
        table.title, head, rows
    )


def _row(row: Row) -> Markup:
    cells = Markup().join(map(Markup("<td>{}</td>").format, row.texts))
    return Markup('<tr class="{}">{}</tr>\n').format(_class_of(row), cells)


def _class_of(row: Row) -> str:
    """The class of the row's mark; of its own looks, the page shows what was chosen."""
    marks = [cell.look for cell in row.cells if isinstance(cell, Mark)]
    if row.look is Look.CHOSEN:
        marks.append(row.look)
    return " ".join(_ROW_CLASSES[look] for look in marks if look in _ROW_CLASSES)


def _figure(figure: Figure) -> Markup:
    if not figure.charts:
        return Markup()
    drawn = [
        # the drawing's texts were escaped when it was drawn
        Markup("<figure>{}<figcaption>{}</figcaption></figure>\n").format(Markup(plots.draw(chart)), chart.caption)  # noqa: S704
        for chart in figure.charts
    ]
    return Markup('<div class="plots">\n{}</div>\n').format(Markup().join(drawn))


def _details(details: Details) -> Markup:
    if not details.blocks:
        return Markup()
    return Markup("<details><summary>{}</summary>\n{}</details>\n").format(details.summary, _blocks(details.blocks))


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("passgap.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("page.html.j2")
