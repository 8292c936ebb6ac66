"""A plan that is priced by the speed that a study states, until one is measured."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from passgap.report.plan_document import plan_document
from passgap.spec.budget import Part

from .conftest import STUDY, OpenStudy

GIVEN = {
    "tokens_per_second": 50,
    "tokens_per_sample": 200,
    "training_tokens_per_second": 400,
    "run_seconds_per_sample": 0.5,
    "source": "a guess",
}


def test_nothing_is_sampled_for_a_plan_that_states_its_speed(open_scripted: OpenStudy, folder: Path) -> None:
    study = open_scripted(further="", text=yaml.safe_dump({**yaml.safe_load(STUDY), "throughput": GIVEN}))
    plan = study.plan()
    assert plan.throughput.source == "the study's `throughput` (a guess)" and plan.yields == ()
    base = plan.steps[0].price
    assert base.tokens == 200 * base.samples
    assert base.hours == pytest.approx(base.samples * (200 / 50 + 0.5) / 3600)
    tune = next(step for step in plan.steps if step.part is Part.TRAINING)
    assert tune.price.hours == pytest.approx(tune.price.tokens / 400 / 3600)
    assert tune.basis == plan.throughput.source
    assert not list((folder / "artifacts").rglob("*.parquet")), "no pilot is drawn"
    assert "Nothing was measured" in str(plan_document(plan))


def test_what_is_measured_counts_before_what_is_stated(open_scripted: OpenStudy) -> None:
    study = open_scripted(further="", text=yaml.safe_dump({**yaml.safe_load(STUDY), "throughput": GIVEN}))
    study.evaluate("base")
    assert study.plan().throughput.source == "the base model's held-out samples"
