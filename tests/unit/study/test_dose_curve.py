"""The dose curve of every arm that trains: what is measured, on what, at whose cost, and that it is read again."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from passgap.arms import Work
from passgap.errors import StudyError
from passgap.records import Estimate
from passgap.report import render_html, render_markdown
from passgap.spec.budget import Part
from passgap.study import Study, checking
from passgap.study.budget import BudgetError
from passgap.study.checking import check_study, parse_study
from passgap.testing.scripted_study import ScriptedSampler, open_scripted_study, study_text

TRAINING = {"checkpoints": [0.25, 0.5], "checkpoint_samples": 2}
ARMS: dict[str, dict[str, Any]] = {
    "ssd": {"training": {**TRAINING, "batch_size": 2}},
    "sft-external": {"training": {**TRAINING, "batch_size": 1}},
    "dpo": {"training": {**TRAINING, "batch_size": 1}, "run_starved": True},
    "grpo": {"training": TRAINING, "run_starved": True, "steps": 4, "prompts_per_step": 1, "group_size": 2},
}
PROBLEMS = 4


def opened(folder: Path, arms: dict[str, Any], drawn: Counter[str]) -> Study:
    study = open_scripted_study(folder, arms, drawn)
    words = ("violin", "trumpet", "clarinet", "bassoon")
    rows = [
        {
            "task_id": f"pool/{word}",
            "prompt": f"Play the {word} for {number} hours before supper.",
            "entry_point": "play",
            "test": "assert play(1) == 1",
        }
        for number, word in enumerate(words)
    ]
    (folder / "development.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    text = study_text(arms) + "development: {source: {tasks: jsonl, path: development.jsonl}}\n"
    (folder / "study.yaml").write_text(text)
    return Study(parse_study(text), study.folder, study._context.services)


@pytest.fixture
def learning(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every update solves a problem more of four, in the first of two samples."""
    original = ScriptedSampler.__init__
    step_of: dict[int, int] = {}

    def opening(self: ScriptedSampler, model: Path, drawn: Counter[str]) -> None:
        original(self, model, drawn)
        step_of[id(self)] = int((model / "step").read_text()) if (model / "step").exists() else 4 * self.tuned

    scripted = ScriptedSampler._completion

    def completion(self: ScriptedSampler, problem_id: str, index: int) -> str:
        words = ("violin", "trumpet", "clarinet", "bassoon")
        _, _, word = problem_id.partition("/")
        if word not in words:
            return scripted(self, problem_id, index)
        solved = index == 0 and words.index(word) < step_of[id(self)]
        return f"def play(x):\n    hours = x\n    return {'hours' if solved else None}\n"

    monkeypatch.setattr(ScriptedSampler, "__init__", opening)
    monkeypatch.setattr(ScriptedSampler, "_completion", completion)


@pytest.mark.usefixtures("learning")
@pytest.mark.parametrize(
    "arm", ["grpo", *(pytest.param(name, marks=pytest.mark.slow) for name in ("ssd", "sft-external", "dpo"))]
)
def test_kept_models_are_measured_on_development_problems_and_charged_to_the_arm(arm: str, tmp_path: Path) -> None:
    drawn: Counter[str] = Counter()
    study = opened(tmp_path, {arm: ARMS[arm]}, drawn)
    report = study.run([arm])
    [one] = report.arms
    assert one.dose is not None and (one.dose.problems, one.dose.samples) == (PROBLEMS, 2)
    shares = [each.share for each in one.dose.points]
    assert shares == [0.0, 0.25, 0.5, 1.0]
    values = [each.pass_at_1.value for each in one.dose.points if isinstance(each.pass_at_1, Estimate)]
    assert values[0] == 0.0 and values == sorted(values) and values[1] > 0.0 and values[-1] == 0.5
    assert one.dose.points[0].delta is None and isinstance(one.dose.points[3].delta, Estimate)
    assert one.dose.points[3].delta.value == 0.5
    steps = {line.step for line in one.costs}
    assert {f"{arm}-at-{share}-development-samples" for share in ("0-25", "0-5", "1")} <= steps
    assert "base-development-results" in steps
    measured = sum(count for name, count in drawn.items() if name.startswith("pool/") and not name[5:].isdigit())
    assert measured == 4 * PROBLEMS * 2

    written, before = (tmp_path / "report.json").read_text(), Counter(drawn)
    assert f"Dose curve of {one.caption} on development problems" in (tmp_path / "report.md").read_text()
    assert "Dose curve" in render_html(report) and "Dose curve" in render_markdown(report)
    study.run([arm])
    assert drawn == before and json.loads((tmp_path / "report.json").read_text()) == json.loads(written)
    study.report()
    assert json.loads((tmp_path / "report.json").read_text()) == json.loads(written)


@pytest.mark.slow
@pytest.mark.usefixtures("learning")
def test_each_seed_has_a_curve_and_the_base_model_is_measured_once(tmp_path: Path) -> None:
    drawn: Counter[str] = Counter()
    study = opened(tmp_path, {"ssd": {**ARMS["ssd"], "seeds": [1, 2]}}, drawn)
    [one] = study.run(["ssd"]).arms
    assert one.dose is not None and one.dose.seeds == (1, 2)
    assert len(one.dose.points) == 8
    assert len(list((tmp_path / "artifacts").glob("base-development-samples-*"))) == 1


def test_problems_that_lack_are_named_before_anything_is_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = open_scripted_study(tmp_path, {"ssd": ARMS["ssd"]}, Counter())
    monkeypatch.setattr(checking, "declared_faults", lambda *_: None)  # the scripted model has no weights
    with pytest.raises(StudyError, match="0 development problems"):
        check_study(tmp_path)
    with pytest.raises(StudyError, match="0 development problems"):
        study.run(["ssd"])
    assert not list((tmp_path / "artifacts").glob("ssd-model-*"))


def test_a_budget_that_is_too_small_for_it_is_named_and_a_plan_prices_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = opened(tmp_path, {"ssd": ARMS["ssd"]}, Counter())
    names = [step.name for step in study.plan().steps]
    assert names.count("measure the dose curve") == 1
    monkeypatch.setattr("passgap.study.arm_runs.measuring", _endless)
    with pytest.raises(BudgetError, match="ssd"):
        study.run(["ssd"])


def _endless(spec: Any, arm: str, problems: int) -> tuple[Any, ...]:
    return (Work(Part.EVALUATION, "base-development", 10**9 * problems, run=True),)


@pytest.mark.parametrize("checkpoints", [[0.0], [1.0], [1.5], ["half"]])
def test_shares_outside_of_a_fine_tune_are_refused_by_their_path(checkpoints: list[Any], tmp_path: Path) -> None:
    with pytest.raises(StudyError) as caught:
        open_scripted_study(tmp_path, {"ssd": {"training": {"checkpoints": checkpoints}}}, Counter())
    assert "arms.ssd.training.checkpoints" in str(caught.value)
