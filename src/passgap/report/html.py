"""The report as one self-contained HTML page: no script, no font and no picture from anywhere else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from passgap.estimates import EstimateTable
from passgap.records import Measured
from passgap.report import plots, sections
from passgap.report.formatting import Intervals, inline
from passgap.report.study_report import ArmReport, DecodeOnlyReport, StudyReport


def render_html(report: StudyReport) -> str:
    """Render a report, verdict first."""
    verdict = report.base.verdict
    tables = _tables(report)
    return _template().render(
        report=report,
        verdict=verdict,
        headline=verdict.verdict.value + (f" ({verdict.other.value})" if verdict.other else ""),
        curve=_drawn(plots.pass_at_k_curve(tables)),
        curve_caption=f"pass@k over k; bands: {plots.bands_of(tables).name}",
        base_table=sections.estimates("pass@k and gap of the base model", report.base.table),
        outcomes=sections.outcomes(report.base.outcomes),
        truncated=inline(report.base.truncated),
        extraction=sections.extraction(report.base.extraction),
        diagnostics=sections.diagnostics(report.base.modes, report.base.signal),
        sensitivity=sections.sensitivity(verdict),
        arms=[_arm(arm) for arm in report.arms],
        control=_decode_only(report.decode_only) if report.decode_only else None,
        costs=sections.costs(report),
        setup=sections.facts("Study", report.setup.facts),
        provenance=sections.facts("Provenance", report.provenance),
    )


def _tables(report: StudyReport) -> dict[str, EstimateTable]:
    """The estimates of every model by the name that the report calls it by; arms with one caption are told apart."""
    tables = {"base model": report.base.table}
    captions = Counter(arm.caption for arm in report.arms)
    for number, arm in enumerate(report.arms, start=1):
        alone = captions[arm.caption] == 1 and arm.caption not in tables
        tables[arm.caption if alone else f"{arm.caption} ({arm.arm}, {number})"] = arm.comparison.tuned
    return tables


def _arm(arm: ArmReport) -> dict[str, object]:
    largest = max((name for name in arm.comparison.delta.overall if name.startswith("pass@")), key=_k_of)
    return {
        "arm": arm,
        "judgement": arm.judgement,
        "slices": _drawn(plots.slice_deltas(arm.comparison, list(dict.fromkeys(["pass@1", largest])))),
        "slices_caption": Intervals(_measured(arm.comparison.delta)).titled("Paired deltas"),
        "drifts": _drawn(plots.battery_drifts(arm.battery)),
        "drifts_caption": Intervals(each.drift for each in arm.battery.outcomes).titled(
            "Battery: drift of each probe in units of its tolerance"
        ),
        "deltas": sections.deltas(arm.comparison),
        "battery": sections.battery(arm.battery),
        "pareto": sections.pareto(arm.pareto),
        "against": sections.against_decode_only(arm.against_decode_only) if arm.against_decode_only else None,
        "facts": sections.facts("Training", arm.facts),
        "truncated": inline(arm.truncated),
        "extraction": sections.extraction(arm.extraction),
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
        "extraction": sections.extraction(control.extraction),
    }


def _measured(table: EstimateTable) -> Iterator[Measured]:
    for row in (table.overall, *table.slices.values()):
        yield from row.values()


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
