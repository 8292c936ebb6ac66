"""Forecasts go into the ledger before their arms begin, and an arm that would starve does not begin."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from passgap.errors import StarvedArmError
from passgap.estimates import PoolYield
from passgap.logs import read_log
from passgap.records import Estimate
from passgap.records.yields import YieldForecast, YieldOf
from passgap.report import render_markdown
from passgap.report.markdown import document_markdown
from passgap.report.plan_document import plan_document
from passgap.study import Study
from passgap.study.recorded_forecasts import FORECAST, recorded_forecasts
from passgap.testing.scripted_study import HELDOUT, POOL, open_scripted_study

ARM = "rejection-sampling"


@pytest.fixture(autouse=True)
def small_studies(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dozen held-out problems are enough here: the scripted study is no rehearsal, in which nothing is refused."""
    monkeypatch.setattr("passgap.study.splits.MINIMUM_HELDOUT", HELDOUT)


def open_study(folder: Path, drawn: Counter[str], *, rehearsal: bool = False, **section: Any) -> Study:
    """A study that declares the arm."""
    study = open_scripted_study(folder, {ARM: section}, drawn)
    intake = study._context.intake
    spec = intake.spec.model_copy(update={"rehearsal": rehearsal})
    study._context = replace(study._context, intake=intake.model_copy(update={"spec": spec}))
    return study


def pool_samples(drawn: Counter[str]) -> int:
    return sum(number for name, number in drawn.items() if name.startswith("pool/"))


def test_an_arm_that_would_starve_is_refused_before_it_costs_anything(tmp_path: Path) -> None:
    drawn: Counter[str] = Counter()
    study = open_study(tmp_path, drawn)
    with pytest.raises(StarvedArmError) as caught:
        study.run([ARM])
    [problem] = caught.value.problems
    assert ARM in caught.value.summary
    assert f"at most {POOL}, and the minimum is 100" in problem and f"arms.{ARM}.run_starved: true" in problem
    assert pool_samples(drawn) == 0
    kinds = [entry.kind for entry in study.folder.ledger.entries()]
    assert FORECAST in kinds and "pre-registration" not in kinds

    report = json.loads((tmp_path / "report.json").read_text())
    assert any("too little to learn from" in each for each in report["not_produced"])
    assert {each["arm"] for each in report["forecasts"]} == {"ssd", ARM}
    assert f"{ARM} would starve" in (tmp_path / "report.md").read_text()

    for step in (study.register, study.sample):
        with pytest.raises(StarvedArmError):
            step(ARM)
    assert pool_samples(drawn) == 0


@pytest.mark.slow
def test_the_other_arms_go_on(tmp_path: Path) -> None:
    with pytest.raises(StarvedArmError):
        open_study(tmp_path, Counter()).run(["ssd", ARM])
    report = json.loads((tmp_path / "report.json").read_text())
    assert [arm["arm"] for arm in report["arms"]] == ["ssd"]
    assert not report["arms"][0]["yields"]["starved"]


@pytest.mark.parametrize("allowed", [{"run_starved": True}, {"rehearsal": True}], ids=["on request", "rehearsal"])
def test_an_arm_that_starves_and_is_run_is_labelled(allowed: dict[str, Any], tmp_path: Path) -> None:
    study = open_study(tmp_path, Counter(), **allowed)
    report = study.run([ARM])
    [arm] = report.arms
    assert arm.yields is not None and arm.yields.starved
    assert {row.quantity.value: (row.actual, row.within) for row in arm.yields.rows if row.quantity != "money"}[
        "problems"
    ] == (POOL, True)
    shown = render_markdown(report)
    assert "starved" in shown.split("## Cost")[0] and "Yield: forecast and outcome" in shown
    assert json.loads((tmp_path / "report.json").read_text())["arms"][0]["yields"]["starved"] is True


def test_a_forecast_is_recorded_once_and_is_kept_when_its_arm_has_begun(tmp_path: Path) -> None:
    first = open_study(tmp_path, Counter(), run_starved=True, per_problem=1)
    first.verdict()
    first.run([ARM])
    entries = first.folder.ledger.of_kind(FORECAST)
    before = recorded_forecasts(first._context)[ARM]
    first.run([ARM])
    again = open_study(tmp_path, Counter(), run_starved=True, minimum_yield=5, per_problem=1)
    again.run([ARM])
    assert again.folder.ledger.of_kind(FORECAST) == entries
    assert recorded_forecasts(again._context)[ARM] == before
    kinds = [entry.kind for entry in first.folder.ledger.entries()]
    assert kinds.index(FORECAST) < kinds.index("pre-registration")


def test_an_arm_that_has_begun_goes_on_whatever_a_later_forecast_says(tmp_path: Path) -> None:
    """So does an arm of a study that was begun before there were forecasts."""
    study = open_study(tmp_path, Counter())
    study.register(ARM)  # nothing is measured, so nothing foretells that it starves
    assert study.run([ARM]).arms[0].yields is None


@pytest.mark.slow
def test_settings_that_are_changed_before_an_arm_begins_are_forecast_anew(tmp_path: Path) -> None:
    drawn: Counter[str] = Counter()
    with pytest.raises(StarvedArmError):
        open_study(tmp_path, drawn).run([ARM])
    more = open_study(tmp_path, drawn, minimum_yield=3)
    [arm] = more.run([ARM]).arms
    assert arm.yields is not None and not arm.yields.starved
    assert len(more.folder.ledger.of_kind(FORECAST)) == 2


def test_a_plan_foretells_every_declared_arm_and_shows_it(tmp_path: Path) -> None:
    plan = open_study(tmp_path, Counter()).plan()
    made = {each.arm: each for each in plan.yields}
    assert set(made) == {"ssd", ARM}
    picky = made[ARM]
    assert picky.problems is not None and picky.examples is not None and picky.steps is not None
    assert picky.hours is not None and picky.money is not None
    assert "pilot" in picky.basis
    assert YieldForecast.model_validate(picky.model_dump(mode="json")) == picky
    shown = document_markdown(plan_document(plan))
    assert "100: starved" in shown and "would starve" in shown


def test_somebody_elses_results_foretell_too(tmp_path: Path) -> None:
    """Nothing is measured for it, and nothing goes into the ledger."""
    drawn: Counter[str] = Counter()
    study = open_study(tmp_path, drawn)
    rows = [
        {"task_id": f"heldout/{number}", "sample": sample, "passed": sample == 0 and number % 3 == 0}
        for number in range(HELDOUT)
        for sample in range(4)
    ]
    results = tmp_path / "results.jsonl"
    results.write_text("".join(json.dumps(row) + "\n" for row in rows))
    judged = study.verdict_on(results)
    picky = {each.arm: each for each in judged.yields}[ARM]
    assert picky.problems is not None and "results.jsonl" in picky.basis
    assert picky.problems == PoolYield(read_log(results).counts, POOL).covered(4)
    assert not drawn and study.folder.ledger.entries() == ()

    (tmp_path / "pool.jsonl").unlink()
    without = study.verdict_on(results)
    assert without.yields == () and any("is not forecast" in note for note in without.notes)


def test_an_arm_is_forecast_from_the_pools_own_results_where_another_ran_them(tmp_path: Path) -> None:
    study = open_scripted_study(tmp_path, {ARM: {}, "dpo": {}}, Counter())
    report = study.run([ARM, "dpo"])
    found = {each.arm: each for each in report.forecasts}
    assert found[ARM].basis.startswith("the base model's held-out samples")
    preferring = found["dpo"].problems
    assert found["dpo"].basis.startswith("the pool's own samples")
    assert isinstance(preferring, Estimate) and (preferring.low, preferring.value, preferring.high) == (POOL,) * 3
    arms = {arm.arm: arm for arm in report.arms}
    assert arms["dpo"].yields is not None
    rows = {row.quantity: row for row in arms["dpo"].yields.rows}
    assert rows[YieldOf.PROBLEMS].actual == POOL and rows[YieldOf.PROBLEMS].within
    assert rows[YieldOf.PAIRS].within and rows[YieldOf.STEPS].within
