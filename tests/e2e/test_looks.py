"""The base model measured look by look: nested problems, one ledger entry a look, and a stop at the first decision."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from passgap.errors import StudyError
from passgap.estimates import plan_looks
from passgap.stages import Silent
from passgap.wiring import open_study

MakeStudy = Callable[[str], Path]


def with_looks(folder: Path, looks: str, gap: float = 0.05) -> Path:
    with (folder / "study.yaml").open("a") as handle:
        handle.write(f"thresholds: {{looks: {looks}, gap: {gap}}}\n")
    return folder


def entries(folder: Path, kind: str) -> list[Any]:
    lines = map(json.loads, (folder / "ledger.jsonl").read_text().splitlines())
    return [line["payload"] for line in lines if line["kind"] == kind]


def test_an_open_gap_goes_on_to_the_last_look_and_every_look_is_recorded_once(make_study: MakeStudy) -> None:
    folder = with_looks(make_study("study"), "[4, 6, 8]")
    judged = open_study(folder, Silent()).verdict()
    assert judged.verdict.verdict == "MEASURE-MORE"
    assert judged.table.problems == 8 and judged.verdict.look is not None
    assert (judged.verdict.look.number, judged.verdict.look.problems) == (3, 8)
    each = plan_looks([4, 6, 8]).level_each
    assert judged.verdict.level == each > 0.95
    assert "Interim analysis 3 of 3 was inconclusive" in judged.verdict.justification
    looks = entries(folder, "look")
    assert [look["problems"] for look in looks] == [4, 6, 8]
    assert [look["open"] for look in looks] == [True, True, True]
    assert [len(look["results"]) for look in looks] == [1, 2, 3]

    again = open_study(folder, Silent()).verdict()
    assert again == judged and len(entries(folder, "look")) == 3


def test_a_decisive_look_stops_and_arms_are_evaluated_on_its_problems(make_study: MakeStudy) -> None:
    # Four samples a problem show at most 0.75 of a gap, so a threshold of 0.5 is decided by 6 failures of 6.
    folder = with_looks(make_study("study"), "[6, 8]", gap=0.5)
    report = open_study(folder, Silent()).run(["ssd"])
    assert report.base.verdict.verdict == "GO-OTHER"
    assert report.base.table.problems == 6
    assert [look["problems"] for look in entries(folder, "look")] == [6]
    [arm] = report.arms
    assert arm.comparison.delta.problems == 6
    [registered] = entries(folder, "pre-registration")
    assert registered["spec"]["heldout_problems"] == 6
    assert any("6 of 8 problems" in fact.text for fact in report.setup.facts)
    before = (folder / "report.json").read_text()
    open_study(folder, Silent()).report()
    assert json.loads(before)["base"] == json.loads((folder / "report.json").read_text())["base"]


def test_looks_that_were_declared_are_not_changed_after_looking(make_study: MakeStudy) -> None:
    folder = with_looks(make_study("study"), "[4, 8]")
    open_study(folder, Silent()).sample("base")
    assert len(list((folder / "artifacts").glob("base-heldout-samples-*"))) == 1
    text = (folder / "study.yaml").read_text()
    (folder / "study.yaml").write_text(text.replace("[4, 8]", "[4, 6, 8]"))
    with pytest.raises(StudyError, match="changed after it was declared"):
        open_study(folder, Silent()).verdict()


def test_looks_beyond_the_problems_that_there_are_are_refused(make_study: MakeStudy) -> None:
    with pytest.raises(StudyError, match="the last look has 9 problems"):
        open_study(with_looks(make_study("study"), "[4, 9]"), Silent()).check()


def test_a_log_is_a_declared_look_or_refused(make_study: MakeStudy, tmp_path: Path) -> None:
    study = open_study(with_looks(make_study("study"), "[4, 8]"), Silent())
    log = tmp_path / "log.jsonl"
    log.write_text("".join(json.dumps({"task_id": f"t{n}", "n": 16, "c": n}) + "\n" for n in range(8)))
    judged = study.verdict_on(log)
    assert judged.verdict.look is not None and judged.verdict.look.number == 2
    log.write_text(log.read_text() + '{"task_id": "more", "n": 16, "c": 1}\n')
    with pytest.raises(StudyError, match="not a declared look"):
        study.verdict_on(log)
