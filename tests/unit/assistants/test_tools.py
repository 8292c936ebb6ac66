"""The tools on a study that was measured: they read it, and do no work."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from passgap.assistants.folders import AllowedFolders
from passgap.assistants.tools import Tools
from passgap.errors import StudyError
from passgap.testing.scripted_study import open_scripted_study


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("studies") / "scripted"
    folder.mkdir()
    open_scripted_study(folder, {"ssd": {"sampling": {"per_prompt": 2}}}, Counter()).run(["ssd"])
    return folder


@pytest.fixture
def tools(measured: Path) -> Tools:
    return Tools(AllowedFolders([measured.parent]))


def test_the_report_tells_no_delta_without_battery_and_slices(tools: Tools, measured: Path) -> None:
    report = tools.report("scripted")
    (arm,) = report.arms
    assert arm.arm == "ssd" and arm.battery and {each.where for each in arm.slices} == {"easy", "hard"}
    assert "n=12" in arm.delta.quote and "interval [" in arm.delta.quote
    written = json.loads((measured / "report.json").read_text())
    assert report.verdict == written["base"]["verdict"]["verdict"] and report.rehearsal


def test_verdict_and_yields_are_those_that_were_measured(tools: Tools, measured: Path) -> None:
    before = (measured / "ledger.jsonl").read_bytes()
    verdict = tools.verdict("scripted")
    assert verdict.underpowered and any(each.k == 4 for each in verdict.figures)
    assert tools.yields("scripted").yields == verdict.yields
    assert (measured / "ledger.jsonl").read_bytes() == before


def test_the_plan_rests_on_what_was_measured(tools: Tools) -> None:
    plan = tools.plan("scripted")
    assert plan.steps and "problems" in plan.text and plan.currency == "USD"


def test_a_changed_study_is_not_measured_by_a_tool(tools: Tools, measured: Path) -> None:
    file = measured / "study.yaml"
    text = file.read_text()
    file.write_text(text.replace("temperature: 0.8", "temperature: 0.7"))
    try:
        with pytest.raises(StudyError):
            tools.verdict("scripted")
    finally:
        file.write_text(text)


def test_an_intake_is_either_a_text_or_a_study(tools: Tools) -> None:
    with pytest.raises(StudyError, match="one of"):
        tools.check_intake(study_yaml="name: x", study="scripted")
    with pytest.raises(StudyError, match="not valid YAML"):
        tools.check_intake(study_yaml="name: [")
    with pytest.raises(StudyError, match="does not exist"):
        tools.check_intake(study="elsewhere")
