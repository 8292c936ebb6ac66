"""A part of the budget that is too small stops what it would pay for, before it begins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from passgap import parse_study
from passgap.arms import Work
from passgap.arms.ssd import ARM as SSD
from passgap.decisions.study_plan import Throughput
from passgap.errors import EXIT_REFUSED, EngineError
from passgap.probes import DeclaredBattery, battery_of_study
from passgap.spec.budget import Part
from passgap.store import StudyFolder
from passgap.study.assumed_costs import ASSUMPTION, assumed_hours, assumed_tokens_per_second
from passgap.study.battery import answers_asked
from passgap.study.budget import (
    BudgetError,
    evaluation_work,
    part_of,
    probing,
    shortfalls,
    spent_hours,
    throughput_on_disk,
)

from .conftest import PROBLEMS, STUDY, OpenStudy, ScriptedModel

ROOT = Path(__file__).parents[3]


def changed(hours: dict[str, float], **model: Any) -> str:
    study = yaml.safe_load(STUDY)
    study["budget"]["hours"] = {"sampling": 1, "training": 1, "evaluation": 1, **hours}
    study["model"] |= model
    return yaml.safe_dump(study)


def entries(folder: Path, kind: str) -> list[Any]:
    return StudyFolder(folder).ledger.of_kind(kind)


def test_before_anything_is_measured_the_declared_parameters_bind(
    open_scripted: OpenStudy, model: ScriptedModel, folder: Path
) -> None:
    text = changed({"evaluation": 0.01}, parameters="7B")
    study = open_scripted(further="", text=text)
    with pytest.raises(BudgetError, match="`base` does not fit into what is left") as caught:
        study.verdict()
    assert caught.value.exit_code == EXIT_REFUSED and not model.drawn
    seconds = PROBLEMS * 4 * 64 * 2 * 7e9 / 2e11
    [evaluation, basis] = caught.value.problems
    assert evaluation.startswith(f"budget.hours.evaluation: about {seconds / 3600:.2g} cpu-hours are needed, and 0.01")
    assert "0.05 USD" in evaluation and "`diagnostics.samples` or `heldout.limit`" in evaluation
    assert ASSUMPTION in basis and "--over-budget" in basis
    assert not entries(folder, "over-budget")

    study.plan()
    assert throughput_on_disk(StudyFolder(folder), parse_study(text).spec).source == "the plan's pilot"
    assert study.verdict().verdict, "the pilot was fast: what was measured counts"


def test_going_over_the_budget_is_put_into_the_ledger(
    open_scripted: OpenStudy, model: ScriptedModel, folder: Path
) -> None:
    text = changed({"evaluation": 0.01}, parameters="7B")
    open_scripted(further="", text=text, over_budget=True).verdict()
    assert model.drawn
    [entry] = entries(folder, "over-budget")
    assert entry.who == "a test" and entry.payload["arm"] == "base" and entry.payload["predicted_from"] == ASSUMPTION
    part = entry.payload["parts"]["evaluation"]
    assert part["needed"] > part["left"] == part["declared"] == 0.01 and part["spent"] == 0.0
    report = open_scripted(further="", text=text, over_budget=True).run([])
    assert len(entries(folder, "over-budget")) == 1, "nothing more was begun"
    facts = [fact.text for fact in report.provenance if fact.label == "over budget"]
    assert len(facts) == 1 and facts[0].startswith("base was started over the budget by a test, 2026-04-01")


def test_what_killed_runs_spent_is_gone(open_scripted: OpenStudy, model: ScriptedModel, folder: Path) -> None:
    text = changed({"evaluation": 5e-5})
    model.breaks_after = 20
    with pytest.raises(EngineError):
        open_scripted(further="", text=text).verdict()
    spent = spent_hours(StudyFolder(folder))
    assert spent[Part.EVALUATION] > 5e-5 and spent[Part.SAMPLING] == spent[Part.TRAINING] == 0.0
    model.breaks_after = None
    with pytest.raises(BudgetError) as caught:
        open_scripted(further="", text=text).verdict()
    assert "0.00 of the declared 5e-05 are left" in caught.value.problems[0]
    assert model.drawn.total() == 20
    open_scripted(further="", text=changed({"evaluation": 1})).verdict()
    [note] = entries(folder, "budget")
    assert note.payload == {
        "hours": {"sampling": 1.0, "training": 1.0, "evaluation": 1.0},
        "before": {"sampling": 1.0, "training": 1.0, "evaluation": 5e-5},
    }


def test_a_finished_study_is_reported_whatever_the_budget_says_by_then(
    open_scripted: OpenStudy, model: ScriptedModel
) -> None:
    open_scripted().run([])
    drawn = model.drawn.total()
    none = changed({"sampling": 0, "training": 0, "evaluation": 0})
    assert open_scripted(text=none).report().base.table.problems == PROBLEMS
    assert open_scripted(text=none).verdict() and model.drawn.total() == drawn


def test_the_sweep_has_to_fit_too(open_scripted: OpenStudy, model: ScriptedModel) -> None:
    open_scripted().evaluate("base")
    drawn = model.drawn.total()
    with pytest.raises(BudgetError, match="`decode-only`"):
        open_scripted(text=changed({"evaluation": 0})).evaluate("decode-only")
    assert model.drawn.total() == drawn


def test_every_part_that_is_too_small_is_named_with_what_was_done_taken_off(tmp_path: Path) -> None:
    spec = parse_study(changed({"sampling": 0.1, "training": 0.1, "evaluation": 3})).spec
    speed = Throughput(
        tokens_per_second=1.0, tokens_per_sample=60.0, training_tokens_per_second=0.5, samples=1, source="a test"
    )
    works = (
        Work(Part.SAMPLING, "base-pool", 12, longest=30),
        Work(Part.TRAINING, "ssd", 12, longest=30),
        Work(Part.EVALUATION, "ssd-heldout", 60),
    )
    short = shortfalls(spec, works, speed, StudyFolder(tmp_path))
    assert [(each.part, each.needed, each.left) for each in short] == [(Part.TRAINING, 0.2, 0.1)]
    tighter = parse_study(changed({"sampling": 0.0999, "training": 0.1, "evaluation": 0.5})).spec
    assert [each.part for each in shortfalls(tighter, works, speed, StudyFolder(tmp_path))] == list(Part)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("base-pool-samples", Part.SAMPLING),
        ("ssd-model", Part.TRAINING),
        ("base-heldout-samples", Part.EVALUATION),
        ("base-heldout-results", Part.EVALUATION),
        ("ssd-probes-samples", Part.EVALUATION),
        ("base-signal", Part.EVALUATION),
    ],
)
def test_every_artifact_is_paid_from_one_part(name: str, part: Part) -> None:
    assert part_of(name) is part


def test_parameters_scale_what_is_estimated_before_a_pilot() -> None:
    small, large = (parse_study(changed({}, parameters=size)).spec for size in ("1B", "4B"))
    assert assumed_tokens_per_second(small) == 4 * assumed_tokens_per_second(large) == 100.0
    assert assumed_tokens_per_second(small) == 3 * assumed_tokens_per_second(small, training=True)
    hours, more = assumed_hours(small, 100, 10), assumed_hours(large, 100, 10)
    assert all(more[part] == pytest.approx(4 * value) and value > 0 for part, value in hours.items())
    assert hours["evaluation"] == pytest.approx(100 * 2 * 4 * 64 / 100 / 3600)


@pytest.mark.parametrize(
    "path", ["src/passgap/cli/demo_full.yaml", "src/passgap/cli/demo_quick.yaml", "examples/mbpp/study.yaml"]
)
def test_demo_and_examples_fit_on_a_slow_machine(path: str, tmp_path: Path) -> None:
    """At 60 tokens per second with every completion of full length: a third of what two cores without bfloat16 give."""
    spec = parse_study((ROOT / path).read_text()).spec
    problems, pool = spec.heldout.limit or 216, spec.pool.limit or 374
    samples = pool * SSD.section_of(spec).sampling.per_prompt
    speed = Throughput(
        tokens_per_second=60.0,
        tokens_per_sample=float(spec.diagnostics.decoding.max_new_tokens),
        run_seconds_per_sample=0.05,
        training_tokens_per_second=20.0,
        samples=1,
        source="a slow machine",
    )
    works = (
        *evaluation_work(spec, problems),
        Work(Part.SAMPLING, "base-pool", samples),
        Work(Part.TRAINING, "ssd", samples),
        *evaluation_work(spec, problems, "ssd"),
        *probing(answers_asked(DeclaredBattery(battery_of_study(spec.battery))), "base", "ssd"),
    )
    assert shortfalls(spec, works, speed, StudyFolder(tmp_path)) == ()
