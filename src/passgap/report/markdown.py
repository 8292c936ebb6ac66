"""The report as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from passgap.report import sections
from passgap.report.formatting import inline
from passgap.report.sections import TableText
from passgap.report.study_report import ArmReport, DecodeOnlyReport, StudyReport


def render_markdown(report: StudyReport) -> str:
    """Render a report, verdict first."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: StudyReport) -> Iterator[str]:
    verdict, setup = report.base.verdict, report.setup
    yield f"# {setup.study}: {verdict.verdict.value}" + (f" ({verdict.other.value})" if verdict.other else "")
    yield ""
    if verdict.underpowered:
        yield "**Underpowered: not a basis for a decision.**"
        yield ""
    yield verdict.justification
    yield ""
    for caveat in verdict.caveats:
        yield f"- {caveat}"
    for arm in report.arms:
        yield from _arm(arm)
    if report.decode_only is not None:
        yield from _decode_only(report.decode_only)
    yield from _section("Base model")
    yield from _table(sections.estimates("pass@k and gap", report.base.table))
    yield sections.outcomes(report.base.outcomes) + f"; truncated: {inline(report.base.truncated)}."
    yield ""
    yield from _extraction(report.base.extraction)
    for note in report.base.notes:
        yield f"- **{note}**"
    yield ""
    yield from _table(sections.diagnostics(report.base.modes, report.base.signal))
    yield from _section("What was weighed")
    for reason in verdict.reasons:
        yield f"- {reason}"
    yield ""
    yield from _table(sections.sensitivity(verdict))
    yield from _section("Cost")
    yield from _table(sections.costs(report))
    yield from _section("Contamination")
    yield report.contamination_checked + "."
    yield ""
    for line in report.contamination:
        yield f"- {line.item} ~ {line.matched}: {line.rule}, similarity {line.score:.2f} of 1"
    yield from _section("Set-up")
    yield from _table(sections.facts("Study", setup.facts))
    for flag in setup.flags:
        yield f"- flag: {flag}"
    yield from _table(sections.facts("Provenance", report.provenance))
    yield from _section("Not produced")
    for text in report.not_produced:
        yield f"- {text}"


def _arm(arm: ArmReport) -> Iterator[str]:
    judgement = arm.judgement
    yield from _section(f"{arm.caption}: {judgement.outcome.value}")
    if judgement.underpowered:
        yield "**Underpowered: not a basis for a release.**"
        yield ""
    yield judgement.headline
    yield ""
    for reason in judgement.reasons:
        yield f"- {reason}"
    yield f"- {arm.pareto.summary}"
    yield ""
    yield from _table(sections.deltas(arm.comparison))
    yield from _table(sections.battery(arm.battery))
    yield from _table(sections.pareto(arm.pareto))
    if arm.against_decode_only is not None:
        yield from _table(sections.against_decode_only(arm.against_decode_only))
    yield from _table(sections.facts("Training", arm.facts))
    yield f"Truncated completions of the tuned model: {inline(arm.truncated)}."
    yield ""
    yield from _extraction(arm.extraction)


def _decode_only(control: DecodeOnlyReport) -> Iterator[str]:
    yield from _section(f"Decode-only control: {control.choice.chosen}")
    yield control.choice.summary
    yield ""
    for point in sections.found_of(control):
        yield f"- {point}"
    yield ""
    yield from _table(sections.settings(control.choice))
    if control.choice.keeps_production:
        return
    yield from _table(sections.deltas(control.comparison, sections.DECODINGS))
    yield from _table(sections.battery(control.battery, sections.DECODINGS))
    yield from _table(sections.pareto(control.pareto))
    yield f"Truncated completions at the chosen setting: {inline(control.truncated)}."
    yield ""
    yield from _extraction(control.extraction)


def _extraction(counts: Mapping[str, int]) -> Iterator[str]:
    if counts:
        yield sections.extraction(counts)
        yield ""


def _section(title: str) -> Iterator[str]:
    yield ""
    yield f"## {title}"
    yield ""


def _table(table: TableText) -> Iterator[str]:
    if not table.rows:
        return
    yield f"**{table.title}**"
    yield ""
    yield _row(table.header)
    yield _row(["---"] * len(table.header))
    for row in table.rows:
        yield _row(row)
    yield ""


def _row(cells: tuple[str, ...] | list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
