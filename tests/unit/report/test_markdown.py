"""Markdown is short enough for a pull request, and no text of a study makes an element, a link or a mention."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from hostile import ENDLESS, EVERYTHING
from passgap.report import StudyReport, render_markdown, write_reports
from passgap.report.document import (
    Answers,
    Bullets,
    Column,
    Details,
    Document,
    Heading,
    Row,
    Section,
    Shows,
    Table,
    Text,
    paragraph,
)
from passgap.report.markdown import PULL_REQUEST, document_markdown
from passgap.report.sections import report_document


def test_a_long_report_keeps_its_leads_and_says_what_is_left_out(several_candidates: StudyReport) -> None:
    document = report_document(several_candidates)
    assert len(document_markdown(document)) > 30_000
    short = document_markdown(document, longest=30_000)
    assert len(short) <= 30_000 and "they are in report.html" in short and "in report.html." in short
    for arm in several_candidates.arms:
        assert f"## {arm.caption}" in short and arm.judgement.headline in short
    assert (
        document_markdown(document, longest=10**7) == document_markdown(document) == render_markdown(several_candidates)
    )


def test_one_that_cannot_be_short_enough_ends(several_candidates: StudyReport) -> None:
    sections = (Section(heading=Heading("first"), lead=(paragraph("x" * 3_000),)), Section(heading=Heading("second")))
    assert len(document_markdown(Document(sections), longest=100)) > 100


def test_what_is_folded_goes_first() -> None:
    folded = Section(heading=Heading("a"), blocks=(paragraph("kept"), Details("3 tables", (paragraph("y" * 500),))))
    text = document_markdown(Document((Section(heading=Heading("top")), folded)), longest=400)
    assert "kept" in text and "3 tables: in report.html." in text and "yyy" not in text


def test_hostile_text_is_text(report: StudyReport) -> None:
    setup = report.setup.model_copy(update={"study": EVERYTHING, "flags": (EVERYTHING, ENDLESS)})
    text = render_markdown(report.model_copy(update={"setup": setup, "not_produced": (EVERYTHING,)}))
    assert "<script" not in text and "<img" not in text and "<!--" not in text
    assert "[link](" not in text and "x](http" not in text and " @somebody" not in text
    assert "\x1b" not in text and "\u202e" not in text and "\\u202e" in text
    assert len(text) < PULL_REQUEST + 30_000 and all(len(line) < 20_000 for line in text.splitlines())
    assert text.splitlines()[0].startswith("# ")


def test_the_written_report_refers_to_drawings_that_stand_alone(report: StudyReport, tmp_path: Path) -> None:
    write_reports(report, tmp_path)
    text = (tmp_path / "report.md").read_text()
    pictures = sorted((tmp_path / "report-figures").iterdir())
    assert len(pictures) == 3 and len(text) <= PULL_REQUEST
    for each in pictures:
        assert f"](report-figures/{each.name})" in text
        assert ElementTree.fromstring(each.read_text()).tag.endswith("}svg")


_COLUMNS = (Column("one"), Column("two"))
BLOCKS = (
    "# h",
    "> q",
    "- i",
    "1. n",
    "1) n",
    "***",
    "- - -",
    "```",
    "~~~",
    "    code",
    "| a | b |",
    "[x]: http://e.example",
)
INLINE = (
    "[a](http://e.example) ![a](http://e.example/x.png) [a][b] <http://e.example> <b>x</b>",
    "see http://e.example or HTTPS://e.example or www.e.example",
    "mail me@e.example or @somebody, fixes #12",
    "a | b \\| c \\\\| d \\",
)


@pytest.mark.parametrize("text", [*BLOCKS, *INLINE])
def test_no_text_begins_a_block_or_makes_more_than_text(text: str) -> None:
    parts = (
        Text(text),
        Bullets((text,)),
        Answers((("Why", text),)),
        Table(text, _COLUMNS, (Row((text, text)),), shows=Shows.DECLARED),
    )
    written = document_markdown(Document((Section(Heading(text), blocks=parts),), title=text))
    parsed = MarkdownIt("commonmark").enable("table").parse(written)
    kinds = Counter(each.type for each in parsed)
    assert kinds["heading_open"] == 1 and kinds["bullet_list_open"] == 1 and kinds["td_open"] == kinds["th_open"] == 2
    block = {"fence", "code_block", "html_block", "hr", "blockquote_open", "ordered_list_open"}
    inside = {child.type for each in parsed for child in each.children or ()}
    assert not block & {*kinds} and not {"html_inline", "link_open", "image"} & inside
    assert not re.search(r"\w://|www\.|(?<!&)#\d|[\w.]@\w+\.\w|(?<!\w)@\w", written.split("\n", 1)[1])
    first, second = cells_of(parsed)
    assert first == second  # both hold the whole of it


def test_a_backslash_never_reaches_the_next_cell() -> None:
    for text in ("\\", "a\\|b", "\\\\|", "|\\"):
        document = Document(
            (Section(Heading("x"), blocks=(Table("", _COLUMNS, (Row((text, "next")),), shows=Shows.DECLARED),)),)
        )
        parsed = MarkdownIt("commonmark").enable("table").parse(document_markdown(document))
        assert cells_of(parsed) == [text, "next"]


def cells_of(parsed: list[Token]) -> list[str]:
    """The texts of the cells of a table's body."""
    cells = [after for each, after in pairwise(parsed) if each.type == "td_open"]
    return ["".join(child.content for child in each.children or ()) for each in cells]
