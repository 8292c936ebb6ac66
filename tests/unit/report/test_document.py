"""Each renderer shows every kind of block that its medium can show, and nothing that is for another."""

from __future__ import annotations

import io

from rich.console import Console

from passgap.report.document import (
    PAGES,
    TERMINAL,
    Bullets,
    Column,
    Details,
    Document,
    Heading,
    Look,
    Mark,
    Medium,
    Only,
    Row,
    Section,
    Table,
    paragraph,
    shown,
    visible,
)
from passgap.report.html import document_html
from passgap.report.markdown import document_markdown
from passgap.report.terminal import print_document


def _table(**changes: bool) -> Table:
    return Table(
        title="a table",
        columns=(Column("slice"), Column("[value]", numeric=True), Column("state")),
        rows=(
            Row(("easy", "1", Mark("fine <b>", Look.GOOD))),
            Row(("easy", "2", Mark("[red]", Look.BAD))),
            Row(("hard", "3", "none"), look=Look.STRONG),
        ),
        **changes,
    )


def _part(name: str) -> Section:
    return Section(heading=Heading(name), blocks=(paragraph(f"text of {name}"),))


def _terminal(document: Document) -> str:
    console = Console(file=io.StringIO(), width=100, highlight=False)
    print_document(console, document)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_blocks_for_other_media_are_not_shown_and_neither_is_a_section_of_nothing_else() -> None:
    blocks = (Only(PAGES, (paragraph("for pages"), Only(TERMINAL, (paragraph("for nobody"),)))), paragraph("for all"))
    assert list(shown(blocks, Medium.HTML)) == [paragraph("for pages"), paragraph("for all")]
    assert list(shown(blocks, Medium.TERMINAL)) == [paragraph("for all")]
    pages = Section(heading=Heading("Pages"), blocks=(Only(PAGES, (paragraph("x"),)),))
    document = Document((pages,))
    assert [each.heading for each in visible(document, Medium.MARKDOWN)] == [Heading("Pages")]
    assert list(visible(document, Medium.TERMINAL)) == []


def test_every_cell_is_shown_as_text_and_never_as_markup() -> None:
    document = Document((Section(heading=Heading("s <i>"), blocks=(_table(),)),), title="t")
    assert "| easy | 2 | [red] |" in document_markdown(document)
    page = document_html(document)
    assert '<td class="mark-good">fine &lt;b&gt;</td>' in page and "<b>" not in page and "<i>" not in page
    assert '<td class="mark-bad">[red]</td>' in page and '<tr class="strong">' in page and '<tr class="">' in page
    terminal = _terminal(document)
    assert "[red]" in terminal and "[value]" in terminal and "fine <b>" in terminal


def test_a_grouped_table_names_a_slice_once_in_the_terminal_and_in_every_row_of_a_page() -> None:
    document = Document((Section(heading=None, blocks=(_table(grouped=True),)),))
    assert _terminal(document).count("easy") == 1
    assert document_markdown(document).count("| easy |") == 2
    assert document_html(document).count("<td>easy</td>") == 2


def test_a_label_is_a_sentence_where_there_are_no_labels() -> None:
    section = Section(
        heading=Heading("GO", label="underpowered", caution="Underpowered: no basis."),
        lead=(paragraph("why"), Bullets(("but",))),
        outcome="GO-SSD",
    )
    document = Document((section,), title="study")
    assert document_markdown(document) == "# study: GO\n\n**Underpowered: no basis.**\n\nwhy\n\n- but\n"
    assert '<h1>GO <span class="flag">underpowered</span></h1>' in document_html(document)
    assert "GO" in _terminal(document).splitlines()[0] and "underpowered" in _terminal(document).splitlines()[0]


def test_leads_come_before_everything_else_in_the_terminal() -> None:
    sections = tuple(
        Section(heading=Heading(f"head {n}"), lead=(paragraph(f"lead {n}"),), blocks=(paragraph(f"body {n}"),))
        for n in range(2)
    )
    text = _terminal(Document(sections))
    order = [text.index(each) for each in ("head 0", "lead 0", "head 1", "lead 1", "body 0", "body 1")]
    assert order == sorted(order)


def test_a_part_never_takes_the_blocks_behind_it_in_markdown() -> None:
    section = Section(
        heading=Heading("Whole"),
        blocks=(paragraph("first"), _part("Middle"), paragraph("last"), _part("End")),
    )
    text = document_markdown(Document((_part("Title"), section)))
    order = [text.index(each) for each in ("## Middle", "text of Middle", "## Whole", "first", "last", "## End")]
    assert order == sorted(order)
    page = document_html(Document((_part("Title"), section))).partition("<body>")[2]
    order = [page.index(each) for each in ("<h2>Whole", "first<", "<h3>Middle", "last", "<h3>End")]
    assert order == sorted(order)


def test_details_are_folded_where_that_can_be_done_and_open_elsewhere() -> None:
    details = Details("2 matches", (Bullets(("one", "two")),))
    document = Document((Section(heading=Heading("x"), blocks=(details,)),))
    assert "<details><summary>2 matches</summary>" in document_html(document)
    assert "- one\n- two\n" in document_markdown(document)
    assert "- one\n- two\n" in _terminal(document)


def test_a_list_is_set_apart_from_what_follows_it_in_markdown() -> None:
    blocks = (Bullets(("one",)), paragraph("next"))
    assert "- one\n\nnext\n" in document_markdown(Document((Section(heading=Heading("x"), blocks=blocks),)))


def test_empty_sentences_and_lists_are_left_out() -> None:
    blocks = (paragraph("one.", "", "two."), Bullets(()), paragraph("three."))
    document = Document((Section(heading=Heading("x"), blocks=blocks),))
    assert document_markdown(document) == "# x\n\none. two.\n\nthree.\n\n"
    assert "<ul>" not in document_html(document) and "<p>one. two.</p>\n<p>three.</p>\n" in document_html(document)
    assert _terminal(document).split() == ["one.", "two.", "three."]
