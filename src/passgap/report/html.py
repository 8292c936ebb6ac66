"""The report as one self-contained HTML page: no script, no font and no picture from anywhere else."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from passgap.estimates import EstimateTable
from passgap.report import plots, sections
from passgap.report.content import ArmReport, DecodeOnlyReport, StudyReport
from passgap.report.numbers import inline


def render_html(report: StudyReport) -> str:
    """Render a report, verdict first."""
    verdict = report.base.verdict
    return _template().render(
        report=report,
        verdict=verdict,
        headline=verdict.verdict.value + (f" ({verdict.other.value})" if verdict.other else ""),
        curve=_drawn(plots.pass_at_k_curve(_tables(report))),
        base_table=sections.estimates("pass@k and gap of the base model", report.base.table),
        outcomes=sections.outcomes(report.base.outcomes),
        truncated=inline(report.base.truncated),
        diagnostics=sections.diagnostics(report.base.modes, report.base.signal),
        sensitivity=sections.sensitivity(verdict),
        arms=[_arm(arm) for arm in report.arms],
        control=_decode_only(report.decode_only) if report.decode_only else None,
        costs=sections.costs(report),
        setup=sections.facts("Study", report.setup.facts),
        provenance=sections.facts("Provenance", report.provenance),
    )


def _tables(report: StudyReport) -> dict[str, EstimateTable]:
    tables = {"base model": report.base.table}
    for arm in report.arms:
        tables[arm.caption] = arm.comparison.tuned
    return tables


def _arm(arm: ArmReport) -> dict[str, object]:
    largest = max((name for name in arm.comparison.delta.overall if name.startswith("pass@")), key=_k_of)
    return {
        "arm": arm,
        "judgement": arm.judgement,
        "slices": _drawn(plots.slice_deltas(arm.comparison, ["pass@1", largest])),
        "drifts": _drawn(plots.battery_drifts(arm.battery)),
        "deltas": sections.deltas(arm.comparison),
        "battery": sections.battery(arm.battery),
        "pareto": sections.pareto(arm.pareto),
        "against": sections.against_decode_only(arm.against_decode_only) if arm.against_decode_only else None,
        "facts": sections.facts("Training", arm.facts),
        "truncated": inline(arm.truncated),
    }


def _decode_only(control: DecodeOnlyReport) -> dict[str, object]:
    return {
        "choice": control.choice,
        "points": sections.found_of(control),
        "settings": sections.settings(control.choice),
        "deltas": sections.deltas(control.comparison, sections.DECODINGS),
        "battery": sections.battery(control.battery, sections.DECODINGS),
        "pareto": sections.pareto(control.pareto),
        "truncated": inline(control.truncated),
    }


def _drawn(svg: str) -> Markup:
    """Let our own SVG through the escaping; its texts were escaped when it was drawn."""
    return Markup(svg)  # noqa: S704


def _k_of(name: str) -> int:
    return int(name.split("@")[1])


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("passgap.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("report.html.j2")
