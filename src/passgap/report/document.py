"""Documents: the content that people are shown, independent of the medium.

A document is built once, from records, and walked by the renderers (:mod:`.terminal`, :mod:`.markdown`, :mod:`.html`).
They decide how a block looks, never its content; the JSON of an answer is its records.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

from passgap.report.charts import Chart
from passgap.report.numbers import Numbers


class Medium(StrEnum):
    """A renderer's output."""

    TERMINAL = "terminal"
    MARKDOWN = "markdown"
    HTML = "html"


TERMINAL = frozenset({Medium.TERMINAL})
"""Media with room for a value and its interval, and no more."""

PAGES = frozenset({Medium.MARKDOWN, Medium.HTML})
"""Media that show everything."""


class Look(StrEnum):
    """The emphasis of a paragraph, a row or a cell, where a renderer can show it."""

    PLAIN = "plain"
    STRONG = "strong"
    """A sum, or a result that differs from the others."""
    FAINT = "faint"
    """Secondary to the result."""
    CHOSEN = "chosen"
    GOOD = "good"
    UNSURE = "unsure"
    BAD = "bad"
    WARNING = "warning"
    """Something that a person should act on."""


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of a section, or of a part within it."""

    text: str
    label: str = ""
    """A word that qualifies it."""
    caution: str = ""
    """The label as a sentence, for a medium that has no labels."""
    question: str = ""
    """The question that it answers, which stands above it."""
    short: str = ""
    """Its name in a list of sections; empty for its text."""


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str
    look: Look = Look.PLAIN


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list, one line per item; one without items is not shown."""

    items: tuple[str, ...]
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A cell whose text stands out."""

    text: str
    look: Look


Cell: TypeAlias = str | Mark


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table."""

    cells: tuple[Cell, ...]
    look: Look = Look.PLAIN

    @property
    def texts(self) -> tuple[str, ...]:
        """The cells without their looks."""
        return tuple(cell.text if isinstance(cell, Mark) else cell for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; without a name, it has no header."""

    name: str
    numeric: bool = False
    """Whether its cells are to be aligned as numbers."""
    faint: bool = False


class Shows(StrEnum):
    """The kind of a table's figures, for those who may not be shown alone."""

    ESTIMATES = "estimates"
    """Measured: each has its interval in its row."""
    DELTAS = "deltas"
    """Changes against another model, which stand in a section with a battery."""
    BATTERY = "battery"
    DECLARED = "declared"
    """Declared, metered, or the ends of an interval: they have no interval of their own."""


@dataclass(frozen=True, slots=True)
class Table:
    """A titled table; one without rows is not shown."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    grouped: bool = False
    """Whether rows with the same first cell belong together."""
    shows: Shows = Shows.ESTIMATES

    @property
    def header(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(column.name for column in self.columns)

    @property
    def has_header(self) -> bool:
        """Whether any column has a name."""
        return any(self.header)


@dataclass(frozen=True, slots=True)
class Answers:
    """Labelled sentences; one without a text is not shown."""

    items: tuple[tuple[str, str], ...]
    first: bool = False
    """Whether the first one stands out."""

    @property
    def given(self) -> tuple[tuple[str, str], ...]:
        """Those with a text."""
        return tuple((label, text) for label, text in self.items if text)


@dataclass(frozen=True, slots=True)
class Figure:
    """Charts side by side, for a medium that can draw."""

    charts: tuple[Chart, ...]


@dataclass(frozen=True, slots=True)
class Details:
    """Blocks that are folded behind a summary, in a medium that can fold."""

    summary: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Only:
    """Blocks that only some media show."""

    media: frozenset[Medium]
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the blocks under it."""

    heading: Heading | None
    lead: tuple[Block, ...] = ()
    """The finding in words, which is read first: a terminal shows the leads of all sections before anything else."""
    blocks: tuple[Block, ...] = ()
    outcome: str = ""
    """The verdict or outcome that a lead is coloured by."""


@dataclass(frozen=True, slots=True)
class Document:
    """Sections in their reading order."""

    sections: tuple[Section, ...]
    title: str = ""
    subtitle: str = ""
    explorer: str = ""
    """The address of the page with all problems and samples, relative to this one; empty where there is none."""


Block: TypeAlias = Heading | Text | Bullets | Answers | Numbers | Table | Figure | Details | Only | Section


def paragraph(*sentences: str, look: Look = Look.PLAIN) -> Text:
    """A paragraph of these sentences; empty ones are left out."""
    return Text(" ".join(filter(None, sentences)), look)


def shown(blocks: Iterable[Block], medium: Medium) -> Iterator[Block]:
    """Yield the blocks that a medium shows, in order."""
    for block in blocks:
        if not isinstance(block, Only):
            yield block
        elif medium in block.media:
            yield from shown(block.blocks, medium)


def visible(document: Document, medium: Medium) -> Iterator[Section]:
    """Yield the sections of which a medium shows anything, without what it does not show."""
    for section in document.sections:
        lead, blocks = tuple(shown(section.lead, medium)), tuple(shown(section.blocks, medium))
        if lead or blocks:
            yield replace(section, lead=lead, blocks=blocks)


def charts_of(document: Document) -> Iterator[Chart]:
    """Yield every chart that a page shows, in order."""
    for section in visible(document, Medium.HTML):
        yield from _charts((*section.lead, *section.blocks))


def _charts(blocks: Iterable[Block]) -> Iterator[Chart]:
    for block in shown(blocks, Medium.HTML):
        if isinstance(block, Figure):
            yield from block.charts
        elif isinstance(block, Details):
            yield from _charts(block.blocks)
        elif isinstance(block, Section):
            yield from _charts((*block.lead, *block.blocks))
