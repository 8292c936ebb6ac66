"""Documents as one self-contained HTML page: nothing is loaded from anywhere else, and only its own script may run.

Every text is escaped, made harmless (:mod:`passgap.plain_text`) and kept out of attributes that are run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import assert_never

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from passgap.formatting import interval_of, level_of, sizes_in_words, value_of
from passgap.plain_text import harmless
from passgap.records import Insufficient
from passgap.report import plots
from passgap.report.document import (
    Answers,
    Block,
    Bullets,
    Cell,
    Column,
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
from passgap.report.guard import refuse_bare_figures
from passgap.report.inline_html import cell_text, running_text
from passgap.report.numbers import Delta, Number, Numbers
from passgap.report.policy import asset, policy
from passgap.report.svg import Drawing

_LONG_HEADER = 22
"""Characters from which the name of a column may be broken."""


def document_html(document: Document) -> str:
    """Write a document as a page."""
    refuse_bare_figures(document, Medium.HTML)
    sections = list(visible(document, Medium.HTML))
    addresses = _addresses(sections)
    headings = [section.heading.text for section in sections if section.heading]
    style, script = asset("page.css"), asset("page.js")
    return _template().render(
        title=harmless(f"{document.title}: {headings[0] if headings else ''}"),
        study=harmless(document.title),
        subtitle=harmless(document.subtitle),
        explorer=document.explorer,
        first=addresses[0] if addresses else "top",
        links=[
            (address, harmless(section.heading.short or _short(section.heading.text)))
            for address, section in zip(addresses, sections, strict=True)
            if section.heading
        ],
        style=Markup(style),  # noqa: S704 - it is passgap's own
        script=Markup(script),  # noqa: S704 - it is passgap's own
        policy=policy(style, script),
        body=Markup().join(
            _section(section, address, "h1" if n == 0 else "h2")
            for n, (section, address) in enumerate(zip(sections, addresses, strict=True))
        ),
    )


def _short(heading: str) -> str:
    """A heading without its result, for navigation; a first sentence as it is."""
    return heading if len(heading) < 28 else f"{heading[:26].rstrip()}\u2026"


def _addresses(sections: Sequence[Section]) -> list[str]:
    """A fragment for each section, from its heading, so that links to it last."""
    found: list[str] = []
    for section in sections:
        words = re.findall(r"[a-z0-9]+", _name(section).lower().split(":")[0])
        base = "-".join(words[:6]) or "part"
        name, number = base, 2
        while name in found:
            name, number = f"{base}-{number}", number + 1
        found.append(name)
    return found


def _name(section: Section) -> str:
    return (section.heading.short or section.heading.text) if section.heading else "part"


def _section(section: Section, address: str, tag: str) -> Markup:
    outcome = f"lead {section.outcome}" if section.outcome else ""
    heading = _heading(section.heading, tag) if section.heading else ""
    body = _blocks((*section.lead, *section.blocks))
    return Markup('<section id="{}" class="{}">\n{}{}</section>\n').format(address, outcome, heading, body)


def _heading(heading: Heading, tag: str) -> Markup:
    question = Markup('<p class="question">{}</p>\n').format(harmless(heading.question)) if heading.question else ""
    label = Markup(' <span class="flag">{}</span>').format(harmless(heading.label)) if heading.label else ""
    return Markup("{0}<{1}>{2}{3}</{1}>\n").format(question, Markup(tag), harmless(heading.text), label)  # noqa: S704


def _blocks(blocks: Iterable[Block]) -> Markup:
    return Markup().join(map(_block, shown(blocks, Medium.HTML)))


def _block(block: Block) -> Markup:
    match block:
        case Heading():
            html = _heading(block, "h3")
        case Text():
            html = _text(block)
        case Bullets():
            html = _bullets(block)
        case Answers():
            html = _answers(block)
        case Numbers():
            html = _numbers(block)
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


def _text(text: Text) -> Markup:
    if not text.text:
        return Markup()
    if text.look not in (Look.FAINT, Look.WARNING):
        return Markup("<p>{}</p>\n").format(running_text(text.text))
    return Markup('<p class="{}">{}</p>\n').format(text.look.value, running_text(text.text))


def _bullets(bullets: Bullets) -> Markup:
    if not bullets.items:
        return Markup()
    item = Markup("<li><strong>{}</strong></li>\n") if bullets.strong else Markup("<li>{}</li>\n")
    return Markup("<ul>\n{}</ul>\n").format(Markup().join(item.format(running_text(each)) for each in bullets.items))


def _answers(answers: Answers) -> Markup:
    items = Markup().join(
        Markup('<dt>{}</dt><dd class="{}">{}</dd>\n').format(
            label, "first" if answers.first and place == 0 else "", running_text(text)
        )
        for place, (label, text) in enumerate(answers.given)
    )
    return Markup('<dl class="answers">\n{}</dl>\n').format(items)


def _numbers(numbers: Numbers) -> Markup:
    return Markup('<ul class="numbers">\n{}</ul>\n').format(Markup().join(map(_number, numbers.numbers)))


def _number(number: Number) -> Markup:
    measured = number.measured
    level = "" if isinstance(measured, Insufficient) else f"{level_of(measured.level)} interval "
    beside = Markup('<span class="beside">{}</span>').format(number.beside) if isinstance(number, Delta) else ""
    return Markup(
        '<li class="{}"><span class="label">{}</span> <span class="value">{}</span> '
        '<span class="interval">{}{}</span> <span class="interval">{}</span><span class="meaning">{}</span>{}</li>\n'
    ).format(
        number.look,
        harmless(number.label),
        value_of(measured),
        level,
        interval_of(measured),
        sizes_in_words(measured, number.of),
        running_text(number.meaning),
        beside,
    )


def _table(table: Table) -> Markup:
    if not table.rows:
        return Markup()
    title = Markup("<h3>{}</h3>\n").format(harmless(table.title)) if table.title else ""
    header = Markup().join(map(_header, table.columns))
    head = Markup("<thead><tr>{}</tr></thead>\n").format(header) if table.has_header else ""
    rows = Markup().join(_row(row, table.columns) for row in table.rows)
    sortable = "sortable" if table.has_header and len(table.rows) > 2 else ""
    return Markup(
        '{}<div class="scroll" tabindex="0" role="group" aria-label="{}"><table class="{}">\n{}<tbody>\n{}</tbody>'
        "</table></div>\n"
    ).format(title, harmless(table.title) or "table", sortable, head, rows)


def _header(column: Column) -> Markup:
    classes = [name for name, held in (("number", column.numeric), ("long", len(column.name) > _LONG_HEADER)) if held]
    cell = Markup('<th scope="col" class="{}">{}</th>') if column.name else Markup('<td class="{}">{}</td>')
    return cell.format(" ".join(classes), harmless(column.name))


def _row(row: Row, columns: Sequence[Column]) -> Markup:
    cells = Markup().join(
        _cell(cell, columns[place] if place < len(columns) else None) for place, cell in enumerate(row.cells)
    )
    look = row.look.value if row.look in (Look.CHOSEN, Look.FAINT, Look.STRONG) else ""
    return Markup('<tr class="{}">{}</tr>\n').format(look, cells)


def _cell(cell: Cell, column: Column | None) -> Markup:
    text, look = (cell.text, f"mark-{cell.look.value} ") if isinstance(cell, Mark) else (cell, "")
    number = "number" if column is not None and column.numeric else ""
    classes = f"{look}{number}".strip()
    shown_text = cell_text(text)
    if not classes:
        return Markup("<td>{}</td>").format(shown_text)
    return Markup('<td class="{}">{}</td>').format(classes, shown_text)


def _figure(figure: Figure) -> Markup:
    if not figure.charts:
        return Markup()
    drawn = [
        Markup("<figure>{}{}<figcaption>{}</figcaption></figure>\n").format(
            Markup(drawing.svg),  # noqa: S704 - its texts were escaped when it was drawn
            _legend(drawing),
            harmless(chart.caption),
        )
        for chart, drawing in ((chart, plots.draw(chart)) for chart in figure.charts)
    ]
    return Markup('<div class="plots">\n{}</div>\n').format(Markup().join(drawn))


def _legend(drawing: Drawing) -> Markup:
    if not drawing.series:
        return Markup()
    entries = Markup().join(
        Markup('<li><span class="entry"><span class="c{}" aria-hidden="true">{}</span> {}</span></li>').format(
            plots.COLOURS.index(each.colour), each.glyph, harmless(each.name)
        )
        for each in drawing.series
    )
    return Markup('<ul class="legend">{}</ul>').format(entries)


def _details(details: Details) -> Markup:
    if not details.blocks:
        return Markup()
    summary = harmless(details.summary)
    return Markup("<details><summary>{}</summary>\n{}</details>\n").format(summary, _blocks(details.blocks))


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("passgap.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2")
