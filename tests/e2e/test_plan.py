"""A plan before anything is measured, and after."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from command_line import invoke
from passgap.decisions.study_plan import StudyPlan
from passgap.spec.budget import Part
from passgap.stages import Silent
from passgap.wiring import open_study

MakeStudy = Callable[[str], Path]


def test_a_pilot_prices_a_study_that_has_measured_nothing(make_study: MakeStudy) -> None:
    folder = make_study("study")
    plan = open_study(folder, Silent()).plan()
    assert plan.throughput.source == "a pilot of 8 problems" and plan.throughput.samples == 32
    assert plan.throughput.run_seconds_per_sample > 0 and plan.throughput.training_tokens_per_second is None
    assert plan.measured_gap is None and plan.needed is None and plan.more_price is None
    assert [step.part for step in plan.steps] == [
        Part.EVALUATION,
        Part.SAMPLING,
        Part.TRAINING,
        Part.EVALUATION,
        Part.EVALUATION,
        Part.EVALUATION,
    ]
    base, pool, tune, tuned, *_ = plan.steps
    assert (base.price.samples, pool.price.samples, tuned.price.samples) == (32, 12, 32)
    assert base.price == tuned.price and "no fine-tune" in tune.basis
    assert base.price.hours == pytest.approx(
        32
        * (
            plan.throughput.tokens_per_sample / plan.throughput.tokens_per_second
            + plan.throughput.run_seconds_per_sample
        )
        / 3600
    )
    assert base.price.money == pytest.approx(base.price.hours * 1.0)
    assert not (folder / "ledger.jsonl").exists(), "a pilot declares nothing"

    drawn = {path: path.stat().st_mtime_ns for path in (folder / "artifacts").rglob("*.parquet")}
    assert open_study(folder, Silent()).plan() == plan
    assert {path: path.stat().st_mtime_ns for path in (folder / "artifacts").rglob("*.parquet")} == drawn


def test_after_an_open_verdict_the_plan_says_what_more_it_takes(make_study: MakeStudy) -> None:
    folder = make_study("study")
    study = open_study(folder, Silent())
    judged = study.verdict()
    assert judged.verdict.needed is not None
    shown = invoke("plan", str(folder), "--json")
    plan = StudyPlan.model_validate_json(shown.stdout)
    assert plan.throughput.source == "the base model's held-out samples"
    assert plan.needed == judged.verdict.needed and plan.measured_gap == judged.table.overall["gap@4"]
    assert plan.measured_problems == 8 and plan.more_problems == plan.needed.problems - 8
    assert plan.more_price is not None
    assert plan.more_price.samples == plan.more_problems * plan.needed.samples
    assert set(json.loads(shown.stdout)) >= {"rows", "steps", "throughput", "needed", "more_price", "declared_hours"}
    said = " ".join(invoke("plan", str(folder)).stdout.split())
    assert f"{plan.more_problems:,} more than the 8 measured" in said
