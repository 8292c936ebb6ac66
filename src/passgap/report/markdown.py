"""Documents as Markdown, fit for the description of a pull request: no longer than one may be, and safe to render."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import assert_never

from passgap.formatting import interval_of, level_of, sizes_in_words, value_of
from passgap.plain_text import harmless
from passgap.records import Insufficient
from passgap.report.charts import Chart
from passgap.report.document import (
    Answers,
    Block,
    Bullets,
    Details,
    Document,
    Figure,
    Heading,
    Medium,
    Only,
    Section,
    Table,
    Text,
    shown,
    visible,
)
from passgap.report.guard import refuse_bare_figures
from passgap.report.numbers import Delta, Numbers

PULL_REQUEST = 60_000
"""Characters that a report may have, of the 65,536 that GitHub takes for the description of a pull request."""

_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_MENTION = re.compile(r"(?<![\w.])@(?=[A-Za-z0-9])|@(?=[\w-]+\.\w)")
"""The at sign of a mention, or of an address that would be linked; not that of ``pass@1``."""
_TARGET = re.compile(r"\](?=[(\[:])|!(?=\[)")
"""The characters that make a link, the target of one, or an image that is loaded from elsewhere."""
_ADDRESS = re.compile(r"(?<=\w):(?=//)|(?<=www)\.|#(?=\d)", re.IGNORECASE)
"""The character by which an address, or a number of an issue, is linked where it stands."""
_BLOCK = re.compile(
    r"[>|]|#(?=#{0,5}(?:\s|$))|[-+*](?=\s|$)|[-*_](?=(?:\s*[-*_]){2,}\s*$)|=(?==*\s*$)|`(?=``)|~(?=~~)"
    r"|\d+(?=[.)](?:\s|$))"
)
"""The beginning of a heading, quotation, list, rule, table or block of code."""

_PIPE = re.compile(r"\||\\(?=\||\\|$)")
"""A pipe, and a backslash that would escape one."""

Pictures = Mapping[int, str]
"""The paths of drawings, by the id of their chart."""


def document_markdown(
    document: Document, *, longest: int | None = None, pictures: Sequence[tuple[Chart, str]] = ()
) -> str:
    """Write a document as Markdown.

    Args:
        document: what to write.
        longest: characters that it may have. Where it would have more, what is folded elsewhere is left out first, and
            then the longest sections keep only their lead; each says so. None writes everything.
        pictures: charts with the path of their drawing; others are left out.
    """
    refuse_bare_figures(document, Medium.MARKDOWN)
    paths = {id(chart): path for chart, path in pictures}
    sections = list(visible(document, Medium.MARKDOWN))
    texts = [_text_of(section, document, n, paths) for n, section in enumerate(sections)]
    if longest is not None and _length(texts) > longest:
        sections = [replace(each, blocks=tuple(_unfolded(each.blocks))) for each in sections]
        texts = [_text_of(section, document, n, paths) for n, section in enumerate(sections)]
    while longest is not None and _length(texts) > longest:
        number = max(range(1, len(texts)), key=lambda n: len(texts[n]), default=0)
        shortened = replace(sections[number], blocks=(Text(_LEFT_OUT),)) if number else None
        if shortened is None or shortened == sections[number]:
            break
        sections[number] = shortened
        texts[number] = _text_of(shortened, document, number, paths)
    return "".join(texts)


_LEFT_OUT = "The tables of this section are too long for here; they are in report.html."


def _text_of(section: Section, document: Document, number: int, paths: Pictures) -> str:
    return "\n".join(_section(section, document.title if number == 0 else None, paths)) + "\n"


def _length(texts: Sequence[str]) -> int:
    return sum(map(len, texts))


def _unfolded(blocks: Iterable[Block]) -> Iterator[Block]:
    for block in blocks:
        if isinstance(block, Details):
            yield Text(f"{block.summary}: in report.html.")
        elif isinstance(block, Section | Only):
            yield replace(block, blocks=tuple(_unfolded(block.blocks)))
        else:
            yield block


def _section(section: Section, title: str | None, paths: Pictures) -> Iterator[str]:
    """Yield a section and its parts, each under a heading of the same level.

    In Markdown a heading holds up to the next one. A part in the middle of its section is therefore written before it,
    where it would take the blocks that follow for its own.
    """
    blocks = (*section.lead, *section.blocks)
    own = [block for block in blocks if not isinstance(block, Section)]
    last = max((position for position, block in enumerate(blocks) if not isinstance(block, Section)), default=-1)
    for block in blocks[: max(last, 0)]:
        if isinstance(block, Section):
            yield from _section(block, None, paths)
    if section.heading is not None:
        yield from _heading(section.heading, title)
    yield from _blocks(own, paths)
    for block in blocks[last + 1 :]:
        if isinstance(block, Section):
            yield from _section(block, None, paths)


def _heading(heading: Heading, title: str | None) -> Iterator[str]:
    if title is None:
        yield ""
        yield f"## {_safe(heading.text)}"
    else:
        yield f"# {_safe(title)}: {_safe(heading.text)}" if title else f"# {_safe(heading.text)}"
    yield ""
    if heading.question:
        yield f"*{_line(heading.question)}*"
        yield ""
    if heading.caution:
        yield f"**{_line(heading.caution)}**"
        yield ""


def _blocks(blocks: Sequence[Block], paths: Pictures) -> Iterator[str]:
    for position, block in enumerate(blocks):
        yield from _block(block, paths)
        if isinstance(block, Bullets) and block.items and position + 1 < len(blocks):
            yield ""


def _block(block: Block, paths: Pictures) -> Iterator[str]:
    match block:
        case Heading():
            yield f"### {_safe(block.text)}"
            yield ""
        case Text():
            yield _line(block.text)
            yield ""
        case Bullets():
            for item in block.items:
                yield f"- **{_line(item)}**" if block.strong else f"- {_line(item)}"
        case Answers():
            for label, text in block.given:
                yield f"- **{label}**: {_safe(text)}"
            yield ""
        case Numbers():
            yield from _numbers(block)
        case Table():
            yield from _table(block)
        case Figure():
            for chart in block.charts:
                if id(chart) in paths:
                    yield f"![{_safe(chart.caption)}]({paths[id(chart)]})"
                    yield ""
        case Details() | Only():
            yield from _blocks(tuple(shown(block.blocks, Medium.MARKDOWN)), paths)
        case Section():
            yield from _section(block, None, paths)
        case _:
            assert_never(block)


def _table(table: Table) -> Iterator[str]:
    if not table.rows:
        return
    if table.title:
        yield f"**{_line(table.title)}**"
        yield ""
    yield _row(table.header)
    yield _row(["---"] * len(table.header))
    for row in table.rows:
        yield _row(row.texts)
    yield ""


def _numbers(numbers: Numbers) -> Iterator[str]:
    yield _row(("figure", "value", "interval and sizes", "meaning"))
    yield _row(["---"] * 4)
    for each in numbers.numbers:
        beside = f" {each.beside}." if isinstance(each, Delta) else ""
        measured = each.measured
        level = "" if isinstance(measured, Insufficient) else f"{level_of(measured.level)}: "
        spread = f"{level}{interval_of(measured)}; {sizes_in_words(measured, each.of)}"
        yield _row((each.label, f"**{value_of(measured)}**", spread, f"{each.meaning}{beside}"))
    yield ""


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(_PIPE.sub(r"\\\g<0>", _safe(cell)) for cell in cells) + " |"


def _safe(text: str) -> str:
    """A text in one line that makes no element, no link, no image and mentions nobody."""
    flat = " ".join(harmless(text).split("\n"))
    flat = _ADDRESS.sub(lambda found: f"&#{ord(found[0])};", flat)
    flat = _TAG.sub("&lt;", _MENTION.sub("&#64;", flat))
    return _TARGET.sub(lambda found: f"\\{found[0]}", flat)


def _line(text: str) -> str:
    """A text at the beginning of a line, which begins no block."""
    safe = _safe(text).lstrip()
    found = _BLOCK.match(safe)
    if found is None:
        return safe
    if found[0].isdigit():
        return f"{found[0]}\\{safe[found.end() :]}"
    return f"\\{safe}"
