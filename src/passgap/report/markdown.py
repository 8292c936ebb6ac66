"""Documents as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never

from passgap.formatting import interval_of, sizes_of, value_of
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
from passgap.report.numbers import Delta, Numbers


def document_markdown(document: Document) -> str:
    """Write a document as Markdown; charts are left out."""
    lines: list[str] = []
    for position, section in enumerate(visible(document, Medium.MARKDOWN)):
        lines += _section(section, document.title if position == 0 else None)
    return "\n".join(lines) + "\n"


def _section(section: Section, title: str | None = None) -> Iterator[str]:
    """Yield a section and its parts, each under a heading of the same level.

    In Markdown a heading holds up to the next one. A part in the middle of its section is therefore written before it,
    where it would take the blocks that follow for its own.
    """
    blocks = (*section.lead, *section.blocks)
    own = [block for block in blocks if not isinstance(block, Section)]
    last = max((position for position, block in enumerate(blocks) if not isinstance(block, Section)), default=-1)
    for block in blocks[: max(last, 0)]:
        if isinstance(block, Section):
            yield from _section(block)
    if section.heading is not None:
        yield from _heading(section.heading, title)
    yield from _blocks(own)
    for block in blocks[last + 1 :]:
        if isinstance(block, Section):
            yield from _section(block)


def _heading(heading: Heading, title: str | None) -> Iterator[str]:
    if title is None:
        yield ""
        yield f"## {heading.text}"
    else:
        yield f"# {title}: {heading.text}" if title else f"# {heading.text}"
    yield ""
    if heading.caution:
        yield f"**{heading.caution}**"
        yield ""


def _blocks(blocks: Sequence[Block]) -> Iterator[str]:
    for position, block in enumerate(blocks):
        yield from _block(block)
        if isinstance(block, Bullets) and block.items and position + 1 < len(blocks):
            yield ""


def _block(block: Block) -> Iterator[str]:
    match block:
        case Heading():
            yield f"### {block.text}"
            yield ""
        case Text():
            yield block.text
            yield ""
        case Bullets():
            for item in block.items:
                yield f"- **{item}**" if block.strong else f"- {item}"
        case Answers():
            for label, text in block.given:
                yield f"- **{label}**: {text}"
            yield ""
        case Numbers():
            yield from _numbers(block)
        case Table():
            yield from _table(block)
        case Figure():
            pass
        case Details() | Only():
            yield from _blocks(tuple(shown(block.blocks, Medium.MARKDOWN)))
        case Section():
            yield from _section(block)
        case _:
            assert_never(block)


def _table(table: Table) -> Iterator[str]:
    if not table.rows:
        return
    if table.title:
        yield f"**{table.title}**"
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
        spread = f"{interval_of(measured)}, {sizes_of(measured)}"
        yield _row((each.label, f"**{value_of(measured)}**", spread, f"{each.meaning}{beside}"))
    yield ""


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
