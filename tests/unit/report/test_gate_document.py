"""The gate's answer leads, and every condition, the cost of the strict rule and the battery stand with it."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from passgap.decisions import Condition
from passgap.decisions.gate_report import GateReport
from passgap.estimates import PairedDelta
from passgap.formatting import interval_of
from passgap.records import Estimate
from passgap.report.gate_document import gate_document
from passgap.report.markdown import document_markdown
from passgap.report.study_report import StudyReport
from passgap.report.terminal import print_document
from passgap.spec import LiftRule


def _gate(report: StudyReport, **changes: Any) -> GateReport:
    change = Estimate(value=0.03, low=0.01, high=0.05, n=210, m=16, method="given", unit="difference")
    share = Estimate(value=0.1, low=0.08, high=0.12, n=210, m=16, method="given")
    facts: dict[str, Any] = {
        "study": "autocomplete",
        "arm": "ssd",
        "open": False,
        "rule": LiftRule.NON_OVERLAP,
        "summary": "Stop: battery.",
        "conditions": (
            Condition(name="lift", met=True, detail="pass@1 changed by [+3.0] pp"),
            Condition(name="battery", met=False, detail="length: alert"),
        ),
        "misses": ("battery",),
        "lift": PairedDelta(delta=change, base=share, tuned=share),
        "cost_of_non_overlap": 2.34,
        "battery": report.arms[0].battery,
        "blocker": "any [drop] of pass@1",
        "rollback": "to base",
        "checkpoints": "the last two",
    }
    return GateReport(**(facts | changes))


def _terminal(gate: GateReport) -> str:
    console = Console(file=io.StringIO(), width=160, highlight=False)
    print_document(console, gate_document(gate))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize(("is_open", "answer"), [(True, "OPEN"), (False, "CLOSED")])
def test_the_answer_comes_first(is_open: bool, answer: str, report: StudyReport) -> None:
    gate = _gate(report, open=is_open)
    assert f"round 2 after ssd: {answer}" in _terminal(gate).splitlines()[0]
    assert document_markdown(gate_document(gate)).startswith(f"# autocomplete: round 2 after ssd: {answer}\n")


def test_every_condition_stands_with_whether_it_is_met(report: StudyReport) -> None:
    lines = [line.strip("│ ").split() for line in _terminal(_gate(report)).splitlines()]
    assert ["met", "lift", "pass@1", "changed", "by", "[+3.0]", "pp"] in lines
    assert ["missed", "battery", "length:", "alert"] in lines


def test_what_the_strict_rule_costs_is_told_where_it_is_known(report: StudyReport) -> None:
    assert "2.3 times" in _terminal(_gate(report))
    assert " times " not in _terminal(_gate(report, cost_of_non_overlap=None))


def test_declared_rules_and_the_battery_follow(report: StudyReport) -> None:
    text = _terminal(_gate(report))
    for declared in ("any [drop] of pass@1", "to base", "the last two"):
        assert declared in text
    for each in report.arms[0].battery.outcomes:
        assert each.probe in text and interval_of(each.drift) in text
