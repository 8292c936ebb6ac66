"""The conformance suite of sections of the report."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from passgap.decisions import Evidence, decide_verdict
from passgap.estimates import counts_from_columns, estimate_all, mean_interval
from passgap.records import Insufficient
from passgap.report.document import Document, Medium, visible
from passgap.report.guard import bare_changes
from passgap.report.html import document_html
from passgap.report.markdown import document_markdown
from passgap.report.sections.added import ReportSection
from passgap.report.study_report import BaseReport, CostLine, Fact, SetupReport, StudyReport
from passgap.report.terminal import print_document


def small_report(name: str = "a small study") -> StudyReport:
    """The report of a study whose base model was measured, and no arm run."""
    problems, samples = 30, 4
    counts = counts_from_columns(
        [f"p{n}" for n in range(problems)],
        [samples] * problems,
        [n % 3 for n in range(problems)],
        difficulties=[("easy", "hard")[n % 2] for n in range(problems)],
    )
    table = estimate_all(counts, (1, 4))
    cost = CostLine(
        arm="base",
        stage="sampling",
        step="base-heldout-samples",
        seconds=36.0,
        hours=0.01,
        money=0.001,
        samples=problems * samples,
        prompt_tokens=1_000,
        tokens=2_000,
        tokens_per_second=55.0,
    )
    return StudyReport(
        setup=SetupReport(
            study=name,
            model="a model",
            rehearsal=True,
            facts=(Fact(label="held-out", text=f"{problems} problems"),),
            flags=(),
            currency="USD",
            device="cpu",
        ),
        base=BaseReport(
            verdict=decide_verdict(Evidence(table=table, rehearsal=True)),
            table=table,
            modes=None,
            signal=None,
            proposal=None,
            truncated=mean_interval([0.0] * problems, m=samples),
            outcomes={"failed": 90, "passed": 30},
            costs=(cost,),
        ),
        arms=(),
        contamination=(),
        contamination_checked="30 problems against none",
        not_produced=("arms",),
        provenance=(Fact(label="seed", text="1"),),
    )


class ReportSectionContract:
    """Subclass it, and return the section from ``make``."""

    def make(self) -> ReportSection:
        """The section."""
        raise NotImplementedError

    @pytest.fixture
    def section(self) -> ReportSection:
        return self.make()

    def document(self, section: ReportSection, report: StudyReport) -> Document:
        """The section alone."""
        return Document(tuple(section.sections(report)), title=report.setup.study)

    def test_it_has_a_name(self, section: ReportSection) -> None:
        assert section.name and section.name == section.name.strip().lower()

    def test_every_renderer_takes_it(self, section: ReportSection) -> None:
        document = self.document(section, small_report())
        console = Console(file=io.StringIO(), width=120)
        print_document(console, document)
        assert document_html(document).endswith("</html>")
        for each in visible(document, Medium.MARKDOWN):
            assert each.heading is None or each.heading.text in document_markdown(document)

    def test_it_holds_where_something_could_not_be_measured(self, section: ReportSection) -> None:
        report = small_report()
        missing = Insufficient(insufficient="one sample", n=1, m=1)
        table = report.base.table.model_copy(
            update={"overall": dict.fromkeys(report.base.table.overall, missing), "slices": {}, "simultaneous": {}}
        )
        base = report.base.model_copy(update={"table": table, "truncated": missing, "outcomes": {}, "costs": ()})
        document_html(self.document(section, report.model_copy(update={"base": base})))

    def test_no_change_stands_in_a_sentence_without_its_interval(self, section: ReportSection) -> None:
        document = self.document(section, small_report())
        assert not [text for medium in Medium for text in bare_changes(document, medium)]

    def test_it_says_the_same_of_the_same_report(self, section: ReportSection) -> None:
        first, again = (document_html(self.document(section, small_report())) for _ in range(2))
        assert first == again

    def test_it_makes_no_element_of_a_text_of_the_study(self, section: ReportSection) -> None:
        report = small_report("<img src=x>")
        facts = (Fact(label="<img src=x>", text="<img src=x>"),)
        setup = report.setup.model_copy(update={"facts": facts, "model": "<img src=x>", "flags": ("<img src=x>",)})
        assert "<img" not in document_html(self.document(section, report.model_copy(update={"setup": setup})))
