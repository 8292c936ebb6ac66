"""The decoding frontier of a scripted study: what is drawn, kept, judged, chosen, shown and refused."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from passgap.decisions.frontier import Standing
from passgap.errors import StudyError
from passgap.records import Estimate
from passgap.report import render_html, render_markdown
from passgap.report.study_report import StudyReport
from passgap.spec.frontier import FrontierSection
from passgap.store import select
from passgap.study import Study
from passgap.study.budget import BudgetError
from passgap.testing.scripted_study import HELDOUT, ScriptedSampler, open_scripted_study

KEPT_OUT = 2
DEVELOPMENT = HELDOUT - KEPT_OUT
ARMS = {"ssd": {"sampling": {"temperature": 1.0, "top_k": 20, "per_prompt": 2}}}
FURTHER: Mapping[str, Any] = {
    "heldout": {"tasks": "jsonl", "path": "heldout.jsonl", "limit": KEPT_OUT},
    "frontier": {"temperatures": [0.4, 1.0], "samples": 4, "k": 2},
}
WARM = 3
"""Production's temperature joins the two."""


@pytest.fixture
def drawn() -> Counter[str]:
    return Counter()


def opened(folder: Path, drawn: Counter[str], **further: Any) -> Study:
    return open_scripted_study(folder, ARMS, drawn, {**FURTHER, **further})


def on_heldout(drawn: Counter[str], study: Study) -> int:
    """Samples of held-out problems."""
    held = {problem.id for problem in study._context.folder and _heldout(study)}
    return sum(count for name, count in drawn.items() if name in held)


def _heldout(study: Study) -> Any:
    from passgap.study.splits import load_splits  # noqa: PLC0415

    return load_splits(study._context).heldout.problems


def test_without_an_arm_it_is_the_base_models_alone_and_nothing_is_drawn_twice(
    tmp_path: Path, drawn: Counter[str]
) -> None:
    study = opened(tmp_path, drawn)
    found = study.frontier()
    assert [model.arm for model in found.models] == ["base"] and found.judgements == ()
    assert found.problems == DEVELOPMENT and found.k == 2
    assert found.not_measured == ("ssd: it has no model yet. `passgap run STUDY --arm ssd` makes it.",)
    labels = [row.decoding for row in found.models[0].rows]
    assert labels[0] == "greedy" and len(labels) == 1 + WARM
    points = DEVELOPMENT * (1 + WARM * 4)
    assert drawn.total() - on_heldout(drawn, study) == points
    before = drawn.copy()
    assert study.frontier() == found
    assert drawn == before
    names = {entry.name for entry in study.folder.index()}
    assert "frontier-base-greedy-samples" in names and "study-frontier" in names


def test_an_arm_is_judged_against_the_base_model_and_the_report_shows_it(tmp_path: Path, drawn: Counter[str]) -> None:
    study = opened(tmp_path, drawn)
    study.run(["ssd"])
    found = study.frontier()
    [judged] = found.judgements
    assert judged.arm == "ssd" and isinstance(judged.distance, Estimate)
    # The scripted model solves two of three after training, and half of its tries before.
    assert judged.distance.n == DEVELOPMENT
    assert judged.standing in Standing and judged.standing.value in judged.summary.lower()
    roles = [(row.arm, row.chosen) for row in found.retuned]
    assert roles == [("base", False), ("ssd", False), ("base", True), ("ssd", True)]
    assert all(row.against_base is not None for row in found.retuned if row.arm == "ssd")
    [battery] = found.batteries
    assert battery.arm == "ssd" and battery.production.outcomes
    assert found.error_rate.startswith("An arm that is the base model")

    report = study.report()
    assert report.frontier == found
    for text in (render_markdown(report), render_html(report)):
        assert "more than a cooler model?" in text and "own best decoding" in text
    assert "<svg" in render_html(report)
    kept = json.loads((tmp_path / "report.json").read_text())
    assert StudyReport.model_validate(kept).frontier == found
    [declared] = [entry.payload for entry in study.folder.ledger.of_kind("frontier")]
    assert declared["section"]["samples"] == 4

    (tmp_path / "scripted" / "config.json").unlink()  # a finished study is read without the model
    assert study.report().frontier == found


def test_what_decides_is_not_changed_after_looking(tmp_path: Path, drawn: Counter[str]) -> None:
    opened(tmp_path, drawn).frontier()
    with pytest.raises(StudyError, match="declared otherwise") as caught:
        opened(tmp_path, drawn, frontier={"temperatures": [0.4], "samples": 4, "k": 2, "margin": 0.1}).frontier()
    assert {each.split(":")[0] for each in caught.value.problems} >= {"section", "sweep"}


def test_a_sweep_that_broke_off_goes_on_where_it_was(
    tmp_path: Path, drawn: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    study = opened(tmp_path, drawn)
    study.verdict()
    plain, points = ScriptedSampler.sample, []

    def breaking(self: ScriptedSampler, requests: Any, decoding: Any, **options: Any) -> Any:
        points.append(decoding.label)
        if len(points) == 3:
            raise KeyboardInterrupt
        return plain(self, requests, decoding, **options)

    monkeypatch.setattr(ScriptedSampler, "sample", breaking)
    with pytest.raises(KeyboardInterrupt):
        study.frontier()
    monkeypatch.setattr(ScriptedSampler, "sample", plain)
    before = drawn.total()
    study.frontier()
    assert drawn.total() - before < DEVELOPMENT * (1 + WARM * 4)
    assert len(select(study.folder.index(), "frontier-base-greedy-samples")) == 1


def test_an_arm_without_a_model_is_named(tmp_path: Path, drawn: Counter[str]) -> None:
    with pytest.raises(StudyError, match="no model to sweep") as caught:
        opened(tmp_path, drawn).frontier(["ssd", "decode-only"])
    assert len(caught.value.problems) == 2 and "--arm ssd" in caught.value.problems[1]


def test_it_is_paid_for_from_the_budget_and_in_the_plan_where_it_is_declared(
    tmp_path: Path, drawn: Counter[str]
) -> None:
    study = opened(tmp_path, drawn)
    steps = {step.name: step for step in study.plan().steps}
    assert steps["sweep decodings on development problems"].price.samples == 2 * DEVELOPMENT * (1 + WARM * 4)
    assert steps["measure the frontier's choices on held-out problems"].price.samples == 3 * KEPT_OUT * 4
    study.verdict()
    budget = {
        "device": "cpu",
        "hours": {"sampling": 1, "training": 1, "evaluation": 1e-9},
        "price_per_hour": 1,
        "team_size": 1,
        "days_to_first_signal": 1,
    }
    with pytest.raises(BudgetError, match="frontier"):
        opened(tmp_path, drawn, budget=budget).frontier()


@pytest.mark.parametrize("section", [{"samples": 4, "k": 8}])
def test_a_sweep_that_contradicts_itself_is_refused(tmp_path: Path, drawn: Counter[str], section: Any) -> None:
    with pytest.raises(StudyError) as caught:
        opened(tmp_path, drawn, frontier=section)
    assert any("frontier.k" in problem for problem in caught.value.problems)


def test_the_defaults_sweep_from_greedy_to_hot() -> None:
    section = FrontierSection()
    assert section.largest_k == section.samples == 8
