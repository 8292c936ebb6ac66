"""An arm that fails is named with its reason, and the others are carried out."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from passgap.errors import EngineError, ExecutionError, StudyError
from passgap.ports import SupervisedJob
from passgap.report import render_markdown
from passgap.study import Study
from passgap.study.checking import parse_study
from passgap.testing.scripted_study import ScriptedTrainer, open_scripted_study, study_text

ARMS: dict[str, Any] = {"ssd": {"sampling": {"per_prompt": 2}}, "rejection-sampling": {"sampling": {"per_prompt": 2}}}


NAMES = ["ssd", "rejection-sampling"]


def opened(folder: Path) -> Study:
    return open_scripted_study(folder, {**ARMS, "do-nothing": {}}, Counter())


def fails_for(monkeypatch: pytest.MonkeyPatch, failures: dict[str, Exception]) -> None:
    plain = ScriptedTrainer.train

    def train(self: ScriptedTrainer, job: SupervisedJob, **rest: Any) -> Any:
        for arm, error in failures.items():
            if f"/{arm}-model-" in str(job.output):
                raise error
        return plain(self, job, **rest)

    monkeypatch.setattr(ScriptedTrainer, "train", train)


def test_an_arm_that_fails_is_named_and_the_others_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    diverged = EngineError("the loss diverged", ["It was nan at step 3."])
    told = "ssd: the loss diverged: It was nan at step 3."

    with monkeypatch.context() as failing:
        fails_for(failing, {"ssd": diverged, "rejection-sampling": ExecutionError("the judge died")})
        with pytest.raises(StudyError) as caught:
            opened(tmp_path).run(NAMES)
    assert caught.value.summary == "2 arms were not run to the end: ssd, rejection-sampling"
    assert caught.value.problems == (told, "rejection-sampling: the judge died.")
    report = json.loads((tmp_path / "report.json").read_text())
    assert set(caught.value.problems) <= set(report["not_produced"]) and report["arms"] == []

    with monkeypatch.context() as failing:
        fails_for(failing, {"ssd": diverged})
        with pytest.raises(EngineError, match="the loss diverged"):
            opened(tmp_path).run(NAMES)
    report = json.loads((tmp_path / "report.json").read_text())
    assert [each["arm"] for each in report["arms"]] == ["rejection-sampling"] and told in report["not_produced"]
    read = opened(tmp_path).report()
    assert told in read.not_produced and not any("the judge" in each for each in read.not_produced)

    again = opened(tmp_path).run([*NAMES, "do-nothing"])
    assert [each.arm for each in again.arms] == NAMES
    assert "diverged" not in render_markdown(again)
    assert opened(tmp_path).evaluate("do-nothing") == opened(tmp_path).evaluate("base")


def test_doing_nothing_is_declared_by_both_of_its_names() -> None:
    assert parse_study(study_text({"do-nothing": None})).spec == parse_study(study_text({"base": {}})).spec
    with pytest.raises(StudyError, match="problem") as caught:
        parse_study(study_text({"do-nothing": {}, "base": {}}))
    assert any("the same arm as" in problem for problem in caught.value.problems)
