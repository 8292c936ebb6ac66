"""Rejection sampling takes what the pool's tests pass, and is compared with self-distillation like any other arm."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.contract.test_arms import study  # noqa: F401 - a fixture

from passgap.arms.rejection_sampling import ARM, distinct_first
from passgap.arms.self_training.pool import PoolSamples, sample_pool
from passgap.arms.self_training.selection import Selection
from passgap.arms.ssd import ARM as SSD
from passgap.errors import NoCandidateError, StudyError
from passgap.ports import Progress, SupervisedJob, TrainResult
from passgap.report import render_html, render_markdown
from passgap.study import Study
from passgap.study.declared_arms import DeclaredProblems
from passgap.study.lab import StudyLab
from passgap.study.run import splits_of
from passgap.testing.scripted_study import open_scripted_study

PROBLEMS = 6
"""Of the pool, each solved by the samples 0 and 2 of four."""


@pytest.fixture
def sampled(study: Study) -> tuple[StudyLab, PoolSamples]:  # noqa: F811
    context = study._context
    lab = StudyLab(context, splits_of(context))
    return lab, sample_pool(lab, ARM.registered(ARM.section_of(context.spec), lab))


@pytest.mark.parametrize(("most", "kept"), [(4, (0, 2)), (1, (0,))])
def test_samples_that_pass_are_taken_up_to_the_cap_and_the_others_counted(
    sampled: tuple[StudyLab, PoolSamples], most: int, kept: tuple[int, ...]
) -> None:
    lab, pool = sampled
    section = ARM.section_of(lab.spec).model_copy(update={"per_problem": most})
    selection = ARM.select(section, pool, lab)
    taken = [pool.samples[position] for position in selection.kept]
    assert {(each.problem_id, each.index) for each in taken} == {
        (f"pool/{number}", index) for number in range(PROBLEMS) for index in kept
    }
    assert selection.dropped == {
        "empty": 0,
        "stubs": 0,
        "failing": 2 * PROBLEMS,
        "unscored": 0,
        "beyond_the_cap": (2 - len(kept)) * PROBLEMS,
    }
    [ran] = selection.costs
    assert ran.stage == "scoring" and ran.samples == 4 * PROBLEMS and ran.seconds > 0.0


def test_each_distinct_program_comes_once_before_any_comes_twice() -> None:
    assert distinct_first([3, 5, 6, 8, 9], ["a", "a", "b", "a", "b"]) == [3, 6, 5, 9, 8]
    assert distinct_first([], []) == []


def test_what_is_registered_names_the_cap_and_no_other_arms_rule(sampled: tuple[StudyLab, PoolSamples]) -> None:
    lab, _ = sampled
    declared = DeclaredProblems(lab.spec, lab.splits)
    recipe = ARM.registered(ARM.section_of(lab.spec), declared)
    assert recipe.settings == {"per_problem": 4}
    assert "pass all tests" in (recipe.selection or "") and "at most 4" in (recipe.selection or "")
    assert recipe.selection != SSD.registered(SSD.section_of(lab.spec), declared).selection
    assert "SSD" not in ARM.caption and "distillation" not in ARM.caption


def test_a_pool_without_tests_is_refused_before_anything_is_sampled(study: Study) -> None:  # noqa: F811
    intake = study._context.intake
    declared = intake.spec.model_copy(
        update={"alternatives": intake.spec.alternatives.model_copy(update={"verifier": False})}
    )
    study._context = replace(study._context, intake=intake.model_copy(update={"spec": declared}))
    with pytest.raises(StudyError, match="lack what its arms need") as caught:
        study.check()
    said = "arms.rejection-sampling: `alternatives.verifier: false` says"
    assert any(problem.startswith(said) for problem in caught.value.problems)


class Trainer:
    """Writes a checkpoint that holds the number of its examples, and nothing that was learned."""

    def train(self, job: SupervisedJob, *, progress: Progress | None = None) -> TrainResult:
        del progress
        job.output.mkdir(parents=True)
        (job.output / "examples.json").write_text(json.dumps(len(job.examples)))
        count = len(job.examples)
        return TrainResult(
            checkpoint=job.output,
            examples=count,
            steps=1,
            tokens=12 * count,
            prompt_tokens=9 * count,
            dropped_too_long=0,
            losses=((1, 0.5),),
            seconds=0.1,
        )


@pytest.fixture
def trained(study: Study) -> Callable[[], Any]:  # noqa: F811
    def open_trainer(kind: str) -> Any:
        del kind
        return Trainer()

    services = replace(study._context.services, open_trainer=open_trainer)
    study._context = replace(study._context, services=services)
    return lambda: study.run(["rejection-sampling", "ssd"])


def test_two_trained_arms_are_evaluated_and_compared_with_each_other(
    trained: Callable[[], Any],
    study: Study,  # noqa: F811
    tmp_path: Path,
) -> None:
    report = trained()
    ssd, sampling = report.arms
    assert (ssd.arm, sampling.arm, sampling.caption) == ("ssd", "rejection-sampling", "rejection sampling")
    assert [each.arm for each in ssd.against_arms] == ["rejection-sampling"]
    assert [each.arm for each in sampling.against_arms] == ["ssd"]
    mine, theirs = (each.against_arms[0].comparison.delta.overall["pass@1"] for each in (sampling, ssd))
    assert mine.value == -theirs.value == 0.0 and mine.n == PROBLEMS
    for each, other in ((ssd, "rejection-sampling"), (sampling, "ssd")):
        baselines = [row.baseline for row in each.pareto.rows]
        assert baselines[0] == "base" and baselines[-1] == other and len(baselines) == len(set(baselines))
    facts = {fact.label: fact.text for fact in sampling.facts}
    assert facts["dropped"].startswith("0 empty, 0 stubs, 0 beyond the cap, 12 failing") and facts[
        "trained on"
    ].startswith("12 examples")
    assert {fact.label for fact in report.setup.facts} >= {"training samples", "training samples of rejection-sampling"}
    scored = [line for line in sampling.costs if line.stage == "scoring"]
    assert [line.step for line in scored] == ["base-pool-results", "rejection-sampling-heldout-results"]
    entries = study.folder.ledger.of_kind("pre-registration")
    assert [entry.payload["spec"]["arm"] for entry in entries] == ["ssd", "rejection-sampling"]  # type: ignore[index, call-overload]
    assert [entry.payload["spec"].get("settings") for entry in entries] == [None, {"per_problem": 4}]  # type: ignore[index, call-overload, union-attr]
    for text in (render_markdown(report), render_html(report)):
        assert "rejection sampling" in text

    written = (tmp_path / "report.json").read_text()
    study.report()
    assert (tmp_path / "report.json").read_text() == written, "a finished study with both arms is read as it was run"
    assert len(study.folder.ledger.of_kind("pre-registration")) == 2
    assert study.gate("rejection-sampling").arm == "rejection-sampling"


def test_an_arm_without_anything_to_train_on_is_told_and_the_other_arms_are_run(
    trained: Callable[[], Any],
    study: Study,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As where no sample of the pool passes its tests."""

    def nothing(section: object, pool: PoolSamples, lab: object) -> Selection:
        return Selection((), {"empty": 0, "failing": len(pool.samples)})

    monkeypatch.setattr(ARM, "select", nothing)
    with pytest.raises(NoCandidateError) as refused:
        trained()
    assert str(refused.value) == (
        "rejection-sampling has nothing to train on\n"
        "  - None of the pool's 24 samples was taken: 24 failing. Draw more per prompt, or name another pool."
    )
    report = json.loads((tmp_path / "report.json").read_text())
    assert [each["arm"] for each in report["arms"]] == ["ssd"]
    assert report["not_produced"][0].startswith("rejection-sampling has nothing to train on: None of the pool's 24")


def test_each_distinct_behaviour_comes_once_before_any_comes_twice() -> None:
    """Of each behaviour, the distinct programs come first."""
    assert distinct_first([0, 1, 2, 3, 4], ["a", "a", "b", "c", "c"], ["x", "x", "x", "y", "y"]) == [0, 3, 2, 4, 1]


def test_the_positions_that_an_earlier_rule_kept_are_known_where_they_differ(
    sampled: tuple[StudyLab, PoolSamples], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where two passing programs give values that differ and both satisfy the tests."""
    lab, pool = sampled
    section = ARM.section_of(lab.spec).model_copy(update={"per_problem": 1})
    assert ARM.select(section, pool, lab).earlier is None

    def last_behaves_otherwise(positions: list[int], programs: list[str], behaviours: object = None) -> list[int]:
        return positions[::-1] if behaviours else positions

    monkeypatch.setattr("passgap.arms.rejection_sampling.distinct_first", last_behaves_otherwise)
    selection = ARM.select(section, pool, lab)
    assert {pool.samples[each].index for each in selection.kept} == {2}
    assert {pool.samples[each].index for each in selection.earlier or ()} == {0}


def test_a_fine_tune_on_what_an_earlier_rule_kept_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A finished study is read as it was trained, and nothing is trained again."""
    kept = Selection((0, 2), {"failing": 22})
    folder = tmp_path / "study"
    folder.mkdir()
    scripted = open_scripted_study(folder, {"rejection-sampling": {}}, Counter())
    monkeypatch.setattr(ARM, "select", lambda *_, **__: kept)
    scripted.register("rejection-sampling")
    first = scripted.train("rejection-sampling")
    later = replace(kept, kept=(2, 4), earlier=kept.kept)
    monkeypatch.setattr(ARM, "select", lambda *_, **__: later)
    again = scripted.train("rejection-sampling")
    assert again.checkpoint == first.checkpoint
    monkeypatch.setattr(ARM, "select", lambda *_, **__: replace(later, earlier=None))
    assert scripted.train("rejection-sampling").checkpoint != first.checkpoint
