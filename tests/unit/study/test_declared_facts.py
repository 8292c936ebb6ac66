"""The declared facts about the model, the team and the dates are used, and stated where they matter."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from passgap.errors import StudyError
from passgap.report import render_html, render_markdown
from passgap.tasks import ContaminationRule

from .conftest import PROBLEMS, STUDY, OpenStudy


def changed(**sections: dict[str, Any]) -> str:
    """The study with fields of its sections set."""
    study = yaml.safe_load(STUDY)
    for name, fields in sections.items():
        study[name] = {**study.get(name, {}), **fields}
    return yaml.safe_dump(study, sort_keys=False)


@pytest.fixture
def concentrated(folder: Path) -> Path:
    """Results of a model that solves a problem always or never: more tries add nothing."""
    rows = [
        {
            "task_id": f"p/{number}",
            "sample": sample,
            "passed": number % 2 == 0,
            "outcome": "failed" if number % 2 else "passed",
        }
        for number in range(240)
        for sample in range(4)
    ]
    path = folder / "results.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.mark.parametrize(
    ("at_hand", "other"),
    [
        ({"preference_pairs": 2_000}, "dpo"),
        ({"documents": True, "verifier": False}, "retrieval"),
        ({"curated_examples": 2_000}, "sft-external"),
        ({"verifier": True}, "grpo"),
        ({"verifier": False}, "do-nothing"),
    ],
)
def test_every_other_move_can_be_named_from_what_a_study_says_is_at_hand(
    open_scripted: OpenStudy, concentrated: Path, at_hand: dict[str, Any], other: str
) -> None:
    study = open_scripted(further="", text=changed(alternatives=at_hand))
    verdict = study.verdict_on(concentrated).verdict
    assert (verdict.verdict, verdict.other) == ("GO-OTHER", other)


def test_the_report_quotes_sources_and_says_what_stops_a_release_and_what_is_kept(
    open_scripted: OpenStudy, folder: Path
) -> None:
    text = changed(
        model={
            "benchmark": {
                "name": "HumanEval",
                "pass@1": {"value": 0.121, "source": "model card, 2026-02"},
                "pass@10": {"value": 0.2, "source": "our own run"},
            }
        },
        failure_cost={"checkpoints": "base for 90 days", "blocker": "below base", "rollback": "one switch"},
        budget={"days_to_first_signal": 1e-9},
    )
    report = open_scripted(further="", text=text).run([])
    facts = {fact.label: fact.text for fact in report.setup.facts}
    assert facts["reported pass@1 on HumanEval"] == (
        "12.1 %, as reported without an interval; source: model card, 2026-02"
    )
    assert "our own run" in facts["reported pass@10 on HumanEval"]
    assert facts["checkpoints kept"] == "base for 90 days" and facts["release blocker"] == "below base"
    assert facts["first signal"].endswith("declared: within 1e-09 days (late)")
    for rendered in (render_markdown(report), render_html(report)):
        assert "base for 90 days" in rendered and "our own run" in rendered


def test_a_model_of_another_size_than_declared_is_flagged_everywhere(open_scripted: OpenStudy) -> None:
    fitting = open_scripted(further="", parameters=1_040_000)
    before = fitting.check().flags
    other = open_scripted(further="", parameters=7_000_000)
    flags = other.check().flags
    (flag,) = set(flags) - set(before)
    # Where a processor computes in bfloat16, a flag on rounding follows this one.
    assert tuple(each for each in flags if each != flag) == before
    assert "1,000,000 are declared, and the weights of `scripted` hold 7,000,000" in flag
    assert other.plan().flags == flags
    assert other.run([]).setup.flags == (*fitting.run([]).setup.flags, flag)


def date_some(folder: Path, count: int, day: str = "2024-03-05") -> None:
    rows = [json.loads(line) for line in (folder / "heldout.jsonl").read_text().splitlines()]
    for row in rows[:count]:
        row["date"] = day
    (folder / "heldout.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_problems_from_before_the_cutoff_are_listed_and_the_verdict_says_so(
    open_scripted: OpenStudy, folder: Path
) -> None:
    date_some(folder, 5)
    study = open_scripted(further="", text=changed(model={"cutoff": "2024-06"}))
    early = [each for each in study.contamination().items if each.rule is ContaminationRule.BEFORE_CUTOFF]
    assert len(early) == 5 and {each.matched for each in early} == {"2024-06-30"}
    report = study.run([])
    caveats = report.base.verdict.caveats
    assert any("5 of the 12 problems are dated before the model's cutoff" in line for line in caveats)
    assert "of 5 dated held-out problems 5 are from before the cutoff of 2024-06-30, and kept" in (
        report.contamination_checked
    )
    assert sum(line.rule == "before-cutoff" for line in report.contamination) == 5
    assert report.base.table.problems == PROBLEMS


def test_problems_from_before_the_cutoff_can_be_removed(open_scripted: OpenStudy, folder: Path) -> None:
    date_some(folder, 5)
    study = open_scripted(further="", text=changed(model={"cutoff": "2024-06", "before_cutoff": "remove"}))
    checked = study.check()
    assert (checked.heldout, checked.before_cutoff) == (PROBLEMS - 5, 5)
    report = study.run([])
    assert report.base.table.problems == PROBLEMS - 5
    assert not any("cutoff" in line for line in report.base.verdict.caveats)
    assert "5 are from before the cutoff of 2024-06-30, and removed" in report.contamination_checked


def test_a_later_problem_is_no_finding_and_a_set_that_is_all_early_is_refused(
    open_scripted: OpenStudy, folder: Path
) -> None:
    date_some(folder, PROBLEMS)
    earlier = open_scripted(further="", text=changed(model={"cutoff": "2024-03-04"}))
    assert not earlier.contamination().items
    nothing = open_scripted(further="", text=changed(model={"cutoff": "2024-03-05", "before_cutoff": "remove"}))
    with pytest.raises(StudyError, match="nothing is left of the held-out set"):
        nothing.check()


def test_the_plan_says_when_the_first_signal_comes_for_how_many_people(open_scripted: OpenStudy) -> None:
    text = changed(budget={"team_size": 3, "days_to_first_signal": 2})
    signal = open_scripted(further="", text=text).plan().first_signal
    assert (signal.people, signal.declared_days, signal.devices) == (3, 2.0, 1)
    assert signal.in_time and signal.person_days == pytest.approx(3 * signal.days) and signal.days > 0
