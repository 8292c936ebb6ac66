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


def opened(folder: Path, arms: dict[str, Any] | None = None) -> Study:
    return open_scripted_study(folder, ARMS if arms is None else arms, Counter())


def fails_for(monkeypatch: pytest.MonkeyPatch, failures: dict[str, Exception]) -> None:
    plain = ScriptedTrainer.train

    def train(self: ScriptedTrainer, job: SupervisedJob, **rest: Any) -> Any:
        for arm, error in failures.items():
            if f"/{arm}-model-" in str(job.output):
                raise error
        return plain(self, job, **rest)

    monkeypatch.setattr(ScriptedTrainer, "train", train)


def test_an_arm_whose_training_fails_does_not_stop_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as failing:
        fails_for(failing, {"ssd": EngineError("the loss diverged", ["It was nan at step 3."])})
        with pytest.raises(EngineError, match="the loss diverged"):
            opened(tmp_path).run(["ssd", "rejection-sampling"])
    report = json.loads((tmp_path / "report.json").read_text())
    assert [each["arm"] for each in report["arms"]] == ["rejection-sampling"]
    assert "ssd: the loss diverged: It was nan at step 3." in report["not_produced"]
    assert "ssd: the loss diverged: It was nan at step 3." in opened(tmp_path).report().not_produced, "when read too"
    again = opened(tmp_path).run(["ssd", "rejection-sampling"])
    assert [each.arm for each in again.arms] == ["ssd", "rejection-sampling"]
    assert not any("diverged" in each for each in again.not_produced)
    assert "the loss diverged" not in render_markdown(opened(tmp_path).report())


def test_several_that_fail_are_all_named_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fails_for(
        monkeypatch, {"ssd": EngineError("no memory is left"), "rejection-sampling": ExecutionError("the judge died")}
    )
    with pytest.raises(StudyError) as caught:
        opened(tmp_path).run(["ssd", "rejection-sampling"])
    assert caught.value.summary == "2 arms were not run to the end: ssd, rejection-sampling"
    assert caught.value.problems == ("ssd: no memory is left.", "rejection-sampling: the judge died.")
    report = json.loads((tmp_path / "report.json").read_text())
    assert set(caught.value.problems) <= set(report["not_produced"])
    assert report["arms"] == []


def test_doing_nothing_goes_by_both_of_its_names(tmp_path: Path) -> None:
    assert parse_study(study_text({"do-nothing": None})).spec == parse_study(study_text({"base": {}})).spec
    with pytest.raises(StudyError, match="problem") as caught:
        parse_study(study_text({"do-nothing": {}, "base": {}}))
    assert any("the same arm as" in problem for problem in caught.value.problems)
    study = opened(tmp_path, {"do-nothing": {}})
    assert study.run(["do-nothing"]).arms == ()
    assert study.evaluate("do-nothing") == study.evaluate("base")
    assert [step.name for step in study.plan().steps if "decoding" in step.name] == []
